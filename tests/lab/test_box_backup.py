"""Backups on the booted box: to a disk that is plugged in, after a sitting by systemd's watch, and back again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.container import Container, wait_for
from tests.lab.school import asked
from tests.lab.sticks import plugged_in

WISH = "/var/lib/guyub/sekolah/backup-wanted"


@pytest.fixture(scope="module")
def stick(box: Container, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real file system in a file, seen by the box as a disk; gives its UUID."""
    with plugged_in(box, Path(tmp_path_factory.mktemp("stick"))) as uuid:
        yield uuid


def backups(box: Container) -> list[dict[str, Any]]:
    """Those in the list; none while a backup is being made."""
    found: list[dict[str, Any]] = asked(box, "backup.list").get("result", {}).get("backups", [])
    return found


def test_a_disk_that_is_plugged_in_is_found_and_taken_for_backups(box: Container, stick: str) -> None:
    found = asked(box, "list.devices")["result"]["devices"]
    assert [(one["device"], one["file_system"]) for one in found] == [(stick, "ext4")]
    assert "result" in asked(box, "settings.change", table="backup", values={"target": "device", "device": stick})
    box.says("systemctl", "start", "guyub-backup.service")
    assert len(backups(box)) == 1
    assert "/run/guyub/mounts/" not in box.says("cat", "/proc/self/mounts")


def test_a_wish_of_the_program_is_enough_for_a_backup(box: Container) -> None:
    before = len(backups(box))
    box.says(
        "setpriv", "--reuid=guyub", "--regid=guyub", "--init-groups", "touch", "/var/lib/guyub/sekolah/backup-wanted"
    )
    wait_for(lambda: len(backups(box)) > before, "no backup was made")


def test_a_backup_is_proved_and_put_back_with_the_audit_chain_unbroken(box: Container) -> None:
    assert asked(box, "backup.verify", backup="latest")["result"]["rows"]["sekolah"] > 0
    said = asked(box, "backup.restore", backup="latest")
    assert "result" in said, said
    told = box.says(
        "env", "GUYUB_CONFIG=/run/guyub/sekolah.toml", "setpriv", "--reuid=guyub", "--regid=guyub", "--init-groups",
        "guyub", "audit", "verify", "--json",
    )  # fmt: skip
    assert json.loads(told)["intact"] is True
    assert box.run("systemctl", "is-active", "guyub-exam", "guyub-web", "guyub-front").returncode == 0
    assert box.run("sh", "-c", "find /var/lib/guyub/sekolah ! -user guyub | grep .").returncode != 0


def test_what_the_stick_cannot_give_is_told_in_the_programs_words(box: Container, stick: str) -> None:
    assert asked(box, "stick.in", device=stick)["refusal"]["code"] == "S-376"  # no folder of ours on it
    assert asked(box, "update", device=stick)["refusal"]["code"] == "B-401"  # a container has no slots


def test_the_support_bundle_lies_where_the_web_part_may_read_it(box: Container) -> None:
    name = asked(box, "support")["result"]["file"]
    read = box.run(
        "setpriv", "--reuid=guyub", "--regid=guyub", "--init-groups", "test", "-r", f"/run/guyub/support/{name}"
    )
    assert read.returncode == 0
    assert box.run("systemctl", "--failed", "--quiet", "--no-legend").stdout == ""
