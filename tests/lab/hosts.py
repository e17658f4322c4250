"""A school's lab: a network namespace with a switch in it, booted hosts on the switch, and a technician's machine.

The technician is the namespace itself: 192.168.0.250 on the switch, an SSH key that every host knows, and Ansible from
this repository. Nothing in here reaches a network outside.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.lab import roots
from tests.lab.container import Container, wait_for
from tests.lab.roots import REPOSITORY, check
from tests.lab.server_root import ServerRoot

TECHNICIAN = "192.168.0.250"
SERVER = "192.168.0.200"
SWITCH = "lan0"
CARD = "eth0"  # of every host
Kind = Literal["server", "pc", "pc with packages", "debian", "debian for a server"]
_numbers = itertools.count(1)


@dataclass
class Host(Container):
    """A booted machine on the switch."""

    name: str = ""
    address: str = ""
    mac: str = ""
    port: str = ""  # its end of the cable at the switch
    lan: tuple[str, ...] = ()  # how a program enters the technician's namespace

    def start(self) -> None:
        """Plug it in and switch it on."""
        ends = ["name", self.port, "type", "veth", "peer", "name", CARD]
        check([*self.lan, "ip", "link", "add", *ends, *(["address", self.mac] if self.mac else [])])
        check([*self.lan, "ip", "link", "set", self.port, "master", SWITCH, "up"])
        super().start()
        if not self.mac:
            address = ("cat", f"/sys/class/net/{CARD}/address")
            wait_for(lambda: self.run(*address).returncode == 0, f"{self.name} has no card")
            self.mac = self.says(*address).strip()

    def off(self) -> None:
        """Shut it down; its cable hangs loose, what it wrote stays."""
        super().off()
        subprocess.run([*self.lan, "ip", "link", "delete", self.port], check=False, capture_output=True)

    def cable(self, state: Literal["in", "out"]) -> None:
        """Pull its cable at the switch, or put it in again."""
        check([*self.lan, "ip", "link", "set", self.port, "up" if state == "in" else "down"])


@dataclass
class Lab:
    """Switch, technician and hosts. The two roots are asked for when the first such host is wanted."""

    folder: Path
    server_root: Callable[[], ServerRoot]
    pc_root: Callable[[], list[Path]] = lambda: [roots.pc()]
    hosts: dict[str, Host] = field(default_factory=dict)
    namespace: str = field(default_factory=lambda: f"guyub-lab-{os.getpid()}-{next(_numbers)}")
    _strangers: list[str] = field(default_factory=list)

    @property
    def lan(self) -> tuple[str, ...]:
        """How a program enters the technician's namespace."""
        return ("ip", "netns", "exec", self.namespace)

    @property
    def key(self) -> Path:
        """The technician's private key."""
        return self.folder / "technician"

    def begin(self) -> None:
        """Switch, technician's address, technician's key."""
        assert os.geteuid() == 0, "Only root can boot hosts on a switch of their own."
        check(["ip", "netns", "add", self.namespace])
        self.run("ip", "link", "set", "lo", "up")
        self.run("ip", "link", "add", SWITCH, "type", "bridge", "forward_delay", "0")
        self.run("ip", "address", "add", f"{TECHNICIAN}/24", "dev", SWITCH)
        self.run("ip", "link", "set", SWITCH, "up")
        check(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "anto", "-f", str(self.key)])
        known = self.folder / "known_hosts"
        (self.folder / "ssh_config").write_text(
            f"Host *\n User root\n IdentityFile {self.key}\n IdentitiesOnly yes\n UserKnownHostsFile {known}\n"
            " StrictHostKeyChecking accept-new\n ConnectTimeout 5\n BatchMode yes\n",
            encoding="utf-8",
        )

    def host(self, name: str, root: Kind = "pc", address: str = "", mac: str = "", *, wait: bool = True) -> Host:
        """Plug a host in and boot it. `address` without length is one of /24; "" asks by DHCP (a server: its own)."""
        below: dict[Kind, Callable[[], list[Path]]] = {
            "server": lambda: self.server_root().layers,
            "pc": lambda: [roots.pc()],
            "pc with packages": self.pc_root,
            "debian": lambda: [roots.debian()],
            "debian for a server": lambda: [roots.debian_with_archive(roots.server_packages())],
        }
        layers = below[root]()
        folder = self.folder / name
        folder.mkdir()
        port = f"port{len(self.hosts) + 1}"
        host = Host(
            folder, layers, enter=("nsenter", f"--net=/run/netns/{self.namespace}", "--"), card=CARD,
            name=name, address=address or (SERVER if root == "server" else ""), mac=mac, port=port, lan=self.lan,
        )  # fmt: skip
        self.hosts[name] = host
        host.mount()
        (self._furnish_server if root == "server" else self._furnish)(host)
        host.start()
        if wait:
            host.wait()
        return host

    def _furnish(self, host: Host) -> None:
        """What distinguishes one PC from the next on the day it is unpacked."""
        etc = host.root / "etc"
        (etc / "hostname").write_text(f"{host.name}\n", encoding="ascii")
        (etc / "machine-id").write_text(os.urandom(16).hex() + "\n", encoding="ascii")
        given = f"Address={host.address}/24\nGateway={SERVER}\nDNS={SERVER}\n" if host.address else "DHCP=ipv4\n"
        text = f"[Match]\nName={CARD}\n\n[Network]\n{given}LinkLocalAddressing=no\nIPv6AcceptRA=no\n"
        _serve_time_only(host.root)
        (etc / "systemd/network").mkdir(parents=True, exist_ok=True)
        (etc / "systemd/network/50-as-unpacked.network").write_text(text, encoding="ascii")
        wants = etc / "systemd/system/multi-user.target.wants"
        wants.mkdir(parents=True, exist_ok=True)
        link = wants / "systemd-networkd.service"
        if not link.is_symlink():
            link.symlink_to("/usr/lib/systemd/system/systemd-networkd.service")
        for old in (etc / "ssh").glob("ssh_host_*"):
            old.unlink()
        own = str(etc / "ssh/ssh_host_ed25519_key")
        check(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", host.name, "-f", own])
        keys = host.root / "root/.ssh"
        keys.mkdir(mode=0o700, exist_ok=True)
        (keys / "authorized_keys").write_bytes(self.key.with_suffix(".pub").read_bytes())

    def _furnish_server(self, host: Host) -> None:
        """The technician's key as the console would have taken it, and the LAN's address."""
        _serve_time_only(host.root)
        box = host.root / "var/lib/guyub/box"
        box.mkdir(parents=True, exist_ok=True)
        box.chmod(0o700)
        public = json.dumps(self.key.with_suffix(".pub").read_text().strip())
        (box / "box.toml").write_text(
            f'[network]\nlan_address = "{host.address}/24"\ninternet = "none"\n\n'
            f"[remote]\nssh = true\nkeys = [{public}]\n",
            encoding="utf-8",
        )

    def stranger(self, address: str, mac: str = "") -> str:
        """A machine nobody planned, as cheap as can be: it answers for its address and to ping. Gives its name."""
        name = f"{self.namespace}-s{len(self._strangers)}"
        check(["ip", "netns", "add", name])
        self._strangers.append(name)
        port = f"stranger{len(self._strangers)}"
        ends = ["name", port, "type", "veth", "peer", "name", CARD]
        self.run("ip", "link", "add", *ends, *(["address", mac] if mac else []), "netns", name)
        self.run("ip", "link", "set", port, "master", SWITCH, "up")
        for line in (["address", "add", f"{address}/24", "dev", CARD], ["link", "set", CARD, "up"]):
            check(["ip", "-n", name, *line])
        return name

    def leave(self, stranger: str) -> None:
        """The stranger goes home, and everybody has forgotten its card, as they would within a minute."""
        check(["ip", "netns", "delete", stranger])
        self._strangers.remove(stranger)
        self.run("ip", "neighbour", "flush", "dev", SWITCH)
        for host in self.hosts.values():
            host.run("ip", "neighbour", "flush", "dev", CARD)

    def run(self, *line: str, limit_s: float = 300) -> str:
        """What a program at the technician's prints; it has to succeed."""
        return check([*self.lan, *line], timeout=limit_s, cwd=REPOSITORY)

    def play(
        self, playbook: str, inventory: Path, *more: str, limit_s: float = 600
    ) -> subprocess.CompletedProcess[str]:
        """Run a playbook of ansible/playbooks at the technician's; whether hosts failed stands in what it gives."""
        program = str(Path(sys.executable).parent / "ansible-playbook")
        common = ["-F", str(self.folder / "ssh_config"), "-o", "ControlMaster=auto", "-o", "ControlPersist=120s"]
        environment = {
            **os.environ,
            "ANSIBLE_CONFIG": "ansible/ansible.cfg",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_SSH_ARGS": " ".join(common),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.folder / "cp"),
        }
        line = [*self.lan, program, "-i", str(inventory), f"ansible/playbooks/{playbook}", *more]
        return subprocess.run(
            line, capture_output=True, text=True, check=False, timeout=limit_s, cwd=REPOSITORY, env=environment
        )

    def end(self) -> None:
        """Everybody off, the switch away."""
        for host in self.hosts.values():
            host.end()
        for name in (*self._strangers, self.namespace):
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


def _serve_time_only(root: Path) -> None:
    """A container may not set the one clock that all share, and so chrony would not start: it only answers."""
    folder = root / "etc/systemd/system/chrony.service.d"
    folder.mkdir(parents=True, exist_ok=True)
    line = "ExecStart=!/usr/sbin/chronyd -x $DAEMON_OPTS"
    (folder / "container.conf").write_text(f"[Unit]\nConditionCapability=\n\n[Service]\nExecStart=\n{line}\n")
