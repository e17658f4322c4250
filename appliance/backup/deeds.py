"""What console and page ask for: the actions of backups, each one call."""

from __future__ import annotations

from typing import Any

from app.domain.box_actions import BackUp, CheckStaff, ListBackups, RestoreBackup, ShowRecoveryCode, VerifyBackup
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.services.system_clock import SystemClock
from appliance.actions import Actions, Tell
from appliance.backup import making, targets
from appliance.places import places


def back_up(action: BackUp, tell: Tell) -> dict[str, Any]:
    """`{backup}`."""
    return {"backup": making.make_backup(places(), SystemClock(), tell, device=action.device)}


def list_backups(action: ListBackups, _tell: Tell) -> dict[str, Any]:
    """`{backups}`, the newest first."""
    return {"backups": making.list_backups(places(), device=action.device)}


def verify(action: VerifyBackup, tell: Tell) -> dict[str, Any]:
    """`{backup, made_at, version, receipts, rows}`."""
    from appliance.backup import restoring  # tables and keys: only for these two

    return restoring.verify_backup(places(), SystemClock(), tell, backup=action.backup, device=action.device)


def restore(action: RestoreBackup, tell: Tell) -> dict[str, Any]:
    """`{backup, made_at, version, receipts}`."""
    from appliance.backup import restoring
    from appliance.backup.machine import ThisMachine

    here = places()
    return restoring.restore_backup(
        here,
        ThisMachine(here),
        SystemClock(),
        tell,
        backup=action.backup,
        recovery_code=action.recovery_code,
        device=action.device,
    )


def show_code(action: ShowRecoveryCode, tell: Tell) -> dict[str, Any]:
    """`{code}`, for who gives account and password; refuses B-323 and what the check of accounts refuses."""
    from appliance.actions.school import ACTIONS as SCHOOL

    asked = CheckStaff(account=action.account, password=action.password)
    if not SCHOOL[CheckStaff](asked, tell)["right"]:
        raise Refusal(
            "B-323",
            N_("Akun atau kata sandi ini tidak cocok."),
            N_("Masukkan akun teknisi atau proktor dan kata sandinya, lalu ulangi."),
            status=403,
        )
    return {"code": targets.recovery_code(places())}


ACTIONS: Actions = {
    BackUp: back_up,
    ListBackups: list_backups,
    VerifyBackup: verify,
    RestoreBackup: restore,
    ShowRecoveryCode: show_code,
}
