"""Sticks and shares on the booted box: systemd mounts them for a block, harmless, and for nobody who is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.container import Container, wait_for
from tests.lab.school import asked
from tests.lab.sticks import plugged_in

PYTHON = "/opt/guyub/venv/bin/python"
WRITE_AND_READ = """
import json, subprocess, sys
from appliance import devices
from appliance.places import places
def options(place):
    return subprocess.check_output(["findmnt", "-n", "-o", "OPTIONS", place], text=True).strip().split(",")
with devices.mounted(places(), sys.argv[1], write=True) as place:
    (place / "results").write_bytes(b"durable")
    first = options(place)
assert not place.exists()
with devices.mounted(places(), sys.argv[1], write=False) as place:
    read, second = (place / "results").read_text(), options(place)
    try:
        (place / "results").write_bytes(b"changed")
        changed = True
    except OSError:
        changed = False
print(json.dumps({"first": first, "second": second, "read": read, "changed": changed}))
"""
FAIL = """
import sys
from appliance import devices
from appliance.places import places
with devices.mounted(places(), sys.argv[1], write=True):
    raise RuntimeError("the work failed")
"""
HOLD = """
import sys, time
from appliance import devices
from appliance.places import places
with devices.mounted(places(), sys.argv[1], write=True):
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def stick(box: Container, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The UUID of a stick that is plugged in."""
    with plugged_in(box, Path(tmp_path_factory.mktemp("stick"))) as uuid:
        yield uuid


def mounts(box: Container) -> list[str]:
    """What is mounted for us."""
    return [line for line in box.says("cat", "/proc/1/mounts").splitlines() if " /run/guyub/mounts/" in line]


def test_a_stick_is_mounted_for_a_block_with_nothing_on_it_executable(box: Container, stick: str) -> None:
    found = json.loads(box.says(PYTHON, "-c", WRITE_AND_READ, stick))
    assert {"rw", "nosuid", "nodev", "noexec"} <= set(found["first"])
    assert {"ro", "nosuid", "nodev", "noexec"} <= set(found["second"])
    assert found["read"] == "durable"
    assert not found["changed"]
    assert mounts(box) == []
    assert box.says("ls", "/run/guyub/mounts") == ""


def test_a_stick_is_let_go_when_work_on_it_fails_and_when_whoever_works_is_killed(box: Container, stick: str) -> None:
    assert "the work failed" in box.run(PYTHON, "-c", FAIL, stick).stderr
    assert mounts(box) == []
    box.says(
        "systemd-run", "--collect", "--unit=holder", "--setenv=GUYUB_UNIT=holder.service", PYTHON, "-c", HOLD, stick
    )
    wait_for(lambda: len(mounts(box)) == 1, "the stick was not mounted")
    box.says("systemctl", "kill", "--signal=KILL", "holder.service")
    wait_for(lambda: mounts(box) == [], "the stick stays mounted for a process that is no more", 120)
    assert asked(box, "list.devices")["result"]["devices"][0]["free"] > 1_000_000


def test_units_of_ours_name_themselves_to_whom_they_ask_for_mounts(box: Container) -> None:
    for unit in ("guyub-actions@1.service", "guyub-backup.service"):
        assert f"GUYUB_UNIT={unit}" in box.shown(unit, "Environment").split()


def test_a_share_that_does_not_open_is_told_in_mounts_words_and_its_password_does_not_stay(box: Container) -> None:
    share = {"smb_share": "//127.0.0.1/cadangan", "smb_user": "ratna", "smb_password": "kuda-laut-ungu"}
    said = asked(box, "settings.change", table="backup", values={"target": "smb", **share})
    assert "result" in said, said
    try:
        refused = asked(box, "backup.now")["refusal"]
    finally:
        asked(box, "settings.change", table="backup", values={"target": "none"})
    assert refused["code"] == "B-312"
    assert refused["values"]["detail"].startswith("mount error")
    assert mounts(box) == []
    assert box.run("sh", "-c", "grep -rl kuda-laut-ungu /run; journalctl | grep kuda-laut-ungu").stdout == ""
