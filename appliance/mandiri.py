"""*Mode mandiri*: the centre on the same box, paired with the school's server, for a school's own exams.

Each step looks first whether it was done, so that after a power cut in the middle the whole is simply done again.
Everything is done by the program itself, as the owner of the data concerned; secrets go through its standard input.
Turning it off stops and hides the centre; nothing of it is ever deleted here.
"""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.domain.box_actions import TurnOffCentre, TurnOnCentre
from app.domain.refusals import Refusal
from app.domain.wording import N_
from appliance import booting, programs, settings
from appliance.actions import Actions, Tell
from appliance.places import Places, places

ADDRESS = "http://127.0.0.1:8100"
PARTS = ("guyub-pusat.socket", "guyub-pusat.service", "guyub-pusat-front.service")
PROGRAM_S, READY_S, PAUSE_S = 900, 180.0, 0.2
STEPS = 6


@dataclass(frozen=True)
class Account:
    """The centre's first administrator."""

    username: str
    name: str
    password: str


def turn_on(account: str, account_name: str, password: str, tell: Tell, npsn: str = "") -> dict[str, Any]:
    """Mode mandiri from now on: the centre is made, started and paired; gives `{server_id, administrator}`.

    Refuses B-610 (a step fails), B-611 (the centre does not start), P-797 (this server has another centre; then the box
    is left as it was), W-11x (account). After any other refusal it may be asked for again.
    """
    here = places()
    before = settings.read(here.box).settings.general
    _keep_mode(here, "mandiri")
    try:
        return pair(here, before.school_name, Account(account, account_name, password), tell, npsn)
    except Refusal as refusal:
        if refusal.code == "P-797":
            _control("stop")
            _keep_mode(here, before.mode)
        raise


def turn_off() -> None:
    """Stop and hide the centre; its data stay where they are."""
    _control("stop")
    _keep_mode(places(), "sekolah")


def pair(
    here: Places,
    school_name: str,
    account: Account,
    tell: Tell,
    npsn: str = "",
    *,
    address: str = ADDRESS,
    control: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Whatever is missing of the centre and its pairing, on a box whose settings say `mandiri` and are rendered."""
    tell(N_("Menyiapkan data pusat"), 1, STEPS)
    _guyub(here, "pusat", "db", "upgrade")
    tell(N_("Menyalakan pusat"), 2, STEPS)
    (control or _control)("start")
    _wait_until_up(address)
    tell(N_("Mendaftarkan sekolah di pusat"), 3, STEPS)
    school = json.loads(_guyub(here, "sekolah", "sekolah", "status", "--json"))["server"]
    asked = ["--active-as", school["id"]] if school["active"] else []
    asked += ["--npsn", npsn] if npsn else []
    paired = json.loads(_guyub(here, "pusat", "pusat", "pair", "--school", school_name, *asked, "--json"))
    tell(N_("Mengaktifkan server sekolah"), 4, STEPS)
    if paired["code"]:
        line = ("sekolah", "activate", paired["server"], "--centre", address, "--yes")
        _guyub(here, "sekolah", *line, given=f"{paired['code']}\n")
    tell(N_("Membuat akun pengelola pusat"), 5, STEPS)
    has_one = _administrator(here, account)
    tell(N_("Pusat siap"), STEPS, STEPS)
    return {"server_id": paired["server"], "administrator": has_one}


def _administrator(here: Places, account: Account) -> bool:
    """Whether the centre has an administrator now; the account is made if none of its name is there."""
    known = json.loads(_guyub(here, "pusat", "staff", "list", "--json"))
    if account.username not in {one["username"] for one in known}:
        line = ("staff", "add", account.username, "--name", account.name, "--staff-role", "administrator")
        _guyub(here, "pusat", *line, "--password-stdin", given=f"{account.password}\n")
        return True
    return any(one["role"] == "administrator" and one["active"] for one in known)


def _guyub(here: Places, role: str, *arguments: str, given: str = "") -> str:
    """What the program says to this command, run for a role as the owner of its data; what it refuses is passed on."""
    done = programs.run_for(here, role, (*programs.GUYUB, *arguments), given=given, limit_s=PROGRAM_S)
    if done.returncode:
        raise programs.refusal_in(done.stderr) or Refusal(
            "B-610",
            N_("Mode mandiri belum selesai disiapkan."),
            N_("Ulangi; yang sudah selesai tidak diulang. Bila terulang, buat berkas bantuan."),
            status=500,
        )
    return done.stdout


def _control(verb: str) -> None:
    subprocess.run(["systemctl", verb, *PARTS], capture_output=True, check=False, timeout=PROGRAM_S)


def _wait_until_up(address: str) -> None:
    latest = time.monotonic() + READY_S
    while time.monotonic() < latest:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=10) as answer:  # noqa: S310 - loopback
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(PAUSE_S)
    raise Refusal(
        "B-611",
        N_("Pusat di server ini tidak menyala."),
        N_("Nyalakan ulang server, lalu ulangi. Bila terulang, buat berkas bantuan dan hubungi pusat bantuan."),
        status=500,
    )


def _turn_on(action: TurnOnCentre, tell: Tell) -> dict[str, Any]:
    return turn_on(action.account, action.account_name, action.password, tell, action.npsn)


def _turn_off(_action: TurnOffCentre, tell: Tell) -> dict[str, Any]:
    tell(N_("Menghentikan pusat"))
    turn_off()
    return {}


def _keep_mode(here: Places, mode: str) -> None:
    settings.write(here.box, settings.changed(settings.read(here.box).settings, "general", {"mode": mode}))
    booting.renew(here, datetime.now(UTC))


ACTIONS: Actions = {TurnOnCentre: _turn_on, TurnOffCentre: _turn_off}
