"""Schools for measuring and breaking: furnished quickly, served by the program as it is deployed, on a loopback port.

What may be injected into a server is told in `bench/injected`; without it the program runs as it is.
"""

from __future__ import annotations

import atexit
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from app.rehearsal import school, server
from app.rehearsal.school import School
from app.rehearsal.server import make_tables
from app.settings import SekolahSettings, load_settings

ROOT = Path(__file__).resolve().parent.parent
INJECTED = ROOT / "bench" / "injected"


def furnish(
    folder: Path,
    port: int,
    *,
    waiting: int = 0,
    working: int = 0,
    answered: bool = False,
    database: str = "",
    reserve_mb: int = 0,
) -> School:
    """A trial school in a folder, on SQLite unless a database is named."""
    given = {"disk_reserve_mb": reserve_mb} | ({"database_url": database} if database else {})
    settings = load_settings({}, role="sekolah", data_dir=folder, host="127.0.0.1", port=port, **given)
    assert isinstance(settings, SekolahSettings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if settings.uses_sqlite:
        shutil.copyfile(_empty_database(), settings.data_dir / "guyub.sqlite")
    else:
        make_tables(settings)
    return school.furnish(settings, waiting=waiting, working=working, answered=answered)


def injected(inject: dict[str, Any] | None) -> dict[str, str]:
    """The environment that lets a program load what is to be injected."""
    return {"INJECTED": json.dumps(inject), "PYTHONPATH": f"{INJECTED}:{ROOT}"} if inject else {}


class Server(server.Server):
    """`guyub serve` for a school, with something injected or nothing."""

    def __init__(self, settings: SekolahSettings, inject: dict[str, Any] | None = None, kind: str = "nginx") -> None:
        super().__init__(settings, injected(inject) | {"GUYUB_LOG_LEVEL": "warning"}, kind)


@contextmanager
def serving(settings: SekolahSettings, inject: dict[str, Any] | None = None, kind: str = "nginx") -> Iterator[Server]:
    """A server for the time of a block."""
    running = Server(settings, inject, kind)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@cache
def _empty_database() -> Path:
    """A SQLite file with its tables, made once per process."""
    folder = tempfile.mkdtemp(prefix="guyub-empty-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = load_settings({}, role="sekolah", data_dir=Path(folder))
    assert isinstance(settings, SekolahSettings)
    make_tables(settings)
    with closing(sqlite3.connect(Path(folder) / "guyub.sqlite")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(folder) / "guyub.sqlite"
