"""Who may enter over SSH: keys are proposed by anyone who signs in, and let in by somebody at the console alone.

Whoever enters is root. So a proposal opens nothing; it waits under /run until the next start, and there are few of
them. Taking rights away needs nobody at the console.
"""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from app.domain.box_actions import (
    ConfirmKey,
    ListEntry,
    ProposeFromStick,
    ProposeKey,
    RemoveKey,
    TurnOffEntry,
    TurnOnEntry,
)
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.services.system_clock import SystemClock
from appliance import audit_lines, booting, devices, settings
from appliance.actions import Actions, Tell
from appliance.durable import make_folder, write_whole
from appliance.entry_keys import LONGEST, PublicKey, kept_key, read_key
from appliance.places import Places, places
from appliance.settings import Remote

MOST_PROPOSALS = 5
MOST_KEYS = 10
STICK = "USB"


@dataclasses.dataclass(frozen=True, slots=True)
class Proposal:
    """A key that waits: `by` whoever proposed it, as it was told, `at` an ISO time."""

    key: PublicKey
    by: str
    at: str


def _list(_action: ListEntry, _tell: Tell) -> dict[str, Any]:
    here = places()
    remote = settings.read(here.box).settings.remote
    keys = [{"fingerprint": key.fingerprint, "comment": key.comment} for key in map(kept_key, remote.keys)]
    proposals = [
        {"fingerprint": one.key.fingerprint, "comment": one.key.comment, "by": one.by, "at": one.at}
        for one in proposals_of(here)
    ]
    return {"ssh": remote.ssh, "keys": keys, "proposals": proposals}


def _propose(action: ProposeKey, _tell: Tell) -> dict[str, Any]:
    key = read_key(action.key)
    with _alone(places()) as here:
        _add(here, key, action.by, SystemClock().now())
    return {"fingerprint": key.fingerprint, "comment": key.comment}


def _propose_from_stick(action: ProposeFromStick, tell: Tell) -> dict[str, Any]:
    tell(N_("Membaca USB"))
    with devices.mounted(places(), action.device, write=False) as place:
        found = keys_in(place)
    if not found:
        raise Refusal(
            "B-139",
            N_("Tidak ada kunci publik di USB ini."),
            N_("Salin berkas .pub ke USB, langsung di luar folder, lalu ulangi."),
            status=404,
        )
    with _alone(places()) as here:
        for key in found:
            _add(here, key, STICK, SystemClock().now())
    return {"found": len(found)}


def keys_in(folder: Path) -> list[PublicKey]:
    """The keys of the `*.pub` files that lie in it; the few first ones. Refuses B-137 or B-138 like `read_key`."""
    found = []
    for name in sorted(entry.name for entry in os.scandir(folder) if entry.name.endswith(".pub"))[:MOST_PROPOSALS]:
        try:
            descriptor = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            found.append(read_key(""))  # a link, or unreadable: no key
            continue
        with os.fdopen(descriptor, "rb") as file:
            found.append(read_key(file.read(LONGEST + 1).decode("ascii", "replace")))
    return found


def _confirm(action: ConfirmKey, tell: Tell) -> dict[str, Any]:
    with _alone(places()) as here:
        waiting = proposals_of(here)
        chosen = next((one for one in waiting if one.key.fingerprint == action.fingerprint), None)
        if chosen is None:
            raise _unknown()
        remote = settings.read(here.box).settings.remote
        keys = tuple(line for line in remote.keys if kept_key(line).fingerprint != action.fingerprint)
        if len(keys) >= MOST_KEYS:
            raise _too_many()
        tell(N_("Mengizinkan kunci"))
        _keep(here, Remote(ssh=True, keys=(*keys, chosen.key.line)))
        _keep_proposals(here, [one for one in waiting if one is not chosen])
        _note(here, "box_key_allowed", chosen.key.fingerprint, {"comment": chosen.key.comment, "by": chosen.by})
    return {}


def _turn_on(_action: TurnOnEntry, _tell: Tell) -> dict[str, Any]:
    with _alone(places()) as here:
        _keep(here, dataclasses.replace(settings.read(here.box).settings.remote, ssh=True))
        _note(here, "box_entry_turned_on", "", {})
    return {}


def _turn_off(action: TurnOffEntry, _tell: Tell) -> dict[str, Any]:
    with _alone(places()) as here:
        _keep(here, dataclasses.replace(settings.read(here.box).settings.remote, ssh=False))
        if not action.by:  # a page has written its line, with the name of who asked
            _note(here, "box_entry_turned_off", "", {})
    return {}


def _remove(action: RemoveKey, _tell: Tell) -> dict[str, Any]:
    with _alone(places()) as here:
        waiting, remote = proposals_of(here), settings.read(here.box).settings.remote
        left = [one for one in waiting if one.key.fingerprint != action.fingerprint]
        keys = tuple(line for line in remote.keys if kept_key(line).fingerprint != action.fingerprint)
        if len(left) == len(waiting) and len(keys) == len(remote.keys):
            raise _unknown()
        _keep_proposals(here, left)
        if len(keys) != len(remote.keys):
            _keep(here, dataclasses.replace(remote, keys=keys))
        if not action.by:
            _note(here, "box_key_removed", action.fingerprint, {})
    return {}


def proposals_of(here: Places) -> list[Proposal]:
    """The keys that wait; what cannot be read counts as none."""
    try:
        told = json.loads((here.run / "entry/proposals.json").read_bytes())
        return [Proposal(read_key(one["key"]), str(one["by"]), str(one["at"])) for one in told][:MOST_PROPOSALS]
    except (OSError, ValueError, KeyError, TypeError, Refusal):
        return []


def _add(here: Places, key: PublicKey, by: str, now: datetime) -> None:
    if any(kept_key(line).fingerprint == key.fingerprint for line in settings.read(here.box).settings.remote.keys):
        return  # may enter already
    waiting = [one for one in proposals_of(here) if one.key.fingerprint != key.fingerprint]
    if len(waiting) >= MOST_PROPOSALS:
        raise _too_many()
    _keep_proposals(here, [*waiting, Proposal(key, by[:64], now.isoformat())])


def _keep_proposals(here: Places, waiting: list[Proposal]) -> None:
    told = [{"key": one.key.line, "by": one.by, "at": one.at} for one in waiting]
    write_whole(here.run / "entry/proposals.json", json.dumps(told).encode())


def _keep(here: Places, remote: Remote) -> None:
    """Let it count at once."""
    present = settings.read(here.box).settings
    if remote != present.remote:
        values = {"ssh": remote.ssh, "keys": list(remote.keys)}
        settings.write(here.box, settings.changed(present, "remote", values))
        booting.renew(here, SystemClock().now())


def _note(here: Places, event: str, subject: str, detail: dict[str, Any]) -> None:
    """In the audit log; help must be able to come even where that is broken, and the journal has it anyway."""
    log = structlog.get_logger("guyub.action")
    log.info(event, subject=subject, **detail)
    try:
        audit_lines.note(here, "sekolah", event, subject, detail)
    except OSError as error:
        log.warning("no audit line", said=str(error))


@contextmanager
def _alone(here: Places) -> Iterator[Places]:
    """Requests are processes of their own: those that change something wait for each other."""
    make_folder(here.run / "entry")
    with (here.run / "entry/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield here


def _unknown() -> Refusal:
    return Refusal(
        "B-141",
        N_("Kunci ini tidak ada (lagi) di server."),
        N_("Muat ulang daftarnya, lalu pilih lagi."),
        status=404,
    )


def _too_many() -> Refusal:
    return Refusal(
        "B-142",
        N_("Sudah terlalu banyak kunci."),
        N_("Hapus kunci yang tidak dipakai, lalu ulangi."),
        status=409,
    )


ACTIONS: Actions = {
    ListEntry: _list,
    ProposeKey: _propose,
    ProposeFromStick: _propose_from_stick,
    ConfirmKey: _confirm,
    TurnOnEntry: _turn_on,
    TurnOffEntry: _turn_off,
    RemoveKey: _remove,
}
