"""What a restore and an update ask of the machine: parts stopped and started, settings rendered, tables brought up.

The program is run as the owner of its data, never as root.
"""

from __future__ import annotations

import http.client
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any, Protocol

from appliance.places import Places
from appliance.programs import GUYUB, asked_of, checked_for

PARTS = ("guyub-front.service", "guyub-exam.socket", "guyub-exam.service", "guyub-web.socket", "guyub-web.service")
CENTRE = ("guyub-pusat-front.service", "guyub-pusat.socket", "guyub-pusat.service")
STARTED = ("guyub-exam.socket", "guyub-web.socket", "guyub-exam.service", "guyub-web.service", "guyub-front.service")
PROGRAM_S = 600
READY_S, READY_ANSWER_S = 180.0, 20.0


class Machine(Protocol):
    """The machine, as it is asked."""

    def stop(self) -> None:
        """Stop every part that has the data open."""
        ...

    def render(self) -> None:
        """Turn the settings that are there now into files."""
        ...

    def upgrade(self, role: str) -> None:
        """Bring the role's tables to the program's version. Raises OSError."""
        ...

    def start(self) -> None:
        """Start what the settings want."""
        ...

    def is_ready(self) -> bool:
        """Whether the server serves, waited for."""
        ...


class ThisMachine:
    """The box itself, through systemd."""

    def __init__(self, places: Places, ready_s: float = READY_S) -> None:
        self._places = places
        self._ready_s = ready_s

    def stop(self) -> None:
        """All parts; a centre that does not run is no error."""
        _run("systemctl", "stop", *CENTRE, *PARTS)

    def render(self) -> None:
        """The same program as at every boot."""
        _run("guyub", "box", "render")

    def upgrade(self, role: str) -> None:
        """`guyub db upgrade` as the owner of the data."""
        checked_for(self._places, role, (*GUYUB, "db", "upgrade"))

    def start(self) -> None:
        """Sockets first; whoever comes meanwhile waits."""
        _run("systemctl", "reset-failed", "guyub-*")
        _run("systemctl", "start", *STARTED, strict=True)
        if (self._places.run / "pusat.toml").is_file():
            _run("systemctl", "start", "guyub-pusat.socket", "guyub-pusat-front.service", strict=True)

    def is_ready(self) -> bool:
        """The web part with its database, the exam part and the front; waited for `ready_s` seconds at most."""
        return wait_for(
            lambda: is_serving(asked_readiness(self._places)) and exam_answers(self._places) and front_answers(),
            self._ready_s,
        )


def asked_readiness(places: Places) -> dict[str, Any]:
    """What the web part answers to `/readyz` on its own socket; empty when it does not."""
    return asked_of(places.sockets / "web.sock", "/readyz", limit_s=READY_ANSWER_S) or {}


def is_serving(readiness: dict[str, Any]) -> bool:
    """Whether the database answers; a server that is not activated yet, or lacks a package, serves all the same."""
    dependencies = readiness.get("dependencies", {})
    return bool(dependencies.get("database", {}).get("ready"))


def exam_answers(places: Places) -> bool:
    """Whether the part that saves answers on its own socket."""
    return asked_of(places.sockets / "exam.sock", "/healthz", limit_s=READY_ANSWER_S) is not None


def front_answers(port: int = 80) -> bool:
    """Whether the front hands requests on: any answer of the program's will do, a way to https as well."""
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            connection.request("GET", "/healthz")
            return connection.getresponse().status in {200, 301, 302, 307, 308}
    except (OSError, http.client.HTTPException):
        return False


def wait_for(true: Callable[[], bool], seconds: float) -> bool:
    """Whether it becomes true in this time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(1)
    return True


def _run(*line: str, strict: bool = False) -> None:
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=PROGRAM_S)
    if strict and done.returncode:
        raise OSError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else " ".join(line[:3]))
