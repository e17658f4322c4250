"""Uploads between preview and confirmation: what was shown is exactly what is imported, without a second upload.

A draft (what was read of the file, as JSON) lies in `<data>/drafts`, bound to the account that uploaded it and to what
it is for. It is gone after the import, or after a day. Nothing is read from it here.
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.wording import N_

KEPT = timedelta(days=1)
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
    data_dir: Path, clock: Clock, owner: str, kind: str, file_name: str, data: bytes, about: dict[str, str]
) -> str:
    """Store an upload and give its name; old drafts are cleared away."""
    folder = data_dir / "drafts"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _clear(folder, clock.now())
    name = secrets.token_hex(16)
    head = {"kind": kind, "owner": owner, "file_name": file_name[:200], "at": clock.now().isoformat(), "about": about}
    (folder / f"{name}.data").write_bytes(data)
    (folder / f"{name}.json").write_text(json.dumps(head), encoding="utf-8")
    return name


def open_draft(data_dir: Path, owner: str, kind: str, name: str) -> Draft:
    """The draft of this account and kind; Refusal P-640 if it is gone or somebody else's."""
    path = data_dir / "drafts" / (name if _NAME.fullmatch(name) else "none")
    try:
        head = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        data = path.with_suffix(".data").read_bytes()
    except FileNotFoundError:
        head, data = {}, b""
    if head.get("owner") != owner or head.get("kind") != kind:
        raise Refusal(
            "P-640",
            N_("Unggahan ini sudah tidak ada; mungkin sudah diimpor atau lewat satu hari."),
            N_("Unggah berkasnya sekali lagi."),
            status=404,
        )
    return Draft(name, kind, owner, head["file_name"], data, head["about"])


def drop_draft(data_dir: Path, name: str) -> None:
    """Forget a draft; nothing happens if it is gone already."""
    if _NAME.fullmatch(name):
        for ending in (".json", ".data"):
            (data_dir / "drafts" / f"{name}{ending}").unlink(missing_ok=True)


def _clear(folder: Path, now: datetime) -> None:
    for head in folder.glob("*.json"):
        try:
            at = datetime.fromisoformat(json.loads(head.read_text(encoding="utf-8"))["at"])
        except (ValueError, KeyError, OSError):
            continue
        if not timedelta(0) <= now - at <= KEPT:
            drop_draft(folder.parent, head.stem)
