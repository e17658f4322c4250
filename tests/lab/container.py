"""One root booted by systemd-nspawn: real systemd, a network of its own, what it writes on a layer of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.roots import check, debian

START_S = 600  # a machine that does much else is slow
INSIDE = {"HOME": "/root", "LANG": "C.UTF-8", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
# Nobody reads the console: on a slow machine its progress bars would fill it, and systemd would wait for ever.
SILENT = ("systemd.show_status=no", "systemd.log_target=journal")
RTMIN = 34  # systemd's signals count from here
POWER_OFF = RTMIN + 4


def wait_for(condition: Callable[[], bool], what: str, limit_s: float = START_S) -> None:
    """Wait until it holds; fails with `what` if it never does."""
    latest = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < latest, what
        time.sleep(0.2)


@dataclass
class Container:
    """A root over `layers` (the topmost first): what is written lies in `folder` and goes with it."""

    folder: Path
    layers: list[Path] = field(default_factory=lambda: [debian()])
    enter: tuple[str, ...] = ()  # into the namespace where its card lies
    card: str = ""  # the name of that card
    leader: int = 0
    _nspawn: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def root(self) -> Path:
        """The root as its programs see it."""
        return self.folder / "root"

    @property
    def upper(self) -> Path:
        """What was written since it was mounted."""
        return self.folder / "upper"

    def mount(self) -> None:
        """Lay a writable layer over the others; what was written before is still there."""
        for name in ("upper", "work", "root"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        lower = ":".join(map(str, self.layers))
        layers = f"lowerdir={lower},upperdir={self.upper},workdir={self.folder}/work"
        check(["mount", "-t", "overlay", "overlay", "-o", layers, str(self.root)])

    def start(self) -> None:
        """Switch it on; gives back when its first process runs."""
        line = ["systemd-nspawn", "--keep-unit", "--register=no", "--boot", "--private-network", "--console=passive"]
        line.append("--timezone=off")  # its own
        line += [f"--network-interface={self.card}"] if self.card else []
        line += ["--directory", str(self.root)]
        with (self.folder / "console.log").open("ab") as log:
            self._nspawn = subprocess.Popen(
                [*_in_own_group(self.folder), *self.enter, *_without_udev(), *line, *SILENT],
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(self._find_leader, "the container has no first process")

    def boot(self) -> None:
        """Switch it on and wait until systemd has started everything."""
        self.start()
        self.wait()

    def wait(self) -> None:
        """Wait until systemd has started everything."""
        wait_for(lambda: self.state() in {"running", "degraded"}, f"{self.folder.name} does not come up")

    def _find_leader(self) -> bool:
        assert self._nspawn is not None
        assert self._nspawn.poll() is None, (self.folder / "console.log").read_text(errors="replace")
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text().split()
        first = [child for child in children if re.search(r"^NSpid:.*\t1$", _status(child), re.MULTILINE)]
        self.leader = int(first[0]) if first else 0
        return bool(self.leader)

    def state(self) -> str:
        """What systemd says of the whole."""
        return self.run("systemctl", "is-system-running").stdout.strip()

    def run(self, *line: str, limit_s: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a program inside."""
        entered = ["nsenter", "--target", str(self.leader), "--all", "--", *line]
        return subprocess.run(entered, capture_output=True, text=True, check=False, timeout=limit_s, env=INSIDE)

    def says(self, *line: str, limit_s: float = 120) -> str:
        """What a program inside prints; it has to succeed."""
        done = self.run(*line, limit_s=limit_s)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def shown(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.says("systemctl", "show", "--value", "--property", name, unit).strip()

    def off(self) -> None:
        """Shut it down; what it wrote stays."""
        if self._nspawn is not None and self._nspawn.poll() is None:
            os.kill(self.leader, POWER_OFF)
            try:
                self._nspawn.wait(60)
            except subprocess.TimeoutExpired:
                os.kill(self.leader, signal.SIGKILL)
                self._nspawn.wait()
        self.leader = 0

    def end(self) -> None:
        """Pull its plug and take its root away."""
        if self._nspawn is not None and self._nspawn.poll() is None:
            os.kill(self.leader or self._nspawn.pid, signal.SIGKILL)
            self._nspawn.wait()
        subprocess.run(["umount", str(self.root)], check=False)
        for group in sorted(_group(self.folder).glob("**/"), reverse=True):
            group.rmdir()


def _status(process: str) -> str:
    try:
        return Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):  # it has only helped to start the first process
        return ""


def _group(folder: Path) -> Path:
    """Two containers in one control group would end each other's services: each has one of its own."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    top = next((fields[1] for fields in mounts if fields[2] == "cgroup2"), "")
    assert top, "This machine shows no control groups (cgroup2)."
    own = next(line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::"))
    return Path(top) / own.strip("/") / f"guyub-{os.getpid()}-{folder.name}"


def _in_own_group(folder: Path) -> list[str]:
    group = _group(folder)
    group.mkdir(exist_ok=True)
    return ["sh", "-c", 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"', "sh", str(group)]


def _without_udev() -> list[str]:
    """nspawn asks udev whether a card is ready, which nobody knows in a namespace; not if /sys is read-only."""
    return ["unshare", "--mount", "sh", "-c", 'mount -o remount,bind,ro /sys && exec "$@"', "sh"]
