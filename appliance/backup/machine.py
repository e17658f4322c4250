"""What a restore and an update ask of the machine: parts stopped and started, settings rendered, tables brought up.

The program is run as the owner of its data, never as root.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import appliance
from appliance.places import Places

PARTS = ("guyub-front.service", "guyub-exam.socket", "guyub-exam.service", "guyub-web.socket", "guyub-web.service")
CENTRE = ("guyub-pusat-front.service", "guyub-pusat.socket", "guyub-pusat.service")
STARTED = ("guyub-exam.socket", "guyub-web.socket", "guyub-exam.service", "guyub-web.service", "guyub-front.service")
PROGRAM_S = 600
READY_S = 180.0


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

    def __init__(self, places: Places) -> None:
        self._places = places

    def stop(self) -> None:
        """All parts; a centre that does not run is no error."""
        _run("systemctl", "stop", *CENTRE, *PARTS)

    def render(self) -> None:
        """The same program as at every boot."""
        _run("guyub", "box", "render")

    def upgrade(self, role: str) -> None:
        """`guyub db upgrade` as the owner of the data."""
        as_owner(self._places, role, [sys.executable, "-m", "app.cli", "db", "upgrade"])

    def start(self) -> None:
        """Sockets first; whoever comes meanwhile waits."""
        _run("systemctl", "reset-failed", "guyub-*")
        _run("systemctl", "start", *STARTED, strict=True)
        if (self._places.run / "pusat.toml").is_file():
            _run("systemctl", "start", "guyub-pusat.socket", "guyub-pusat-front.service", strict=True)

    def is_ready(self) -> bool:
        """The web part's database and the front, for three minutes at most."""
        return wait_for(lambda: is_serving(asked_readiness(self._places)) and front_answers(), READY_S)


def as_owner(places: Places, role: str, line: list[str]) -> str:
    """Run one of our programs for a role, as its data's owner and with its rendered settings. Raises OSError."""
    folder = {"sekolah": places.sekolah, "pusat": places.pusat}[role]
    owner = folder.stat()
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(appliance.__file__).parents[1]),
    }
    config = places.run / f"{role}.toml"
    if config.is_file():
        environment["GUYUB_CONFIG"] = str(config)
    else:  # a machine that is no box: what the folder says
        environment |= {"GUYUB_ROLE": role, "GUYUB_DATA_DIR": str(folder)}
    rights: dict[str, Any] = {}
    if os.geteuid() == 0:
        rights = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
    done = subprocess.run(
        line,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PROGRAM_S,
        cwd="/",
        umask=0o027,  # as the parts themselves: nginx passes through what is made here
        **rights,
    )
    if done.returncode:
        raise OSError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"ended with {done.returncode}")
    return str(done.stdout)


def asked_readiness(places: Places) -> dict[str, Any]:
    """What the web part answers to `/readyz` on its own socket; empty when it does not."""
    try:
        with closing(_UnixConnection(places.root / "run/guyub-sekolah/web.sock")) as connection:
            connection.request("GET", "/readyz", headers={"Host": "localhost"})
            found = json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return {}
    return found if isinstance(found, dict) else {}


def is_serving(readiness: dict[str, Any]) -> bool:
    """Whether the database answers; a server that is not activated yet, or lacks a package, serves all the same."""
    dependencies = readiness.get("dependencies", {})
    return bool(dependencies.get("database", {}).get("ready"))


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


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=20)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _run(*line: str, strict: bool = False) -> None:
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=PROGRAM_S)
    if strict and done.returncode:
        raise OSError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else " ".join(line[:3]))
