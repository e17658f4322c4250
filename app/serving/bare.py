"""Without nginx: one waitress or gunicorn process behind the port, or a single part for a unit that watches it."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

import click

from app.serving import gunicorn_lines
from app.serving.children import Child, watch
from app.serving.garbage import keep_what_is_loaded
from app.serving.service_manager import keep_from_gunicorn
from app.settings import SekolahSettings, Settings, SettingsError

CONNECTIONS = 1000  # waitress' own limit of 100 would shut out the 101st student
WAITRESS_THREADS = 32


def run_gunicorn(settings: Settings) -> int:
    """One gunicorn behind the port."""
    environment = gunicorn_lines.environment(settings, behind_nginx=False)
    child = Child("gunicorn", gunicorn_lines.bare_line(settings), environment)
    return watch([child], lambda: announce(settings, "gunicorn"))


def run_waitress(settings: Settings) -> int:
    """Everything in this process, on any system."""
    import waitress

    from app import wsgi

    server = waitress.create_server(
        wsgi.both(settings),
        host=settings.host,
        port=settings.port,
        threads=WAITRESS_THREADS,
        connection_limit=CONNECTIONS,
        channel_timeout=gunicorn_lines.KEEPALIVE_S,
        max_request_body_size=settings.max_upload_mb * 1_000_000,
        asyncore_use_poll=os.name != "nt",
        ident="",
    )

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    keep_what_is_loaded()
    announce(settings, "waitress")
    try:
        server.run()
    except (SystemExit, KeyboardInterrupt):
        server.task_dispatcher.shutdown()
    finally:
        server.close()
    return 0


def run_part(settings: Settings, part: str) -> int:
    """Become the gunicorn of one part on its unix socket; whoever started us watches."""
    environment = gunicorn_lines.environment(settings, behind_nginx=True, alone=False)
    if part == "exam":
        if not isinstance(settings, SekolahSettings):
            raise SettingsError("--part", "Pusat tidak punya bagian ujian.", "Pakai --part web atau both.")
        line, part_socket = gunicorn_lines.exam_line(settings), gunicorn_lines.exam_socket(settings)
    else:
        line, part_socket = gunicorn_lines.web_line(settings), gunicorn_lines.web_socket(settings)
    environment = {**os.environ, **environment}
    keep_from_gunicorn(environment, part_socket)
    os.execve(sys.executable, line, environment)  # noqa: S606 - our own command line


def announce(settings: Settings, server: str) -> None:
    """Tell a person at a terminal where to look."""
    place = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - compared, not bound
    click.echo(f"Guyub {settings.role}: http://{place}:{settings.port} ({server})", err=True)
