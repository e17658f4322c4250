"""Work beside the requests: a click starts it in a thread, closing the page does not stop it.

How it went stands in the database, where every page reads it; nothing is handed back. What only one may do at a time
takes its turn by itself (`app/services/turns.py`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from app.domain.refusals import Refusal

JOBS = "guyub_jobs"
_log = structlog.get_logger("guyub.jobs")


class Jobs:
    """The threads of one application."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def start(self, name: str, work: Callable[[], object]) -> None:
        """Run `work` beside the requests. A refusal is told where it belongs by the work; a fault goes to the log."""
        thread = threading.Thread(target=guarded, args=(name, work), name=f"guyub-{name}", daemon=True)
        with self._lock:
            self._threads = [running for running in self._threads if running.is_alive()]
            self._threads.append(thread)
        thread.start()

    def join(self, timeout_s: float = 60.0) -> None:
        """Wait until everything that was started is done, `timeout_s` seconds for each."""
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(timeout_s)


def install(app: Flask) -> None:
    """Give the application its jobs."""
    app.extensions[JOBS] = Jobs()


def jobs() -> Jobs:
    """The jobs of the current application."""
    found: Jobs = current_app.extensions[JOBS]
    return found


def guarded(name: str, work: Callable[[], object]) -> None:
    """Do `work` at the edge of a thread, where nobody is left to be told: what it raises goes to the log."""
    try:
        work()
    except Refusal as refusal:
        _log.warning("job refused", job=name, refusal=refusal.code)
    except SQLAlchemyError as error:
        _log.warning("database unavailable", job=name, kind=type(error).__name__)
    except Exception:  # noqa: BLE001 - the edge of a thread: whatever was not expected belongs in the log
        _log.exception("job failed", job=name)
