"""What gunicorn calls in its master process: counters of a worker that ended are put away."""

from __future__ import annotations

from typing import Any

from prometheus_client import multiprocess


def child_exit(_server: Any, worker: Any) -> None:
    """A worker ended."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
