"""A PostgreSQL of its own for a run: durable as delivered, on a unix socket, gone after."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import sqlalchemy

from app.rehearsal import machine

PROGRAMS = Path("/usr/lib/postgresql")


class OwnPostgres:
    """A running PostgreSQL; called, it makes an empty database and gives its address."""

    def __init__(self, place: Path) -> None:
        self._base = f"postgresql+psycopg://guyub@/{{}}?host={place}"
        self._numbers = count(1)
        self.pid = int((place / "data" / "postmaster.pid").read_text().split()[0])

    def __call__(self) -> str:
        name = f"school{next(self._numbers)}"
        engine = sqlalchemy.create_engine(self._base.format("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        engine.dispose()
        return self._base.format(name)

    def processor_seconds(self) -> float:
        """User and system time of all its processes so far, those that have ended included."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        ended = (int(fields[13]) + int(fields[14])) / machine.TICKS
        return ended + machine.processor_seconds([self.pid, *machine.descendants(self.pid)])


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """Gives a function that makes an empty database and returns its address."""
    found = sorted(PROGRAMS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise SystemExit("PostgreSQL is missing: apt-get install postgresql")
    programs = found[-1].parent
    place = Path(tempfile.mkdtemp(prefix="guyub-pg-"))
    place.chmod(0o755)
    owner = _owner(place)
    _run(
        owner,
        programs / "initdb",
        "-D",
        place / "data",
        "-U",
        "guyub",
        "--auth=trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    )
    options = f"-c listen_addresses='' -c unix_socket_directories='{place}' -c max_connections=300"
    _run(owner, programs / "pg_ctl", "-D", place / "data", "-w", "-l", place / "log", "-o", options, "start")
    try:
        yield OwnPostgres(place)
    finally:
        _run(owner, programs / "pg_ctl", "-D", place / "data", "-m", "fast", "stop")
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def no_database() -> Iterator[Callable[[], str]]:
    """SQLite: a school's own file."""
    yield str


def _owner(place: Path) -> list[str]:
    """PostgreSQL refuses to run as root: what stands before each command, and whose the folder is."""
    if os.geteuid() != 0:
        return []
    names = {entry.pw_name for entry in pwd.getpwall()}
    owner = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(place, owner.pw_uid, owner.pw_gid)
    return ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups", "--"]


def _run(owner: list[str], *line: str | Path) -> None:
    subprocess.run([*owner, *map(str, line)], check=True, stdout=subprocess.DEVNULL, cwd="/")
