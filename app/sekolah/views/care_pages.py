"""*Kesiapan* (the technician's checklist that turns green) and *Catatan* (the audit log and whether it holds)."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.audit_events import AuditEvent, describe
from app.domain.permissions import Permission
from app.sekolah.jobs import jobs, place, report
from app.sekolah.services import contact, readiness
from app.sekolah.views.desk import actor, blueprint, long_work, page
from app.sekolah.views.state_words import server_word
from app.services import audit
from app.web.access import needs
from app.web.current import clock
from app.web.transactions import current_session

SHOWN = 300


@blueprint.get("/kesiapan")
@needs(Permission.SET_UP_SERVER)
def ready() -> str:
    """Red lines first, each with its remedy."""
    session = current_session()
    said = contact.read(session)
    return page("ready.html", findings=readiness.findings(session, place()), contact=said, server=server_word(said))


@blueprint.post("/kesiapan/hubungi")
@needs(Permission.SET_UP_SERVER)
def call_centre() -> Response:
    """Reach the centre now and compare the clocks."""
    here = long_work()
    jobs().start("report", lambda: report(here))
    flash(_("Server sedang menghubungi pusat. Muat ulang halaman ini sebentar lagi."), "success")
    return redirect(url_for("sekolah.ready"))


@blueprint.get("/catatan")
@needs(Permission.READ_AUDIT)
def log() -> str:
    """The newest lines of the audit log, and its head."""
    session = current_session()
    return page(
        "log.html",
        entries=audit.entries(session, newest=SHOWN),
        head=audit.head(session),
        describe=describe,
        yes_no={True: _("ya"), False: _("tidak")},
    )


@blueprint.post("/catatan/periksa")
@needs(Permission.READ_AUDIT)
def verify_log() -> Response:
    """Follow the whole chain; the verdict is itself logged."""
    session = current_session()
    broken = audit.verify(session)
    detail: dict[str, object] = {"intact": broken is None}
    if broken is None:
        flash(_("Rantai catatan utuh."), "success")
    else:
        detail["broken_at"] = broken.number
        flash(_("Rantai catatan putus pada baris %(number)s. Laporkan kepada pusat.", number=broken.number), "error")
    audit.record(session, clock(), actor(), AuditEvent.AUDIT_VERIFIED, "", detail)
    return redirect(url_for("sekolah.log"))
