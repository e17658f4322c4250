"""Makes a backup while students answer: one moment of each database, then the files beside it, encrypted by restic.

The database is copied first: what it names in files was there before. What can be made again (`run`), the reserve,
and copies made for other reasons stay out. It begins only where the copy leaves the data disk its room.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.sekolah.services.backup_wish import WISH
from appliance.actions import Tell
from appliance.backup import database, state, targets
from appliance.backup.restic import Repository, refuse
from appliance.durable import sync_folder, write_whole
from appliance.places import Places

FORMAT = 1
DATABASE = "guyub.sqlite"
STAGING = "staging"
MANIFEST = "manifest.json"
SCRATCH = (STAGING, "restoring", "update")
KEPT_FREE = 150_000_000  # bytes of the data disk that a copy never takes: the reserve is made again from them
TARGET_KEPT_FREE = 50_000_000  # bytes that restic needs to put its index in order
KEEP = ("--keep-last", "5", "--keep-daily", "14", "--keep-weekly", "8")
ROLE_LEFT_OUT = (
    "run",
    "incoming",
    "reserve",
    "reserve.new",
    "rehearsal",
    "backups",
    "drafts",
    WISH,
    f".{DATABASE}",
)
BOX_LEFT_OUT = ("machine-id", "incoming", "backup-state.json", "update.json", "update-pending.json")


@dataclass(frozen=True)
class Role:
    """One part of the program with data of its own."""

    name: str
    folder: Path


def roles(places: Places) -> list[Role]:
    """The roles that have a database here."""
    both = (Role("sekolah", places.sekolah), Role("pusat", places.pusat))
    return [role for role in both if (role.folder / DATABASE).is_file()]


def make_backup(places: Places, clock: Clock, tell: Tell, *, device: str = "", reason: str = "asked") -> dict[str, Any]:
    """One backup to the target; gives its record as in the list. Refuses B-301 to B-314; the old ones stay whole.

    The timer's waits for whoever looks at the list just then: refused, it would be missing until the timer's next turn.
    """
    with state.alone(places, wait=reason == "timer"):
        try:
            with targets.opened(places, device, write=True) as folder:
                record = save_into(places, folder, clock, tell, reason=reason)
        except Refusal as refusal:
            state.note_failure(places, refusal, clock.now())
            raise
        state.note(places, "success", {**record, "device": device})
        return record


def save_into(places: Places, folder: Path, clock: Clock, tell: Tell, *, reason: str) -> dict[str, Any]:
    """One backup into a folder of backups."""
    repository = targets.own(places, folder)
    began = clock.now()
    with staged(places, clock, tell) as size:
        _require_room(folder, size if not repository.exists else size // 10)
        _begin(repository)
        repository.free_stale_locks()
        version = program_version(places)
        tags = (f"reason:{reason}", f"version:{version}", f"size:{size}")
        tell(N_("Menulis cadangan"), 0, 100)
        base = places.box.parent
        found = repository.save(
            [STAGING, "box", *(role.name for role in roles(places))],
            base,
            _left_out(places),
            tags,
            lambda share: tell(N_("Menulis cadangan"), int(share * 100), 100),
        )
    tell(N_("Merapikan cadangan lama"))
    repository.forget_old(KEEP)
    return {"id": found[:8], "at": began.isoformat(), "size": size, "version": version}


def list_backups(places: Places, *, device: str = "") -> list[dict[str, Any]]:
    """Records of this box's backups on the target, the newest first."""
    with state.alone(places), targets.opened(places, device, write=False) as folder:
        repository = targets.own(places, folder)
        return [record_of(item) for item in reversed(repository.backups())] if repository.exists else []


def record_of(item: dict[str, Any]) -> dict[str, Any]:
    """`{id, at, size, version, reason}` from restic's record."""
    tags = dict(tag.split(":", 1) for tag in item.get("tags") or () if ":" in tag)
    return {
        "id": str(item["id"])[:8],
        "at": datetime.fromisoformat(_shortened(str(item["time"]))).isoformat(),
        "size": int(tags.get("size", "0")),
        "version": tags.get("version", ""),
        "reason": tags.get("reason", ""),
    }


@contextmanager
def staged(places: Places, clock: Clock, tell: Tell) -> Iterator[int]:
    """Copies of the databases and the manifest, for the time of a block; gives the backup's size in bytes."""
    staging = places.box.parent / STAGING
    shutil.rmtree(staging, ignore_errors=True)
    found = roles(places)
    require_space(places.box.parent, sum((role.folder / DATABASE).stat().st_size for role in found))
    try:
        staging.mkdir(mode=0o755)
        staging.chmod(0o755)  # whatever the umask is: owners of databases pass through to their own folder
        facts = {role.name: copy_database(role, staging / role.name, tell) for role in found}
        manifest = {"format": FORMAT, "at": clock.now().isoformat(), "version": program_version(places), "roles": facts}
        write_whole(staging / MANIFEST, json.dumps(manifest).encode())
        yield _size(staging) + sum(_size(role.folder, _left_out(places)) for role in found)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def clear_remains(places: Places) -> None:
    """Give back the room of what a power cut left behind; nobody may be at work there (`state.alone`)."""
    for name in SCRATCH:
        shutil.rmtree(places.box.parent / name, ignore_errors=True)


def copy_database(role: Role, folder: Path, tell: Tell) -> dict[str, Any]:
    """One moment of a role's database into a new folder of its owner; gives what is in the copy."""
    owner = (role.folder / DATABASE).stat()
    folder.mkdir(mode=0o700)
    os.chown(folder, owner.st_uid, owner.st_gid)
    text = N_("Menyalin basis data")
    try:
        told = database.ask(
            "copy", role.folder / DATABASE, folder / DATABASE, on_slice=lambda done, of: tell(text, done, of)
        )
    except OSError as error:
        raise refuse("B-310", str(error)) from error
    sync_folder(folder)
    return told


def require_space(folder: Path, size: int) -> None:
    """Refuse (B-314) what would leave the data disk too little."""
    free = shutil.disk_usage(folder).free
    if free < size + KEPT_FREE:
        raise Refusal(
            "B-314",
            N_("Sisa disk data %(free)s MB, sedangkan pekerjaan ini memerlukan %(needed)s MB."),
            N_("Perbesar disk server, atau hapus berkas yang tidak perlu. Data ujian jangan dihapus."),
            status=409,
            values={"free": free // 1_000_000, "needed": (size + KEPT_FREE) // 1_000_000},
        )


def program_version(places: Places) -> str:
    """The box's version; the program's on a machine that is no box."""
    try:
        return places.version.read_text(encoding="utf-8").strip()
    except OSError:
        from importlib.metadata import version

        return version("guyub")


def _begin(repository: Repository) -> None:
    if repository.exists:
        return
    try:
        repository.make()
    except OSError as error:
        raise refuse({28: "B-306", 122: "B-306", 13: "B-307", 30: "B-307"}.get(error.errno or 0, "B-305")) from error


def _require_room(folder: Path, size: int) -> None:
    place = folder if folder.exists() else folder.parent
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        raise refuse("B-305") from error
    if free < size + TARGET_KEPT_FREE:
        raise refuse("B-306")


def _left_out(places: Places) -> list[Path]:
    parts = [role.folder / name for role in roles(places) for name in ROLE_LEFT_OUT]
    files = [role.folder / (DATABASE + ending) for role in roles(places) for ending in ("", "-wal", "-shm", ".draft")]
    return parts + files + [places.box / name for name in BOX_LEFT_OUT]


def _size(folder: Path, left_out: list[Path] | None = None) -> int:
    """Bytes of the files below; what vanishes meanwhile counts nothing."""
    total, skipped = 0, set(left_out or ())
    for place, names, files in os.walk(folder):
        names[:] = [name for name in names if Path(place, name) not in skipped]
        for name in files:
            path = Path(place, name)
            if path not in skipped:
                try:
                    total += path.lstat().st_size
                except FileNotFoundError:
                    continue
    return total


def _shortened(time: str) -> str:
    """RFC 3339 with nine digits of a second, as restic writes it, for Python's six."""
    head, dot, rest = time.partition(".")
    if not dot:
        return time.replace("Z", "+00:00")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return f"{head}.{rest[:digits][:6].ljust(6, '0')}{rest[digits:]}".replace("Z", "+00:00")
