"""The same day at the console: `guyub sekolah …` does what the buttons do, on the same data."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from app.cli import guyub
from app.domain import exchange_paths
from app.domain.refusals import Refusal
from app.models import AuditEntry, Bundle, HeldSitting, HeldState, db
from app.sekolah.services import day
from app.sekolah.services.workplace import Workplace
from app.sync import exchange
from tests.functional.sekolah.staff.centre_double import CentreDouble
from tests.functional.sekolah.staff.conftest import SERVER, SITTING

Command = Callable[..., Result]


@pytest.fixture
def command(sekolah_app: Flask, centre: CentreDouble, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command against this test's server, by the machine's own clock."""
    settings = sekolah_app.extensions["guyub"].settings
    centre.now = datetime.now(UTC).replace(microsecond=0)
    for name, value in {
        "GUYUB_ROLE": "sekolah",
        "GUYUB_DATA_DIR": str(settings.data_dir),
        "GUYUB_DATABASE_URL": settings.database_url,
        "GUYUB_CENTRE_URL": centre.address,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GUYUB_TEST_DATABASE", raising=False)

    def run(*words: str, **more: object) -> Result:
        db.session.rollback()
        answer = CliRunner().invoke(guyub, ["sekolah", *words], **more)  # type: ignore[arg-type]
        if answer.exception is not None and not isinstance(answer.exception, SystemExit):
            raise answer.exception
        return answer

    return run


def state() -> HeldState:
    db.session.rollback()
    return db.session.scalars(select(HeldSitting)).one().state


def test_a_whole_day_at_the_console(
    command: Command, centre: CentreDouble, place: Workplace, tmp_path: Path, sekolah_app: Flask
) -> None:
    answer = command("activate", SERVER, "--code", centre.issue_code(SERVER), input="y\n")
    assert "SMA Negeri 1 Contoh" in answer.output
    assert "Server aktif." in answer.output
    centre.publish(SERVER, SITTING)
    assert "1 paket baru" in command("sync").output
    assert "0 paket baru, 1 tidak berubah" in command("sync").output
    assert "Belum ada rilis." in command("release").output
    assert f"{SITTING} terbuka" in command("release", "--code", centre.spoken_code(SERVER, SITTING)).output
    assert state() is HeldState.OPEN

    clock = sekolah_app.extensions["guyub"].clock
    day.activate_sitting(db.session, clock, SITTING, "ratna", space=day.Space(10**12))
    day.close_sitting(db.session, clock, SITTING, "ratna", now_ms=int(time.time() * 1000))
    db.session.commit()

    usb = tmp_path / "usb"
    usb.mkdir()
    (path,) = command("stick", "out", str(usb)).output.split()
    assert path == exchange_paths.upload(SERVER, db.session.scalars(select(Bundle)).one().sha256)
    carried = exchange.locate(usb / "guyub", path).read_bytes()
    receipt = centre.receive(SERVER, carried)
    exchange.write(
        usb / "guyub", exchange_paths.index(SERVER), (centre.tree / exchange_paths.index(SERVER)).read_bytes()
    )
    for kind in (exchange_paths.manifest, exchange_paths.roster):
        exchange.write(usb / "guyub", kind(SERVER, SITTING), (centre.tree / kind(SERVER, SITTING)).read_bytes())
    exchange.write(usb / "guyub", exchange_paths.receipt(SERVER, Path(path).stem), receipt)
    command("stick", "in", str(usb))
    assert state() is HeldState.UPLOADED

    told = json.loads(command("status", "--json").output)
    assert told["server"]["state"] == "AKTIF"
    assert [sitting["state"] for sitting in told["sittings"]] == ["uploaded"]
    actors = {entry.actor for entry in db.session.scalars(select(AuditEntry)) if entry.event != "sitting_activated"}
    assert "command" in actors


def test_upload_by_command_says_how_many_receipts_came(
    command: Command, centre: CentreDouble, sekolah_app: Flask
) -> None:
    command("activate", SERVER, "--code", centre.issue_code(SERVER), "--yes")
    centre.publish(SERVER, SITTING)
    command("sync")
    centre.release(SERVER, SITTING)
    command("release")
    clock = sekolah_app.extensions["guyub"].clock
    day.activate_sitting(db.session, clock, SITTING, "ratna", space=day.Space(10**12))
    day.close_sitting(db.session, clock, SITTING, "ratna", now_ms=int(time.time() * 1000))
    db.session.commit()
    assert "1 tanda terima" in command("upload").output
    assert "0 tanda terima" in command("upload").output


def test_a_refusal_names_its_remedy(command: Command) -> None:
    with pytest.raises(Refusal) as caught:
        command("sync")
    assert caught.value.code == "S-200"
    assert caught.value.remedy


def test_no_leaves_the_server_inactive(command: Command, centre: CentreDouble) -> None:
    answer = command("activate", SERVER, "--code", centre.issue_code(SERVER), input="n\n")
    assert "dibatalkan" in answer.output
    assert json.loads(command("status", "--json").output)["server"]["state"] == "BELUM AKTIF"
