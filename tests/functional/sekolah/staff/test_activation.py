"""Anto activates the server: by network, by file, and everything that can go wrong says what to do."""

from __future__ import annotations

import io
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from app.domain.codes import format_code, new_code
from app.models import AuditEntry, Identity, db
from tests.conftest import FakeClock, csrf_token
from tests.functional.sekolah.staff.centre_double import CentreDouble
from tests.functional.sekolah.staff.conftest import SERVER, send


def test_the_schools_name_is_shown_and_nothing_works_before_it_is_confirmed(
    anto: FlaskClient, centre: CentreDouble
) -> None:
    answer = send(anto, "/sekolah/aktivasi", server_id=SERVER.lower(), code=centre.issue_code(SERVER), way="network")
    assert "Apakah ini sekolah Anda?" in answer.text
    assert "SMA Negeri 1 Contoh" in answer.text
    refused = send(anto, "/sekolah/unduhan")
    assert refused.status_code == 409
    assert "Server ini belum diaktifkan." in refused.text
    assert "aktif untuk SMA Negeri 1 Contoh" in send(anto, "/sekolah/aktivasi/pastikan").text


def test_another_schools_name_is_rejected_and_forgotten(anto: FlaskClient, centre: CentreDouble) -> None:
    send(anto, "/sekolah/aktivasi", server_id=SERVER, code=centre.issue_code(SERVER), way="network")
    assert "Jawaban itu dibuang" in send(anto, "/sekolah/aktivasi/bukan").text
    assert db.session.query(Identity).count() == 0


def test_a_mistyped_code_names_its_group(anto: FlaskClient, centre: CentreDouble) -> None:
    code = centre.issue_code(SERVER)
    wrong = code[:7] + ("A" if code[7] != "A" else "B") + code[8:]
    answer = send(anto, "/sekolah/aktivasi", server_id=SERVER, code=wrong, way="network")
    assert "kelompok ke-2" in answer.text


def test_a_code_of_another_server_and_an_unknown_id_are_told_apart(anto: FlaskClient, centre: CentreDouble) -> None:
    centre.issue_code(SERVER)
    foreign = send(anto, "/sekolah/aktivasi", server_id=SERVER, code=format_code(new_code()), way="network")
    assert "Kode aktivasi tidak cocok" in foreign.text
    unknown = send(anto, "/sekolah/aktivasi", server_id="P99999999-09", code=format_code(new_code()), way="network")
    assert "Pusat tidak mengenal ID Server ini." in unknown.text
    assert "S-207" in unknown.text


def test_without_internet_the_remedy_is_in_the_answer(anto: FlaskClient, centre: CentreDouble) -> None:
    code = centre.issue_code(SERVER)
    centre.stop()
    answer = send(anto, "/sekolah/aktivasi", server_id=SERVER, code=code, way="network")
    assert "Pusat tidak dapat dihubungi" in answer.text
    assert "Periksa sambungan internet" in answer.text


def test_a_clock_that_lags_stops_the_activation(anto: FlaskClient, centre: CentreDouble, clock: FakeClock) -> None:
    centre.now = clock.now() + timedelta(hours=3)
    answer = send(anto, "/sekolah/aktivasi", server_id=SERVER, code=centre.issue_code(SERVER), way="network")
    assert "tertinggal 180 menit" in answer.text
    assert "Setel jam" in answer.text


def test_the_same_by_file(anto: FlaskClient, centre: CentreDouble) -> None:
    send(anto, "/sekolah/aktivasi", server_id=SERVER, code=centre.issue_code(SERVER), way="file")
    request = anto.get("/sekolah/aktivasi/permintaan")
    assert request.headers["Content-Disposition"].endswith(f"{SERVER}.request")
    answer = centre.answer_activation(request.data)
    shown = send(anto, "/sekolah/aktivasi/jawaban", answer=(io.BytesIO(answer), f"{SERVER}.response"))
    assert "Apakah ini sekolah Anda?" in shown.text


def test_an_answer_to_another_request_is_refused(anto: FlaskClient, centre: CentreDouble) -> None:
    code = centre.issue_code(SERVER)
    send(anto, "/sekolah/aktivasi", server_id=SERVER, code=code, way="file")
    old = centre.answer_activation(anto.get("/sekolah/aktivasi/permintaan").data)
    send(anto, "/sekolah/aktivasi", server_id=SERVER, code=code, way="file")
    refused = send(anto, "/sekolah/aktivasi/jawaban", answer=(io.BytesIO(old), "x.response"))
    assert "permintaan yang lain" in refused.text


def test_activation_is_logged_with_who_did_it_and_never_the_code(active: FlaskClient, sekolah_app: Flask) -> None:
    entries = [entry for entry in db.session.query(AuditEntry) if entry.event == "server_activated"]
    assert [(entry.actor, entry.detail) for entry in entries] == [
        ("anto", {"confirmed": False}),
        ("anto", {"confirmed": True}),
    ]
    assert not (sekolah_app.extensions["guyub"].settings.keys_dir / "activation.pending").exists()


def test_an_active_server_is_not_activated_again(active: FlaskClient, centre: CentreDouble) -> None:
    page = active.get("/sekolah/aktivasi").text
    assert "sudah aktif" in page
    token = csrf_token(active.get("/sekolah/unduhan").text)
    form = {"csrf_token": token, "server_id": "P1-2", "code": "x", "way": "network"}
    assert "sudah diaktifkan" in active.post("/sekolah/aktivasi", data=form).text
