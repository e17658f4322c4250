"""Tells systemd that a part is ready and well, and only while the part itself answers.

gunicorn would call itself ready before its application is loaded, so the address it would use is kept from it: the
worker tells once its own socket answers `/healthz`. Without systemd there is nobody to tell, and nothing happens.
"""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path

from app.serving.watchdog import Watchdog, unix_probe

GIVEN = "NOTIFY_SOCKET"
KEPT = "PART_NOTIFY_SOCKET"
PART = "PART_SOCKET"


def keep_from_gunicorn(environment: MutableMapping[str, str], part: Path) -> None:
    """Put systemd's address aside for the worker, with the socket at which the worker asks for its health."""
    given = environment.pop(GIVEN, None)
    if given is not None:
        environment[KEPT] = given
        environment[PART] = str(part)


def start_telling() -> None:
    """In a worker that has loaded its application: ask the part from now on, and tell systemd of each answer."""
    address, part = os.environ.get(KEPT), os.environ.get(PART)
    if address and part:
        Watchdog(unix_probe(Path(part)), lambda: tell(address)).start()


def tell(address: str | None = None) -> None:
    """Say that we are ready and alive, to `address` or to the one this process was given (sd_notify(3))."""
    address = address or os.environ.get(GIVEN)
    if not address:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.connect("\0" + address[1:] if address.startswith("@") else address)
        channel.sendall(b"READY=1\nWATCHDOG=1")
