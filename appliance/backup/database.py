"""Looks into a database of the program, and copies it, while others write to it.

Runs as a process of its own with the rights of the database's owner (`ask`): opened by root, SQLite would leave files
that the owner cannot write. It imports nothing of ours. A copy holds one moment: a read transaction stays open from
its first page to its last, so that writers neither wait nor make it begin again.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

SYSTEM_PYTHON = "/usr/bin/python3"
PYTHON = SYSTEM_PYTHON if os.access(SYSTEM_PYTHON, os.X_OK) else sys.executable
SLICE_PAGES = 256
PAUSE_S = 0.002  # between slices: an exam goes first
PATIENCE_MS = 20_000

OnSlice = Callable[[int, int], None]


def ask(verb: str, database: Path, *more: str | Path, on_slice: OnSlice = lambda _done, _of: None) -> dict[str, Any]:
    """What `verb` (a name of `VERBS`) tells of this database, done as its owner. Raises OSError when it cannot be."""
    owner = database.stat()
    rights = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    line = [PYTHON, "-I", "-", verb, str(database), *map(str, more)]
    with (
        Path(__file__).open("rb") as program,  # read by us: the owner need not be able to
        subprocess.Popen(  # type: ignore[call-overload]
            line, stdin=program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **rights
        ) as child,
    ):
        told: dict[str, Any] = {}
        for said in child.stdout:
            told = json.loads(said)
            if "of" in told:
                on_slice(told["done"], told["of"])
        error = child.stderr.read().strip()
    if child.returncode or "of" in told:
        raise OSError(f"{verb}: {error.splitlines()[-1] if error else 'ended early'}")
    return told


def copy(database: str, target: str) -> dict[str, Any]:
    """Copy one moment of the database into a new file, and tell what is in the copy."""
    with closing(_opened(database)) as original, closing(sqlite3.connect(target, isolation_level=None)) as copied:
        Path(target).chmod(0o600)
        original.execute("BEGIN")
        original.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the moment that is copied
        original.backup(copied, pages=SLICE_PAGES, progress=_told)
        original.execute("ROLLBACK")
        copied.execute("PRAGMA journal_mode=DELETE")
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return facts(target)


def facts(database: str) -> dict[str, Any]:
    """Version, rows of each table, and the head of the audit log."""
    with closing(_opened(database)) as connection:
        connection.execute("BEGIN")
        names = [
            row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")
        ]
        rows = {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608 - its own names
        head = None
        if "audit_entry" in rows:
            head = connection.execute("SELECT id, hex(hash) FROM audit_entry ORDER BY id DESC LIMIT 1").fetchone()
        return {
            "revision": _revision(connection) if "alembic_version" in rows else None,
            "rows": rows,
            "audit": {"number": head[0], "hash": head[1].lower()} if head else None,
        }


def sittings(database: str) -> dict[str, Any]:
    """State, start and zone of each sitting that a school's server holds."""
    with closing(_opened(database)) as connection:
        found = connection.execute("SELECT id, state, starts_at, length_s, time_zone FROM held_sitting").fetchall()
        names = ("id", "state", "starts_at", "length_s", "time_zone")
        return {"sittings": [dict(zip(names, row, strict=True)) for row in found]}


def events(database: str) -> dict[str, Any]:
    """Number, time and name of the newest lines of the audit log: not who, not whom, not what else."""
    with closing(_opened(database)) as connection:
        found = connection.execute("SELECT id, at, event FROM audit_entry ORDER BY id DESC LIMIT 2000").fetchall()
        return {"events": [list(row) for row in reversed(found)]}


def revision(database: str) -> dict[str, Any]:
    """The version of the tables."""
    with closing(_opened(database)) as connection:
        return {"revision": _revision(connection)}


def intact(database: str) -> dict[str, Any]:
    """SQLite's own judgement of the whole file: empty when all is well."""
    with closing(_opened(database)) as connection:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
        return {"faults": [] if found == ["ok"] else found}


def put_back(database: str, saved: str, aside: str) -> dict[str, Any]:
    """Put a copy in the database's place; what was there is kept as `aside`. Nobody may have it open."""
    with closing(_opened(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    Path(database).rename(aside)
    for ending in ("-wal", "-shm"):
        Path(database + ending).unlink(missing_ok=True)
    draft = database + ".draft"
    Path(draft).unlink(missing_ok=True)
    told = copy(saved, draft)
    Path(draft).rename(database)
    return told


def _opened(database: str) -> sqlite3.Connection:
    if not Path(database).is_file():
        raise FileNotFoundError(database)
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute(f"PRAGMA busy_timeout={PATIENCE_MS}")
    return connection


def _revision(connection: sqlite3.Connection) -> str | None:
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return row[0] if row else None


def _told(_status: int, remaining: int, total: int) -> None:
    sys.stdout.write(json.dumps({"done": total - remaining, "of": max(total, 1)}) + "\n")
    sys.stdout.flush()
    time.sleep(PAUSE_S)


VERBS = {verb.__name__: verb for verb in (copy, facts, sittings, events, revision, intact, put_back)}

if __name__ == "__main__":
    answer = VERBS[sys.argv[1]](*sys.argv[2:])
    sys.stdout.write(json.dumps(answer) + "\n")
