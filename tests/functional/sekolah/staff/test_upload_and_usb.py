"""Results out and receipts in, by network and by stick: the same bytes, counted once."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain import exchange_paths
from app.models import Answer, Attempt, Bundle, HeldSitting, HeldState, JournalEntry, SavedOutcome, db
from app.sekolah import jobs
from app.sekolah.rounds import Rounds
from app.sekolah.services import stick, uploading
from app.sekolah.services.workplace import Workplace
from app.sync import exchange
from tests.conftest import FakeClock
from tests.functional.sekolah.staff.centre_double import CentreDouble
from tests.functional.sekolah.staff.conftest import SERVER, SITTING, finish_jobs, send
from tests.functional.sekolah.staff.test_day_at_the_desk import sit


def answer(number: str, question: str, value: str, sequence: int, clock: FakeClock) -> None:
    """An answer as the writer keeps it."""
    now_ms = int(clock.now().timestamp() * 1000)
    attempt = db.session.scalars(select(Attempt).where(Attempt.number == number)).one()
    common = {"attempt_id": attempt.id, "question_id": question, "epoch": 1, "sequence": sequence, "value": value}
    times = {"doubtful": False, "written_ms": now_ms, "received_ms": now_ms}
    db.session.merge(Answer(**common, **times))
    db.session.add(JournalEntry(**common, **times, outcome=SavedOutcome.KEPT))
    db.session.commit()


@pytest.fixture
def closed(running: FlaskClient, clock: FakeClock) -> FlaskClient:
    """Ratna after a sitting in which Siti answered."""
    sit(clock, "U001")
    answer("U001", "q1", '"a"', 1, clock)
    send(running, f"/sekolah/tes/{SITTING}/tutup")
    return running


def bundle() -> Bundle:
    db.session.rollback()
    return db.session.scalars(select(Bundle)).one()


def state() -> HeldState:
    db.session.rollback()
    return db.session.scalars(select(HeldSitting)).one().state


def test_a_sitting_that_is_not_closed_is_not_uploaded(running: FlaskClient) -> None:
    assert "belum ditutup" in send(running, f"/sekolah/unggah/{SITTING}").text


def test_the_centre_reads_what_was_answered(closed: FlaskClient, sekolah_app: Flask, centre: CentreDouble) -> None:
    send(closed, f"/sekolah/unggah/{SITTING}")
    finish_jobs(sekolah_app)
    siti = centre.results[0].attempts[0]
    assert [(one.question, one.value) for one in siti.answers] == [("q1", "a")]
    assert (siti.state, siti.closed_by) == ("finished", "proctor")
    assert centre.results[0].audit.sequence > 0


def test_with_the_line_gone_nothing_is_lost_and_the_server_sends_again_by_itself(
    closed: FlaskClient, sekolah_app: Flask, centre: CentreDouble, place: Workplace
) -> None:
    port = centre.httpd.server_address[1] if centre.httpd else 0
    centre.stop()
    send(closed, f"/sekolah/unggah/{SITTING}")
    finish_jobs(sekolah_app)
    page = closed.get("/sekolah/unggah").text
    assert "tidak dapat dihubungi" in page
    assert "mencoba lagi sendiri" in page
    assert state() is HeldState.CLOSED
    made = bundle().sha256
    centre.start(port)
    Rounds(place, 60.0).go()
    assert bundle().sha256 == made
    assert state() is HeldState.UPLOADED


def test_results_whose_sending_was_cut_by_a_power_failure_are_sent_again_by_itself(
    closed: FlaskClient, centre: CentreDouble, place: Workplace
) -> None:
    """The power goes between the click and the first answer of the centre: no cause was ever written."""
    uploading.order(place, SITTING, "ratna")
    assert (bundle().cause, bundle().receipt, centre.results) == ("", None, [])
    Rounds(place, 60.0).go()
    assert state() is HeldState.UPLOADED
    assert bundle().receipt == centre.receipts[bundle().sha256]


def test_results_that_were_only_copied_for_a_stick_are_not_sent_by_the_server_itself(
    closed: FlaskClient, centre: CentreDouble, place: Workplace
) -> None:
    send(closed, f"/sekolah/unggah/{SITTING}/berkas")
    Rounds(place, 60.0).go()
    assert (state(), centre.results) == (HeldState.CLOSED, [])


def test_two_clicks_send_the_same_bundle_and_store_one_receipt(
    closed: FlaskClient, sekolah_app: Flask, centre: CentreDouble
) -> None:
    for _click in range(2):
        send(closed, f"/sekolah/unggah/{SITTING}")
        finish_jobs(sekolah_app)
    assert len(centre.results) == 1
    assert bundle().receipt == centre.receipts[bundle().sha256]


def test_a_late_answer_makes_a_new_bundle(
    closed: FlaskClient, sekolah_app: Flask, centre: CentreDouble, clock: FakeClock
) -> None:
    send(closed, f"/sekolah/unggah/{SITTING}")
    finish_jobs(sekolah_app)
    clock.advance(30)
    answer("U001", "q2", '"b"', 2, clock)
    assert "jawaban susulan" in closed.get("/sekolah/unggah").text
    send(closed, f"/sekolah/unggah/{SITTING}")
    finish_jobs(sekolah_app)
    assert [len(results.attempts[0].answers) for results in centre.results] == [1, 2]
    assert "jawaban susulan" not in closed.get("/sekolah/unggah").text


def test_by_archive_the_bytes_are_those_of_the_network(
    closed: FlaskClient, centre: CentreDouble, place: Workplace
) -> None:
    sent = send(closed, f"/sekolah/unggah/{SITTING}/berkas")
    with zipfile.ZipFile(io.BytesIO(sent.data)) as archive:
        (name,) = archive.namelist()
        carried = archive.read(name)
    made = bundle()
    assert name == f"guyub/{exchange_paths.upload(SERVER, made.sha256)}"
    assert carried == exchange.locate(place.exchange_dir, exchange_paths.upload(SERVER, made.sha256)).read_bytes()
    receipt = centre.receive(SERVER, carried)
    told = send(closed, "/sekolah/unggah/tanda-terima", file=(io.BytesIO(receipt), "x.receipt"))
    assert "Tanda terima untuk Matematika disimpan" in told.text
    assert state() is HeldState.UPLOADED
    assert closed.get(f"/sekolah/unggah/tanda-terima/{made.sha256}").data == receipt


def test_a_forged_receipt_is_refused(closed: FlaskClient, centre: CentreDouble, clock: FakeClock) -> None:
    sent = send(closed, f"/sekolah/unggah/{SITTING}/berkas")
    with zipfile.ZipFile(io.BytesIO(sent.data)) as archive:
        carried = archive.read(archive.namelist()[0])
    honest = centre.receive(SERVER, carried)
    forged = honest.replace(b'"attempts":3', b'"attempts":9')
    assert forged != honest
    told = send(closed, "/sekolah/unggah/tanda-terima", file=(io.BytesIO(forged), "x.receipt"))
    assert "Tanda tangan berkas tidak cocok" in told.text
    assert state() is HeldState.CLOSED


def archive_of(tree: Path) -> io.BytesIO:
    """The centre's tree as a .zip of a `guyub` folder."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for file in sorted(tree.rglob("*")):
            if file.is_file() and file.suffix != ".bundle":
                archive.write(file, f"guyub/{file.relative_to(tree)}")
    stream.seek(0)
    return stream


def test_a_whole_exam_without_any_line(
    active: FlaskClient, ratna: FlaskClient, centre: CentreDouble, clock: FakeClock
) -> None:
    centre.publish(SERVER, SITTING)
    centre.stop()
    page = send(active, "/sekolah/usb/masuk", archive=(archive_of(centre.tree), "guyub.zip")).text
    assert "1 paket baru" in page
    centre.release(SERVER, SITTING)
    send(active, "/sekolah/usb/masuk", archive=(archive_of(centre.tree), "guyub.zip"))
    assert state() is HeldState.OPEN
    send(ratna, f"/sekolah/tes/{SITTING}/aktifkan")
    sit(clock, "U001")
    send(ratna, f"/sekolah/tes/{SITTING}/tutup")
    sent = send(ratna, f"/sekolah/unggah/{SITTING}/berkas")
    with zipfile.ZipFile(io.BytesIO(sent.data)) as opened:
        centre.receive(SERVER, opened.read(opened.namelist()[0]))
    send(active, "/sekolah/usb/masuk", archive=(archive_of(centre.tree), "guyub.zip"))
    assert state() is HeldState.UPLOADED


def test_a_mounted_stick_works_both_ways(
    active: FlaskClient,
    ratna: FlaskClient,
    centre: CentreDouble,
    clock: FakeClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mounts = tmp_path / "media"
    usb = mounts / "anto" / "USB-1"
    centre.publish(SERVER, SITTING)
    centre.release(SERVER, SITTING)
    usb.mkdir(parents=True)
    centre.tree.rename(usb / "guyub")
    monkeypatch.setattr(stick, "MOUNTS", (mounts,))
    assert str(usb) in active.get("/sekolah/usb").text
    assert "1 paket baru" in send(active, "/sekolah/usb/masuk", folder=str(usb)).text
    send(ratna, f"/sekolah/tes/{SITTING}/aktifkan")
    send(ratna, f"/sekolah/tes/{SITTING}/tutup")
    assert "1 berkas hasil ditulis ke USB" in send(ratna, "/sekolah/usb/keluar", folder=str(usb)).text
    written = usb / "guyub" / exchange_paths.upload(SERVER, bundle().sha256)
    centre.tree = usb / "guyub"
    centre.receive(SERVER, written.read_bytes())
    send(active, "/sekolah/usb/masuk", folder=str(usb))
    assert state() is HeldState.UPLOADED


def test_no_folder_outside_the_mount_points_is_looked_into(active: FlaskClient, tmp_path: Path) -> None:
    (tmp_path / "guyub").mkdir()
    for folder in (str(tmp_path), "/", "/etc", "../../etc"):
        assert "bukan USB" in send(active, "/sekolah/usb/masuk", folder=folder).text


def test_a_foreign_servers_stick_changes_nothing(active: FlaskClient, centre: CentreDouble, clock: FakeClock) -> None:
    other = CentreDouble(centre.tree, clock.now(), codes=centre.codes, servers=dict(centre.servers))
    other.published = {}
    other.publish(SERVER, SITTING)
    page = send(active, "/sekolah/usb/masuk", archive=(archive_of(centre.tree), "guyub.zip")).text
    assert "kunci yang tidak dikenal" in page
    assert db.session.query(HeldSitting).count() == 0
    db.session.rollback()


def test_uploads_of_two_workers_do_not_meet(closed: FlaskClient, place: Workplace) -> None:
    from app.services.turns import only_one

    with only_one(place.run_dir, jobs.UPLOAD_TURN):
        assert jobs.upload_by_network(place, uploading.waiting(place), "timer") == 0
