"""Services and power of the box, help from afar, sticks, and mode mandiri: each deed logged with who asked for it."""

from __future__ import annotations

import re

from flask import abort, request, send_file
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.audit_events import AuditEvent
from app.domain.box_actions import (
    MakeSupportBundle,
    PutOnStick,
    RestartServices,
    TakeFromStick,
    TurnOff,
    TurnOffCentre,
    TurnOnCentre,
)
from app.domain.permissions import Permission
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Staff
from app.sekolah.services import box_care
from app.sekolah.views.desk import blueprint
from app.sekolah.views.machine_desk import begin, devices, finished, machine_page, only_on_a_box
from app.sekolah.views.setup_pages import look
from app.services import box, staff_accounts
from app.web.access import needs
from app.web.transactions import current_session

_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")


@blueprint.get("/mesin/layanan")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def machine_services() -> Response:
    """Restart, power, the support bundle, mode mandiri."""
    return machine_page(
        "services.html",
        at_work=box_care.open_attempts(current_session()),
        glance=look().glance(),
        support=finished(MakeSupportBundle.name)[0].get("file", ""),
        devices=devices(),
    )


@blueprint.get("/mesin/perangkat")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def machine_devices() -> Response:
    """Sticks at the server, and both directions."""
    return machine_page("devices.html", devices=devices())


@blueprint.post("/mesin/perangkat/masuk")
@needs(Permission.SYNC)
@only_on_a_box
def take_from_stick() -> Response:
    """Packages, releases and receipts from a stick."""
    return begin(TakeFromStick(device=_device()), None, "sekolah.machine_devices")


@blueprint.post("/mesin/perangkat/keluar")
@needs(Permission.UPLOAD_RESULTS)
@only_on_a_box
def put_on_stick() -> Response:
    """Results that wait for a receipt onto a stick."""
    return begin(PutOnStick(device=_device()), None, "sekolah.machine_devices")


@blueprint.post("/mesin/layanan/ulang")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def restart_services() -> Response:
    """Restart exam, web and front."""
    reason = box_care.require_reason(current_session(), request.form.get("reason", ""))
    return begin(RestartServices(), AuditEvent.BOX_RESTARTED, "sekolah.machine_services", reason=reason)


@blueprint.post("/mesin/layanan/daya")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def turn_off_machine() -> Response:
    """Shut down, or start again; only a tick says that this is meant."""
    reason = box_care.require_reason(current_session(), request.form.get("reason_off", ""))
    if not request.form.get("meant"):
        raise Refusal(
            "B-606",
            N_("Server belum dimatikan."),
            N_("Centang persetujuan di dekat tombol, lalu kirim lagi."),
        )
    again = request.form.get("again") == "1"
    return begin(
        TurnOff(again=again), AuditEvent.BOX_TURNED_OFF, "sekolah.machine_services", again=again, reason=reason
    )


@blueprint.post("/mesin/bantuan")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def make_support_bundle() -> Response:
    """Logs and states for whoever helps."""
    device = _device()
    return begin(MakeSupportBundle(device=device), AuditEvent.BOX_SUPPORT_MADE, "sekolah.machine_services")


@blueprint.get("/mesin/bantuan/<name>")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def support_bundle(name: str) -> Response:
    """The bundle that was made, as a file."""
    path = box.run_folder() / "support" / name
    if not _FILE.fullmatch(name) or not path.is_file():
        abort(404)
    return send_file(path, "application/octet-stream", as_attachment=True, download_name=name)


@blueprint.post("/mesin/mandiri")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def turn_on_centre() -> Response:
    """Run the centre on this box too; whoever asks becomes its first administrator, with the password typed again."""
    box_care.require_no_sitting(current_session())
    known_hash = current_session().get_one(Staff, current_user.id).password_hash
    current_session().rollback()  # nothing is held up while the slow hash is computed
    password = request.form.get("password", "")
    if not staff_accounts.password_fits(known_hash, password):
        raise Refusal(
            "B-607",
            N_("Kata sandi Anda tidak cocok."),
            N_("Ketik kata sandi akun Anda sendiri; akun yang sama dibuat di pusat."),
            status=403,
        )
    npsn = request.form.get("npsn", "").strip()[:8]
    account, name = current_user.username, current_user.name
    action = TurnOnCentre(account=account, account_name=name, password=password, npsn=npsn)
    return begin(action, AuditEvent.BOX_CENTRE_TURNED_ON, "sekolah.machine_services")


@blueprint.post("/mesin/mandiri/tutup")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def turn_off_centre() -> Response:
    """Stop the centre; nothing is deleted."""
    box_care.require_no_sitting(current_session())
    return begin(TurnOffCentre(), AuditEvent.BOX_CENTRE_TURNED_OFF, "sekolah.machine_services")


def _device() -> str:
    return request.form.get("device", "")[:64]
