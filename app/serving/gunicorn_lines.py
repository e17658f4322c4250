"""Command lines for gunicorn: one place for the limits that the exam and the web part run with."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from app.serving.sizes import this_machine, web_size
from app.settings import SekolahSettings, Settings

KEEPALIVE_S = 75  # longer than nginx keeps its connections (60 s), so that it never meets a closed one
EXAM_HANG_S = 10  # an exam worker that gives no sign of life for this long is replaced
WEB_HANG_S = 60
END_S = 5  # what a worker has at a stop for requests it is at
_HOOKS = "python:app.serving.gunicorn_hooks"


def exam_socket(settings: Settings) -> Path:
    """Where the exam process listens."""
    return settings.parts_dir / "exam.sock"


def web_socket(settings: Settings) -> Path:
    """Where the web processes listen."""
    return settings.parts_dir / "web.sock"


def exam_line(settings: SekolahSettings) -> list[str]:
    """One worker: its writer thread is the only one that saves."""
    bind = f"unix:{exam_socket(settings)}"
    return [*_line(bind, 1, settings.exam_threads, EXAM_HANG_S), "app.wsgi:exam()"]


def web_line(settings: Settings) -> list[str]:
    """Logins and staff pages behind nginx."""
    return [*_line(f"unix:{web_socket(settings)}", *_web_size(settings), WEB_HANG_S), "app.wsgi:web()"]


def bare_line(settings: Settings) -> list[str]:
    """Everything behind one port: one process where there is a writer, several at the centre."""
    bind = f"{settings.host}:{settings.port}"
    if isinstance(settings, SekolahSettings):
        return [*_line(bind, 1, settings.exam_threads, WEB_HANG_S), "app.wsgi:both()"]
    return [*_line(bind, *_web_size(settings), WEB_HANG_S), "app.wsgi:both()"]


def environment(settings: Settings, *, behind_nginx: bool, alone: bool = True) -> dict[str, str]:
    """What the processes need to know; the settings as they were checked, so that all parts agree.

    Counters begin anew, unless another part of the same server may be counting already (not `alone`).
    """
    metrics = settings.run_dir / "metrics"
    if alone:
        shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(parents=True, exist_ok=True)
    proxies = settings.trusted_proxies + (1 if behind_nginx else 0)
    return {
        "GUYUB_ROLE": settings.role,
        "GUYUB_DATA_DIR": str(settings.data_dir),
        "GUYUB_DATABASE_URL": settings.database_url,
        "GUYUB_HOST": settings.host,
        "GUYUB_PORT": str(settings.port),
        "GUYUB_TRUSTED_PROXIES": str(proxies),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
    }


def _web_size(settings: Settings) -> tuple[int, int]:
    workers, threads = web_size(*this_machine())
    return settings.web_workers or workers, settings.web_threads or threads


def _line(bind: str, workers: int, threads: int, hang_s: int) -> list[str]:
    shared_memory = "/dev/shm"  # noqa: S108 - the heartbeat file must not wait for a disk
    heartbeat = ["--worker-tmp-dir", shared_memory] if os.access(shared_memory, os.W_OK) else []
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        _HOOKS,
        "--bind",
        bind,
        "--worker-class",
        "gthread",
        "--workers",
        str(workers),
        "--threads",
        str(threads),
        "--keep-alive",
        str(KEEPALIVE_S),
        "--timeout",
        str(hang_s),
        "--graceful-timeout",
        str(END_S),
        "--no-control-socket",
        "--log-level",
        "warning",
        "--forwarded-allow-ips",
        "",
        *heartbeat,
    ]
