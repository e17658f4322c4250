"""The doctor measures real things, within its time, and what cannot be measured is a line and no crash."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.services.system_clock import SystemClock
from appliance import settings
from appliance.doctor import examining, measuring
from appliance.doctor.findings import Finding
from appliance.identity import make_identity
from appliance.places import Places


@pytest.fixture
def box_places(tmp_path: Path) -> Places:
    places = Places(tmp_path)
    make_identity(places, set_up=True)
    settings.write(places.box, settings.BoxSettings(network=settings.Network(internet="none")))
    return places


def test_flushes_are_measured_on_the_disk_below_and_leave_nothing(tmp_path: Path):
    found = measuring.measure_flushes(tmp_path)
    assert 0 < found.median_ms <= found.slowest_ms
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "model", "bus"),
    [
        ("devices/pci0000:00/usb2/2-1/host4/target4:0:0/block/sdb", "DataTraveler", "usb"),
        ("devices/pci0000:00/virtio2/block/vda", "", "virtual"),
        ("devices/pci0000:00/ata1/host0/block/sda", "VBOX HARDDISK", "virtual"),
        ("devices/pci0000:00/ata1/host0/block/sda", "ST1000DM010", "disk"),
    ],
)
def test_the_kind_of_disk_is_read_from_the_kernel_through_its_partition(
    tmp_path: Path, path: str, model: str, bus: str
):
    disk = tmp_path / "sys" / path
    part = disk / "part2"
    (disk / "queue").mkdir(parents=True)
    (disk / "device").mkdir()
    part.mkdir()
    (disk / "queue/rotational").write_text("1\n")
    (disk / "queue/write_cache").write_text("write back\n")
    (disk / "device/model").write_text(model)
    number = tmp_path.stat().st_dev
    link = tmp_path / "sys/dev/block" / f"{os.major(number)}:{os.minor(number)}"
    link.parent.mkdir(parents=True)
    link.symlink_to(part)
    found = measuring.measure_flushes(tmp_path, tmp_path / "sys")
    assert (found.bus, found.turning, found.cache) == (bus, True, "write back")


def test_a_changed_and_a_missing_file_of_the_program_are_found(tmp_path: Path):
    (tmp_path / "app").mkdir()
    kept = tmp_path / "app" / "cli.py"
    kept.write_bytes(b"print()")
    known = base64.urlsafe_b64encode(hashlib.sha256(b"print()").digest()).decode().rstrip("=")
    record = tmp_path / "guyub-0.1.0.dist-info" / "RECORD"
    record.parent.mkdir()
    record.write_text(f"app/cli.py,sha256={known},7\n../../bin/guyub,sha256=x,1\nguyub-0.1.0.dist-info/RECORD,,\n")
    assert measuring.changed_files(tmp_path) == (1, [])
    kept.write_bytes(b"print(1)")
    assert measuring.changed_files(tmp_path) == (1, ["app/cli.py"])
    kept.unlink()
    assert measuring.changed_files(tmp_path) == (1, ["app/cli.py"])


def test_a_root_that_can_be_written_is_seen(tmp_path: Path):
    mounts = tmp_path / "mounts"
    for options, sealed in (("ro,relatime", True), ("rw,relatime", False)):
        mounts.write_text(f"/dev/root / ext4 {options} 0 0\ntmpfs /run tmpfs rw 0 0\n")
        assert measuring.is_sealed(mounts) is sealed
    mounts.write_text("overlay / overlay rw 0 0\n")
    assert measuring.is_sealed(mounts) is None


def test_the_whole_list_comes_within_its_time_and_names_every_check(box_places: Places):
    found = examining.examine(box_places, SystemClock())
    names = {finding.name for finding in found}
    assert {"cores", "memory", "disk", "flush", "clock", "zone", "certificate", "ports", "machine", "program"} <= names
    assert {"settings", "backup", "backup_target", "services"} <= names
    for finding in found:
        assert finding.text % finding.values if finding.values else finding.text
    states = [finding.state for finding in found]
    assert states == sorted(states, key=["bad", "warn", "good"].index)


def test_a_check_that_fails_and_one_that_hangs_are_lines(box_places: Places, monkeypatch: pytest.MonkeyPatch):
    gate = threading.Event()

    def fails() -> list[Finding]:
        raise OSError("no such thing")

    def hangs() -> list[Finding]:
        gate.wait()
        return []

    monkeypatch.setattr(examining, "PATIENCE_S", 0.3)
    monkeypatch.setattr(examining, "_checks", lambda *_given: {"fails": fails, "hangs": hangs})
    found = examining.examine(box_places, SystemClock())
    gate.set()
    assert [(finding.name, finding.state, finding.values["kind"]) for finding in found] == [
        ("fails", "warn", "OSError"),
        ("hangs", "warn", "timeout"),
    ]


def test_damaged_settings_are_the_doctors_business_too(box_places: Places):
    (box_places.box / "box.toml").write_bytes(b"\0\0\0")
    found = {finding.name: finding for finding in examining.examine(box_places, SystemClock())}
    assert found["settings"].state == "bad"


def test_the_command_ends_with_1_when_something_is_red(box_places: Places):
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "doctor", "--json"],
        env={**os.environ, "GUYUB_BOX_ROOT": str(box_places.root)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = json.loads(done.stdout)["findings"]
    assert found[0]["state"] == "bad"
    assert done.returncode == 1
