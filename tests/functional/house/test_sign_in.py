"""Staff sign in and out: wrong passwords are told plainly, waits grow, and changed passwords end old logins."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.permissions import Role
from app.models import AuditEntry, Staff, db
from app.services import audit
from tests.conftest import PASSWORD, FakeClock, csrf_token, sign_in

Add = Callable[[Flask, str, str], Staff]


def try_in(client: FlaskClient, username: str, password: str, query: str = ""):
    token = csrf_token(client.get("/staf/masuk").text)
    data = {"username": username, "password": password, "csrf_token": token}
    return client.post(f"/staf/masuk{query}", data=data)


def test_dewi_signs_in_with_capitals_and_spaces_around_her_name(pusat_app: Flask, add_person: Add):
    add_person(pusat_app, "dewi", Role.ADMINISTRATOR)
    client = pusat_app.test_client()
    assert try_in(client, " Dewi ", PASSWORD).status_code == 302
    assert client.get("/staf/kata-sandi").status_code == 200
    events = db.session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)).all()
    assert events == ["staff_created", "staff_signed_in"]
    assert audit.verify(db.session) is None


def test_a_wrong_password_and_an_unknown_name_are_told_alike(pusat_app: Flask, add_person: Add):
    add_person(pusat_app, "dewi", Role.ADMINISTRATOR)
    client = pusat_app.test_client()
    wrong, unknown = try_in(client, "dewi", "salah"), try_in(client, "siapa", "salah")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert "Nama akun atau kata sandi tidak cocok." in wrong.text
    assert wrong.text.count("tidak cocok") == unknown.text.count("tidak cocok")


def test_the_log_tells_of_refused_tries_on_an_account_and_of_signing_out(pusat_app: Flask, add_person: Add):
    add_person(pusat_app, "dewi", Role.ADMINISTRATOR)
    client = pusat_app.test_client()
    try_in(client, "dewi", "salah")
    try_in(client, "kata sandi di kolom yang salah", "dewi")
    try_in(client, "dewi", PASSWORD)
    client.post("/staf/keluar", data={"csrf_token": csrf_token(client.get("/staf/kata-sandi").text)})
    lines = db.session.execute(select(AuditEntry.event, AuditEntry.subject).order_by(AuditEntry.id)).all()
    assert [tuple(line) for line in lines[1:]] == [
        ("sign_in_refused", "dewi"),
        ("staff_signed_in", "dewi"),
        ("staff_signed_out", "dewi"),
    ]
    assert audit.verify(db.session) is None


def test_after_three_wrong_tries_the_next_must_wait_and_then_the_right_one_works(
    pusat_app: Flask, add_person: Add, clock: FakeClock
):
    add_person(pusat_app, "dewi", Role.ADMINISTRATOR)
    client = pusat_app.test_client()
    for _try in range(3):
        assert try_in(client, "dewi", "salah").status_code == 401
    refused = try_in(client, "dewi", PASSWORD)
    assert refused.status_code == 429
    assert "Tunggu 2 detik" in refused.text
    clock.advance(2)
    assert try_in(client, "dewi", PASSWORD).status_code == 302


def test_sign_in_goes_on_to_the_page_asked_for_but_never_to_another_site(pusat_app: Flask, add_person: Add):
    add_person(pusat_app, "dewi", Role.ADMINISTRATOR)
    asked = pusat_app.test_client().get("/gaya")
    assert asked.headers["Location"] == "/staf/masuk?next=/gaya"
    for target, expected in {"/gaya": "/gaya", "//evil.example/": "/staf/", "https://evil.example/": "/staf/"}.items():
        answer = try_in(pusat_app.test_client(), "dewi", PASSWORD, f"?next={target}")
        assert answer.headers["Location"] == expected


def test_a_changed_password_ends_the_logins_elsewhere_and_keeps_this_one(pusat_app: Flask, add_person: Add):
    add_person(pusat_app, "dewi", Role.ADMINISTRATOR)
    here, elsewhere = sign_in(pusat_app, "dewi"), sign_in(pusat_app, "dewi")
    new = {"current": PASSWORD, "new": "sandi yang lain lagi", "again": "sandi yang lain lagi"}
    form = {**new, "csrf_token": csrf_token(here.get("/staf/kata-sandi").text)}
    assert here.post("/staf/kata-sandi", data=form).status_code == 302
    assert here.get("/staf/kata-sandi").status_code == 200
    assert elsewhere.get("/staf/kata-sandi").status_code == 302


def test_a_short_password_is_refused_with_cause_and_remedy(dewi: FlaskClient):
    form = {"current": PASSWORD, "new": "pendek", "again": "pendek"}
    refused = dewi.post("/staf/kata-sandi", data={**form, "csrf_token": csrf_token(dewi.get("/staf/kata-sandi").text)})
    assert refused.status_code == 400
    assert "W-114" in refused.text
    assert "10 sampai 200" in refused.text


def test_sign_out_ends_the_login(dewi: FlaskClient):
    token = csrf_token(dewi.get("/staf/kata-sandi").text)
    assert dewi.post("/staf/keluar", data={"csrf_token": token}).status_code == 302
    assert dewi.get("/staf/kata-sandi").status_code == 302


def test_a_form_without_its_token_changes_nothing(dewi: FlaskClient):
    refused = dewi.post("/staf/keluar")
    assert refused.status_code == 400
    assert "W-103" in refused.text
    assert dewi.get("/staf/kata-sandi").status_code == 200


def test_ratna_adds_anto_and_closes_his_account_but_not_her_own(ratna: FlaskClient, sekolah_app: Flask):
    token = csrf_token(ratna.get("/staf/akun").text)
    form = {"name": "Anto", "username": "anto", "role": "teknisi", "csrf_token": token}
    page = ratna.post("/staf/akun", data=form).text
    password = page.split('class="big-code">', 1)[1].split("<", 1)[0]
    anto = sekolah_app.test_client()
    assert try_in(anto, "anto", password).status_code == 302
    assert anto.get("/staf/akun").status_code == 403, "a teknisi manages no accounts"
    ids = dict(db.session.execute(select(Staff.username, Staff.id)).all())
    assert ratna.post(f"/staf/akun/{ids['anto']}/tutup", data={"csrf_token": token}).status_code == 302
    assert anto.get("/staf/kata-sandi").status_code == 302
    assert ratna.post(f"/staf/akun/{ids['ratna']}/tutup", data={"csrf_token": token}).status_code == 409


def test_a_school_has_no_centre_roles(ratna: FlaskClient):
    token = csrf_token(ratna.get("/staf/akun").text)
    form = {"name": "Dewi", "username": "dewi", "role": "administrator", "csrf_token": token}
    assert ratna.post("/staf/akun", data=form).status_code == 400
