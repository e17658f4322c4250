"""What the kernel tells about processes: who is below whom, processor time, memory. Linux only."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
_PR_SET_PDEATHSIG = 1


def descendants(leader: int) -> list[int]:
    """Every process below one, in no order worth relying on."""
    below: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parts = stat.read_text().rpartition(")")[2].split()
            if parts[0] != "Z":
                below.setdefault(int(parts[1]), []).append(int(stat.parent.name))
    found, look = [], [leader]
    while look:
        children = below.get(look.pop(), [])
        found += children
        look += children
    return found


def parts(watcher: int) -> dict[str, list[int]]:
    """The processes of a server by what they do: `exam`, `web`, `nginx` (masters and workers) and the `watcher`."""
    found: dict[str, list[int]] = {"exam": [], "web": [], "nginx": [], "watcher": [watcher]}
    for pid in sorted(descendants(watcher)):
        line = command_line(pid)
        for name, sign in (("exam", "app.wsgi:exam"), ("web", "app.wsgi:web"), ("nginx", "nginx")):
            if sign in line:
                found[name].append(pid)
                break
    return found


def command_line(pid: int) -> str:
    """As it was started; empty if it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


def processor_seconds(pids: list[int]) -> float:
    """User and system time these processes have used so far."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def resident_mb(pids: list[int]) -> float:
    """Memory these processes hold, shared pages divided among their users (PSS)."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1000


def end_with_parent() -> None:
    """For a child between fork and exec: it is told to end when the thread that started it is gone, however it went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal; a process that has gone is no failure."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)
