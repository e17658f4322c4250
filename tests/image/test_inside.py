"""What a box is from within and for who knocks: sealed, small, each part with rights of its own."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from tests.image.figures import Figures
from tests.image.hardware import HTTP, HTTPS, SSH, Box

pytestmark = pytest.mark.timeout(1800)
OPEN_TO_THE_LAN = {("tcp", HTTP), ("tcp", HTTPS)}
WEAKEST = 2.5  # systemd's figure: 0 is locked in, 10 is free
USERS = ("guyub", "guyub-front", "guyub-pusat", "guyub-console")
RUNS_AS = {
    "guyub-exam.service": "guyub",
    "guyub-web.service": "guyub",
    "guyub-front.service": "guyub-front",
    "guyub-console@tty1.service": "guyub-console",
    "guyub-console@ttyS0.service": "guyub-console",
}
LISTENING = r"""ss -Hlntu | awk '{print $1, $5}' | grep -vE ' (127\.|\[::1\]|\[::ffff:127)' | sort -u"""


def test_the_box_listens_to_the_room_on_its_two_ports_only(box: Box) -> None:
    lines = [line.split() for line in box.door.run(LISTENING).splitlines()]
    assert {(kind, int(place.rpartition(":")[2])) for kind, place in lines} - {("udp", 68)} == OPEN_TO_THE_LAN
    assert "policy drop" in box.door.run("nft list chain inet filter input 2>/dev/null || nft list ruleset")


def test_nobody_comes_in_by_ssh_unless_the_settings_say_so(box: Box) -> None:
    with socket.create_connection(("127.0.0.1", box.ports[SSH]), 10) as line:
        line.settimeout(10)
        try:
            said = line.recv(100)
        except OSError:
            said = b""
    assert said == b""


def test_nothing_failed_at_the_start(box: Box) -> None:
    assert box.door.run("systemctl --failed --no-legend --plain").strip() == ""


def test_each_part_runs_as_a_user_of_its_own_that_cannot_sign_in(box: Box) -> None:
    for unit, user in RUNS_AS.items():
        told = dict(
            line.split("=", 1) for line in box.door.run(f"systemctl show -p User,ActiveState {unit}").splitlines()
        )
        assert told == {"User": user, "ActiveState": "active"}, unit
    for user in USERS:
        assert box.door.run(f"getent passwd {user} | cut -d: -f7").strip() == "/usr/sbin/nologin"
    locked = box.door.run("cut -d: -f2 /etc/shadow | sort -u").split()
    assert set(locked) <= {"*", "!", "!*", "!!"}


def test_the_parts_are_locked_in(box: Box, figures: Figures) -> None:
    told = json.loads(box.door.run("systemd-analyze security --no-pager --json=short", 180))
    ours = {one["unit"]: float(one["exposure"]) for one in told if one["unit"].startswith("guyub-")}
    assert set(RUNS_AS) <= set(ours)
    figures.note("weakest of our units (systemd-analyze security)", max(ours.values()), "")
    assert {unit: found for unit, found in ours.items() if found > WEAKEST} == {}


def test_system_and_program_cannot_be_written(box: Box) -> None:
    for place in ("/etc", "/usr/bin", "/opt/guyub"):
        assert box.door.ask(f"touch {place}/written").code != 0, place
    assert "ro" in box.door.run("findmnt -no OPTIONS /").strip().split(",")
    writable = box.door.run("find /opt/guyub -xdev ! -user root -o -xdev ! -type l -perm /022 | head")
    assert writable.strip() == ""


def test_the_data_has_the_rest_of_the_disk(box: Box) -> None:
    size, room = box.door.run("df -B1 --output=size /data | tail -1; blockdev --getsize64 /dev/vda").split()
    assert int(size) > 0.75 * int(room)
    assert box.door.run("findmnt -no TARGET --target /var/lib/guyub").strip() == "/var/lib/guyub"


def test_secrets_can_be_read_by_root_alone(box: Box) -> None:
    assert box.door.run("stat -c '%U %a' /var/lib/guyub/box").strip() == "root 700"
    data = "/var/lib/guyub/sekolah/keys /var/lib/guyub/sekolah/guyub.sqlite*"
    loose = (
        f"find {data} -type f -perm /077; find /var/lib/guyub/box -type f -perm /077 ! -name '*.crt' ! -name '*.pub'"
    )
    assert box.door.run(loose).strip() == ""
    for user in ("guyub", "guyub-front", "guyub-console"):
        become = f"setpriv --reuid={user} --regid={user} --init-groups"
        assert box.door.ask(f"{become} cat /var/lib/guyub/box/box.toml").code != 0, user
        mine = box.door.ask(f"{become} cat /var/lib/guyub/sekolah/guyub.sqlite >/dev/null").code == 0
        assert mine == (user == "guyub"), user


def test_https_shows_the_schools_own_certificate_and_http_works_too(box: Box, tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.write_text(box.door.run("cat /var/lib/guyub/box/ca/*.crt"))
    trusting = ssl.create_default_context(cafile=str(authority))
    with (
        socket.create_connection(("127.0.0.1", box.ports[HTTPS]), 20) as line,
        trusting.wrap_socket(line, server_hostname="192.168.0.200") as safe,
    ):
        assert safe.version() in {"TLSv1.2", "TLSv1.3"}
    told = subprocess.run(["openssl", "x509", "-noout", "-text", "-in", authority], capture_output=True, text=True)
    assert "X509v3 Name Constraints: critical" in told.stdout


def test_the_clock_is_kept_and_tells_the_schools_time(box: Box) -> None:
    assert box.door.run("systemctl is-active chrony").strip() == "active"
    assert "Asia/Jakarta" in box.door.run("guyub box settings")
    assert abs(float(box.door.run("date +%s")) - float(subprocess.check_output(["date", "+%s"]))) < 5


def test_the_machine_keeps_its_id_where_the_kernel_is_told_it(box: Box) -> None:
    machine_id = box.door.run("cat /etc/machine-id").strip()
    assert len(machine_id) == 32
    assert f"machine_id={machine_id}" in box.door.run("grub-editenv /efi/grub/grubenv list")
