"""A reserve of room on the data disk, given up when the disk is full so that answers go on being kept.

A folder of files that hold real blocks, and names as well, for a disk can run out of either. It is made in the
background while there is room, given up whole at the first write that finds none, and made again when there is room.
While it is given up an empty folder stays, for every process to see: no sitting is begun (`day.Space`). It frees
nothing else: whose files may go is for people to say.
"""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import structlog
from prometheus_client import Gauge

from app.domain.audit_events import AuditEvent
from app.domain.refusals import Refusal

EVERY_S = 2.0
PARTS = 32  # files: as many names are kept free
SPARE = 2  # it is made where so many times its size is free
SCARCE_BYTES = 1_000_000  # below, the disk is tried
PROBE_BYTES = 65_536
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

_log = structlog.get_logger("guyub.disk")
_held = Gauge("guyub_disk_reserve_bytes", "Room kept for when the disk is full", multiprocess_mode="livemostrecent")
_free = Gauge("guyub_disk_free_bytes", "Room left on the data disk", multiprocess_mode="livemostrecent")

Tell = Callable[[AuditEvent, int], None]  # what happened, and the bytes; refuses while it cannot be written


def is_spent(data_dir: Path) -> bool:
    """Whether the reserve was given up and is not there again."""
    try:
        return sum(1 for _ in folder_of(data_dir).iterdir()) < PARTS
    except FileNotFoundError:
        return False  # none has been made yet


def folder_of(data_dir: Path) -> Path:
    """Where it lies."""
    return data_dir / "reserve"


def is_full(folder: Path) -> bool:
    """Whether this disk takes nothing more of ours: no blocks, no names, or our quota is used up."""
    probe = folder / f"probe.{threading.get_ident()}"
    try:
        probe.write_bytes(bytes(PROBE_BYTES))
    except OSError as error:
        return error.errno in FULL
    finally:
        probe.unlink(missing_ok=True)
    return False


class DiskReserve:
    """The reserve of one server, looked after by its exam process. `size` in bytes; 0 keeps none."""

    def __init__(self, data_dir: Path, size: int, tell: Tell) -> None:
        self._data_dir = data_dir
        self._folder = folder_of(data_dir)
        self._draft = data_dir / "reserve.new"
        self._part = -(-size // PARTS)
        self._size = self._part * PARTS
        self._tell = tell
        self._untold: list[tuple[AuditEvent, int]] = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._look_after, name="disk", daemon=True)

    def start(self) -> None:
        """Begin to look after it."""
        shutil.rmtree(self._draft, ignore_errors=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; the reserve stays where it is."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def give_up_if_full(self) -> bool:
        """Called when a write has failed: whether there is more room now."""
        with self._lock:
            if not self.held() or not is_full(self._data_dir):
                return False
            freed = self.held()
            for part in self._folder.iterdir():
                part.unlink()
            self._untold.append((AuditEvent.RESERVE_GIVEN_UP, freed))
        _log.error("the disk is full: the reserve was given up", freed_bytes=freed)
        return True

    def attend(self) -> None:
        """Give it up, or make it, as the disk stands; and have told what happened."""
        free, names = _room(self._data_dir)
        if free < SCARCE_BYTES or not names:
            self.give_up_if_full()
        elif not self._part:
            shutil.rmtree(self._folder, ignore_errors=True)
        elif self.held() != self._size and free >= SPARE * self._size:
            self._make()
        _free.set(free)
        _held.set(self.held())
        while self._untold:
            self._tell(*self._untold[0])
            del self._untold[0]

    def held(self) -> int:
        """Bytes that could be given up."""
        try:
            return sum(part.stat().st_size for part in self._folder.iterdir())
        except FileNotFoundError:
            return 0

    def _make(self) -> None:
        """Beside the folder, so that a reserve is there whole or not at all."""
        try:
            self._draft.mkdir()
            for number in range(PARTS):
                _take(self._draft / str(number), self._part)
        except OSError as error:
            shutil.rmtree(self._draft, ignore_errors=True)
            _log.warning("no room for the reserve", kind=errno.errorcode.get(error.errno or 0))
            return
        with self._lock:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._draft.rename(self._folder)
            self._untold.append((AuditEvent.RESERVE_MADE, self._size))
        _log.info("the reserve was made", bytes=self._size)

    def _look_after(self) -> None:
        while True:
            try:
                self.attend()
            except Refusal as refusal:
                _log.warning("not told yet", refusal=refusal.code)
            except Exception:  # noqa: BLE001 - the edge of a thread: the next look must come
                _log.exception("the disk was not looked after")
            if self._stopped.wait(EVERY_S):
                return


def _room(folder: Path) -> tuple[int, bool]:
    """Free bytes, and whether there are names left for new files."""
    free = shutil.disk_usage(folder).free
    if not hasattr(os, "statvfs"):
        return free, True
    found = os.statvfs(folder)
    return free, found.f_favail > 0 or found.f_files == 0  # some file systems do not count names


def _take(path: Path, size: int) -> None:
    """A file that holds so many real blocks."""
    with path.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            for _ in range(0, size, PROBE_BYTES):
                file.write(bytes(PROBE_BYTES))
            file.truncate(size)
