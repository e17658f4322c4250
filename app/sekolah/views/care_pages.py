"""*Kesiapan*: the technician's checklist that turns green."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.sekolah.jobs import place, report
from app.sekolah.services import contact, readiness
from app.sekolah.views.desk import blueprint, long_work, page
from app.sekolah.views.state_words import server_word
from app.web.access import needs
from app.web.jobs import jobs
from app.web.transactions import current_session


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
