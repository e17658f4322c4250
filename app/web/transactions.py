"""The database at the edge of a request: a view that returns is committed, a view that raises is rolled back.

SQLite connections are set for durability and checked on every connect: an answer that was acknowledged must survive a
power cut, so `synchronous=FULL` is not a wish but a condition for working at all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask, current_app, g, request
from flask.wrappers import Response
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

from app.models import db

View = TypeVar("View", bound=Callable[..., Any])
READS_ONLY = "guyub_reads_only"
BUSY_TIMEOUT_MS = 10_000
LOG_PAGES = 8_000  # of the log, 32 MB: who commits beyond that carries it over; before, a thread does (`checkpoints`)
_PRAGMAS = {
    "journal_mode": ("WAL", "wal"),
    "synchronous": ("FULL", 2),
    "foreign_keys": ("ON", 1),
    "busy_timeout": (str(BUSY_TIMEOUT_MS), BUSY_TIMEOUT_MS),
}
_reading: ContextVar[bool] = ContextVar("guyub_reading", default=False)


def reads_only(view: View) -> View:
    """Mark a view that only reads although its method is unsafe (a login): it never waits for the writer."""
    setattr(view, READS_ONLY, True)
    return view


def current_session() -> Session:
    """The database session of this request (or command), as services take it."""
    return db.session


def reading() -> AbstractContextManager[None]:
    """Transactions begun inside only read, and so wait for nobody (SQLite)."""
    return _turn(reading=True)


def writing() -> AbstractContextManager[None]:
    """Transactions begun inside may write, in a view that otherwise only reads."""
    return _turn(reading=False)


@contextmanager
def _turn(*, reading: bool) -> Iterator[None]:
    mark = _reading.set(reading)
    try:
        yield
    finally:
        _reading.reset(mark)


def init_transactions(app: Flask) -> None:
    """Guard the engines and commit at the edge."""
    with app.app_context():
        for engine in db.engines.values():
            guard_engine(engine)
    app.before_request(_choose_begin)
    app.after_request(_commit)
    app.teardown_request(_forget_begin)


def guard_engine(engine: Engine) -> None:
    """Durable SQLite connections with explicit transactions; PostgreSQL needs nothing here."""
    if engine.dialect.name != "sqlite":
        return
    _keep_to_ourselves(engine.url.database)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def _keep_to_ourselves(database: str | None) -> None:
    """Names and verifiers are nobody else's to read; SQLite gives the files beside the database its mode."""
    if not database or database.startswith((":memory:", "file:")) or os.name == "nt":
        return
    place = Path(database)
    if not place.parent.is_dir():
        return  # the connection will say so
    place.touch(mode=0o600)
    for path in (place, *(place.with_name(place.name + ending) for ending in ("-wal", "-shm"))):
        if path.exists() and path.stat().st_mode & 0o077:
            path.chmod(0o600)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we begin transactions ourselves
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES}")
        for name, (wanted, expected) in _PRAGMAS.items():
            cursor.execute(f"PRAGMA {name}={wanted}")
            found = cursor.execute(f"PRAGMA {name}").fetchone()[0]
            if found != expected:
                raise RuntimeError(f"SQLite runs with {name}={found}, but {expected} is needed")
    finally:
        cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Writers take their turn at once: a reader that turns writer later could be refused without waiting."""
    connection.exec_driver_sql("BEGIN" if _reading.get() else "BEGIN IMMEDIATE")


def _choose_begin() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    only_reads = request.method in {"GET", "HEAD", "OPTIONS"} or getattr(view, READS_ONLY, False)
    g.begin_mark = _reading.set(only_reads)


def _forget_begin(_error: BaseException | None) -> None:
    mark = g.pop("begin_mark", None)
    if mark is not None:
        _reading.reset(mark)


def _commit(response: Response) -> Response:
    db.session.commit()
    return response
