"""Setting a box up, once: settings, first account, activation if there is a code, the centre in mode mandiri.

Console and browser ask for it by the same action. The mark that it is done is written last, so a setup that was cut
begins again from the start and takes what the first one left; a second one is refused.
"""

from __future__ import annotations

import dataclasses
import hmac
import subprocess
from typing import Any

from app.domain.box_actions import CheckSetupCode, SetUp, TurnOnCentre
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.services.system_clock import SystemClock
from appliance import booting, identity, school_part, settings
from appliance.actions import Actions, Tell
from appliance.actions.changing import with_named_cards
from appliance.actions.run import find
from appliance.actions.school import note_try, refuse_haste
from appliance.places import Places, places

STEPS = 5


def check_code(action: CheckSetupCode, _tell: Tell) -> dict[str, Any]:
    """Whether it is the code on the console; refuses B-132 after some wrong ones, B-134 on a box that is set up."""
    here, now = places(), SystemClock().now()
    code = identity.setup_code(here)
    if not code:
        raise _done_already()
    refuse_haste(here, "setup", now)
    right = hmac.compare_digest(action.code.encode(), code.encode())
    note_try(here, "setup", now, right=right)
    return {"right": right}


def set_up(action: SetUp, tell: Tell) -> dict[str, Any]:
    """Set the box up; answers as the action's class says. Refuses B-134, and odd values before anything is done."""
    here = places()
    present = settings.read(here.box).settings
    if present.general.set_up:
        raise _done_already()
    wanted = with_named_cards(here, _settings(present, action))
    tell(N_("Menyimpan pengaturan"), 0, STEPS)
    settings.write(here.box, wanted)
    booting.write(here)
    tell(N_("Menyiapkan basis data"), 1, STEPS)
    school_part.upgrade_database(here)
    tell(N_("Membuat akun pertama"), 2, STEPS)
    school_part.ask(here, "first_account", account=action.account, name=action.account_name, password=action.password)
    tell(N_("Mengaktifkan server"), 3, STEPS)
    if action.mode == "mandiri":
        activated, refusal = _turn_on_centre(action, tell), None
    else:
        activated, refusal = _activate(here, action)
    tell(N_("Memuat ulang layanan"), 4, STEPS)
    finished = settings.changed(settings.read(here.box).settings, "general", {"set_up": True})
    settings.write(here.box, finished)
    (here.box / identity.SETUP_CODE).unlink(missing_ok=True)
    changed = booting.renew(here, SystemClock().now())
    if here.root == type(here.root)("/") and here.run / "sekolah.toml" not in changed:
        booting.reload([here.run / "sekolah.toml"], here)  # written above, before the account was there
        subprocess.run(["networkctl", "reload"], check=False, capture_output=True, timeout=60)
    tell(N_("Selesai"), STEPS, STEPS)
    return {"address": str(booting.addresses(finished)[0]), "activated": activated, "refusal": refusal}


def _settings(present: settings.BoxSettings, action: SetUp) -> settings.BoxSettings:
    general = dataclasses.asdict(present.general) | {
        "language": action.language,
        "time_zone": action.time_zone,
        "school_name": action.school_name,
    }
    tables = settings.as_tables(present) | {"general": general, "network": dict(action.network)}
    wanted = settings.from_tables(tables)
    settings.changed(wanted, "general", {"mode": action.mode})  # checked now; the centre's room switches it on
    return wanted


def _activate(here: Places, action: SetUp) -> tuple[bool, dict[str, Any] | None]:
    """A code that is wrong, or a centre that cannot be reached, must not keep a school from its server."""
    if not action.activation_code.strip():
        return False, None
    try:
        school_part.ask(
            here,
            "activate",
            centre_url=action.centre_url,
            server_id=action.server_id,
            activation_code=action.activation_code,
        )
    except Refusal as refusal:
        if refusal.code == "S-202":  # a setup that was cut short has done it
            return True, None
        told = {"code": refusal.code, "cause": refusal.cause, "remedy": refusal.remedy, "values": refusal.values}
        return False, told
    return True, None


def _turn_on_centre(action: SetUp, tell: Tell) -> bool:
    centre = TurnOnCentre(
        account=action.account, account_name=action.account_name, password=action.password, npsn=action.npsn
    )
    find(centre)(centre, tell)
    return True


def _done_already() -> Refusal:
    return Refusal(
        "B-134",
        N_("Server ini sudah disiapkan."),
        N_("Masuk dengan akun petugas untuk mengubah pengaturannya."),
        status=409,
    )


ACTIONS: Actions = {CheckSetupCode: check_code, SetUp: set_up}
