"""One exam day as the staff of a school live it, by network."""

from __future__ import annotations

import gzip

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.attempt_states import AttemptState, ClosedBy
from app.models import Attempt, Bundle, HeldSitting, HeldState, db
from tests.conftest import FakeClock
from tests.functional.sekolah.staff.centre_double import MARKER, CentreDouble
from tests.functional.sekolah.staff.conftest import SERVER, SITTING, finish_jobs, send


def sit(clock: FakeClock, number: str, state: AttemptState = AttemptState.WORKING) -> Attempt:
    """What the exam process writes when a student works."""
    attempt = db.session.scalars(select(Attempt).where(Attempt.number == number)).one()
    now_ms = int(clock.now().timestamp() * 1000)
    attempt.state, attempt.epoch, attempt.seat_held = state, 1, True
    attempt.logged_in_ms = attempt.started_ms = attempt.last_seen_ms = now_ms
    attempt.deadline_ms, attempt.answered, attempt.doubtful = now_ms + 5_400_000, 2, 1
    db.session.commit()
    return attempt


def test_from_activation_to_receipt(
    synced: FlaskClient, ratna: FlaskClient, centre: CentreDouble, sekolah_app: Flask, clock: FakeClock
) -> None:
    page = ratna.get("/sekolah/unduhan").text
    assert "Matematika" in page
    assert "Gagal" not in page
    held = db.session.scalars(select(HeldSitting)).one()
    assert held.state is HeldState.LOCKED
    assert db.session.query(Attempt).count() == 3
    db.session.rollback()

    centre.release(SERVER, SITTING)
    assert "paket dibuka" in send(ratna, "/sekolah/rilis/periksa").text
    cards = send(ratna, f"/sekolah/tes/{SITTING}/kartu" if False else f"/sekolah/peserta/{SITTING}/kartu").text
    for number, password in centre.published[SERVER, SITTING].passwords.items():
        assert number in cards
        assert password in cards

    assert "Berganti" in send(ratna, f"/sekolah/tes/{SITTING}/aktifkan").text
    sit(clock, "U001")
    board = ratna.get("/sekolah/status").text
    assert "Mengerjakan 2 dari 3" in board
    assert "Belum masuk" in board

    asked = ratna.get(f"/sekolah/tes/{SITTING}/tutup").text
    assert "Siti Aminah" in asked
    assert "Budi Santoso" not in asked
    assert "1 peserta ditutup" in send(ratna, f"/sekolah/tes/{SITTING}/tutup").text
    siti = db.session.scalars(select(Attempt).where(Attempt.number == "U001")).one()
    assert (siti.state, siti.closed_by) == (AttemptState.FINISHED, ClosedBy.PROCTOR)
    db.session.rollback()

    send(ratna, f"/sekolah/unggah/{SITTING}")
    finish_jobs(sekolah_app)
    assert "Tanda terima disimpan" in ratna.get("/sekolah/unggah").text
    bundle = db.session.scalars(select(Bundle)).one()
    assert bundle.receipt == centre.receipts[bundle.sha256]
    assert db.session.scalars(select(HeldSitting)).one().state is HeldState.UPLOADED
    assert [attempt.number for attempt in centre.results[0].attempts] == ["U001", "U002", "U003"]


def test_no_question_is_readable_before_release_and_the_paper_is_there_after(
    synced: FlaskClient, ratna: FlaskClient, centre: CentreDouble, sekolah_app: Flask
) -> None:
    data_dir = sekolah_app.extensions["guyub"].settings.data_dir

    def readable() -> list[str]:
        found = []
        for file in data_dir.rglob("*"):
            if file.is_file():
                data = file.read_bytes()
                data = gzip.decompress(data) if file.suffix == ".gz" else data
                if MARKER.encode() in data:
                    found.append(file.name)
        return found

    assert readable() == []
    kept = centre.published[SERVER, SITTING]
    centre.release(SERVER, SITTING)
    send(ratna, "/sekolah/rilis/periksa")
    assert readable() == [f"{kept.paper_sha256}.json.gz"]
    assert ratna.get(f"/papers/{kept.paper_sha256}.json").json["title"] == "Matematika"
    for file in data_dir.rglob("*"):
        if file.is_file():
            assert not any(password.encode() in file.read_bytes() for password in kept.passwords.values())
