"""Ratna and her room: the board, resets, finishing for a student, time given back, the group."""

from __future__ import annotations

import json
from datetime import UTC

from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.attempt_states import AttemptState, ClosedBy
from app.models import Attempt, AuditEntry, Credit, Outage, RequestState, ResetRequest, db
from tests.conftest import FakeClock
from tests.functional.sekolah.staff.conftest import SITTING, send
from tests.functional.sekolah.staff.test_day_at_the_desk import sit

LIVE = f"/sekolah/status/{SITTING}/langsung"


def watch(client: FlaskClient, tag: str = "") -> tuple[int, str, str]:
    answer = client.get(LIVE, headers={"If-None-Match": tag} if tag else {})
    return answer.status_code, answer.headers["ETag"], answer.text


def attempt(number: str) -> Attempt:
    db.session.rollback()
    return db.session.scalars(select(Attempt).where(Attempt.number == number)).one()


def test_a_board_on_which_nothing_changed_costs_a_304(running: FlaskClient) -> None:
    status, tag, _page = watch(running)
    assert status == 200
    assert watch(running, tag)[:2] == (304, tag)


def test_only_the_rows_that_changed_are_sent(running: FlaskClient, clock: FakeClock) -> None:
    siti = sit(clock, "U001")
    _status, tag, _page = watch(running)
    found = attempt("U002")
    found.logged_in_ms = int(clock.now().timestamp() * 1000)
    budi = found.id
    db.session.commit()
    clock.advance(1)
    status, newer, page = watch(running, tag)
    assert status == 200
    assert newer != tag
    assert [row[0] for row in json.loads(page)["rows"]] == [budi]
    assert siti.id != budi
    assert watch(running, newer)[0] == 304


def test_a_watcher_of_another_time_gets_the_whole_board(running: FlaskClient) -> None:
    for tag in ('"0.0"', '"nonsense"', ""):
        _status, _tag, page = watch(running, tag)
        assert len(json.loads(page)["rows"]) == 3


def test_the_page_itself_carries_the_tag_from_which_changes_are_told(running: FlaskClient, clock: FakeClock) -> None:
    page = running.get("/sekolah/status").text
    tag = page.split('data-tag="', 1)[1].split('"', 1)[0]
    clock.advance(1)
    sit(clock, "U001")
    clock.advance(1)
    told = json.loads(watch(running, f'"{tag}"')[2])
    assert "U001" in page
    assert [row[1] for row in told["rows"] if row[1] != "absent"] == ["working"]
    assert "Perlu Anda sekarang" in told["top"]


def test_a_change_of_the_token_alone_is_told_without_rows(running: FlaskClient, clock: FakeClock) -> None:
    tag = watch(running)[1]
    clock.advance(15 * 60)
    told = json.loads(watch(running, tag)[2])
    assert told["rows"] == []
    assert "Token" in told["top"]


def test_a_heartbeat_alone_changes_nothing_within_the_minute(running: FlaskClient, clock: FakeClock) -> None:
    sit(clock, "U001")
    tag = watch(running)[1]
    clock.advance(5)
    attempt("U001").last_seen_ms = int(clock.now().timestamp() * 1000)
    db.session.commit()
    assert watch(running, tag)[0] == 304


def test_silence_is_told_by_name_after_a_minute_and_absence_as_a_number(running: FlaskClient, clock: FakeClock) -> None:
    sit(clock, "U002")
    clock.advance(181)
    page = running.get("/sekolah/status").text
    assert "Diam sejak 3 menit, 2 dari 3" in page
    needy = page.split("Perlu Anda sekarang", 1)[1].split("</ul>", 1)[0]
    assert "Budi Santoso" in needy
    assert "Siti Aminah" not in needy
    assert "2 peserta belum masuk" in page
    assert f"sesi={SITTING}&amp;keadaan=absent#semua" in page


def test_a_name_that_looks_like_a_formula_is_shown_as_text(running: FlaskClient) -> None:
    assert "=cmd()" in running.get("/sekolah/status").text


def test_a_request_is_approved_by_one_click(running: FlaskClient, clock: FakeClock) -> None:
    siti = sit(clock, "U001")
    db.session.add(ResetRequest(attempt_id=siti.id, address="10.0.0.9", asked_at=clock.now().astimezone(UTC)))
    db.session.commit()
    assert "Minta reset" in running.get("/sekolah/status").text
    assert "10.0.0.9" in running.get("/sekolah/reset").text
    answer = send(running, f"/sekolah/peserta/{siti.id}/reset", "/sekolah/reset", **{"from": "resets"})
    assert "Siti Aminah direset" in answer.text
    assert attempt("U001").seat_held is False
    assert db.session.scalars(select(ResetRequest)).one().state is RequestState.APPROVED
    db.session.rollback()
    line = db.session.scalars(select(AuditEntry).where(AuditEntry.event == "seat_reset")).one()
    assert (line.actor, line.subject) == ("ratna", "U001")
    db.session.rollback()


def test_a_request_can_be_refused(running: FlaskClient, clock: FakeClock) -> None:
    siti = sit(clock, "U001")
    db.session.add(ResetRequest(attempt_id=siti.id, asked_at=clock.now()))
    db.session.commit()
    assert "tetap di komputernya" in send(running, f"/sekolah/peserta/{siti.id}/tolak", "/sekolah/reset").text
    assert attempt("U001").seat_held is True


def test_finishing_for_a_student_names_the_student_first(running: FlaskClient, clock: FakeClock) -> None:
    siti = sit(clock, "U001")
    url = f"/sekolah/peserta/{siti.id}/selesaikan"
    asked = running.get(url).text
    assert "Selesaikan tes Siti Aminah?" in asked
    assert "tidak dapat dibatalkan" in asked
    assert attempt("U001").state is AttemptState.WORKING
    send(running, url, url)
    assert (attempt("U001").state, attempt("U001").closed_by) == (AttemptState.FINISHED, ClosedBy.PROCTOR)


def test_a_measured_outage_is_given_back_by_one_click_and_only_once(running: FlaskClient, clock: FakeClock) -> None:
    siti = sit(clock, "U001")
    began_ms, before_ms = siti.started_ms or 0, siti.deadline_ms or 0
    outage = Outage(started_ms=began_ms + 60_000, ended_ms=began_ms + 184_000, cause="restart")
    db.session.add(outage)
    db.session.commit()
    number = outage.id
    db.session.rollback()
    page = running.get("/sekolah/waktu").text
    assert "2 menit 4 detik" in page
    url = f"/sekolah/waktu/{SITTING}/gangguan/{number}"
    assert "1 peserta" in send(running, url, "/sekolah/waktu").text
    assert attempt("U001").deadline_ms == before_ms + 124_000
    assert "sudah diganti waktunya" in send(running, url, "/sekolah/waktu").text
    assert attempt("U001").deadline_ms == before_ms + 124_000


def test_time_for_one_student_needs_a_reason(running: FlaskClient, clock: FakeClock) -> None:
    siti, budi = sit(clock, "U001").id, sit(clock, "U002").id
    url = f"/sekolah/waktu/{SITTING}"
    refused = send(running, url, "/sekolah/waktu", attempt=siti, minutes="10", reason=" ")
    assert "Alasan belum ditulis" in refused.text
    assert "angka saja" in send(running, url, "/sekolah/waktu", attempt=siti, minutes="sepuluh", reason="x" * 9).text
    send(running, url, "/sekolah/waktu", attempt=siti, minutes="10", reason="Komputer mati dan diganti")
    credit = db.session.scalars(select(Credit)).one()
    assert (credit.attempt_id, credit.amount_ms, credit.given_by) == (siti, 600_000, "ratna")
    db.session.rollback()
    assert db.session.get_one(Attempt, budi).credit_ms == 0
    db.session.rollback()
    assert "Komputer mati dan diganti" in running.get("/sekolah/waktu").text


def test_the_group_decides_who_sits(opened: FlaskClient, clock: FakeClock) -> None:
    url = f"/sekolah/kelompok/{SITTING}/semua"
    assert "3 peserta dikeluarkan" in send(opened, url, "/sekolah/kelompok", deed="unassign").text
    refused = send(opened, f"/sekolah/tes/{SITTING}/aktifkan")
    assert "Belum ada peserta dalam kelompok" in refused.text
    assert "3 peserta dimasukkan" in send(opened, url, "/sekolah/kelompok", deed="assign").text
    budi = attempt("U002").id
    send(opened, f"/sekolah/kelompok/peserta/{budi}", "/sekolah/kelompok", deed="unassign")
    send(opened, f"/sekolah/tes/{SITTING}/aktifkan")
    assert "Budi Santoso" not in opened.get("/sekolah/status").text


def test_two_students_exchange_seats_and_reset_all_restores_the_centres_division(opened: FlaskClient) -> None:
    siti = attempt("U001").id
    page = send(opened, f"/sekolah/kelompok/peserta/{siti}", "/sekolah/kelompok", deed="seat", seat="2").text
    assert "Siti Aminah duduk di tempat 2. Budi Santoso pindah ke tempat 1." in page
    send(opened, f"/sekolah/kelompok/{SITTING}/semua", "/sekolah/kelompok", deed="reset")
    assert (attempt("U001").seat, attempt("U002").seat) == (1, 2)


def test_nobody_who_has_come_in_is_taken_out(running: FlaskClient, clock: FakeClock) -> None:
    siti = sit(clock, "U001").id
    refused = send(running, f"/sekolah/kelompok/peserta/{siti}", "/sekolah/kelompok", deed="unassign")
    assert refused.status_code == 409
    send(running, f"/sekolah/kelompok/{SITTING}/semua", "/sekolah/kelompok", deed="unassign")
    assert attempt("U001").assigned is True
    assert attempt("U002").assigned is False


def test_a_technician_watches_and_helps_nobody(running: FlaskClient, anto: FlaskClient, clock: FakeClock) -> None:
    siti = sit(clock, "U001").id
    assert "Siti Aminah" in anto.get("/sekolah/status").text
    assert "Selesaikan" not in anto.get("/sekolah/status").text
    for url in (f"/sekolah/peserta/{siti}/reset", f"/sekolah/peserta/{siti}/selesaikan", f"/sekolah/waktu/{SITTING}"):
        assert send(anto, url).status_code == 403
