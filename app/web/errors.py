"""Failures as people and programs see them: a Refusal with its code, cause and remedy; a fault with a code to read out.

These pages need no database, no sign-in and no base layout: they must work when nothing else does.
"""

from __future__ import annotations

import secrets

import structlog
from flask import Flask, current_app, jsonify, make_response, request
from flask.wrappers import Response
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from app.domain.refusals import Refusal
from app.models import db
from app.web.locale import chosen_language

PROBLEM = "application/problem+json"
_log = structlog.get_logger("guyub.errors")


def init_errors(app: Flask) -> None:
    """Attach the handlers."""
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(Exception, _fault)


def wants_json() -> bool:
    """Whether the caller is a program: the API, the exchange tree, or one that asks for JSON and not for HTML."""
    if request.path.startswith(("/api/", "/exchange/")):
        return True
    accepted = request.accept_mimetypes
    return accepted.best_match(["text/html", "application/json"]) == "application/json" and bool(accepted)


def answer_failure(
    code: str, cause: str, remedy: str, status: int, extra: dict[str, object] | None = None, title: str | None = None
) -> Response:
    """A failure as a page or as problem+json; cause and remedy are already in the reader's language."""
    if wants_json():
        body = {"type": "about:blank", "title": title or cause, "status": status, "code": code}
        response = jsonify({**body, "detail": cause, "remedy": remedy, **(extra or {})})
        response.mimetype = PROBLEM
    else:
        page = current_app.jinja_env.get_template("errors/failure.html")
        response = make_response(page.render(code=code, cause=cause, remedy=remedy, _=_, language=chosen_language()))
    response.status_code = status
    retry_after = (extra or {}).get("retry_after_s")
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    response.headers["Cache-Control"] = "no-store"
    return response


def _refusal(refusal: Refusal) -> Response:
    db.session.rollback()
    values = {name: str(value) for name, value in refusal.values.items()}
    return answer_failure(
        refusal.code, _(refusal.cause, **values), _(refusal.remedy, **values), refusal.status, refusal.extra
    )


def _csrf(_error: CSRFError) -> Response:
    db.session.rollback()
    return answer_failure(
        "W-103",
        _("Formulir ini sudah tidak berlaku atau tidak berasal dari halaman ini."),
        _("Muat ulang halaman, lalu kirim sekali lagi."),
        400,
    )


def _http(error: HTTPException) -> Response:
    db.session.rollback()
    status = error.code or 500
    if error.response is not None or status < 400:
        return error.get_response()  # type: ignore[return-value] # a redirect made by an exception
    cause, remedy = _words(status)
    response = answer_failure(f"H-{status}", cause, remedy, status)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _words(status: int) -> tuple[str, str]:
    known = {
        400: (_("Permintaan ini tidak dapat dibaca."), _("Kembali, muat ulang halaman, lalu coba lagi.")),
        404: (_("Halaman ini tidak ada."), _("Periksa alamatnya, atau mulai lagi dari halaman awal.")),
        405: (_("Halaman ini tidak dapat dipakai dengan cara itu."), _("Kembali, lalu gunakan tombol pada halaman.")),
        413: (_("Berkas atau isian ini terlalu besar."), _("Kirim berkas yang lebih kecil.")),
        415: (_("Jenis isi ini tidak diterima."), _("Kirim dengan jenis isi yang diminta.")),
        429: (_("Terlalu banyak percobaan."), _("Tunggu sebentar, lalu coba lagi.")),
        503: (_("Server sedang sibuk."), _("Tunggu sebentar, lalu coba lagi.")),
    }
    fallback = (_("Permintaan ini tidak dapat dilayani."), _("Kembali ke halaman awal, lalu coba lagi."))
    return known.get(status, fallback)


def _database(error: OperationalError) -> Response:
    reference = _reference()
    _log.error("database unavailable", reference=reference, kind=type(error.orig).__name__)
    db.session.rollback()
    return answer_failure(
        f"D-503-{reference}",
        _("Basis data belum dapat dipakai saat ini."),
        _("Tunggu sebentar, lalu coba lagi. Bila tetap begini, sampaikan kode ini kepada teknisi."),
        503,
        {"retry_after_s": 5},
        title=_("Basis data sibuk"),
    )


def _fault(error: Exception) -> Response:
    reference = _reference()
    _log.error("fault", reference=reference, exc_info=error)
    db.session.rollback()
    return answer_failure(
        f"F-500-{reference}",
        _("Terjadi kesalahan pada program. Ini bukan kesalahan Anda."),
        _("Coba sekali lagi. Bila terulang, sampaikan kode ini kepada teknisi atau pusat."),
        500,
    )


def _reference() -> str:
    """Four signs that lead from a phone call to the log line."""
    return secrets.token_hex(2).upper()
