"""What the machine does during a rehearsal: who uses the processor, and how much memory is left. Linux only."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.rehearsal.machine import TICKS, descendants, processor_seconds, resident_mb


@dataclass(frozen=True)
class Use:
    """Shares of all processors over a span, 0 to 1, and the name of the busiest program that is none of ours."""

    server: float
    load: float
    others: float
    busiest: str
    server_cpu_s: float


@dataclass(frozen=True)
class _Count:
    """Processor seconds so far: that there were, that were used, by the server, by us, by each other process."""

    whole: float
    busy: float
    server: float
    load: float
    others: dict[int, float]


class Watch:
    """Looks at a server that runs. `lowest_mb` is the least memory that was available at any look."""

    def __init__(self, server: int) -> None:
        self._server = [server, *descendants(server)]
        self._before = self._now()
        self.lowest_mb, self.total_mb = memory()

    def look(self) -> None:
        """Notice how much memory is left now."""
        self.lowest_mb = min(self.lowest_mb, memory()[0])

    def begin(self) -> None:
        """A span begins."""
        self._before = self._now()

    def use(self) -> Use:
        """Of the span since."""
        before, after = self._before, self._now()
        whole = max(1.0, after.whole - before.whole)
        server, load = after.server - before.server, after.load - before.load
        others = max(0.0, after.busy - before.busy - server - load)
        spent = {pid: seconds - before.others.get(pid, 0.0) for pid, seconds in after.others.items()}
        busiest = max(spent, key=lambda pid: spent[pid], default=0)
        return Use(server / whole, load / whole, others / whole, name_of(busiest), server)

    def server_mb(self) -> float:
        """Memory of the server's processes."""
        return resident_mb(self._server)

    def _now(self) -> _Count:
        fields = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        whole, idle = sum(fields), fields[3] + fields[4]
        ours = {*self._server, os.getpid()}
        pids = {int(path.name) for path in Path("/proc").glob("[0-9]*")} - ours
        return _Count(
            whole / TICKS,
            (whole - idle) / TICKS,
            processor_seconds(self._server),
            processor_seconds([os.getpid()]),
            {pid: processor_seconds([pid]) for pid in pids},
        )


def memory() -> tuple[int, int]:
    """Available and total memory in MB."""
    found = {}
    for line in Path("/proc/meminfo").read_text().splitlines():
        name, _colon, rest = line.partition(":")
        found[name] = int(rest.split()[0]) // 1000
    return found.get("MemAvailable", found["MemFree"]), found["MemTotal"]


def name_of(pid: int) -> str:
    """The program's name; empty if it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""
