"""Identity is made at first boot: no two boxes share a secret, and a power cut in the middle does no harm."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from app.domain.codes import parse_code
from appliance.identity import BACKUP_KEY, MACHINE_ID, SETUP_CODE, SSH_KEY, make_identity, setup_code, tell_boot_loader
from appliance.places import Places

NAMES = [MACHINE_ID, BACKUP_KEY, SSH_KEY, SETUP_CODE]


def contents(places: Places) -> dict[str, bytes]:
    return {name: (places.box / name).read_bytes() for name in NAMES}


def test_everything_is_made_once_and_then_kept(tmp_path: Path) -> None:
    places = Places(tmp_path)
    assert sorted(make_identity(places, set_up=False)) == sorted(NAMES)
    first = contents(places)
    assert make_identity(places, set_up=False) == []
    assert contents(places) == first


def test_two_boxes_share_no_secret(tmp_path: Path) -> None:
    here, there = Places(tmp_path / "a"), Places(tmp_path / "b")
    make_identity(here, set_up=False)
    make_identity(there, set_up=False)
    same = [name for name in NAMES if contents(here)[name] == contents(there)[name] and name != SETUP_CODE]
    assert same == []


def test_secrets_are_readable_by_root_alone(tmp_path: Path) -> None:
    places = Places(tmp_path)
    make_identity(places, set_up=False)
    assert {stat.S_IMODE((places.box / name).stat().st_mode) for name in NAMES} == {0o600}
    assert stat.S_IMODE(places.box.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("left", [b"", b"\0" * 40], ids=["nothing", "zeros"])
def test_what_a_power_cut_left_empty_is_made_at_the_next_boot(tmp_path: Path, name: str, left: bytes) -> None:
    places = Places(tmp_path)
    make_identity(places, set_up=False)
    (places.box / name).write_bytes(left)
    assert make_identity(places, set_up=False) == [name]
    assert (places.box / name).read_bytes().strip(b"\0\n ")


def test_the_ssh_key_is_one_that_ssh_reads_and_its_public_half_comes_back(tmp_path: Path) -> None:
    places = Places(tmp_path)
    make_identity(places, set_up=False)
    key, public = places.box / SSH_KEY, places.box / f"{SSH_KEY}.pub"
    told = public.read_text()
    public.unlink()
    make_identity(places, set_up=False)
    assert public.read_text() == told
    read = subprocess.run(["ssh-keygen", "-y", "-f", key], capture_output=True, text=True, check=True)
    assert read.stdout.split()[:2] == told.split()[:2]


def test_the_setup_code_has_six_digits_and_is_gone_after_setup(tmp_path: Path) -> None:
    places = Places(tmp_path)
    make_identity(places, set_up=False)
    assert len(setup_code(places)) == 6
    assert setup_code(places).isdigit()
    make_identity(places, set_up=True)
    assert setup_code(places) == ""


def test_the_recovery_code_can_be_written_down_and_typed_again(tmp_path: Path) -> None:
    make_identity(Places(tmp_path), set_up=False)
    assert len(parse_code((Places(tmp_path).box / BACKUP_KEY).read_text())) == 10


def test_the_machine_id_systemd_runs_with_becomes_the_boxs_own(tmp_path: Path) -> None:
    running = "5d3e" * 8
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/machine-id").write_text(f"{running}\n")
    make_identity(Places(tmp_path), set_up=False)
    assert (Places(tmp_path).box / MACHINE_ID).read_text() == f"{running}\n"


def test_the_boot_loader_learns_the_machine_id_once(tmp_path: Path) -> None:
    places = Places(tmp_path)
    make_identity(places, set_up=False)
    assert not tell_boot_loader(places), "a container has no boot loader"
    places.grubenv.parent.mkdir(parents=True)
    subprocess.run(["grub-editenv", places.grubenv, "create"], check=True)
    subprocess.run(["grub-editenv", places.grubenv, "set", "slot=a"], check=True)
    assert tell_boot_loader(places)
    assert not tell_boot_loader(places)
    listed = subprocess.run(["grub-editenv", places.grubenv, "list"], capture_output=True, text=True, check=True)
    assert f"machine_id={(places.box / MACHINE_ID).read_text().strip()}" in listed.stdout.splitlines()
    assert "slot=a" in listed.stdout.splitlines()
