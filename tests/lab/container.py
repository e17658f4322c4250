"""A Debian root made into the box by the roles, and booted by systemd-nspawn in a network namespace of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from packer import wheels
from packer.running import Steps

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = REPOSITORY / "build" / "lab"
PACKAGES = "ca-certificates,dbus,iproute2,openssh-server,python3,python3-venv,systemd-sysv,udev"
START_S = 180
RTMIN = 34  # systemd's signals count from here
POWER_OFF = RTMIN + 4


def debian() -> Path:
    """A bare Debian 13 (GUYUB_LAB_ROOT, or made once and kept)."""
    given = os.environ.get("GUYUB_LAB_ROOT")
    root = Path(given) if given else BUILD / "debian"
    if not root.is_dir():
        draft = BUILD / "debian.draft"
        BUILD.mkdir(parents=True, exist_ok=True)
        check(["rm", "-rf", str(draft)])
        check(["mmdebstrap", "--variant=minbase", f"--include={PACKAGES}", "trixie", str(draft)])
        draft.rename(root)
    return root


def check(line: list[str], **more: object) -> str:
    """Run a program that has to succeed; gives what it prints."""
    done = subprocess.run(line, capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{line}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return str(done.stdout)


def wait_for(condition: Callable[[], bool], what: str, limit_s: float = START_S) -> None:
    """Wait until it holds; fails with `what` if it never does."""
    latest = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < latest, what
        time.sleep(0.2)


@dataclass
class Container:
    """One root on an overlay: what is written lies in `folder` and goes with it."""

    folder: Path
    leader: int = 0
    _nspawn: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def root(self) -> Path:
        """The root as its programs see it."""
        return self.folder / "root"

    def mount(self) -> None:
        """Lay a writable layer over the bare Debian."""
        for name in ("upper", "work", "root"):
            (self.folder / name).mkdir(parents=True)
        layers = f"lowerdir={debian()},upperdir={self.folder}/upper,workdir={self.folder}/work"
        check(["mount", "-t", "overlay", "overlay", "-o", layers, str(self.root)])

    def apply_roles(self) -> str:
        """Run the image's playbook through a chroot; gives what Ansible says."""
        wheelhouse = self.folder / "wheels"
        if not (self.root / "opt/guyub/wheels.sha256").exists():
            wheels.gather(Steps(self.folder / "wheels.log", 1), REPOSITORY, wheelhouse)
        inventory = self.folder / "inventory.ini"
        inventory.write_text(
            f"[box]\nsekolah ansible_connection=community.general.chroot ansible_host={self.root} "
            "ansible_python_interpreter=/usr/bin/python3\n",
            encoding="utf-8",
        )
        resolver = self.root / "etc/resolv.conf"
        if not resolver.is_symlink():  # afterwards nothing is asked of the network any more
            resolver.write_bytes(Path("/etc/resolv.conf").read_bytes())
        check(["mount", "-t", "proc", "proc", str(self.root / "proc")])
        try:
            playbook = str(Path(sys.executable).parent / "ansible-playbook")
            line = [playbook, "-i", str(inventory), "ansible/playbooks/image.yml"]
            environment = {**os.environ, "ANSIBLE_CONFIG": "ansible/ansible.cfg", "ANSIBLE_NOCOLOR": "1"}
            return check([*line, "-e", f"program_wheelhouse={wheelhouse}"], cwd=REPOSITORY, env=environment)
        finally:
            check(["umount", str(self.root / "proc")])

    def boot(self) -> None:
        """Start systemd in it and wait until it has started everything."""
        line = ["systemd-nspawn", "--keep-unit", "--register=no", "--boot", "--private-network", "--console=passive"]
        with (self.folder / "console.log").open("wb") as log:
            self._nspawn = subprocess.Popen(
                [*line, "--directory", str(self.root)],
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(self._find_leader, "the container has no first process")
        wait_for(lambda: self.state() in {"running", "degraded"}, "the container does not come up")

    def _find_leader(self) -> bool:
        assert self._nspawn is not None
        assert self._nspawn.poll() is None, (self.folder / "console.log").read_text(errors="replace")
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text().split()
        self.leader = int(children[0]) if children else 0
        return bool(self.leader)

    def state(self) -> str:
        """What systemd says of the whole."""
        return self.run("systemctl", "is-system-running").stdout.strip()

    def run(self, *line: str) -> subprocess.CompletedProcess[str]:
        """Run a program inside."""
        entered = ["nsenter", "--target", str(self.leader), "--all", "--", *line]
        return subprocess.run(entered, capture_output=True, text=True, check=False, timeout=120)

    def says(self, *line: str) -> str:
        """What a program inside prints; it has to succeed."""
        done = self.run(*line)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def shown(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.says("systemctl", "show", "--value", "--property", name, unit).strip()

    def end(self) -> None:
        """Shut it down and take everything away."""
        if self._nspawn is not None and self._nspawn.poll() is None:
            os.kill(self.leader, POWER_OFF)
            try:
                self._nspawn.wait(60)
            except subprocess.TimeoutExpired:
                os.kill(self.leader, signal.SIGKILL)
                self._nspawn.wait()
        subprocess.run(["umount", str(self.root)], check=False)
