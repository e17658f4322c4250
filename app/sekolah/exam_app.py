"""The application of the exam process: a light Flask application with a short way past it for saves.

No session interface, no request hooks, no templates, no CSRF: the student API proves itself by signed bearers. It owns
the one writer and the exam clock (`ExamOffice`), so it must run in exactly one process with many threads. Staff pages,
logins and exports are the web process' business (`app.factory`).
"""

from __future__ import annotations

import atexit
import secrets

import structlog
from flask import Flask, Response, request
from flask_babel import Babel
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.sekolah.services.exam_office import ExamOffice
from app.sekolah.services.save_request import MOST_BYTES
from app.sekolah.views import exam_api
from app.sekolah.views.short_way import ShortWay
from app.services.system_clock import SystemClock
from app.settings import SekolahSettings, Settings
from app.web import current
from app.web.errors import PROBLEM

LANGUAGES = ("id", "en")
READY_WITHIN_S = 5.0
_log = structlog.get_logger("guyub.exam")


def create_exam_app(settings: Settings, clock: Clock | None = None, *, ticking: bool = True) -> Flask:
    """The exam application with its writer running. `ticking=False` leaves the heartbeat to the caller (tests).

    `app.extensions["guyub_exam"]` is the office; call its `close()` to end the threads in an orderly way.
    """
    if not isinstance(settings, SekolahSettings):
        raise TypeError("only a school's server has an exam process")
    settings.open_dir.mkdir(parents=True, exist_ok=True)
    app = Flask("app", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=MOST_BYTES, BABEL_DEFAULT_LOCALE=settings.language)
    clock = clock or SystemClock()
    current.install(app, current.Given(settings, clock=clock))
    Babel(app, locale_selector=lambda: request.accept_languages.best_match(LANGUAGES) or settings.language)
    office = ExamOffice(settings, clock)
    app.extensions[exam_api.EXTENSION] = office
    app.register_blueprint(exam_api.blueprint)
    app.add_url_rule("/healthz", view_func=lambda: _health(office), endpoint="healthz")
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _fault)
    app.wsgi_app = ShortWay(app.wsgi_app, office)  # type: ignore[method-assign]
    office.open(ticking=ticking)
    office.writer.wait_ready(READY_WITHIN_S)  # else the first requests are told to come back
    atexit.register(office.close)
    return app


def _health(office: ExamOffice) -> Response:
    """The process lives and its writer works; a watchdog starts it again otherwise."""
    well = office.writer.alive and office.keeper.ready
    return exam_api.answer({"status": "ok" if well else "starting"}, 200 if well else 503)


def _refusal(refusal: Refusal) -> Response:
    values = {name: str(value) for name, value in refusal.values.items()}
    return _problem(
        refusal.code, _(refusal.cause, **values), _(refusal.remedy, **values), refusal.status, refusal.extra
    )


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status == 413:
        response = _problem(
            "S-121",
            _("Kiriman terlalu besar."),
            _("Kirim lebih sedikit sekaligus, atau persingkat jawaban yang panjang."),
            status,
        )
    else:
        response = _problem(
            f"H-{status}",
            _("Permintaan ini tidak dapat dilayani."),
            _("Muat ulang halaman ujian, lalu coba lagi."),
            status,
        )
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _fault(error: Exception) -> Response:
    reference = secrets.token_hex(2).upper()
    _log.error("fault", reference=reference, exc_info=error)
    return _problem(
        f"F-500-{reference}",
        _("Terjadi kesalahan pada program. Ini bukan kesalahan Anda."),
        _("Jawaban tetap tersimpan di komputer ini. Sampaikan kode ini kepada proktor."),
        500,
    )


def _problem(code: str, cause: str, remedy: str, status: int, extra: dict[str, object] | None = None) -> Response:
    """problem+json; cause and remedy are already in the reader's language."""
    body = {"type": "about:blank", "title": cause, "status": status, "code": code, "detail": cause, "remedy": remedy}
    response = exam_api.answer({**body, **(extra or {})}, status)
    response.mimetype = PROBLEM
    if extra and "retry_after_s" in extra:
        response.headers["Retry-After"] = str(extra["retry_after_s"])
    return response
