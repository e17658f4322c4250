"""Uploads between preview and confirmation: what was shown is exactly what is imported, without a second upload.

A draft (what was read of the file, as JSON) lies in `<data>/drafts`, or in the database where the next request may meet
another host, bound to the account that uploaded it and to what
it is for. It is gone after the import, or after a day. Nothing is read from it here.
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.pusat.services import stored_files

KEPT = timedelta(days=1)
FOLDER = "drafts"
Where = Path | Session  # the data folder, or the database
_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Draft:
    """An upload that waits for its confirmation."""

    name: str
    kind: str
    owner: str
    file_name: str
    data: bytes
    about: dict[str, str]  # what was chosen with it, e.g. the school


def keep_draft(
    where: Where, clock: Clock, owner: str, kind: str, file_name: str, data: bytes, about: dict[str, str]
) -> str:
    """Store an upload and give its name; old drafts are cleared away."""
    _clear(where, clock.now())
    name = secrets.token_hex(16)
    head = {"kind": kind, "owner": owner, "file_name": file_name[:200], "at": clock.now().isoformat(), "about": about}
    _write(where, f"{name}.data", data, clock.now())
    _write(where, f"{name}.json", json.dumps(head).encode("utf-8"), clock.now())
    return name


def open_draft(where: Where, owner: str, kind: str, name: str) -> Draft:
    """The draft of this account and kind; Refusal P-640 if it is gone or somebody else's."""
    name = name if _NAME.fullmatch(name) else "none"
    head = json.loads(_read(where, f"{name}.json") or b"{}")
    data = _read(where, f"{name}.data")
    if data is None or head.get("owner") != owner or head.get("kind") != kind:
        raise Refusal(
            "P-640",
            N_("Unggahan ini sudah tidak ada; mungkin sudah diimpor atau lewat satu hari."),
            N_("Unggah berkasnya sekali lagi."),
            status=404,
        )
    return Draft(name, kind, owner, head["file_name"], data, head["about"])


def drop_draft(where: Where, name: str) -> None:
    """Forget a draft; nothing happens if it is gone already."""
    if _NAME.fullmatch(name):
        for ending in (".json", ".data"):
            _remove(where, f"{name}{ending}")


def _clear(where: Where, now: datetime) -> None:
    for name in _heads(where):
        try:
            at = datetime.fromisoformat(json.loads(_read(where, name) or b"{}")["at"])
        except (ValueError, KeyError, OSError):
            continue
        if not timedelta(0) <= now - at <= KEPT:
            drop_draft(where, name.removesuffix(".json"))


def _heads(where: Where) -> list[str]:
    if isinstance(where, Path):
        return [path.name for path in (where / FOLDER).glob("*.json")]
    names = [file.path.removeprefix(f"{FOLDER}/") for file in stored_files.within(where, f"{FOLDER}/")]
    return [name for name in names if name.endswith(".json")]


def _write(where: Where, name: str, data: bytes, now: datetime) -> None:
    if not isinstance(where, Path):
        stored_files.write(where, f"{FOLDER}/{name}", data, now)
        return
    (where / FOLDER).mkdir(parents=True, exist_ok=True, mode=0o700)
    (where / FOLDER / name).write_bytes(data)


def _read(where: Where, name: str) -> bytes | None:
    if not isinstance(where, Path):
        return stored_files.read(where, f"{FOLDER}/{name}")
    try:
        return (where / FOLDER / name).read_bytes()
    except FileNotFoundError:
        return None


def _remove(where: Where, name: str) -> None:
    if isinstance(where, Path):
        (where / FOLDER / name).unlink(missing_ok=True)
    else:
        stored_files.remove(where, f"{FOLDER}/{name}")
