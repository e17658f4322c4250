"""Starts the servers of one role and watches them: `guyub serve`.

On Linux with nginx: nginx in front, the exam process and the web processes behind unix sockets. Elsewhere: one waitress
process (or, when asked for, one gunicorn) that holds both applications. It never changes the database's version.
"""

from __future__ import annotations

import os
import shutil
import sys

import structlog

from app.serving import bare, nginx_front
from app.settings import Settings, SettingsError

NGINX_PLACES = ("/usr/sbin", "/usr/local/sbin", "/sbin")


def serve(settings: Settings, *, part: str = "both", server: str = "auto") -> int:
    """Serve until told to stop; gives the exit code. `part` other than `both` is for units that watch by themselves."""
    from app.web.logging import set_up_logging
    from app.web.static_files import prepare_static_files

    set_up_logging(settings)
    if part == "front":  # reads files and asks the other parts; it has no right to anything else
        return nginx_front.run_front(settings, _nginx_or_refusal())
    _refuse_other_version(settings)
    if part != "exam":  # of the parts of one server only one tells of its start
        _note_start(settings)
    prepare_static_files(settings)
    if part != "both":
        return bare.run_part(settings, part)
    chosen = choose_server(server)
    if chosen == "nginx":
        return nginx_front.run(settings, find_nginx() or "nginx")
    if chosen == "gunicorn":
        return bare.run_gunicorn(settings)
    return bare.run_waitress(settings)


def choose_server(asked: str) -> str:
    """Which server it will be; raises SettingsError where the one asked for cannot run."""
    if asked == "auto":
        return "nginx" if sys.platform == "linux" and find_nginx() else "waitress"
    if asked == "nginx" and not find_nginx():
        raise SettingsError("--server", "nginx tidak ada di komputer ini.", "Pasang: apt-get install nginx-light")
    if asked in {"nginx", "gunicorn"} and os.name == "nt":
        raise SettingsError("--server", f"{asked} tidak berjalan di Windows.", "Pakai --server waitress.")
    return asked


def _nginx_or_refusal() -> str:
    choose_server("nginx")
    return find_nginx() or "nginx"


def find_nginx() -> str | None:
    """The nginx program, also where the search path of ordinary users leaves it out."""
    return shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", ""), *NGINX_PLACES)))


def _refuse_other_version(settings: Settings) -> None:
    from sqlalchemy import create_engine

    from app.services.database_upgrade import require_current

    engine = create_engine(settings.database_url)
    try:
        require_current(engine)
    finally:
        engine.dispose()


def _note_start(settings: Settings) -> None:
    """Into the audit log. A server whose disk is full starts all the same: students wait for it."""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.orm import Session

    from app.domain.audit_events import AuditEvent
    from app.services import audit
    from app.services.system_clock import SystemClock
    from app.web.transactions import guard_engine

    engine = create_engine(settings.database_url)
    guard_engine(engine)
    try:
        with Session(engine) as session:
            audit.record(session, SystemClock(), audit.SYSTEM, AuditEvent.SERVER_STARTED)
            session.commit()
    except DBAPIError:
        structlog.get_logger("guyub.serve").warning("start_not_noted", exc_info=True)
    finally:
        engine.dispose()
