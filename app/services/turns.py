"""One worker at a time: a lock on a file, held by the operating system and so gone with the process that held it; or,
where the processes are on several hosts, one that their database holds and takes back when the connection is gone.

Several web workers, timers and a person at the console may all want to do the same; whoever comes second is told so at
once and does not wait, unless it may.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

PAUSE_S = 0.05


@contextmanager
def only_one(run_dir: Path, name: str, patience_s: float = 0.0) -> Iterator[bool]:
    """Yields whether this caller has the turn called `name`; it ends with the block, or with the process.

    Whoever was asked by a person may wait `patience_s` seconds: somebody may only be looking whether the turn is free.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(run_dir / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        waited_s = 0.0
        while not (taken := _take(descriptor)) and waited_s < patience_s:
            time.sleep(PAUSE_S)
            waited_s += PAUSE_S
        try:
            yield taken
        finally:
            if taken:
                _give_back(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def only_one_of_all(engine: Engine, name: str) -> Iterator[bool]:
    """The same among all processes of all hosts that use this database. SQLite's have one host: they all may."""
    if engine.dialect.name != "postgresql":
        yield True
        return
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        taken = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": number}))
        try:
            yield taken
        finally:
            if taken:
                connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": number})


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _give_back(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _give_back(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
