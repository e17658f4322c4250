"""Restarting services, and turning the machine off: nothing but these two, by fixed command lines."""

from __future__ import annotations

import subprocess
from typing import Any

from app.domain.box_actions import RestartServices, TurnOff
from app.domain.refusals import Refusal
from app.domain.wording import N_
from appliance.actions import Actions, Tell

PARTS = ("guyub-exam.service", "guyub-web.service", "guyub-front.service")


def _restart(_action: RestartServices, tell: Tell) -> dict[str, Any]:
    for done, part in enumerate(PARTS):
        tell(N_("Menyalakan ulang layanan"), done, len(PARTS))
        _systemctl("--no-block", "restart", part)
    return {}


def _turn_off(action: TurnOff, tell: Tell) -> dict[str, Any]:
    tell(N_("Menghentikan server"))
    _systemctl("--no-block", "reboot" if action.again else "poweroff")
    return {}


def _systemctl(*words: str) -> None:
    ran = subprocess.run(["systemctl", *words], capture_output=True, text=True, check=False, timeout=120)
    if ran.returncode:
        raise Refusal(
            "B-133",
            N_("Layanan tidak dapat dijalankan ulang."),
            N_("Nyalakan ulang server. Bila tetap begitu, buat berkas bantuan dan hubungi pusat."),
            status=500,
        )


ACTIONS: Actions = {RestartServices: _restart, TurnOff: _turn_off}
