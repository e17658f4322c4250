"""What an update came to: `python -m appliance.update_check settle` early at each start, `… check` at its end.

A system that serves is good; one under trial that does not makes way for the other. When the older system runs again, a
newer one may have changed the tables: its own copy from the moment before goes back. That loses nothing, because a
system that is not ready serves nobody. Outside a trial a system that is not ready is never restarted from here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog

from app.domain.clock import Clock
from app.services.database_upgrade import newest_revision
from app.services.system_clock import SystemClock
from appliance import audit_lines
from appliance.backup import database, making
from appliance.backup.machine import ThisMachine
from appliance.durable import write_whole
from appliance.places import Places, places
from appliance.updates import PENDING, booted_slot, end_trial, run

OUTCOME = "update.json"
START_S = 600.0  # from the start of the system until it serves, on a slow machine
KEPT, ROLLED_BACK = "kept", "rolled_back"

log = structlog.get_logger("guyub.update")


def settle(here: Places, clock: Clock) -> str:
    """At each start, before the data are opened: if the older system runs again, put back what it can open."""
    pending = _pending(here)
    if pending is None or booted_slot(here) == pending["slot"]:
        return ""
    for role in making.roles(here):
        with suppress(OSError):
            _put_back_older_tables(role, set(pending["copies"]), clock.now())
    _end(here, clock, pending, ROLLED_BACK)
    return ROLLED_BACK


def check(here: Places, clock: Clock, *, is_ready: Callable[[], bool], reboot: Callable[[], None]) -> str:
    """Once everything was started: a system that serves is good; one under trial that does not makes way."""
    pending = _pending(here)
    on_trial = pending is not None and booted_slot(here) == pending["slot"]
    if is_ready():
        run("rauc", "status", "mark-good")
        if pending is not None and on_trial:
            _end(here, clock, pending, KEPT)
        return "good"
    log.error("the server is not ready", on_trial=on_trial)
    if not on_trial:
        return "not ready"
    run("rauc", "status", "mark-bad")
    reboot()
    return "rebooting"


def _put_back_older_tables(role: making.Role, known: set[str], now: datetime) -> None:
    """The copy that the newer system made before it changed the tables, if it did (`app.services.database_upgrade`).

    It is told by its name, which was not there before (`known`): a machine's clock may be wrong.
    """
    path, wanted = role.folder / making.DATABASE, newest_revision()
    if database.ask("revision", path)["revision"] == wanted:
        return
    copies = sorted(role.folder.glob(f"backups/guyub-*-{wanted}.sqlite"))
    new = [copy for copy in copies if str(copy) not in known]
    if new:
        database.ask("put_back", path, new[-1], role.folder / f"backups/guyub-{now:%Y%m%dT%H%M%SZ}-set-aside.sqlite")


def _end(here: Places, clock: Clock, pending: dict[str, Any], outcome: str) -> None:
    """Note what the update came to, where console, page and audit log show it."""
    end_trial(here)
    told = {"version": pending["version"], "from": pending["from"], "outcome": outcome}
    write_whole(here.box / OUTCOME, json.dumps({**told, "at": clock.now().isoformat()}).encode())
    (here.box / PENDING).unlink()
    try:
        audit_lines.note(here, "sekolah", "box_updated", str(pending["version"]), told)
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("the audit log was not told", kind=type(error).__name__)


def _pending(here: Places) -> dict[str, Any] | None:
    try:
        found = json.loads((here.box / PENDING).read_text(encoding="utf-8"))
        return found if {"version", "from", "slot", "copies"} <= set(found) else None
    except (OSError, ValueError, TypeError):
        return None


def main(verb: str) -> int:
    """0 when all is well or on its way."""
    here, clock = places(), SystemClock()
    if verb == "settle":
        log.info("settled", outcome=settle(here, clock) or "nothing to do")
        return 0
    outcome = check(here, clock, is_ready=ThisMachine(here, START_S).is_ready, reboot=_reboot)
    log.info("checked", outcome=outcome)
    return 1 if outcome == "not ready" else 0


def _reboot() -> None:
    subprocess.run(["systemctl", "reboot"], check=False, timeout=60)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
