"""While a box is not set up, every page leads to where that is done; students' calls and files pass unasked."""

from __future__ import annotations

from flask import Flask, redirect, request, url_for
from werkzeug.wrappers import Response

from app.services import box

FREE_BLUEPRINTS = frozenset({"setup", "certificate", "health", "locale"})
FREE_PATHS = ("/api/", "/static/", "/papers/", "/media/")


def close_until_set_up(app: Flask) -> None:
    """Put the gate in front of every page."""
    app.before_request(_gate)


def _gate() -> Response | None:
    if request.blueprint in FREE_BLUEPRINTS or request.path.startswith(FREE_PATHS):
        return None
    return redirect(url_for("setup.start")) if box.waits_for_set_up() else None
