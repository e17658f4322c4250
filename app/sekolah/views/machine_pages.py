"""*Mesin*: how the box stands, what its doctor found, and the work that runs; only on a box."""

from __future__ import annotations

from flask import render_template
from werkzeug.wrappers import Response

from app.domain.audit_events import AuditEvent
from app.domain.box_actions import Examine
from app.domain.permissions import Permission
from app.sekolah.views.box_words import card_line
from app.sekolah.views.desk import blueprint
from app.sekolah.views.live import live
from app.sekolah.views.machine_desk import begin, deed_data, finished, machine_page, only_on_a_box
from app.sekolah.views.setup_pages import look
from app.web.access import needs

SHAPES = {"good": 2, "warn": 1, "bad": 0}
HELPED_AT = {  # a finding of the doctor → the page where it can be put right
    "address": "sekolah.machine_settings",
    "backup": "sekolah.machine_backup",
    "backup_target": "sekolah.machine_settings",
    "certificate": "sekolah.machine_services",
    "clock": "sekolah.machine_settings",
    "dns": "sekolah.machine_settings",
    "program": "sekolah.machine_update",
    "services": "sekolah.machine_services",
    "settings": "sekolah.machine_settings",
    "zone": "sekolah.machine_settings",
}


@blueprint.get("/mesin")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def machine() -> Response:
    """The glance, and the doctor's list as it was last made."""
    said, examined_at = finished(Examine.name)
    findings = sorted(said.get("findings", []), key=lambda finding: SHAPES.get(finding["state"], 0))
    return machine_page(
        "state.html",
        glance=look().glance(),
        findings=findings,
        examined_at=examined_at,
        helped_at=HELPED_AT,
        card_line=card_line,
    )


@blueprint.get("/mesin/langsung")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def machine_live() -> Response:
    """What changes of the deed, for the page that watches."""
    return live(render_template("sekolah/machine/_deed.html", **deed_data()))


@blueprint.get("/mesin/tunggu")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def machine_wait() -> Response:
    """The deed alone, for one that takes the front away within a moment: the box is asked for nothing more."""
    return machine_page("wait.html")


@blueprint.post("/mesin/periksa")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def examine_machine() -> Response:
    """Run the doctor."""
    return begin(Examine(), AuditEvent.BOX_EXAMINED, "sekolah.machine")
