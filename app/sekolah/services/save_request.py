"""Reads what a browser sends to be saved, before anything of it reaches the writer.

What no browser of ours would send (another shape, an impossible sequence) refuses the whole request; an answer that
does not fit its question is set aside by its sequence, so that one bad answer never holds up the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.answer_values import PaperIndex, normalise, valid_sequence
from app.domain.refusals import Refusal
from app.domain.strict_json import parse_json_strictly
from app.domain.wording import N_
from app.sekolah.services.saving import Item

MOST_BYTES = 1_000_000
MOST_ITEMS = 500
LONGEST_AGE_MS = 30 * 24 * 3_600_000


@dataclass(slots=True)
class SaveRequest:
    """Items fit to be judged, and the (sequence, refusal) of those that are not."""

    items: list[Item]
    rejected: list[tuple[int, Refusal]]
    position: str


def read_save(raw: bytes, index: PaperIndex) -> SaveRequest:
    """Parse and check a save. Refuses S-120, S-121, S-127, S-128 and S-145 for the whole of it."""
    body = parse_json_strictly(raw, MOST_BYTES)
    if not isinstance(body, dict):
        raise misshapen()
    entries = body.get("items")
    if not isinstance(entries, list) or len(entries) > MOST_ITEMS:
        raise misshapen()
    items: list[Item] = []
    rejected: list[tuple[int, Refusal]] = []
    for entry in entries:
        if not isinstance(entry, dict) or "value" not in entry:
            raise misshapen()
        sequence = valid_sequence(entry.get("sequence"))
        doubtful, age_ms = _flag(entry), _age(entry)
        try:
            value = normalise(index, entry.get("question"), entry["value"])
        except Refusal as refusal:
            rejected.append((sequence, refusal))
            continue
        items.append(Item(sequence, entry["question"], value, doubtful, age_ms))
    if rejected and not items:
        raise _nothing_fits(rejected)
    return SaveRequest(items, rejected, _position(body, index))


def misshapen() -> Refusal:
    """A body that no browser of ours sends."""
    return Refusal(
        "S-145",
        N_("Isi kiriman tidak sesuai dengan yang diharapkan server."),
        N_("Muat ulang halaman, lalu coba lagi. Jika tetap terjadi, laporkan kode ini kepada proktor."),
        status=422,
    )


def rejected_list(rejected: list[tuple[int, Refusal]]) -> list[dict[str, Any]]:
    """What the browser is told about answers that do not fit their question."""
    return [{"sequence": sequence, "code": refusal.code} for sequence, refusal in rejected]


def _nothing_fits(rejected: list[tuple[int, Refusal]]) -> Refusal:
    first = rejected[0][1]
    return Refusal(
        first.code,
        first.cause,
        first.remedy,
        status=422,
        values=first.values,
        extra={"rejected": rejected_list(rejected)},
    )


def _flag(entry: Mapping[str, Any]) -> bool:
    doubtful = entry.get("doubtful", False)
    if not isinstance(doubtful, bool):
        raise misshapen()
    return doubtful


def _age(entry: Mapping[str, Any]) -> int:
    """Whole milliseconds, never negative; an age nobody can have is held at a month."""
    age = entry.get("age_ms", 0)
    if age is None:
        return 0
    if isinstance(age, bool) or not isinstance(age, int | float):
        raise misshapen()
    return int(min(max(age, 0), LONGEST_AGE_MS))


def _position(body: Mapping[str, Any], index: PaperIndex) -> str:
    """The question on screen; one that is not of this paper is no position."""
    position = body.get("position", "")
    return position if isinstance(position, str) and position in index.questions else ""
