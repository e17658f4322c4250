"""*Mesin*, *Akses SSH*: keys are proposed here and let in at the server's own screen; taking rights away is done here.

Whoever enters over SSH is root, so no page and no password of a page may let anybody in.
"""

from __future__ import annotations

from datetime import datetime

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.audit_events import AuditEvent
from app.domain.box_actions import ListEntry, ProposeKey, RemoveKey, TurnOffEntry
from app.domain.permissions import Permission
from app.sekolah.views.desk import actor, blueprint
from app.sekolah.views.machine_desk import QUICK_S, machine_page, only_on_a_box
from app.services import audit, box
from app.web.access import needs
from app.web.current import clock
from app.web.transactions import current_session


@blueprint.get("/mesin/akses")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def machine_entry() -> Response:
    """Who may enter, and which keys wait."""
    told = box.ask(ListEntry(), patience_s=QUICK_S)
    proposals = [{**one, "at": datetime.fromisoformat(one["at"])} for one in told["proposals"]]
    return machine_page("entry.html", ssh=told["ssh"], keys=told["keys"], proposals=proposals)


@blueprint.post("/mesin/akses")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def propose_key() -> Response:
    """Hand in a public key. It opens nothing yet."""
    current_session().rollback()  # nothing is held up while the box is asked
    told = box.ask(ProposeKey(key=request.form.get("key", "").strip(), by=actor()), patience_s=QUICK_S)
    detail = {"comment": told["comment"]}
    audit.record(current_session(), clock(), actor(), AuditEvent.BOX_KEY_PROPOSED, told["fingerprint"], detail)
    flash(_("Kunci menunggu. Izinkan di layar server: menu petugas, Akses SSH."), "success")
    return redirect(url_for("sekolah.machine_entry"))


@blueprint.post("/mesin/akses/hapus")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def remove_key() -> Response:
    """Take a key out."""
    fingerprint = request.form.get("fingerprint", "")[:80]
    audit.record(current_session(), clock(), actor(), AuditEvent.BOX_KEY_REMOVED, fingerprint)
    current_session().commit()
    box.ask(RemoveKey(fingerprint=fingerprint, by=actor()), patience_s=QUICK_S)
    flash(_("Kunci dihapus."), "success")
    return redirect(url_for("sekolah.machine_entry"))


@blueprint.post("/mesin/akses/matikan")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def turn_off_entry() -> Response:
    """Switch SSH off."""
    audit.record(current_session(), clock(), actor(), AuditEvent.BOX_ENTRY_TURNED_OFF)
    current_session().commit()
    box.ask(TurnOffEntry(by=actor()), patience_s=QUICK_S)
    flash(_("Akses SSH dimatikan."), "success")
    return redirect(url_for("sekolah.machine_entry"))
