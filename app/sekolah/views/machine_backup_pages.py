"""Backups of the box: make one now, see which there are, prove one, put one in the place of what is here."""

from __future__ import annotations

from datetime import datetime

from flask import abort, current_app, make_response, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.audit_events import AuditEvent
from app.domain.box_actions import (
    BackUp,
    ListBackups,
    ReadSettings,
    RestoreBackup,
    ShowRecoveryCode,
    VerifyBackup,
)
from app.domain.permissions import Permission
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Staff
from app.sekolah.services import box_care
from app.sekolah.views.desk import actor, blueprint
from app.sekolah.views.machine_desk import QUICK_S, begin, devices, finished, machine_page, only_on_a_box
from app.sekolah.views.setup_pages import look
from app.services import audit, box, staff_accounts
from app.services.login_delays import LoginDelays
from app.web.access import needs
from app.web.current import clock
from app.web.transactions import current_session


@blueprint.get("/mesin/cadangan")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def machine_backup() -> Response:
    """Where backups go, the newest one, and the list as it was last read."""
    listed, listed_at = finished(ListBackups.name)
    newest = look().glance().get("last_backup")
    return machine_page(
        "backup.html",
        target=box.ask(ReadSettings(), patience_s=QUICK_S).get("backup", {}),
        newest=datetime.fromisoformat(newest) if newest else None,
        backups=[{**one, "at": datetime.fromisoformat(one["at"])} for one in listed.get("backups", [])],
        listed_at=listed_at,
        devices=devices(),
    )


@blueprint.post("/mesin/cadangan")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def back_up_machine() -> Response:
    """Make a backup now."""
    device = _device()
    return begin(BackUp(device=device), AuditEvent.BOX_BACKED_UP, "sekolah.machine_backup", device=device)


@blueprint.post("/mesin/cadangan/daftar")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def list_machine_backups() -> Response:
    """Read which backups there are."""
    return begin(ListBackups(device=_device()), None, "sekolah.machine_backup")


@blueprint.post("/mesin/cadangan/periksa")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def verify_machine_backup() -> Response:
    """Prove one by restoring it into a scratch place."""
    action = VerifyBackup(backup=_backup(), device=_device())
    return begin(action, AuditEvent.BOX_BACKUP_VERIFIED, "sekolah.machine_backup", subject=action.backup)


@blueprint.get("/mesin/cadangan/pulihkan")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def ask_before_restore() -> Response:
    """What restoring does, before it is done."""
    return machine_page("restore.html", backup=request.args.get("cadangan", ""), devices=devices())


@blueprint.post("/mesin/cadangan/pulihkan")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def restore_machine_backup() -> Response:
    """Put it in the place of what is here; only a tick says that this is meant."""
    box_care.require_no_sitting(current_session())
    if not request.form.get("meant"):
        raise Refusal(
            "B-604",
            N_("Pemulihan belum disetujui."),
            N_("Baca apa yang terjadi, centang persetujuan, lalu kirim lagi."),
        )
    action = RestoreBackup(
        backup=_backup(), device=_device(), recovery_code=request.form.get("recovery_code", "").strip()[:200]
    )
    return begin(action, AuditEvent.BOX_BACKUP_RESTORED, "sekolah.machine_backup", subject=action.backup)


@blueprint.post("/mesin/cadangan/kode")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def show_recovery_code() -> Response:
    """The recovery code, for who types their own password again."""
    password = request.form.get("password", "")
    delays: LoginDelays = current_app.extensions["guyub_login_delays"]
    wait = delays.wait_s(actor(), request.remote_addr or "", clock().now())
    known_hash = current_session().get_one(Staff, current_user.id).password_hash
    current_session().rollback()  # nothing is held up while the slow hash is computed
    if wait or not staff_accounts.password_fits(known_hash, password):
        delays.note_wrong(actor(), request.remote_addr or "", clock().now())
        raise Refusal(
            "B-605",
            N_("Kata sandi Anda tidak cocok, atau terlalu sering salah."),
            N_("Tunggu sebentar, lalu ketik kata sandi akun Anda sendiri."),
            status=403,
        )
    delays.note_right(actor(), request.remote_addr or "")
    audit.record(current_session(), clock(), actor(), AuditEvent.BOX_RECOVERY_CODE_SHOWN)
    current_session().commit()
    answer = box.ask(ShowRecoveryCode(account=actor(), password=password), patience_s=QUICK_S)
    response = make_response(machine_page("recovery_code.html", code=answer["code"]))
    response.headers["Cache-Control"] = "no-store"
    return response


def _device() -> str:
    return request.form.get("device", "")[:64]


def _backup() -> str:
    chosen = request.form.get("backup", "").strip()
    if not chosen:
        abort(400, _("Cadangan belum dipilih."))
    return chosen[:100]
