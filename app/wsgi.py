"""The applications as web servers load them: `app.wsgi:web()`, `app.wsgi:exam()` and `app.wsgi:both()`.

`both` is one process behind one port (no nginx, or Windows): the exam application answers its own paths, the web
application all others. Settings come from the environment and file, as for every command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from app.settings import SekolahSettings, Settings, load_settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

EXAM_PATHS = ("/api/v1/admission", "/api/v1/attempts/")


def web(settings: Settings | None = None) -> WSGIApplication:
    """Logins, staff pages, exports."""
    from app.factory import create_app
    from app.web.logging import set_up_logging

    settings = settings or load_settings()
    set_up_logging(settings)
    application = create_app(settings)
    if settings.role == "pusat":
        from app.pusat.jobs import start_background

        start_background(application)  # releases on time, in whichever process has the turn
    elif isinstance(settings, SekolahSettings):
        from app.sekolah.rounds import start

        start(application, settings.sync_interval_s)  # releases, uploads and reports, in whichever process has the turn
    return application


def exam(settings: Settings | None = None) -> WSGIApplication:
    """Admission and saves, with the one writer. Only a school's server has it."""
    from app.sekolah.exam_app import create_exam_app
    from app.web.logging import set_up_logging

    settings = settings or load_settings()
    set_up_logging(settings)
    application: WSGIApplication = create_exam_app(settings)
    return application


def both(settings: Settings | None = None) -> WSGIApplication:
    """Everything behind one port, with static files; a centre has no exam part."""
    from app.web.static_files import with_static_files

    settings = settings or load_settings()
    whole = web(settings)
    if settings.role == "sekolah":
        whole = by_path(exam(settings), whole)
    return with_static_files(whole, settings)


def by_path(exam_app: WSGIApplication, web_app: WSGIApplication) -> WSGIApplication:
    """The exam's paths to the exam application, the rest to the web application."""

    def choose(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        chosen: Callable[[Any, Any], Iterable[bytes]] = exam_app if path.startswith(EXAM_PATHS) else web_app
        return chosen(environ, start_response)

    return choose
