"""Asks the box for what needs the rights of root; on a machine that is no box there is nothing to ask.

One connection is one request: a line goes out (`app.domain.box_actions`), lines come back: progress while it runs, then
the result or a refusal.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.box_actions import Action, as_line
from app.domain.refusals import Refusal
from app.domain.wording import N_

SOCKET = Path("/run/guyub-actions.sock")
PATIENCE_S = 3600.0  # a backup to a slow stick takes long; each line that comes resets it


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an action is: what it is at (source text with values), and parts done of all (0 of 0: not known)."""

    text: str
    done: int = 0
    of: int = 0


def socket_path() -> Path:
    """Where the box listens (`GUYUB_ACTIONS` in tests)."""
    return Path(os.environ.get("GUYUB_ACTIONS", SOCKET))


def is_here() -> bool:
    """Whether this machine is a box."""
    return socket_path().exists()


def run_folder() -> Path:
    """What the box rendered for us at its start (`GUYUB_BOX_ROOT` in tests)."""
    return Path(os.environ.get("GUYUB_BOX_ROOT", "/")) / "run/guyub"


def waits_for_set_up() -> bool:
    """Whether this is a box that nobody has set up: as long as it shows a code for that. Nobody is asked, so that a box
    too slow to answer is not taken for one that is set up.
    """
    return is_here() and (run_folder() / "setup-code").exists()


def ask(
    action: Action,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    patience_s: float = PATIENCE_S,
) -> dict[str, Any]:
    """The result of an action, as the action's class says; raises Refusal (its own, B-102 or B-103)."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(patience_s)
            connection.connect(str(socket_path()))
            connection.sendall(as_line(action))
            with connection.makefile("rb") as lines:
                return _read_to_end(lines, on_progress)
    except OSError as error:
        raise Refusal(
            "B-102",
            N_("Layanan mesin tidak menjawab."),
            N_("Tunggu satu menit, lalu ulangi. Bila tetap begitu, nyalakan ulang server."),
            status=503,
        ) from error


def _read_to_end(lines: Any, on_progress: Callable[[Progress], None]) -> dict[str, Any]:
    for line in lines:
        said = json.loads(line)
        if "progress" in said:
            on_progress(Progress(said["progress"], said.get("done", 0), said.get("of", 0)))
        elif "refusal" in said:
            told = said["refusal"]
            raise Refusal(told["code"], told["cause"], told["remedy"], status=409, values=told.get("values"))
        else:
            result: dict[str, Any] = said["result"]
            return result
    raise Refusal(
        "B-103",
        N_("Tindakan berhenti sebelum selesai."),
        N_("Lihat keadaan server, lalu ulangi. Bila terulang, buat berkas bantuan dan hubungi pusat."),
        status=500,
    )
