"""What gunicorn calls: in a worker when its application is loaded, in the master when a worker ended."""

from __future__ import annotations

from typing import Any

from prometheus_client import multiprocess

from app.serving.garbage import keep_what_is_loaded
from app.serving.service_manager import start_telling


def post_worker_init(_worker: Any) -> None:
    """A worker begins to serve."""
    keep_what_is_loaded()
    start_telling()


def child_exit(_server: Any, worker: Any) -> None:
    """A worker ended; its counters are put away."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
