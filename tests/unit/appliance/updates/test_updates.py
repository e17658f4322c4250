"""Only a newer bundle, signed for this kind of box, is installed, never near an exam; and what it came to is told."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.domain.refusals import Refusal
from app.services.database_upgrade import newest_revision
from appliance import update_check, updates
from appliance.backup import database
from appliance.backup.making import DATABASE
from appliance.identity import make_identity
from appliance.places import Places
from bench.school import furnish
from tests.conftest import FakeClock
from tests.ports import free_port

MakeBundle = Callable[..., Path]


def tell(_text: str, _done: int = 0, _of: int = 0) -> None:
    pass


@pytest.fixture
def booted(tmp_path: Path) -> Places:
    """A box that runs version 1.2.0 from slot A and trusts one signer."""
    places = Places(tmp_path / "box")
    make_identity(places, set_up=True)
    furnish(places.sekolah, free_port(), waiting=2)
    for path, text in (
        ("proc/cmdline", "root=PARTLABEL=guyub-a rauc.slot=A ro quiet\n"),
        ("opt/guyub/version", "1.2.0\n"),
        ("etc/rauc/system.conf", "[system]\ncompatible=guyub-sekolah\nbootloader=noop\n[keyring]\npath=keyring.pem\n"),
    ):
        file = places.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="ascii")
    key, certificate = signer(tmp_path, "official")
    (places.root / "etc/rauc/keyring.pem").write_bytes(certificate.read_bytes())
    assert key.is_file()
    sit(places, "closed")
    return places


def signer(folder: Path, name: str) -> tuple[Path, Path]:
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    if not key.exists():
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-addext", "keyUsage=critical,digitalSignature",
             "-addext", "extendedKeyUsage=emailProtection,codeSigning",
             "-days", "30", "-subj", f"/O=Guyub/CN={name}", "-keyout", key, "-out", certificate],
            check=True, capture_output=True,
        )  # fmt: skip
    return key, certificate


@pytest.fixture
def bundle(tmp_path: Path) -> MakeBundle:
    """Makes a real signed bundle."""

    def make(version: str = "1.3.0", compatible: str = "guyub-sekolah", by: str = "official") -> Path:
        key, certificate = signer(tmp_path, by)
        content, target = tmp_path / f"content-{version}-{by}", tmp_path / f"guyub-{version}-{by}.raucb"
        content.mkdir()
        (content / "root.ext4").write_bytes(os.urandom(65536))
        (content / "manifest.raucm").write_text(
            f"[update]\ncompatible={compatible}\nversion={version}\n[bundle]\nformat=verity\n"
            "[image.rootfs]\nfilename=root.ext4\n",
            encoding="ascii",
        )
        subprocess.run(
            ["rauc", "bundle", f"--cert={certificate}", f"--key={key}", f"--keyring={certificate}", content, target],
            check=True, capture_output=True,
        )  # fmt: skip
        return target

    return make


def sit(places: Places, state: str, starts_at: str = "2026-11-25 00:30:00.000000") -> None:
    with closing(sqlite3.connect(places.sekolah / DATABASE)) as connection:
        connection.execute("UPDATE held_sitting SET state = ?, starts_at = ?", (state, starts_at))
        connection.commit()


def refusal(do: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refused:
        do()
    assert refused.value.remedy
    return refused.value.code


def test_a_newer_bundle_of_the_trusted_signer_is_taken(booted: Places, bundle: MakeBundle):
    assert updates.judged(booted, bundle("1.10.0")) == "1.10.0"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"by": "somebody"}, "B-404"),
        ({"compatible": "another-box"}, "B-405"),
        ({"version": "1.2.0"}, "B-406"),
        ({"version": "1.1.9"}, "B-406"),
    ],
)
def test_another_signer_another_machine_and_an_older_version_are_refused(
    booted: Places, bundle: MakeBundle, given: dict[str, str], code: str
):
    made = bundle(**given)
    assert refusal(lambda: updates.judged(booted, made)) == code


def test_an_unsigned_a_cut_and_a_changed_bundle_are_refused(booted: Places, bundle: MakeBundle, tmp_path: Path):
    whole = bundle().read_bytes()
    changed = bytearray(whole)
    changed[-400] ^= 1
    for name, content in (("unsigned", b"hsqs" + bytes(5000)), ("cut", whole[:-500]), ("changed", bytes(changed))):
        path = tmp_path / name
        path.write_bytes(content)
        assert refusal(lambda path=path: updates.judged(booted, path)) == "B-404"


@pytest.mark.parametrize(
    ("state", "starts_at", "allowed"),
    [
        ("active", "2026-11-20 00:30:00.000000", False),
        ("open", "2026-11-23 06:00:00.000000", False),
        ("open", "2026-11-22 23:30:00.000000", False),  # this morning, and not closed
        ("locked", "2026-11-24 00:15:00.000000", False),  # within a day
        ("locked", "2026-11-25 00:30:00.000000", True),
        ("open", "2026-11-12 00:30:00.000000", True),  # never held
        ("closed", "2026-11-22 23:30:00.000000", True),
        ("uploaded", "2026-11-23 00:00:00.000000", True),
    ],
)
def test_nothing_is_installed_near_an_exam(booted: Places, clock: FakeClock, state: str, starts_at: str, allowed: bool):
    sit(booted, state, starts_at)
    if allowed:
        updates.require_no_exam(booted, clock.now())
    else:
        assert refusal(lambda: updates.require_no_exam(booted, clock.now())) == "B-402"


def test_what_was_uploaded_is_taken_once_and_no_link_is_followed(booted: Places, bundle: MakeBundle, tmp_path: Path):
    incoming = booted.sekolah / "incoming"
    incoming.mkdir()
    (incoming / "update.raucb").write_bytes(bundle().read_bytes())
    taken = updates.fetch(booted, "", tell)
    assert updates.judged(booted, taken) == "1.3.0"
    assert list(incoming.iterdir()) == []
    secret = tmp_path / "secret"
    secret.write_text("not to be read", encoding="ascii")
    (incoming / "update.raucb").symlink_to(secret)
    assert refusal(lambda: updates.fetch(booted, "", tell)) == "B-403"
    (incoming / "update.raucb").unlink()
    os.mkfifo(incoming / "update.raucb")
    assert refusal(lambda: updates.fetch(booted, "", tell)) == "B-403"
    (incoming / "update.raucb").unlink()
    incoming.rmdir()
    incoming.symlink_to(tmp_path)
    assert refusal(lambda: updates.fetch(booted, "", tell)) == "B-403"


def test_an_installation_that_fails_leaves_a_copy_of_the_data_and_no_trial(
    booted: Places, bundle: MakeBundle, clock: FakeClock
):
    incoming = booted.sekolah / "incoming"
    incoming.mkdir()
    (incoming / "update.raucb").write_bytes(bundle().read_bytes())
    code = refusal(lambda: updates.install_update(booted, clock, tell))  # there is no RAUC service here
    assert code == "B-407"
    copies = list((booted.sekolah / "backups").glob("*-before-update.sqlite"))
    assert len(copies) == 1
    assert database.ask("facts", copies[0])["rows"] == database.ask("facts", booted.sekolah / DATABASE)["rows"]
    assert not (booted.box / updates.PENDING).exists()
    assert not (booted.box.parent / updates.FOLDER).exists()


def test_a_machine_without_slots_is_refused(booted: Places, clock: FakeClock):
    (booted.root / "proc/cmdline").write_text("root=/dev/sda1\n", encoding="ascii")
    assert refusal(lambda: updates.install_update(booted, clock, tell)) == "B-401"


def pending(places: Places, slot: str) -> None:
    copies = [str(path) for path in places.sekolah.glob("backups/*")]
    told = {"version": "1.3.0", "from": "1.2.0", "slot": slot, "copies": copies}
    (places.box / updates.PENDING).write_text(json.dumps(told), encoding="ascii")


def outcome(places: Places) -> tuple[str, str]:
    told = json.loads((places.box / update_check.OUTCOME).read_text(encoding="ascii"))
    return told["version"], told["outcome"]


def noted(places: Places) -> list[dict[str, str]]:
    with closing(sqlite3.connect(places.sekolah / DATABASE)) as connection:
        rows = connection.execute("SELECT detail FROM audit_entry WHERE event = 'box_updated'").fetchall()
    return [json.loads(row[0]) for row in rows]


def test_a_system_under_trial_that_serves_is_kept_and_told(booted: Places, clock: FakeClock):
    pending(booted, "A")
    assert update_check.settle(booted, clock) == ""
    reboots: list[str] = []
    assert update_check.check(booted, clock, is_ready=lambda: True, reboot=lambda: reboots.append("now")) == "good"
    assert outcome(booted) == ("1.3.0", "kept")
    assert noted(booted)[0]["outcome"] == "kept"
    assert not reboots
    assert not (booted.box / updates.PENDING).exists()


def test_a_system_under_trial_that_does_not_serve_makes_way_and_any_other_never_restarts(
    booted: Places, clock: FakeClock
):
    reboots: list[str] = []

    def checked() -> str:
        return update_check.check(booted, clock, is_ready=lambda: False, reboot=lambda: reboots.append("now"))

    assert checked() == "not ready"
    assert reboots == []
    pending(booted, "A")
    assert checked() == "rebooting"
    assert reboots == ["now"]
    assert (booted.box / updates.PENDING).exists()  # the older system tells what became of it


def test_the_older_system_gets_back_tables_that_it_can_open(booted: Places, clock: FakeClock):
    path, backups = booted.sekolah / DATABASE, booted.sekolah / "backups"
    backups.mkdir(exist_ok=True)
    pending(booted, "B")
    before = database.ask("copy", path, backups / f"guyub-20261123T003000Z-{newest_revision()}.sqlite")
    with closing(sqlite3.connect(path)) as connection:  # what the newer system did to it
        connection.execute("ALTER TABLE staff ADD COLUMN new_and_needed TEXT NOT NULL DEFAULT ''")
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    assert update_check.settle(booted, clock) == "rolled_back"
    now = database.ask("facts", path)
    assert now["revision"] == newest_revision()
    assert {**now["rows"], "audit_entry": 0, "state_entry": 0} == {**before["rows"], "audit_entry": 0, "state_entry": 0}
    assert outcome(booted) == ("1.3.0", "rolled_back")
    assert noted(booted)[0]["outcome"] == "rolled_back"
    aside = next(backups.glob("*-set-aside.sqlite"))
    assert database.ask("revision", aside)["revision"] == "9999"
    assert update_check.settle(booted, clock) == ""


def test_an_old_copy_of_another_day_is_never_put_back(booted: Places, clock: FakeClock):
    path, backups = booted.sekolah / DATABASE, booted.sekolah / "backups"
    backups.mkdir(exist_ok=True)
    old = backups / f"guyub-20260101T000000Z-{newest_revision()}.sqlite"
    database.ask("copy", path, old)
    pending(booted, "B")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    update_check.settle(booted, clock)
    assert database.ask("revision", path)["revision"] == "9999"


def test_versions_are_compared_by_their_numbers():
    assert updates.numbers("1.10.0") > updates.numbers("1.9.9")
    assert updates.numbers("guyub-sekolah-0.2.0.raucb") > updates.numbers("guyub-sekolah-0.1.12.raucb")


def test_whoever_judges_the_parts_does_not_wait_for_them():
    """systemd holds back what is ordered after a service that falls and is started again, for as long as it falls."""
    unit = Path(update_check.__file__).parent / "units/systemd/system/guyub-update-check.service"
    lines = unit.read_text(encoding="ascii").splitlines()
    after = {name for line in lines if line.startswith("After=") for name in line.partition("=")[2].split()}
    assert after == {"guyub-box.service"}
