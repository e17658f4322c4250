"""Language, dates and numbers as people read them: Indonesian first, English by a switch.

Dates are `23 November 2026, 07.30 WIB`, in the zone of the place, never in the zone of the server's operating system.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, abort, has_request_context, redirect, request
from flask_babel import Babel, format_date, format_decimal, get_locale
from werkzeug.wrappers import Response

from app.web.access import open_to_all
from app.web.current import settings

COOKIE = "guyub_bahasa"
LANGUAGES = {"id": "Bahasa Indonesia", "en": "English"}
ZONE_WORDS = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
_YEAR_S = 365 * 24 * 3600

babel = Babel()
blueprint = Blueprint("locale", __name__)


def init_locale(app: Flask) -> None:
    """Language choice and the template filters."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "id")
    babel.init_app(app, locale_selector=chosen_language)
    app.register_blueprint(blueprint)
    app.jinja_env.filters.update(tanggal=date_words, waktu=time_words, jam=clock_words, angka=number_words)
    app.jinja_env.globals.update(languages=LANGUAGES, language=chosen_language)


def chosen_language() -> str:
    """`id` or `en`: the switch's cookie (a program's `Accept-Language`), else what the server is set to."""
    chosen = None
    if has_request_context():
        by_program = request.path.startswith("/api/")  # its calls carry no cookie, but the language of its page
        chosen = request.accept_languages.best_match(LANGUAGES) if by_program else request.cookies.get(COOKIE)
    return chosen if chosen in LANGUAGES else settings().language


@blueprint.get("/bahasa/<code>")
@open_to_all("everyone chooses the language they read")
def switch(code: str) -> Response:
    """Remember the language and go back to the page it was asked from."""
    if code not in LANGUAGES:
        abort(404)
    back = urlsplit(request.referrer or "/")
    target = back.path if back.netloc in {"", request.host} and back.path.startswith("/") else "/"
    query = f"?{back.query}" if back.query and target == back.path else ""
    response = redirect("/" + target.lstrip("/\\") + query)
    response.set_cookie(COOKIE, code, max_age=_YEAR_S, samesite="Lax", secure=request.is_secure)
    return response


def date_words(value: datetime, zone: str | None = None) -> str:
    """`23 November 2026` in the given zone, or the server's."""
    return str(format_date(_local(value, zone).date(), "d MMMM y"))


def clock_words(value: datetime, zone: str | None = None) -> str:
    """`07.30 WIB`; `07:30 WIB` in English."""
    local = _local(value, zone)
    sign = "." if str(get_locale()) == "id" else ":"
    word = ZONE_WORDS.get(str(local.tzinfo), local.tzname() or "")
    return f"{local:%H}{sign}{local:%M} {word}".strip()


def time_words(value: datetime, zone: str | None = None) -> str:
    """`23 November 2026, 07.30 WIB`."""
    return f"{date_words(value, zone)}, {clock_words(value, zone)}"


def number_words(value: float, decimals: int = 2) -> str:
    """`1.234,5`: at most the given decimals, in the reader's style."""
    return str(format_decimal(value, "#,##0." + "#" * decimals if decimals else "#,##0"))


def _local(value: datetime, zone: str | None) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time without a zone was to be shown")
    return value.astimezone(ZoneInfo(zone or settings().time_zone))
