"""Exchanges what is here for what was restored, by renames on one file system, and back again if that fails.

Every step stands in a file before it is done: after a power cut in the middle the next boot puts back what was here
(`settle`). Nothing is deleted but what an earlier restore had kept aside.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.backup.making import BOX_LEFT_OUT, DATABASE, STAGING
from appliance.durable import make_folder, sync_folder, write_whole
from appliance.places import Places

PENDING = "restore-pending.json"
ASIDE = "before-restore-"
FAILED = "failed-restore"
RESTORING = "restoring"


@dataclass(frozen=True)
class Move:
    """One thing that changes places: what is at `here` goes to `aside`, what lies at `new` takes its place."""

    here: Path
    aside: Path
    new: Path
    was_here: bool


def plan(places: Places, restored: Path, stamp: str) -> list[Move]:
    """The moves for data of both roles, and for each entry of the box's folder."""
    base = places.box.parent
    aside = base / f"{ASIDE}{stamp}"
    names = sorted(_entries(places.box) | _entries(restored / "box"))
    pairs = [(places.sekolah, "sekolah"), (places.pusat, "pusat")]
    pairs += [(places.box / name, f"box/{name}") for name in names if name not in BOX_LEFT_OUT]
    moves = [Move(here, aside / name, restored / name, os.path.lexists(here)) for here, name in pairs]
    return [move for move in moves if move.was_here or os.path.lexists(move.new)]


def furnish(places: Places, restored: Path) -> None:
    """Make the restored folders ready to be used: the database in its place, files owned as they are owned here.

    A role that was not backed up begins empty, so that it can be turned on as on a fresh box.
    """
    for role, here in (("sekolah", places.sekolah), ("pusat", places.pusat)):
        folder = restored / role
        if not folder.is_dir():
            if here.is_dir():
                make_folder(folder)
                shutil.copystat(here, folder)
                os.chown(folder, here.stat().st_uid, here.stat().st_gid)
            continue
        (restored / STAGING / role / DATABASE).rename(folder / DATABASE)
        owner = (here if here.is_dir() else folder).stat()
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
        if here.is_dir():
            folder.chmod(stat.S_IMODE(owner.st_mode))  # nginx passes through it
        sync_folder(folder)


def put_in_place(places: Places, moves: list[Move]) -> None:
    """Do the moves, noted beforehand."""
    base = places.box.parent
    for old in base.glob(f"{ASIDE}*"):
        shutil.rmtree(old)
    shutil.rmtree(base / FAILED, ignore_errors=True)
    record = [
        {**{key: str(getattr(move, key)) for key in ("here", "aside", "new")}, "was": move.was_here} for move in moves
    ]
    write_whole(base / PENDING, json.dumps(record).encode())
    for move in moves:
        if move.was_here:
            make_folder(move.aside.parent)
            move.here.rename(move.aside)
        if os.path.lexists(move.new):
            move.new.rename(move.here)
        sync_folder(move.here.parent)


def keep(places: Places) -> None:
    """What was put in place stays."""
    (places.box.parent / PENDING).unlink()
    sync_folder(places.box.parent)


def settle(places: Places) -> bool:
    """Put back what was here before a restore that did not end; whether there was one."""
    base = places.box.parent
    try:
        record: list[dict[str, Any]] = json.loads((base / PENDING).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    for item in record:
        _put_back(Path(item["here"]), Path(item["aside"]), Path(item["new"]), base / FAILED, was_here=item["was"])
    keep(places)
    for folder in sorted(base.glob(f"{ASIDE}*/**/"), reverse=True):
        with suppress(OSError):  # only what is empty now
            folder.rmdir()
    shutil.rmtree(base / FAILED, ignore_errors=True)
    shutil.rmtree(base / RESTORING, ignore_errors=True)
    return True


def _put_back(here: Path, aside: Path, new: Path, failed: Path, *, was_here: bool) -> None:
    """One move undone, however far it had come: untouched, taken away, or replaced."""
    replaced = os.path.lexists(aside) if was_here else not os.path.lexists(new)
    if not replaced:
        return
    if os.path.lexists(here):
        make_folder(failed)
        here.rename(failed / f"{len(list(failed.iterdir()))}-{here.name}")
    if was_here:
        aside.rename(here)
    sync_folder(here.parent)


def _entries(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()
