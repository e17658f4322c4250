"""What a school gets: the roles make it, it boots, every part runs sealed off from the others and comes back."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.container import Container, wait_for
from tests.lab.roots import check
from tests.lab.router import foreign_dhcp
from tests.lab.server_root import ServerRoot

OURS = ("guyub-exam.service", "guyub-web.service", "guyub-front.service")
UNITS = Path(__file__).resolve().parents[2] / "appliance/units/systemd/system"
HIGHEST = 2.5
PC_MAC = "52:54:00:4c:00:07"
LOGIN = "/masuk"


def test_a_second_run_of_the_roles_changes_nothing(made: ServerRoot) -> None:
    assert re.search(r"changed=0 +unreachable=0 +failed=0", made.said_again), made.said_again[-3000:]


def test_nothing_that_identifies_a_machine_is_in_the_sealed_root(made: ServerRoot, tmp_path: Path) -> None:
    never_booted = Container(tmp_path, made.layers)
    never_booted.mount()
    try:
        assert (never_booted.root / "etc/machine-id").read_bytes() == b""
        assert not list((never_booted.root / "etc/ssh").glob("ssh_host_*"))
        assert not list((never_booted.root / "var/lib/guyub").rglob("*"))
    finally:
        never_booted.end()


def test_everything_is_up_and_nothing_has_failed(box: Container) -> None:
    told = box.run("systemctl", "--failed").stdout + box.run("journalctl", "-b", "-n", "150", "-u", "guyub-*").stdout
    assert box.state() == "running", told
    for unit in (*OURS, "nftables.service", "systemd-networkd.service"):
        assert box.shown(unit, "ActiveState") == "active", unit


def test_the_login_page_is_served_by_http_and_by_https_under_the_schools_own_authority(box: Container) -> None:
    assert _status(box, f"http://127.0.0.1{LOGIN}") == "200"
    authority = box.folder / "ca.crt"
    authority.write_text(box.says("cat", "/run/guyub/ca.crt"), encoding="ascii")
    trusted = ("--cacert", str(authority), "--resolve", "ujian.lan:443:127.0.0.1")
    assert _status(box, f"https://ujian.lan{LOGIN}", *trusted) == "200"


@pytest.mark.parametrize("file", sorted(path.name for path in UNITS.glob("guyub-*.service")))
def test_each_unit_is_sealed(box: Container, file: str) -> None:
    said = box.run("systemd-analyze", "security", "--no-pager", file.replace("@.", "@tty1.")).stdout
    found = re.search(r"Overall exposure level for \S+ (\d+\.\d)", said)
    assert found, said
    assert float(found[1]) <= HIGHEST, said


def test_each_part_has_a_user_of_its_own(box: Container) -> None:
    users = {unit: box.shown(unit, "User") for unit in OURS}
    assert users == {
        "guyub-exam.service": "guyub",
        "guyub-web.service": "guyub",
        "guyub-front.service": "guyub-front",
    }


def test_nginx_reads_what_it_serves_and_neither_keys_nor_database(box: Container) -> None:
    data = "/var/lib/guyub/sekolah"
    as_front = ("setpriv", "--reuid=guyub-front", "--regid=guyub-front", "--init-groups", "cat")
    static = box.says("sh", "-c", f"ls -d {data}/run/static/*/icon.svg").split()[0]
    assert box.run(*as_front, static).returncode == 0
    key = box.says("sh", "-c", f"ls {data}/keys/* | head -1").strip()
    for secret in (f"{data}/guyub.sqlite", key, "/var/lib/guyub/box/tls/server.key"):
        assert box.run("test", "-s", secret).returncode == 0, secret
        assert box.run(*as_front, secret).returncode != 0, secret


@pytest.fixture
def pc(box: Container) -> Iterator[int]:
    """A PC on a cable to the box (its `lab0`), 192.168.0.7: a process in its network."""
    peer = subprocess.Popen(["unshare", "--net", "sleep", "300"])
    try:
        wait_for(lambda: _network(peer.pid) != _network(os.getpid()), "no network of its own", 20)
        box.says("ip", "link", "add", "lab0", "type", "veth", "peer", "name", "pc0")
        inside = ["nsenter", "--target", str(box.leader), "--net", "--"]
        check([*inside, "ip", "link", "set", "pc0", "netns", str(peer.pid)])
        box.says("ip", "address", "add", "192.168.0.200/24", "dev", "lab0")
        box.says("ip", "link", "set", "lab0", "up")
        from_pc = ["nsenter", "--target", str(peer.pid), "--net", "--"]
        check([*from_pc, "ip", "link", "set", "pc0", "address", PC_MAC])
        check([*from_pc, "ip", "address", "add", "192.168.0.7/24", "dev", "pc0"])
        check([*from_pc, "ip", "link", "set", "pc0", "up"])
        yield peer.pid
    finally:
        peer.kill()
        peer.wait()
        box.run("ip", "link", "delete", "lab0")


def test_the_lan_reaches_the_exam_and_nothing_else(box: Container, pc: int) -> None:
    from_pc = ["nsenter", "--target", str(pc), "--net", "--"]
    reached = {port: _reaches(from_pc, port) for port in (80, 443, 8290, 22, 53, 5355, 8100)}
    check([*_with_the_boxs_programs(box, pc), "ping", "-c1", "-W5", "192.168.0.200"])
    assert reached == {80: "open", 443: "open", 8290: "refused", **dict.fromkeys((22, 53, 5355, 8100), "dropped")}


def test_the_doctor_sees_who_has_an_address_and_who_gives_them_out(box: Container, pc: int) -> None:
    assert _seen(box, "somebody_answers(places(), 'lab0', '192.168.0.9')") == "False"
    assert _seen(box, "somebody_answers(places(), 'lab0', '192.168.0.7')") == "True"
    assert _seen(box, "foreign_servers(places(), 'lab0')") == "[]"
    with foreign_dhcp(_with_the_boxs_programs(box, pc)):
        listening = ["nsenter", "--target", str(pc), "--net", "--", "ss", "-Hlnu", "sport", "=", "67"]
        wait_for(lambda: bool(check(listening)), "nobody gives out addresses", 60)
        assert _seen(box, "foreign_servers(places(), 'lab0')") == f"[Foreign(address='192.168.0.7', mac='{PC_MAC}')]"


@pytest.mark.parametrize("unit", OURS)
def test_a_part_that_is_killed_comes_back(box: Container, unit: str) -> None:
    before = box.shown(unit, "MainPID")
    box.says("kill", "-KILL", before)
    wait_for(lambda: box.shown(unit, "MainPID") not in {before, "0"}, f"{unit} stayed away")
    wait_for(lambda: _status(box, f"http://127.0.0.1{LOGIN}") == "200", "no page any more")
    wait_for(lambda: box.shown(unit, "ActiveState") == "active", f"{unit} does not get ready")


@pytest.mark.parametrize("unit", OURS)
def test_a_part_whose_worker_hangs_is_started_again(box: Container, unit: str) -> None:
    wait_for(lambda: box.shown(unit, "ActiveState") == "active", f"{unit} is not up")
    worker = _youngest(box, unit)
    box.says("kill", "-STOP", worker)
    wait_for(lambda: box.run("test", "-e", f"/proc/{worker}").returncode != 0, f"{unit} goes on with a hung worker")
    wait_for(lambda: _status(box, f"http://127.0.0.1{LOGIN}") == "200", "no page any more")


def _with_the_boxs_programs(box: Container, pc: int) -> list[str]:
    return ["nsenter", f"--mount=/proc/{box.leader}/ns/mnt", f"--net=/proc/{pc}/ns/net", "--"]


def _seen(box: Container, look: str) -> str:
    program = f"from appliance.lan_looks import *\nfrom appliance.places import places\nprint({look})"
    return box.says("/opt/guyub/venv/bin/python", "-c", program).strip()


def _network(process: int) -> str:
    return str(Path(f"/proc/{process}/ns/net").readlink())


def _youngest(box: Container, unit: str) -> str:
    group = box.shown(unit, "ControlGroup")
    return max(box.says("cat", f"/sys/fs/cgroup{group}/cgroup.procs").split(), key=int)


def _status(box: Container, address: str, *options: str) -> str:
    line = ["nsenter", "--target", str(box.leader), "--net", "--", "curl", "--silent", "--max-time", "20"]
    done = subprocess.run(
        [*line, "--location", "--output", "/dev/null", "--write-out", "%{http_code}", *options, address],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def _reaches(from_pc: list[str], port: int) -> str:
    program = (
        "import socket, sys\n"
        "s = socket.socket(); s.settimeout(3)\n"
        "try: s.connect(('192.168.0.200', int(sys.argv[1]))); print('open')\n"
        "except ConnectionRefusedError: print('refused')\n"
        "except TimeoutError: print('dropped')\n"
    )
    return check([*from_pc, "python3", "-c", program, str(port)]).strip()
