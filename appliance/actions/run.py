"""One request: a line from the socket, the action of the list, its progress and its result as lines back.

What an action refuses goes to whoever asked; a fault of ours goes to the journal with its trace and over the wire only
with its code. Arguments are never written to the journal: some are passwords.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
import time
from contextlib import suppress
from importlib import import_module
from types import ModuleType
from typing import Any

import structlog

from app.domain.box_actions import ACTIONS, LONGEST_LINE, Action, parse
from app.domain.refusals import Refusal
from app.domain.wording import N_
from appliance.actions import Do
from appliance.places import Places, places

CONSOLE = "guyub-console"

QUIET = ("glance", "settings.read", "entry.list")  # asked for every few seconds, change nothing
NOTICE = "<5>" if "JOURNAL_STREAM" in os.environ else ""  # so that the unit may drop systemd's own lines about it
PATIENCE_S = 10.0  # for the one line of a request
ROOMS = {
    "glance": "appliance.actions.glancing",
    "setup.code": "appliance.setting_up",
    "setup.apply": "appliance.setting_up",
    "settings.read": "appliance.actions.changing",
    "settings.change": "appliance.actions.changing",
    "activate": "appliance.actions.school",
    "staff.check": "appliance.actions.school",
    "doctor": "appliance.doctor",
    "backup.now": "appliance.backup",
    "backup.list": "appliance.backup",
    "backup.verify": "appliance.backup",
    "backup.restore": "appliance.backup",
    "backup.code": "appliance.backup",
    "list.devices": "appliance.devices",
    "stick.in": "appliance.devices",
    "stick.out": "appliance.devices",
    "update": "appliance.updates",
    "centre.on": "appliance.mandiri",
    "centre.off": "appliance.mandiri",
    "support": "appliance.support",
    "entry.list": "appliance.entering",
    "entry.propose": "appliance.entering",
    "entry.stick": "appliance.entering",
    "entry.confirm": "appliance.entering",
    "entry.on": "appliance.entering",
    "entry.off": "appliance.entering",
    "entry.remove": "appliance.entering",
    "restart": "appliance.actions.machine",
    "power": "appliance.actions.machine",
}

log = structlog.get_logger("guyub.action")


def main() -> None:
    """Serve the connection that systemd handed over as standard input and output."""
    connection = socket.socket(fileno=os.dup(0))
    os.dup2(2, 1)  # whatever an action's programs print must not come between the lines of the answer
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.format_exc_info, _as_json],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    serve(connection)


def serve(connection: socket.socket) -> None:
    """Answer one request."""
    begun = time.monotonic()
    name, outcome = "?", "done"
    connection.settimeout(PATIENCE_S)
    try:
        action = parse(_read_line(connection))
        name = action.name
        asker = _peer(connection)
        if name not in QUIET:
            log.info("begun", action=name, **asker)
        require_right_place(action, asker["peer_uid"], places())
        said: dict[str, Any] = {"result": find(action)(action, _Teller(connection))}
    except Refusal as refusal:
        outcome, said = refusal.code, {"refusal": _told(refusal)}
    except Exception:
        outcome, said = "B-104", {"refusal": _told(_fault())}
        log.exception("fault", action=name)
    _send(connection, said)
    if name not in QUIET or outcome != "done":
        log.info("ended", action=name, outcome=outcome, seconds=round(time.monotonic() - begun, 2))


def find(action: Action) -> Do:
    """The function that does this action; raises Refusal B-105 when this version of the box has none."""
    place = ROOMS.get(action.name, "")
    for name in (place, f"{place}.actions"):
        found = getattr(_module(name), "ACTIONS", {}).get(type(action))
        if found is not None:
            do: Do = found
            return do
    raise Refusal(
        "B-105",
        N_("Versi server ini belum dapat melakukan tindakan itu."),
        N_("Perbarui server, lalu ulangi."),
        status=501,
    )


def require_right_place(action: Action, uid: int, here: Places) -> None:
    """Refuse (B-136) what only somebody in front of the server may ask for, when another user than the console's asks.

    Root may: it could write the settings itself.
    """
    if action.at_console and uid not in {0, here.user_id(CONSOLE)}:
        raise Refusal(
            "B-136",
            N_("Ini hanya dapat dilakukan di layar server."),
            N_("Buka menu petugas di layar server, lalu pilih Akses SSH."),
            status=403,
        )


def missing() -> list[str]:
    """Names of the list that nobody does."""
    return sorted(set(ACTIONS) - set(ROOMS))


class _Teller:
    """Sends progress; whoever asked may be gone, and the action goes on."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def __call__(self, text: str, done: int = 0, of: int = 0) -> None:
        _send(self._connection, {"progress": text, "done": done, "of": of})


def _module(name: str) -> ModuleType | None:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not name.startswith(error.name):
            raise
        return None


def _read_line(connection: socket.socket) -> bytes:
    received = b""
    while b"\n" not in received and len(received) <= LONGEST_LINE:
        try:
            part = connection.recv(LONGEST_LINE)
        except OSError:
            break
        if not part:
            break
        received += part
    return received.partition(b"\n")[0]


def _send(connection: socket.socket, said: dict[str, Any]) -> None:
    with suppress(OSError):
        connection.sendall(json.dumps(said, ensure_ascii=False, default=str).encode() + b"\n")


def _peer(connection: socket.socket) -> dict[str, int]:
    """Who asked: the kernel says so (SO_PEERCRED), not the request."""
    size = struct.calcsize("3i")
    pid, uid, _gid = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return {"peer_uid": uid, "peer_pid": pid}


def _told(refusal: Refusal) -> dict[str, Any]:
    return {"code": refusal.code, "cause": refusal.cause, "remedy": refusal.remedy, "values": refusal.values}


def _fault() -> Refusal:
    return Refusal(
        "B-104",
        N_("Tindakan ini gagal karena kesalahan program."),
        N_("Ulangi sekali lagi. Bila terulang, buat berkas bantuan dan hubungi pusat."),
        status=500,
    )


def _as_json(_logger: object, _method: str, event: Any) -> str:
    return NOTICE + json.dumps(event, ensure_ascii=False, default=str)


if __name__ == "__main__":
    main()
