"""Sync as Anto sees it: complete or not at all, resumed after a break, and never over answers."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain import exchange_paths
from app.models import Attempt, Download, DownloadState, HeldSitting, HeldState, db
from app.sekolah import jobs
from app.sekolah.rounds import Rounds
from app.sekolah.services import downloads
from app.sekolah.services.workplace import Workplace
from app.services.turns import only_one
from app.sync import exchange
from tests.conftest import FakeClock
from tests.functional.sekolah.staff.centre_double import CentreDouble
from tests.functional.sekolah.staff.conftest import SERVER, SITTING, finish_jobs, send
from tests.functional.sekolah.staff.test_day_at_the_desk import sit


def sync(client: FlaskClient, app: Flask) -> str:
    send(client, "/sekolah/unduhan")
    finish_jobs(app)
    return client.get("/sekolah/unduhan").text


def rows(sitting: str = SITTING) -> dict[str, DownloadState]:
    found = db.session.scalars(select(Download).where(Download.sitting_id == sitting))
    states = {row.kind: row.state for row in found}
    db.session.rollback()
    return states


def test_each_kind_of_data_has_its_row(synced: FlaskClient) -> None:
    page = synced.get("/sekolah/unduhan").text
    for words in ("Daftar paket", "Jadwal", "Peserta", "Paket soal", "Rilis"):
        assert words in page
    assert rows() == {
        "manifest": DownloadState.DONE,
        "roster": DownloadState.DONE,
        "payload": DownloadState.DONE,
        "release": DownloadState.WAITING,
    }


def test_seeds_differ_and_seats_are_those_of_the_roster(synced: FlaskClient) -> None:
    people = list(db.session.scalars(select(Attempt).order_by(Attempt.seat)))
    assert [(one.number, one.seat) for one in people] == [("U001", 1), ("U002", 2), ("U003", 3)]
    assert len({one.seed for one in people}) == 3
    db.session.rollback()


def test_a_broken_line_loses_nothing_and_the_next_sync_goes_on(
    active: FlaskClient, centre: CentreDouble, sekolah_app: Flask, place: Workplace
) -> None:
    kept = centre.publish(SERVER, SITTING, media=640_000)
    centre.broken_after = 300_000
    page = sync(active, sekolah_app)
    assert "Gagal" in page
    assert db.session.query(HeldSitting).count() == 0
    db.session.rollback()
    part = exchange.locate(place.exchange_dir, exchange_paths.payload(kept.entry.payload.sha256))
    assert part.with_name(part.name + exchange.PART).stat().st_size == 300_000
    assert "Gagal" not in sync(active, sekolah_app)
    assert db.session.query(Attempt).count() == 3
    db.session.rollback()


def test_one_damaged_package_does_not_hold_up_the_other(
    active: FlaskClient, centre: CentreDouble, sekolah_app: Flask
) -> None:
    damaged = centre.publish(SERVER, "sit-rusak")
    centre.publish(SERVER, SITTING)
    file = exchange.locate(centre.tree, exchange_paths.payload(damaged.entry.payload.sha256))
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(bytes(data))
    page = sync(active, sekolah_app)
    assert "rusak: isinya tidak sama" in page
    active.get("/bahasa/en")
    english = active.get("/sekolah/unduhan").text
    assert "is damaged" in english
    assert "rusak: isinya" not in english
    assert [held.id for held in db.session.scalars(select(HeldSitting))] == [SITTING]
    db.session.rollback()


def test_an_older_list_is_refused(synced: FlaskClient, centre: CentreDouble, sekolah_app: Flask) -> None:
    path = exchange_paths.index(SERVER)
    old = exchange.locate(centre.tree, path).read_bytes()
    centre.publish(SERVER, "sit-2")
    sync(synced, sekolah_app)
    exchange.write(centre.tree, path, old)
    assert "lebih lama daripada yang sudah pernah diterima" in sync(synced, sekolah_app)


def test_a_newer_version_replaces_a_sitting_that_nobody_has_begun(
    opened: FlaskClient, anto: FlaskClient, centre: CentreDouble, sekolah_app: Flask
) -> None:
    centre.publish(SERVER, SITTING, version=2, students=(("U001", "Siti Aminah", "P"),))
    sync(anto, sekolah_app)
    held = db.session.scalars(select(HeldSitting)).one()
    assert (held.version, held.state, held.release_secret) == (2, HeldState.LOCKED, None)
    assert db.session.query(Attempt).count() == 1
    db.session.rollback()


def test_answers_are_never_lost_to_a_newer_version(
    running: FlaskClient, anto: FlaskClient, centre: CentreDouble, sekolah_app: Flask, clock: FakeClock
) -> None:
    sit(clock, "U001")
    centre.publish(SERVER, SITTING, version=2)
    page = sync(anto, sekolah_app)
    assert "tesnya di sini sudah dimulai" in page
    assert "S-212" in page
    held = db.session.scalars(select(HeldSitting)).one()
    assert (held.version, held.state) == (1, HeldState.ACTIVE)
    assert db.session.scalars(select(Attempt).where(Attempt.number == "U001")).one().answered == 2
    db.session.rollback()


def test_a_second_sync_at_the_same_time_does_nothing(active: FlaskClient, place: Workplace) -> None:
    with only_one(place.run_dir, jobs.SYNC_TURN) as mine:
        assert mine
        assert jobs.sync_by_network(place, "timer") is None


def test_without_a_centre_the_page_says_offline_and_that_an_exam_can_go_on(
    synced: FlaskClient, centre: CentreDouble, sekolah_app: Flask
) -> None:
    centre.stop()
    page = sync(synced, sekolah_app)
    assert "OFFLINE" in page
    assert "Ujian tetap dapat berjalan" in page


def test_a_closed_centre_is_standby(synced: FlaskClient, centre: CentreDouble, sekolah_app: Flask) -> None:
    centre.closed = True
    page = sync(synced, sekolah_app)
    assert "STANDBY" in page
    assert "masih ditutup" in page


def test_an_unchanged_page_costs_a_304(synced: FlaskClient) -> None:
    first = synced.get("/sekolah/unduhan/langsung")
    again = synced.get("/sekolah/unduhan/langsung", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_sync_that_died_with_its_process_is_told_as_broken_off(active: FlaskClient, place: Workplace) -> None:
    downloads.Rows(place).put(SITTING, "payload", DownloadState.RUNNING, 10, 100)
    with only_one(place.run_dir, jobs.SYNC_TURN):
        Rounds(place, 60.0).go()
    assert rows() == {"payload": DownloadState.RUNNING}
    Rounds(place, 60.0).go()
    assert rows() == {"payload": DownloadState.FAILED}
    assert "Unduhan terputus" in active.get("/sekolah/unduhan").text
