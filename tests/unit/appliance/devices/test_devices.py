"""Sticks and second disks: what is offered, and how; the box's own disk never."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.domain.refusals import Refusal
from appliance import devices, mounting
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


def test_a_device_is_written_only_on_purpose():
    stick = devices.usable([STICK])[0]
    assert devices.options(stick, write=False, owner="root") == "ro,uid=0,gid=0,umask=0077"
    second = devices.usable([SECOND])[0]
    assert devices.options(second, write=True, owner="root") == "rw"


def test_what_cannot_be_mounted_is_told_and_leaves_nothing_behind(tmp_path: Path):
    here = Places(tmp_path)
    with pytest.raises(mounting.NotMountedError), mounting.mounted(here, "/dev/nowhere", "ext4", "ro"):
        pass
    assert list((here.run / mounting.FOLDER).iterdir()) == []


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
