"""Anto sets a new box up from a browser: the code first, then one form, once and never again."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.domain.box_actions import SetUp
from app.domain.refusals import Refusal
from app.models import AuditEntry, db
from tests.conftest import FakeClock, csrf_token
from tests.functional.sekolah.machine.conftest import finish
from tests.functional.sekolah.machine.root_side import RootSide

CODE = "246810"
TYPED = {
    "school_name": "SMA Nusa Harapan",
    "language": "id",
    "time_zone": "Asia/Makassar",
    "lan_card": "52:54:00:00:00:01",
    "lan_address": "192.168.10.2/24",
    "internet": "dhcp",
    "internet_card": "",
    "dns": "1.1.1.1 8.8.8.8",
    "mode": "sekolah",
    "account": "Anto",
    "account_name": "Anto Supriyadi",
    "password": "padi menguning di sawah",
    "again": "padi menguning di sawah",
}


def give_code(client: FlaskClient, code: str = CODE) -> TestResponse:
    token = csrf_token(client.get("/pemasangan/").text)
    return client.post("/pemasangan/", data={"code": code, "csrf_token": token})


def post(client: FlaskClient, path: str, **changed: str) -> TestResponse:
    token = csrf_token(client.get("/pemasangan/isi").text)
    return client.post(path, data={**TYPED, **changed, "csrf_token": token})


@pytest.fixture
def inside(new_box: RootSide, visitor: FlaskClient) -> FlaskClient:
    """A browser that gave the right code."""
    assert give_code(visitor).headers["Location"] == "/pemasangan/isi"
    return visitor


@pytest.mark.parametrize("page", ["/", "/staf/masuk", "/sekolah/", "/gladi", "/gaya"])
def test_every_page_of_a_new_box_leads_to_setting_up(new_box: RootSide, visitor: FlaskClient, page: str) -> None:
    answer = visitor.get(page, follow_redirects=True)
    assert answer.request.path == "/pemasangan/"
    assert "enam angka" in answer.text
    assert new_box.asked == [], "a box too slow to answer is not taken for one that is set up"


def test_students_calls_and_probes_are_never_asked_about(new_box: RootSide, visitor: FlaskClient) -> None:
    assert visitor.get("/healthz").status_code == 200
    visitor.post("/api/v1/login", json={"number": "1", "password": "x"})
    visitor.get("/static/icon.svg").close()
    assert new_box.asked == []


def test_without_the_code_nothing_of_setting_up_is_to_be_had(new_box: RootSide, visitor: FlaskClient) -> None:
    token = csrf_token(visitor.get("/pemasangan/").text)
    for path in ("/pemasangan/isi", "/pemasangan/pasang"):
        answer = visitor.post(path, data={**TYPED, "csrf_token": token})
        assert answer.headers["Location"] == "/pemasangan/"
    assert visitor.get("/pemasangan/isi").status_code == 302
    assert visitor.get("/pemasangan/kemajuan?tanda=x").status_code == 302
    assert new_box.names() == []


def test_wrong_codes_make_the_next_guess_wait_whoever_asks(
    new_box: RootSide, visitor: FlaskClient, sekolah_app: Flask, clock: FakeClock
) -> None:
    for _guess in range(3):
        assert give_code(visitor, "111111").status_code == 401
    other = sekolah_app.test_client()
    other.environ_base.update(HTTP_ACCEPT="text/html", REMOTE_ADDR="127.0.0.9")
    assert give_code(other).status_code == 429
    assert len(new_box.names()) == 3
    clock.advance(10)
    assert give_code(other).status_code == 302


def test_the_form_shows_the_cards_of_the_box(inside: FlaskClient) -> None:
    page = inside.get("/pemasangan/isi").text
    assert "enp1s0 52:54:00:00:00:01, tersambung, 1.000 Mbit/s, 192.168.0.200/24" in page
    assert "kabel tidak tersambung" in page


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("lan_address", "192.168.10.0/24", "Tulis alamat dan panjang jaringannya"),
        ("lan_address", "192.168.10.2", "Tulis alamat dan panjang jaringannya"),
        ("school_name", " ", "Isi nama sekolah"),
        ("account", "a b", "Pakai 2 sampai 64 huruf kecil"),
        ("again", "lain sama sekali", "Kedua kata sandi tidak sama"),
        ("dns", "1.1.1", "Tulis alamat server DNS"),
        ("internet_card", "52:54:00:00:00:01", "Kartu ini sudah dipakai untuk LAN"),
        ("activation_code", "AAAAA", "Kode ini tidak lengkap"),
        ("internet", "static", "Tulis alamat gerbang"),
    ],
)
def test_a_slip_is_told_beside_its_field_and_nothing_typed_is_lost(
    inside: FlaskClient, new_box: RootSide, field: str, value: str, words: str
) -> None:
    answer = post(inside, "/pemasangan/isi", **{field: value})
    assert answer.status_code == 422
    assert words in answer.text
    assert "padi menguning di sawah" in answer.text
    assert post(inside, "/pemasangan/pasang", **{field: value}).status_code == 422
    assert new_box.names() == ["setup.code"]


def test_everything_is_shown_once_more_and_can_be_changed(inside: FlaskClient) -> None:
    looked = post(inside, "/pemasangan/isi")
    assert "Sudah benar semua?" in looked.text
    assert "192.168.10.2/24" in looked.text
    again = post(inside, "/pemasangan/isi", step="change")
    assert 'value="192.168.10.2/24"' in again.text


def test_what_was_typed_reaches_the_box_and_the_page_goes_on_at_the_new_address(
    inside: FlaskClient, new_box: RootSide, sekolah_app: Flask
) -> None:
    answer = post(inside, "/pemasangan/pasang")
    finish(sekolah_app)
    asked = [action for action in new_box.asked if isinstance(action, SetUp)]
    assert len(asked) == 1
    assert asked[0].account == "anto"
    assert asked[0].time_zone == "Asia/Makassar"
    assert asked[0].network["lan_address"] == "192.168.10.2/24"
    assert asked[0].network["dns"] == ["1.1.1.1", "8.8.8.8"]
    page = inside.get(answer.headers["Location"])
    assert "Server siap" in page.text
    assert "http://192.168.10.2/staf/masuk" in page.text
    assert "connect-src 'self' http://192.168.10.2;" in page.headers["Content-Security-Policy"]
    elsewhere = sekolah_app.test_client()  # at the new address no cookie is known
    elsewhere.environ_base.update(HTTP_ACCEPT="text/html", HTTP_HOST="192.168.10.2")
    assert "Server siap" in elsewhere.get(answer.headers["Location"]).text


def test_once_set_up_the_pages_are_gone_for_good_and_nobody_is_asked_again(
    inside: FlaskClient, new_box: RootSide, sekolah_app: Flask, clock: FakeClock
) -> None:
    token = csrf_token(inside.get("/pemasangan/isi").text)
    post(inside, "/pemasangan/pasang")
    finish(sekolah_app)
    inside.get("/staf/masuk")
    del new_box.asked[:]
    for path in ("/pemasangan/", "/pemasangan/isi", "/pemasangan/kemajuan"):
        assert inside.get(path).headers["Location"] == "/staf/masuk"
    for path in ("/pemasangan/", "/pemasangan/isi", "/pemasangan/pasang"):
        answer = inside.post(path, data={**TYPED, "code": CODE, "csrf_token": token})
        assert answer.headers["Location"] == "/staf/masuk"
    assert inside.get("/staf/masuk").status_code == 200
    assert new_box.asked == []


def test_a_refusal_of_the_box_is_told_with_the_way_back(
    inside: FlaskClient, new_box: RootSide, sekolah_app: Flask
) -> None:
    new_box.answers["setup.apply"] = Refusal("B-199", "Alamat %(address)s dipakai.", "Pilih.", values={"address": "x"})
    answer = post(inside, "/pemasangan/pasang")
    finish(sekolah_app)
    page = inside.get(answer.headers["Location"]).text
    assert "Alamat x dipakai." in page
    assert "B-199" in page
    assert inside.get("/pemasangan/isi").status_code == 200


def test_the_log_tells_that_the_box_was_set_up_and_no_secret(
    inside: FlaskClient, new_box: RootSide, sekolah_app: Flask, tmp_path
) -> None:
    post(inside, "/pemasangan/pasang")
    finish(sekolah_app)
    entry = db.session.query(AuditEntry).filter_by(event="box_set_up").one()
    assert entry.detail == {"mode": "sekolah", "address": "192.168.10.2/24", "account": "anto"}
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert b"padi menguning" not in path.read_bytes(), path


def test_where_there_is_no_box_nothing_of_it_is_seen(sekolah_app: Flask) -> None:
    client = sekolah_app.test_client()
    assert client.get("/").status_code == 200
    assert client.get("/pemasangan/").headers["Location"] == "/staf/masuk"


def test_the_certificate_is_had_by_everyone_with_how_to_install_it(
    root_side: RootSide, visitor: FlaskClient, tmp_path
) -> None:
    assert visitor.get("/ca.crt").status_code == 404
    assert visitor.get("/sertifikat").status_code == 404
    folder = tmp_path / "box/run/guyub"
    folder.mkdir(parents=True)
    (folder / "ca.crt").write_bytes(b"-----BEGIN CERTIFICATE-----\n")
    with visitor.get("/ca.crt") as answer:
        assert answer.data.startswith(b"-----BEGIN")
        assert answer.mimetype == "application/x-x509-ca-cert"
    assert re.search(r"Windows.*Android.*Linux", visitor.get("/sertifikat").text, re.DOTALL)
