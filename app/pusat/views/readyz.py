"""What the centre adds to `/readyz`: whether it can take a write, hold files and release on time."""

from __future__ import annotations

from flask import Flask
from flask_babel import gettext

from app.pusat.jobs import place
from app.pusat.services import readiness
from app.web.health import Check, add_check


def add_checks(app: Flask) -> None:
    """Attach one check for each finding."""
    for name in readiness.FINDINGS:
        add_check(app, name, _check(name))


def _check(name: str) -> Check:
    def check() -> tuple[bool, str, str]:
        found = readiness.FINDINGS[name](place())
        return found.ready, gettext(found.state, **found.values), found.remedy and gettext(found.remedy, **found.values)

    return check
