"""PCs whose card NetworkManager, systemd-networkd or ifupdown manages, on the way into exam mode.

The long form only: a server and three PCs. The tests stand in the order of that day.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.lab import inventory as inventories
from appliance.lab.plan import Plan
from tests.lab import school
from tests.lab.container import wait_for
from tests.lab.hosts import CARD, SERVER, Host, Lab
from tests.lab.listing import listing
from tests.lab.router import foreign_dhcp

ROUTER = "192.168.0.66"
NOWHERE = "10.9.9.9"  # no way leads there from the technician
BY_MANAGER, BY_NETWORKD, BY_FILE = PCS = tuple(school.planned(number) for number in (1, 2, 3))
CHANGED = (BY_MANAGER, BY_NETWORKD)
FOUND = {BY_MANAGER.name: "192.168.0.71", BY_NETWORKD.name: "192.168.0.72", BY_FILE.name: BY_FILE.address}
INTERFACES = f"auto lo\niface lo inet loopback\nauto {CARD}\niface {CARD} inet static\naddress {BY_FILE.address}/24\n"
REACHED = json.dumps({"pc_address_reach": f"{{{{ {json.dumps(FOUND)}[inventory_hostname] }}}}"})
NO_BROWSER = "printf '#!/bin/sh\\nexec sleep infinity\\n' >/usr/bin/cage"
pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


@dataclass
class Room:
    """The lab as the technician finds it: the PCs answer where they always did."""

    lab: Lab
    inventory: Path
    before: dict[str, dict[str, str]]

    def play(self, playbook: str, *more: str, fails: bool = False) -> str:
        done = self.lab.play(playbook, self.inventory, *more)
        said = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, said[-12000:]
        return said

    def pc(self, name: str) -> Host:
        return self.lab.hosts[name]

    def has(self, name: str, address: str) -> None:
        """Wait until this is the PC's only address."""
        wait_for(lambda: addresses(self.pc(name)) == [address], f"{name} has not {address}", 90)


def addresses(pc: Host) -> list[str]:
    cards = json.loads(pc.says("ip", "-json", "-4", "address", "show", "dev", CARD))
    return [one["local"] for card in cards for one in card["addr_info"]]


def counts(said: str, host: str) -> dict[str, int]:
    """The host's line of the recap."""
    (line,) = re.findall(rf"^{host} +: (.+)$", said, re.MULTILINE)
    return {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", line)}


def install(pc: Host, package: str) -> None:
    """From apt's archive on the PC."""
    pc.says("apt-get", "install", "--yes", "--no-download", "--no-install-recommends", package, limit_s=600)


def without_networkd(pc: Host) -> None:
    """The card as it is when nobody has touched it yet."""
    pc.says("systemctl", "disable", "--now", "systemd-networkd.socket", "systemd-networkd.service")
    pc.says("rm", "/etc/systemd/network/50-as-unpacked.network")
    pc.says("ip", "address", "flush", "dev", CARD)
    pc.says("ip", "link", "set", CARD, "down")


def as_hardware(pc: Host) -> None:
    """What NetworkManager does by itself with a card that is hardware: takes the connection that it prefers."""
    pc.says("nmcli", "--wait", "60", "device", "connect", CARD)


def furnish(manager: Host, networkd: Host, file: Host) -> None:
    """A desktop as its installer leaves it, a PC whose NetworkManager only looks on, a Debian without a desktop."""
    install(manager, "network-manager")
    manager.says("systemctl", "stop", "NetworkManager.service")
    without_networkd(manager)
    manager.says("systemctl", "start", "NetworkManager.service")
    as_hardware(manager)
    install(networkd, "network-manager")
    networkd.says("systemctl", "disable", "NetworkManager.service")  # which of the two were first after a restart?
    assert "externally" in networkd.says("nmcli", "--get-values=GENERAL.STATE", "device", "show", CARD)
    install(file, "ifupdown")
    without_networkd(file)
    (file.root / "etc/network/interfaces").write_text(INTERFACES, encoding="ascii")
    file.says("systemctl", "restart", "networking.service")


@pytest.fixture(scope="module")
def room(lab: Lab) -> Iterator[Room]:
    """A server, a router that gives out addresses, and a PC of each kind."""
    folder = lab.folder / "inventory"
    inventories.write(folder, {"server1": Plan(f"{SERVER}/24", PCS)})
    (folder / "group_vars").mkdir()
    (folder / "group_vars/pc.yml").write_text(json.dumps(school.KIOSK_WITHOUT_SCREEN), encoding="utf-8")
    lab.host("server1", "server", wait=False)
    for one in PCS:
        lab.host(one.name, "pc with packages", FOUND[one.name], one.mac, wait=False)
    for host in lab.hosts.values():
        host.wait()
    for one in PCS:
        lab.hosts[one.name].says("sh", "-c", NO_BROWSER)
    given = f"--dhcp-host={BY_MANAGER.mac},{FOUND[BY_MANAGER.name]}"
    with foreign_dhcp(lab.stranger(ROUTER), lab.folder, given):
        furnish(*(lab.hosts[one.name] for one in PCS))
        room = Room(lab, folder / inventories.HOSTS, {})
        for one in PCS:
            room.has(one.name, FOUND[one.name])
            room.before[one.name] = listing(room.pc(one.name))
        yield room


def test_a_pc_that_nobody_reaches_at_its_new_address_goes_back_by_itself(room: Room) -> None:
    away = ("-e", f"pc_address_planned={NOWHERE}", "-e", "pc_address_wait_s=3", "-e", REACHED)
    said = room.play("clients.yml", "--limit", ",".join(one.name for one in CHANGED), *away, fails=True)
    for one in CHANGED:
        assert counts(said, one.name)["unreachable"] + counts(said, one.name)["failed"] == 1, said
        room.has(one.name, FOUND[one.name])


def test_pcs_of_two_kinds_take_their_planned_address_and_the_third_is_refused_unchanged(room: Room) -> None:
    said = room.play("clients.yml", "-e", REACHED, fails=True)
    for one in CHANGED:
        assert counts(said, one.name)["failed"] == 0, said
        assert addresses(room.pc(one.name)) == [one.address]
    assert "tidak dikelola NetworkManager atau systemd-networkd" in said
    assert counts(said, BY_FILE.name)["failed"] == 1
    assert counts(said, BY_FILE.name)["changed"] == 0, said
    assert listing(room.pc(BY_FILE.name)) == room.before[BY_FILE.name]
