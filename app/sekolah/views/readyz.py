"""What a school's server adds to `/readyz`: the findings of the readiness page that an exam depends on.

The line to the centre is told but never makes the server "not ready": an exam runs without it.
"""

from __future__ import annotations

from flask import Flask, g
from flask_babel import gettext

from app.sekolah.jobs import place
from app.sekolah.services import readiness
from app.web.health import Check, add_check
from app.web.transactions import current_session

NAMES = ("identity", "clock", "disk_quota", "disk_reserve", "centre", "packages", "release")


def add_checks(app: Flask) -> None:
    """Attach one check for each finding."""
    for name in NAMES:
        add_check(app, name, _check(name))


def _check(name: str) -> Check:
    def check() -> tuple[bool, str, str]:
        if "readiness" not in g:
            g.readiness = readiness.findings(current_session(), place())  # once for all checks
        for finding in g.readiness:
            if finding.name == name:
                values = finding.values or {}
                state, remedy = gettext(finding.state, **values), gettext(finding.remedy, **values)
                return finding.ready or not finding.blocks, state, remedy if not finding.ready else ""
        raise LookupError(name)

    return check
