"""PCs whose card NetworkManager, systemd-networkd or ifupdown manages: exam mode, the move to the spare server, the way
back. The long form only: two servers and three PCs. The tests stand in the order of that day.
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

SPARE, ROUTER = "192.168.0.199", "192.168.0.66"
NOWHERE = "10.9.9.9"  # no way leads there from the technician
BY_MANAGER, BY_NETWORKD, BY_FILE = PCS = tuple(school.planned(number) for number in (1, 2, 3))
CHANGED = (BY_MANAGER, BY_NETWORKD)
FOUND = {BY_MANAGER.name: "192.168.0.71", BY_NETWORKD.name: "192.168.0.72", BY_FILE.name: BY_FILE.address}
INTERFACES = f"auto lo\niface lo inet loopback\nauto {CARD}\niface {CARD} inet static\naddress {BY_FILE.address}/24\n"
REACHED = json.dumps({"pc_address_reach": f"{{{{ {json.dumps(FOUND)}[inventory_hostname] }}}}"})
NO_BROWSER = "printf '#!/bin/sh\\nexec sleep infinity\\n' >/usr/bin/cage"
PAGE = """
import http.client, ssl
connection = http.client.HTTPSConnection("ujian.lan", timeout=60, context=ssl.create_default_context())
connection.connect()
print(connection.sock.getpeername()[0])
"""

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
    """Two servers, a router that gives out addresses, and a PC of each kind."""
    folder = lab.folder / "inventory"
    inventories.write(folder, {"server1": Plan(f"{SERVER}/24", PCS), "cadangan": Plan(f"{SPARE}/24", ())})
    (folder / "group_vars").mkdir()
    (folder / "group_vars/pc.yml").write_text(json.dumps(school.KIOSK_WITHOUT_SCREEN), encoding="utf-8")
    for name, address in (("server1", SERVER), ("cadangan", SPARE)):
        lab.host(name, "server", address, wait=False)
    for one in PCS:
        lab.host(one.name, "pc with packages", FOUND[one.name], one.mac, wait=False)
    for host in lab.hosts.values():
        host.wait()
    for one in PCS:
        lab.hosts[one.name].says("sh", "-c", NO_BROWSER)
    given = f"--dhcp-host={BY_MANAGER.mac},{FOUND[BY_MANAGER.name]}"
    with foreign_dhcp(("ip", "netns", "exec", lab.stranger(ROUTER)), given):
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
    again = room.play("clients.yml", fails=True)
    assert [counts(again, one.name)["changed"] for one in CHANGED] == [0, 0], again


def test_an_address_is_kept_over_a_restart(room: Room) -> None:
    for one in CHANGED:
        pc = room.pc(one.name)
        pc.off()
        pc.start()
    for one in CHANGED:
        room.pc(one.name).wait()
        if one is BY_MANAGER:
            as_hardware(room.pc(one.name))
        room.has(one.name, one.address)


def test_pcs_of_a_dead_server_are_led_to_the_spare_by_one_play(room: Room) -> None:
    for one in CHANGED:
        assert room.pc(one.name).says("python3", "-c", PAGE).strip() == SERVER
    room.lab.hosts["server1"].off()
    move = ("-e", "lab_from=server1", "-e", "lab_to=cadangan", "-e", "lan_beside_dhcp=true")
    said = room.play("move.yml", *move, fails=True)
    assert counts(said, BY_FILE.name)["failed"] == 1, "it is the one PC that was none of the exam's"
    for one in CHANGED:
        assert counts(said, one.name)["failed"] == 0, said
        pc = room.pc(one.name)
        assert pc.says("python3", "-c", PAGE).strip() == SPARE, "the page, under the spare server's authority"
        assert SPARE in pc.says("cat", "/etc/systemd/timesyncd.conf.d/guyub-exam.conf")
        kiosk = pc.says("id", "-u", "guyub-kiosk").strip()
        allowed = pc.shown(f"user-{kiosk}.slice", "IPAddressAllow")
        assert SPARE in allowed
        assert SERVER not in allowed
    again = room.play("move.yml", *move, fails=True)
    assert [counts(again, one.name)["changed"] for one in CHANGED] == [0, 0], again


def test_pcs_are_given_back_with_the_address_they_had(room: Room) -> None:
    room.play("clients.yml", "-e", "exam_mode=off")
    for one in CHANGED:
        room.has(one.name, FOUND[one.name])
    for one in PCS:
        before, now = room.before[one.name], listing(room.pc(one.name))
        assert {name: now.get(name) for name in now | before if now.get(name) != before.get(name)} == {}
