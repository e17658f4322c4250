"""The image is the same for every school: no identity, no secret and no trace of where it was made lies in it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image.artifacts import take_out_efi

PRIVATE_KEY = re.compile(rb"^-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}", re.MULTILINE)
REPOSITORY = Path(__file__).resolve().parents[2]
MADE_AT_FIRST_BOOT = (
    "etc/ssh/ssh_host_*",
    "root/.ssh/*",
    "home/*",
    "data/*",
    "var/lib/guyub/*/*",
    "var/lib/systemd/random-seed",
    "var/lib/systemd/credential.secret",
    "var/lib/dbus/machine-id",
    "etc/ssl/private/*",
    "var/log/journal/*",
)
LEFT_BY_WORK = (
    "root/.ansible",
    "root/.bash_history",
    "root/.cache",
    "tmp/*",
    "var/tmp/*",
    "var/cache/apt/archives/*.deb",
)


def files_of(root: Path) -> Iterator[Path]:
    return (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())


@pytest.mark.parametrize("pattern", MADE_AT_FIRST_BOOT)
def test_what_a_first_boot_makes_is_not_there_before(root_files: Path, pattern: str) -> None:
    assert [path for path in root_files.glob(pattern) if not path.is_symlink()] == []


@pytest.mark.parametrize("pattern", LEFT_BY_WORK)
def test_nothing_is_left_of_the_work_on_it(root_files: Path, pattern: str) -> None:
    assert list(root_files.glob(pattern)) == []


def test_the_machine_has_no_id_yet(root_files: Path, raw_disk: Path, tmp_path: Path) -> None:
    machine_id = root_files / "etc/machine-id"
    assert not machine_id.exists() or machine_id.read_text().strip() in {"", "uninitialized"}
    environment = take_out_efi(raw_disk, tmp_path / "efi") / "grub/grubenv"
    told = subprocess.run(["grub-editenv", str(environment), "list"], capture_output=True, text=True, check=True).stdout
    assert "ORDER=" in told
    assert "machine_id=" not in told


def test_no_account_has_a_password(root_files: Path) -> None:
    accounts = [line.split(":") for line in (root_files / "etc/shadow").read_text().splitlines()]
    assert len(accounts) > 10
    assert {account[0]: account[1] for account in accounts if account[1] not in {"*", "!", "!*", "!!"}} == {}


def test_no_private_key_lies_in_any_file(root_files: Path) -> None:
    found = [path for path in files_of(root_files) if PRIVATE_KEY.search(path.read_bytes())]
    assert [str(path.relative_to(root_files)) for path in found] == []


def test_no_file_names_the_place_it_was_made_at(root_files: Path) -> None:
    place = str(REPOSITORY).encode() + b"/"
    found = [path for path in files_of(root_files) if place in path.read_bytes()]
    assert [str(path.relative_to(root_files)) for path in found] == []
