"""*Catatan*: the newest lines of the audit log, and whether its chain holds. Both roles have it; nobody changes it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.audit_events import AuditEvent, describe
from app.domain.permissions import Permission
from app.services import audit
from app.web.access import needs
from app.web.current import clock
from app.web.transactions import current_session

SHOWN = 300
blueprint = Blueprint("audit", __name__, url_prefix="/staf/catatan")


@blueprint.get("/")
@needs(Permission.READ_AUDIT)
def log() -> str:
    """The newest lines of the log, and its head."""
    session = current_session()
    return render_template(
        "audit/log.html",
        entries=audit.entries(session, newest=SHOWN),
        head=audit.head(session),
        describe=describe,
        yes_no={True: _("ya"), False: _("tidak")},
    )


@blueprint.post("/periksa")
@needs(Permission.READ_AUDIT)
def verify() -> Response:
    """Follow the whole chain; the verdict is itself logged."""
    session = current_session()
    broken = audit.verify(session)
    detail: dict[str, object] = {"intact": broken is None}
    if broken is None:
        flash(_("Rantai catatan utuh."), "success")
    else:
        detail["broken_at"] = broken.number
        flash(_("Rantai catatan putus pada baris %(number)s. Laporkan kepada pusat.", number=broken.number), "error")
    audit.record(session, clock(), current_user.username, AuditEvent.AUDIT_VERIFIED, "", detail)
    return redirect(url_for("audit.log"))
