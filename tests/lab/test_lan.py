"""The LAN as the server makes it from the plan: planned PCs find address, name and time, and nobody finds a way out."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.lab.plan import Computer, Plan, as_toml
from tests.lab.container import wait_for
from tests.lab.hosts import SERVER, Host, Lab
from tests.lab.roots import REPOSITORY, check
from tests.lab.router import foreign_dhcp

FIRST = Computer("pc-01", "52:54:00:4c:00:01", "192.168.0.11", "linux", "Lab 1", "1")
SECOND = Computer("pc-02", "52:54:00:4c:00:02", "192.168.0.12", "windows", "Lab 1", "2", spare=True)
PLAN = Plan(f"{SERVER}/24", (FIRST, SECOND))
MOVING = Computer("pc-41", "52:54:00:4c:00:41", "192.168.0.41", "linux", "Lab 2", "1")
SPARE = "192.168.0.199"
DNS = """
import socket, struct, sys
name, server = sys.argv[1:3]
asked = struct.pack("!6H", 7, 0x100, 1, 0, 0, 0)
asked += b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\\0" + struct.pack("!HH", 1, 1)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
    line.settimeout(10)
    line.sendto(asked, (server, 53))
    said = line.recv(900)
code, answers = said[3] & 15, struct.unpack("!H", said[6:8])[0]
print("no such name" if code == 3 else socket.inet_ntoa(said[-4:]) if answers else f"code {code}")
"""
TIME = """
import socket, struct, sys, time
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
    line.settimeout(10)
    line.sendto(b"\\x23" + bytes(47), (sys.argv[1], 123))
    said = line.recv(100)
print(said[0] >> 6, said[1], abs(struct.unpack("!I", said[40:44])[0] - 2208988800 - time.time()) < 2)
"""
PAGE = """
import http.client, sys
connection = http.client.HTTPConnection(sys.argv[1], timeout=20)
connection.request("GET", sys.argv[3], headers={"Host": sys.argv[2]})
answer = connection.getresponse()
print(answer.status, answer.read().decode()[:60])
"""
STRANGERS_QUESTION = """
import secrets, sys
from appliance.lab.foreign_dhcp import ask
print([one.address for one in ask("eth0", secrets.token_bytes, 2.0)])
"""


@pytest.fixture(scope="module")
def server(lab: Lab) -> Host:
    """A school's server as it comes, reached by Ansible."""
    host = lab.host("server-1", "server")
    for folder in ("/etc", "/root", "/usr"):  # as in a sealed root
        host.says("mount", "--bind", folder, folder)
        host.says("mount", "-o", "remount,bind,ro", folder)
    return host


@pytest.fixture(scope="module")
def inventory(lab: Lab) -> Path:
    """Two servers of one school, as the spreadsheet's import writes them."""
    write_plan(lab, "server-1", PLAN)
    write_plan(lab, "cadangan", Plan(f"{SPARE}/24", (MOVING,)))
    hosts = {
        name: {"ansible_host": address, "lab_plan": str(lab.folder / f"{name}.toml")}
        for name, address in {"server-1": SERVER, "cadangan": SPARE}.items()
    }
    path = lab.folder / "inventory.yml"
    path.write_text(json.dumps({"all": {"children": {"sekolah": {"hosts": hosts, "vars": {"ansible_user": "root"}}}}}))
    return path


@pytest.fixture(scope="module")
def served(lab: Lab, server: Host, inventory: Path) -> Host:
    """The server with its plan."""
    told = play(lab, inventory, "lan.yml", "--check", "--diff")
    assert '+name = "pc-02"' in told, told
    assert "changed=1" in told or "changed=2" in told, told
    assert server.run("test", "-e", "/var/lib/guyub/box/lab.toml").returncode != 0, "check mode has changed something"
    assert "failed=0" in play(lab, inventory, "lan.yml")
    assert "changed=0" in play(lab, inventory, "lan.yml")
    return server


def write_plan(lab: Lab, name: str, plan: Plan) -> None:
    (lab.folder / f"{name}.toml").write_text(as_toml(plan), encoding="utf-8")


def play(lab: Lab, inventory: Path, playbook: str, *more: str, limit: str = "server-1", fails: bool = False) -> str:
    known = f"server_known_hosts={lab.folder}/known_hosts"
    done = lab.play(playbook, inventory, "--limit", limit, "-e", known, *more)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


def asked(lab: Lab, program: str, *words: str, namespace: str = "") -> str:
    enter = ["ip", "netns", "exec", namespace] if namespace else list(lab.lan)
    return check([*enter, sys.executable, "-c", program, *words], cwd=REPOSITORY, timeout=60).strip()


def test_the_plan_is_served_by_sealed_programs(served: Host) -> None:
    assert served.shown("guyub-lan.service", "ActiveState") == "active"
    served.says("nft", "--check", "--file", "/etc/nftables.conf")
    assert served.says("/usr/local/bin/guyub", "lab", "show") == as_toml(PLAN)


def test_a_planned_pc_gets_its_address_and_no_way_out(lab: Lab, served: Host) -> None:
    pc = lab.host("pc-01", mac=FIRST.mac)
    wait_for(lambda: f"{FIRST.address}/24" in pc.run("ip", "-4", "address", "show", "dev", "eth0").stdout, "no address")
    assert pc.says("ip", "route", "show", "default") == ""
    lease = pc.says("sh", "-c", "cat /run/systemd/netif/leases/*")
    assert {f"DNS={SERVER}", f"NTP={SERVER}", "DOMAINNAME=lan", "HOSTNAME=pc-01"} <= set(lease.splitlines())
    pc.says("ping", "-c1", "-W5", SERVER)


def test_a_stranger_gets_no_address(lab: Lab, served: Host) -> None:
    stranger = lab.stranger("192.168.0.77")
    try:
        assert asked(lab, STRANGERS_QUESTION, namespace=stranger) == "[]"
    finally:
        lab.leave(stranger)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("ujian.lan", SERVER),
        ("pc-02.lan", SECOND.address),
        ("pc-03.lan", "no such name"),
        ("connectivitycheck.gstatic.com", SERVER),
        ("dns.msftncsi.com", "131.107.255.255"),
        ("www.google.com", "no such name"),
    ],
)
def test_names_of_the_lab_exist_and_no_others(lab: Lab, served: Host, name: str, address: str) -> None:
    assert asked(lab, DNS, name, SERVER) == address


def test_time_is_served_without_internet(lab: Lab, served: Host) -> None:
    assert asked(lab, TIME, SERVER) == "0 10 True", "leap 3 would mean: do not believe me"


def test_a_pc_that_asks_whether_it_is_online_stays_on_this_lan(lab: Lab, served: Host) -> None:
    for host, path, said in (
        ("connectivitycheck.gstatic.com", "/generate_204", "204"),
        ("www.msftconnecttest.com", "/connecttest.txt", "200 Microsoft Connect Test"),
        ("network-test.debian.org", "/nm", "200 NetworkManager is online"),
    ):
        address = asked(lab, DNS, host, SERVER)
        assert asked(lab, PAGE, address, host, path) == said


def test_nothing_passes_from_the_lan_to_what_lies_behind_the_server(lab: Lab, served: Host) -> None:
    behind = subprocess.Popen(["unshare", "--net", "sleep", "120"])
    try:
        network = Path(f"/proc/{behind.pid}/ns/net")
        wait_for(lambda: network.readlink() != Path("/proc/self/ns/net").readlink(), "no network of its own", 20)
        enter = ["nsenter", f"--net={network}", "--"]
        served.says("ip", "link", "add", "wan0", "type", "veth", "peer", "name", "wan1")
        inside = ["nsenter", "--target", str(served.leader), "--net", "--"]
        check([*inside, "ip", "link", "set", "wan1", "netns", str(behind.pid)])
        served.says("ip", "address", "add", "203.0.113.1/24", "dev", "wan0")
        served.says("ip", "link", "set", "wan0", "up")
        for line in (
            "address add 203.0.113.2/24 dev wan1",
            "link set wan1 up",
            "route add 192.168.0.0/24 via 203.0.113.1",
        ):
            check([*enter, "ip", *line.split()])
        lab.run("ip", "route", "add", "203.0.113.0/24", "via", SERVER)
        served.says("ping", "-c1", "-W5", "203.0.113.2")
        ping = [*lab.lan, "ping", "-c1", "-W2", "203.0.113.2"]
        assert subprocess.run(ping, check=False, capture_output=True).returncode != 0
    finally:
        subprocess.run([*lab.lan, "ip", "route", "delete", "203.0.113.0/24"], check=False)
        served.run("ip", "link", "delete", "wan0")
        behind.kill()
        behind.wait()


def test_another_device_that_gives_out_addresses_is_named(lab: Lab, served: Host, inventory: Path) -> None:
    stranger = lab.stranger("192.168.0.66", mac="52:54:00:66:66:66")
    write_plan(lab, "server-1", replace(PLAN, computers=PLAN.computers[:1]))
    try:
        with foreign_dhcp(("ip", "netns", "exec", stranger)):
            said = played_until_foreign(lab, inventory)
            assert "192.168.0.66 (52:54:00:66:66:66)" in said
            found = json.loads(served.run("/usr/local/bin/guyub", "doctor", "--json").stdout)["findings"]
            (finding,) = [one for one in found if one["name"] == "dhcp"]
            assert finding["values"]["who"] == "192.168.0.66 (52:54:00:66:66:66)"
        assert served.says("/usr/local/bin/guyub", "lab", "show") == as_toml(PLAN), "it was refused"
    finally:
        lab.leave(stranger)
        write_plan(lab, "server-1", PLAN)


def played_until_foreign(lab: Lab, inventory: Path) -> str:
    done = play(lab, inventory, "lan.yml", "--check", fails=True)
    assert "B-742" in done, done
    return done


def test_settings_are_handed_over_once_and_told_in_check_mode(lab: Lab, served: Host, inventory: Path) -> None:
    wanted = json.dumps({"server_time": {"servers": ["ntp.example.id"]}, "server_general": {"school_name": "SMA 1"}})
    told = play(lab, inventory, "server.yml", "--check", "--diff", "-e", wanted)
    assert '+servers = ["ntp.example.id"]' in told, told
    assert "changed=" in told
    assert "changed=0" not in told
    play(lab, inventory, "server.yml", "-e", wanted)
    assert "changed=0" in play(lab, inventory, "server.yml", "-e", wanted)
    refused = play(lab, inventory, "server.yml", "-e", '{"server_time": {"servers": ["ntp example"]}}', fails=True)
    assert "B-119" in refused, refused


def test_a_server_that_moves_is_met_at_its_new_address_and_its_plan_waits(
    lab: Lab, served: Host, inventory: Path
) -> None:
    moved = "192.168.0.205"
    play(lab, inventory, "server.yml", "-e", f"server_address={moved}/24")
    try:
        lab.run("ssh", "-F", str(lab.folder / "ssh_config"), "-o", "StrictHostKeyChecking=yes", moved, "true")
        with pytest.raises(AssertionError):
            lab.run("ping", "-c1", "-W1", SERVER)
        assert served.run("test", "-e", "/run/guyub/dnsmasq.conf").returncode != 0, "names would lead nowhere"
    finally:
        play(lab, inventory, "server.yml", "-e", f"server_reached_at={moved}")
    assert asked(lab, DNS, "ujian.lan", SERVER) == SERVER
    assert "changed=0" in play(lab, inventory, "lan.yml")


def test_of_two_servers_on_one_lan_each_serves_its_own_and_one_takes_over_the_others_pcs(
    lab: Lab, served: Host, inventory: Path
) -> None:
    spare = lab.host("cadangan", "server", address=SPARE)
    play(lab, inventory, "lan.yml", limit="cadangan")
    pc = lab.hosts["pc-01"] if "pc-01" in lab.hosts else lab.host("pc-01", mac=FIRST.mac)
    assert _served_by(pc) == SERVER
    assert asked(lab, DNS, "pc-01.lan", SPARE) == "no such name"
    served.off()
    both = ("-e", "lab_from=server-1", "-e", "lab_to=cadangan")
    play(lab, inventory, "move.yml", *both, limit="all")
    assert "changed=0" in play(lab, inventory, "move.yml", *both, limit="all")
    assert _served_by(pc) == SPARE
    assert [asked(lab, DNS, name, SPARE) for name in ("pc-01.lan", "pc-41.lan")] == [FIRST.address, MOVING.address]
    play(lab, inventory, "lan.yml", limit="cadangan")
    assert spare.says("/usr/local/bin/guyub", "lab", "show") == as_toml(Plan(f"{SPARE}/24", (MOVING,)))


def _served_by(pc: Host) -> str:
    """Who gives the PC its address when it starts its card anew."""
    pc.says("systemctl", "restart", "systemd-networkd.service")
    read = ("sh", "-c", "cat /run/systemd/netif/leases/* 2>/dev/null")
    wait_for(lambda: f"ADDRESS={FIRST.address}" in pc.run(*read).stdout, "no address")
    (server,) = [line for line in pc.says(*read).splitlines() if line.startswith("SERVER_ADDRESS=")]
    return server.removeprefix("SERVER_ADDRESS=")
