"""Who may use the console's menu, and activation: both are the school's program's to say."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from app.domain.box_actions import Activate, CheckStaff
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.services.system_clock import SystemClock
from appliance import school_part
from appliance.actions import Actions, Tell
from appliance.durable import write_whole
from appliance.places import Places, places

FREE_TRIES = 3
LONGEST_WAIT_S = 300


def _check(action: CheckStaff, _tell: Tell) -> dict[str, Any]:
    here, clock = places(), SystemClock()
    refuse_haste(here, "staff", clock.now())
    answer = school_part.ask(here, "check_staff", account=action.account, password=action.password)
    note_try(here, "staff", clock.now(), right=bool(answer["right"]))
    return answer


def _activate(action: Activate, tell: Tell) -> dict[str, Any]:
    tell(N_("Menghubungi pusat"))
    return school_part.ask(
        places(),
        "activate",
        centre_url=action.centre_url,
        server_id=action.server_id,
        activation_code=action.activation_code,
    )


def refuse_haste(here: Places, what: str, now: datetime) -> None:
    """After some wrong tries each next one has to wait, twice as long each time; raises Refusal B-132.

    The count lies under /run, because each request is a process of its own.
    """
    tries, last = _tries(here, what)
    if tries < FREE_TRIES or last is None:
        return
    wait = timedelta(seconds=min(2 ** (tries - FREE_TRIES + 2), LONGEST_WAIT_S))
    left = (last + wait - now).total_seconds()
    if 0 < left <= LONGEST_WAIT_S:
        raise Refusal(
            "B-132",
            N_("Terlalu sering salah."),
            N_("Tunggu %(seconds)s detik, lalu ketik pelan-pelan."),
            status=429,
            values={"seconds": int(left) + 1},
        )


def note_try(here: Places, what: str, now: datetime, *, right: bool) -> None:
    """Count a wrong try; the right one ends the count."""
    path = here.run / "tries" / what
    if right:
        path.unlink(missing_ok=True)
        return
    tries, _last = _tries(here, what)
    write_whole(path, json.dumps({"tries": tries + 1, "last": now.isoformat()}).encode())


def _tries(here: Places, what: str) -> tuple[int, datetime | None]:
    try:
        kept = json.loads((here.run / "tries" / what).read_bytes())
        return int(kept["tries"]), datetime.fromisoformat(kept["last"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0, None


ACTIONS: Actions = {CheckStaff: _check, Activate: _activate}
