"""Carries what was committed from SQLite's log into the database file, beside the saving and not within a save.

By itself SQLite does so within the commit that makes the log long, and everybody who saves waits for its flushes: on a
school's hard disk that is hundreds of scattered pages. Here a thread with a connection of its own does it again and
again while others write, so that little is left when the log begins anew (`transactions.LOG_PAGES`). It holds no lock
that a writer waits for, and changes nothing about what is durable. PostgreSQL does all this itself.
"""

from __future__ import annotations

import threading
from typing import Any

import structlog
from sqlalchemy import Engine

EVERY_S = 1.0
PASSES = 2  # the second one carries what came during the first, which is less
_log = structlog.get_logger("guyub.checkpoints")


class Checkpoints:
    """The thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._carry_on, name="checkpoints", daemon=True)

    def start(self) -> None:
        """Begin, where the database is SQLite."""
        if self._engine.dialect.name == "sqlite":
            self._thread.start()

    def stop(self) -> None:
        """End the thread, after the pass it may be at."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _carry_on(self) -> None:
        while not self._stopped.wait(EVERY_S):
            try:
                carry_over(self._engine)
            except Exception as error:  # noqa: BLE001 - without it the writer does the work: slower, and no less safe
                _log.warning("the log was not carried over", kind=type(error).__name__)


def carry_over(engine: Engine) -> tuple[int, int]:
    """Carry the log over, waiting for nobody; gives its pages and how many of them are in the database file by now."""
    connection = engine.raw_connection()
    try:
        cursor: Any = connection.cursor()
        for _ in range(PASSES):
            _busy, pages, carried = cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        cursor.close()
        return pages, carried
    finally:
        connection.close()
