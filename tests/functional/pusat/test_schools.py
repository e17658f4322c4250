"""Dewi keeps schools, servers and rooms."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import codes
from app.models import AuditEntry, Room, School, Server
from app.pusat.services.secrets_box import SecretsBox, activation_place
from app.settings import PusatSettings
from tests.conftest import sign_in
from tests.functional.pusat.conftest import send

NEW = {
    "npsn": "60301001",
    "name": "SMA Cendrawasih",
    "city": "Jayapura",
    "province": "Papua",
    "time_zone": "Asia/Jayapura",
}


def test_a_school_appears_in_the_list_and_keeps_its_time_zone(dewi: FlaskClient) -> None:
    page = send(dewi, "/sekolah/baru", NEW)
    assert "SMA Cendrawasih" in page.text
    assert "WIT" in page.text
    assert "SMA Cendrawasih" in dewi.get("/sekolah/?q=jayapura").text
    assert "Tidak ada sekolah yang cocok" in dewi.get("/sekolah/?q=merauke").text


def test_a_wrong_npsn_comes_back_on_the_form_with_what_was_typed(dewi: FlaskClient, session: Session) -> None:
    answer = send(dewi, "/sekolah/baru", {**NEW, "npsn": "123"})
    assert answer.status_code == 400
    assert "NPSN harus 8 angka" in answer.text
    assert 'value="SMA Cendrawasih"' in answer.text
    assert session.scalars(select(School)).all() == []


def test_the_same_npsn_twice_is_refused(dewi: FlaskClient, school: str) -> None:
    answer = send(dewi, "/sekolah/baru", {**NEW, "npsn": school})
    assert answer.status_code == 409
    assert "sudah terdaftar" in answer.text


def test_a_new_server_gets_the_next_id_and_its_code_is_shown_once(
    dewi: FlaskClient, school: str, session: Session, settings_pusat: PusatSettings
) -> None:
    page = send(dewi, f"/sekolah/{school}/server", {"name": ""}, f"/sekolah/{school}")
    assert "P20104001-02" in page.text
    shown = re.search(r"data-code>([^<]+)<", page.text)
    assert shown
    assert "no-store" in page.headers["Cache-Control"]
    assert shown[1] not in dewi.get(f"/sekolah/{school}").text
    server = session.get_one(Server, "P20104001-02")
    box = SecretsBox.at(settings_pusat.keys_dir)
    assert server.activation_code is not None
    code = box.open(activation_place(server.id), server.activation_code)
    assert codes.parse_code(shown[1]) == code
    assert code not in server.activation_code


def test_a_new_code_needs_a_reason_ends_the_old_machine_and_is_logged(
    dewi: FlaskClient, school: str, session: Session, clock: object
) -> None:
    server = session.get_one(Server, "P20104001-01")
    server.activated_at, server.sign_public = clock.now(), b"k" * 32  # type: ignore[attr-defined]
    session.commit()
    refused = send(dewi, "/server/P20104001-01/kode", {"reason": " "})
    assert refused.status_code == 400
    page = send(dewi, "/server/P20104001-01/kode", {"reason": "server terbakar"})
    assert "hanya ditampilkan sekali" in page.text
    session.expire_all()
    assert (server.activated_at, server.sign_public) == (None, None)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.event == "activation_code_issued")).one()
    assert entry.detail == {"reason": "server terbakar", "was_active": True}
    assert entry.actor == "dewi"


def test_two_rooms_of_a_server_cannot_share_a_name(dewi: FlaskClient, school: str) -> None:
    answer = send(dewi, "/server/P20104001-01/ruang", {"name": "Lab 1", "seats": "30"}, f"/sekolah/{school}")
    assert answer.status_code == 409
    assert "sudah punya ruang bernama Lab 1" in answer.text


def test_a_room_without_a_number_of_seats_is_refused_in_words(dewi: FlaskClient, school: str) -> None:
    answer = send(dewi, "/server/P20104001-01/ruang", {"name": "Lab 2", "seats": "tiga"}, f"/sekolah/{school}")
    assert answer.status_code == 400
    assert "Isian “Jumlah tempat” harus bilangan bulat" in answer.text


def test_deleting_asks_first_and_a_school_with_servers_stays(dewi: FlaskClient, school: str, session: Session) -> None:
    room = session.scalars(select(Room)).one()
    assert "Hapus ruang Lab 1?" in dewi.get(f"/ruang/{room.id}/hapus").text
    assert send(dewi, f"/sekolah/{school}/hapus").status_code == 409
    assert send(dewi, "/server/P20104001-01/hapus").status_code == 409
    send(dewi, f"/ruang/{room.id}/hapus")
    assert send(dewi, "/server/P20104001-01/hapus").status_code == 200
    assert send(dewi, f"/sekolah/{school}/hapus").status_code == 200
    session.expire_all()
    assert session.scalars(select(School)).all() == []


def test_an_author_of_questions_cannot_open_schools(pusat_app: Flask, add_person: object) -> None:
    add_person(pusat_app, "tono", "author")  # type: ignore[operator]
    author = sign_in(pusat_app, "tono")
    assert author.get("/sekolah/").status_code == 403
    assert author.get("/peserta/").status_code == 403
    assert author.get("/bank/").status_code == 200
    home = author.get("/beranda/")
    assert home.status_code == 200
    assert "/sekolah/" not in home.text
