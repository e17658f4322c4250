"""Programs that root starts: our own as the owner of a role's data and never as root, others for a look at the machine.

Also the one question that is asked of a part over its socket. Whatever is started has fixed words and a limit.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import appliance
from app.domain.refusals import Refusal
from appliance.places import Places

PROGRAM_S = 600
GUYUB = (sys.executable, "-m", "app.cli")


def run_for(
    places: Places, role: str, line: tuple[str, ...], *, given: str = "", limit_s: float = PROGRAM_S
) -> subprocess.CompletedProcess[str]:
    """Run one of our programs for a role ("sekolah" or "pusat"): as its data's owner, with its rendered settings.

    `given` is its standard input; passwords travel there, because a command line could be read by every user.
    """
    folder = {"sekolah": places.sekolah, "pusat": places.pusat}[role]
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
        owner = folder.stat()
        rights = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
    return subprocess.run(
        line,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=limit_s,
        cwd="/",
        umask=0o027,  # as the parts themselves: nginx passes through what is made here
        **rights,
    )


def checked_for(places: Places, role: str, line: tuple[str, ...]) -> str:
    """What such a program prints. Raises OSError with its last line when it fails."""
    done = run_for(places, role, line)
    if done.returncode:
        raise OSError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"ended with {done.returncode}")
    return done.stdout


def refusal_in(said: str) -> Refusal | None:
    """The refusal that `guyub` prints as its last two lines (code and cause, remedy)."""
    lines = [line for line in said.splitlines() if line.strip()]
    code, _, cause = lines[-2].partition(": ") if len(lines) > 1 else ("", "", "")
    if not re.fullmatch(r"[A-Z]-\d{3}", code) or not cause:
        return None
    return Refusal(code, "%(cause)s", "%(remedy)s", status=409, values={"cause": cause, "remedy": lines[-1]})


def output(*line: str, limit_s: float, complaints: bool = False) -> str:
    """What a program prints; nothing when it is not there or takes too long.

    With `complaints` what it says instead on its other stream, or why it was not run to its end.
    """
    try:
        done = subprocess.run(line, capture_output=True, text=True, errors="replace", check=False, timeout=limit_s)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"({type(error).__name__})" if complaints else ""
    return done.stdout or (done.stderr if complaints else "")


def asked_of(path: Path, address: str, *, limit_s: float, language: str = "id") -> dict[str, Any] | None:
    """What a part answers in JSON on its unix socket when it is well (200) or waits for something (503); else None."""
    try:
        with closing(_UnixConnection(path, limit_s)) as connection:
            connection.request("GET", address, headers={"Host": "localhost", "Accept-Language": language})
            answer = connection.getresponse()
            told = json.loads(answer.read(200_000))
    except (OSError, ValueError, http.client.HTTPException):
        return None
    return told if isinstance(told, dict) and answer.status in {200, 503} else None


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, limit_s: float) -> None:
        super().__init__("localhost", timeout=limit_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
