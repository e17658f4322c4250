"""Who has logged in, noted a moment later: a login itself writes nothing.

Marks gather in memory and are written together about once a second by a thread of the web process. Losing the last
second of them in a crash costs nothing but a word on the proctor's board.
"""

from __future__ import annotations

import threading

import structlog
from sqlalchemy import Engine, bindparam, update
from sqlalchemy.exc import DBAPIError

from app.models import Attempt

EVERY_S = 1.0
MOST_KEPT = 20_000

_log = structlog.get_logger("guyub.login")
_WRITE = (
    update(Attempt.__table__)  # type: ignore[arg-type]  # the table of a declarative class
    .where(Attempt.__table__.c.id == bindparam("attempt"))
    .values(logged_in_ms=bindparam("at_ms"), address=bindparam("from_address"))
)


class LoginMarks:
    """Gathers marks of one process and writes them."""

    def __init__(self) -> None:
        self._marks: dict[int, tuple[int, str]] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def add(self, engine: Engine, attempt: int, at_ms: int, address: str) -> None:
        """Note a login; `at_ms` is exam time, `address` the PC's, for the proctor only."""
        with self._lock:
            if len(self._marks) < MOST_KEPT:
                self._marks[attempt] = (at_ms, address[:64])
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._write_on, args=(engine,), name="login-marks", daemon=True)
                self._thread.start()

    def write(self, engine: Engine) -> int:
        """Write what has gathered; returns how many. What cannot be written now is kept for the next time."""
        with self._lock:
            marks, self._marks = self._marks, {}
        if not marks:
            return 0
        rows = [
            {"attempt": attempt, "at_ms": at_ms, "from_address": address}
            for attempt, (at_ms, address) in sorted(marks.items())
        ]
        try:
            with engine.begin() as connection:
                connection.execute(_WRITE, rows)
        except DBAPIError as error:
            _log.warning("login marks wait", kind=type(error.orig).__name__)
            with self._lock:
                self._marks = marks | self._marks
            return 0
        return len(rows)

    def stop(self) -> None:
        """End the thread, after what it may be writing; marks that were not written are lost."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(10)

    def _write_on(self, engine: Engine) -> None:
        """Until nothing has come for a while; the next login starts a new thread."""
        idle = 0
        while idle < 30 and not self._stopped.wait(EVERY_S):
            idle = 0 if self.write(engine) else idle + 1
