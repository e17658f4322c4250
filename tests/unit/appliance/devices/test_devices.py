"""Sticks and second disks: found, mounted for a block and harmless; the box's own disk never."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.refusals import Refusal
from appliance import devices
from appliance.devices import Device
from appliance.places import Places


def disk(name: str, *parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "path": f"/dev/{name}", "type": "disk", "size": 10**10, "children": list(parts), **more}


def part(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "path": f"/dev/{name}", "type": "part", "size": 10**9, **more}


OWN = disk(
    "sda",
    part("sda2", fstype="vfat", uuid="AAAA-0001", partlabel="guyub-efi", mountpoints=["/efi"]),
    part("sda3", fstype="ext4", uuid="aaaaaaaa-0003", partlabel="guyub-a", mountpoints=["/"]),
    part("sda5", fstype="ext4", uuid="aaaaaaaa-0005", partlabel="guyub-data", mountpoints=["/data", "/var/log"]),
)
STICK = disk("sdb", part("sdb1", fstype="vfat", uuid="1234-ABCD", label="SEKOLAH"), model="DataTraveler ", tran="usb")
SECOND = disk("sdc", fstype="ext4", uuid="cccccccc-0001", model="ST1000DM010")
ODD = disk("sdd", part("sdd1", fstype="crypto_LUKS", uuid="dddd-0001"), part("sdd2", fstype="ext4", uuid="$(reboot)"))


def test_sticks_and_second_disks_are_offered_and_the_boxs_own_disk_is_not():
    found = devices.usable([OWN, STICK, SECOND, ODD])
    assert found == [
        Device("1234-ABCD", "SEKOLAH (DataTraveler)", "/dev/sdb1", "vfat", 10**9),
        Device("cccccccc-0001", "ST1000DM010", "/dev/sdc", "ext4", 10**10),
    ]


def test_the_disk_of_a_slot_that_is_not_in_use_is_the_boxs_own_too():
    sleeping = disk(
        "sde",
        part("sde4", fstype="ext4", uuid="eeee-0004", partlabel="guyub-b"),
        part("sde9", fstype="ext4", uuid="eeee-0009"),
    )
    assert devices.usable([sleeping]) == []


@pytest.mark.parametrize("uuid", ["", "/dev/sda", "../..", "1234 5678", "$(reboot)", "A" * 99, "1234-ABCD\n"])
def test_a_device_is_named_by_a_uuid_and_nothing_else(uuid: str):
    with pytest.raises(Refusal) as refused:
        devices.find_device(uuid)
    assert refused.value.code == "B-501"


def test_nothing_on_a_device_can_be_run_and_it_is_written_only_on_purpose():
    stick = devices.usable([STICK])[0]
    assert devices.options(stick, write=False, owner="root") == "ro,nodev,nosuid,noexec,uid=0,gid=0,umask=0077"
    second = devices.usable([SECOND])[0]
    assert devices.options(second, write=True, owner="root") == "rw,nodev,nosuid,noexec"


@pytest.fixture
def plugged(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Real file systems in files behind loop devices: kind → UUID."""
    if os.geteuid() != 0:
        pytest.fail("this test mounts disks of its own: run it as root")
    made, loops = {}, []
    for kind, line in (("ext2", ["mkfs.ext2", "-q", "-F"]), ("ext4", ["mkfs.ext4", "-q", "-F"])):
        image = tmp_path / f"{kind}.img"
        with image.open("wb") as file:
            file.truncate(40_000_000)
        subprocess.run([f"/sbin/{line[0]}", *line[1:], image], check=True, capture_output=True)
        loop = subprocess.run(["losetup", "--find", "--show", image], check=True, capture_output=True, text=True)
        loops.append(loop.stdout.strip())
        told = subprocess.run(["blkid", "-o", "value", "-s", "UUID", image], check=True, capture_output=True, text=True)
        made[kind] = told.stdout.strip()
    yield made
    for name in loops:
        subprocess.run(["losetup", "--detach", name], check=True)


@pytest.mark.parametrize("kind", ["ext2", "ext4"])
def test_a_device_is_mounted_for_a_block_and_its_files_come_back(plugged: dict[str, str], tmp_path: Path, kind: str):
    here = Places(tmp_path / "box")
    with devices.mounted(here, plugged[kind], write=True) as place:
        (place / "results").write_bytes(b"durable")
        mounts = [line for line in Path("/proc/mounts").read_text().splitlines() if str(place) in line]
        assert {"rw", "nosuid", "nodev", "noexec"} <= set(mounts[0].split()[3].split(","))
    assert str(place) not in Path("/proc/mounts").read_text()
    assert not place.exists()
    with devices.mounted(here, plugged[kind], write=False) as place:
        assert (place / "results").read_bytes() == b"durable"
        with pytest.raises(OSError, match="Read-only"):
            (place / "results").write_bytes(b"changed")
    found = next(device for device in devices.find_devices() if device.device == plugged[kind])
    assert devices.free_space(here, found) > 1_000_000


def test_a_device_is_let_go_even_when_work_on_it_fails(plugged: dict[str, str], tmp_path: Path):
    here = Places(tmp_path / "box")
    with pytest.raises(RuntimeError), devices.mounted(here, plugged["ext4"], write=True) as place:
        raise RuntimeError
    assert str(place) not in Path("/proc/mounts").read_text()


def test_the_programs_folder_on_a_stick_is_made_for_its_user_and_a_link_there_is_refused(tmp_path: Path):
    devices.give_tree(tmp_path, owner="nobody")
    assert (tmp_path / "guyub").stat().st_uid == 65534
    (tmp_path / "guyub").rmdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "guyub").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refusal) as refused:
        devices.give_tree(tmp_path, owner="nobody")
    assert refused.value.code == "B-503"
    assert (tmp_path / "elsewhere").stat().st_uid == 0
