"""Exam PCs in a rehearsal over the LAN: each asks for a share of the students and sends what it measured.

They talk to the trial server, the rehearsal is another process; between them lie small files in `<trial data>/guests`:
`plan.json`, and for each PC `<number>.json` (it is here) and `<number>.result.json`. On a real server the folder does
not exist, and nobody can join. What a PC sends is checked: it comes from the open LAN.
"""

from __future__ import annotations

import json
import math
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.domain.refusals import Refusal
from app.domain.wording import N_

MOST_GUESTS, MOST_STUDENTS_EACH = 200, 50
MOST_RESULTS, LONGEST_S = 20_000, 300.0  # figures of one PC; seconds of one answer
LEAD_S = 4.0  # from the plan to the first login, so that every PC has asked in time
PHASES = ("login", "start", "save", "finish")


def folder(data_dir: Path) -> Path:
    """Of the trial server with these data."""
    return data_dir / "guests"


def invite(data_dir: Path) -> None:
    """Let PCs join from now on."""
    folder(data_dir).mkdir()


def invited(data_dir: Path) -> bool:
    """Whether PCs may join here."""
    return folder(data_dir).is_dir()


def join(data_dir: Path, address: str) -> int:
    """Take one PC in; gives its number. Refuses (S-257) where there is no rehearsal, or too many PCs."""
    for number in range(1, MOST_GUESTS + 1):
        with suppress(FileExistsError, FileNotFoundError):
            descriptor = os.open(folder(data_dir) / f"{number}.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - it holds a descriptor
                json.dump({"address": address}, file)
            return number
    raise no_rehearsal()


def no_rehearsal() -> Refusal:
    """Nobody waits for PCs here."""
    return Refusal(
        "S-257",
        N_("Gladi yang menunggu komputer peserta tidak ada."),
        N_("Minta proktor memulai gladi bersama komputer peserta, lalu muat ulang halaman ini."),
        status=404,
    )


def guests(data_dir: Path) -> list[int]:
    """Numbers of the PCs that joined."""
    return sorted(int(path.stem) for path in folder(data_dir).glob("*.json") if path.stem.isdigit())


def address_of(data_dir: Path, guest: int) -> str:
    """Where the PC is."""
    return str(_read(folder(data_dir) / f"{guest}.json").get("address", ""))


def shares(students: int, guests: int) -> tuple[int, int]:
    """How many students each PC takes, and how many stay with the server's own load: a tenth at least, to compare."""
    if not guests:
        return 0, students
    each = min(MOST_STUDENTS_EACH, (students - math.ceil(students / 10)) // guests)
    return each, students - each * guests


def write_plan(data_dir: Path, plan: dict[str, Any]) -> None:
    """What the PCs are to do: `begins_at` (seconds of the wall clock), `phases`, `answers`, `students` by PC."""
    draft = folder(data_dir) / "plan.new"
    draft.write_text(json.dumps(plan), encoding="utf-8")
    draft.replace(folder(data_dir) / "plan.json")


def plan_for(data_dir: Path, guest: int, now_s: float) -> dict[str, Any] | None:
    """The plan for one PC with the time until it begins; None while there is none. Refuses (S-257) a stranger."""
    if not (folder(data_dir) / f"{guest}.json").exists():
        raise no_rehearsal()
    plan = _read(folder(data_dir) / "plan.json")
    if not plan:
        return None
    students = plan.pop("students").get(str(guest), [])
    return plan | {"students": students, "in_ms": round(1000 * (plan.pop("begins_at") - now_s))}


def keep_result(data_dir: Path, guest: int, result: object) -> None:
    """What a PC measured: for each phase pairs of due time and seconds, and failures. Refuses odd ones (S-258)."""
    if not (folder(data_dir) / f"{guest}.json").exists():
        raise no_rehearsal()
    try:
        tidy = {phase: _checked(result[phase]) for phase in PHASES}  # type: ignore[index]
    except (KeyError, TypeError, ValueError) as error:
        raise Refusal(
            "S-258", N_("Hasil gladi dari komputer ini tidak terbaca."), N_("Muat ulang halaman gladi."), status=422
        ) from error
    draft = folder(data_dir) / f"{guest}.result.new"
    draft.write_text(json.dumps(tidy), encoding="utf-8")
    draft.replace(folder(data_dir) / f"{guest}.result.json")


def results(data_dir: Path) -> dict[int, dict[str, Any]]:
    """By PC, of those that sent theirs."""
    found = {guest: _read(folder(data_dir) / f"{guest}.result.json") for guest in guests(data_dir)}
    return {guest: result for guest, result in found.items() if result}


def _checked(phase: dict[str, Any]) -> dict[str, Any]:
    pairs = [(float(due), float(seconds)) for due, seconds in phase["answers"][:MOST_RESULTS]]
    if not all(0 <= number <= 100 * LONGEST_S for pair in pairs for number in pair):
        raise ValueError
    return {"answers": pairs, "failed": max(0, min(MOST_RESULTS, int(phase["failed"])))}


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
