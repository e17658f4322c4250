"""Failures are told with a code, the cause and the next step, to people as a page and to programs as problem+json."""

from __future__ import annotations

import json

import pytest
import sqlalchemy
from flask import Flask
from flask.testing import FlaskClient

from app.domain.refusals import Refusal
from app.models import Staff, db
from app.web.access import machine, open_to_all
from app.web.health import add_check
from tests.conftest import EXAM_DAY


@pytest.fixture
def client(pusat_app: Flask) -> FlaskClient:
    """The centre with views that fail in each way; they are added before the first request."""

    @open_to_all("test")
    def refuse() -> str:
        db.session.add(
            Staff(username="x", name="x", role="author", password_hash="x", login_epoch=0, created_at=EXAM_DAY)
        )
        db.session.flush()
        raise Refusal("P-999", "Server %(name)s penuh.", "Coba %(name)s lagi.", status=503, values={"name": "<b>A</b>"})

    @open_to_all("test")
    def break_down() -> str:
        raise RuntimeError("rahasia internal")

    @machine("test")
    def queue() -> str:
        raise Refusal("S-503", "Antre dahulu.", "Tunggu.", status=503, extra={"place": 7, "retry_after_s": 3})

    @open_to_all("test")
    def lose_database() -> str:
        with sqlalchemy.create_engine("sqlite:////nowhere/at/all.sqlite").connect():
            return "unreachable"

    for path, view in {
        "/uji/tolak": refuse,
        "/uji/rusak": break_down,
        "/api/v1/uji": queue,
        "/uji/basis-data": lose_database,
    }.items():
        pusat_app.add_url_rule(path, view.__name__, view)
    client = pusat_app.test_client()
    client.environ_base["HTTP_ACCEPT"] = "text/html"
    return client


def test_a_refusal_is_a_page_with_code_cause_and_remedy_and_leaves_nothing_behind(client: FlaskClient):
    page = client.get("/uji/tolak")
    assert page.status_code == 503
    assert "P-999" in page.text
    assert "Server &lt;b&gt;A&lt;/b&gt; penuh." in page.text
    assert db.session.scalar(sqlalchemy.select(sqlalchemy.func.count()).select_from(Staff)) == 0


def test_programs_get_problem_json_with_what_the_refusal_adds(client: FlaskClient):
    answer = client.get("/api/v1/uji")
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["Retry-After"] == "3"
    body = json.loads(answer.data)
    assert (body["code"], body["detail"], body["remedy"], body["place"]) == ("S-503", "Antre dahulu.", "Tunggu.", 7)
    assert client.get("/api/v1/tidak-ada").mimetype == "application/problem+json"


def test_a_fault_of_ours_says_so_and_tells_nothing_of_the_inside(client: FlaskClient):
    page = client.get("/uji/rusak")
    assert page.status_code == 500
    assert "F-500-" in page.text
    assert "bukan kesalahan Anda" in page.text
    assert "rahasia" not in page.text


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/tidak-ada", 404), ("DELETE", "/staf/masuk", 405), ("GET", "/staf", 308)]
)
def test_unknown_addresses_and_methods_have_their_page(client: FlaskClient, method: str, path: str, status: int):
    assert client.open(path, method=method).status_code == status


def test_a_form_that_is_too_large_is_refused_before_it_is_read(client: FlaskClient):
    client.application.config["MAX_CONTENT_LENGTH"] = 1000
    page = client.post("/staf/masuk", data={"username": "x" * 2000})
    assert page.status_code == 413
    assert "terlalu besar" in page.text


def test_without_a_database_the_page_still_says_what_to_do(client: FlaskClient):
    page = client.get("/uji/basis-data")
    assert page.status_code == 503
    assert "D-503-" in page.text
    assert page.headers["Retry-After"] == "5"


def test_english_readers_get_english_once_they_switched(client: FlaskClient):
    assert client.get("/bahasa/en", headers={"Referer": "http://localhost/tidak-ada"}).headers["Location"] == (
        "/tidak-ada"
    )
    assert "This page does not exist." in client.get("/tidak-ada").text
    assert client.get("/bahasa/xx").status_code == 404
    away = client.get("/bahasa/id", headers={"Referer": "https://evil.example//x"})
    assert away.headers["Location"] == "/"


def test_every_answer_carries_the_headers_and_plain_http_no_hsts(client: FlaskClient):
    for path in ("/staf/masuk", "/tidak-ada", "/uji/rusak", "/static/css/tokens.css"):
        headers = client.get(path, buffered=True).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Strict-Transport-Security" not in headers
    assert "Strict-Transport-Security" in client.get("/staf/masuk", base_url="https://localhost").headers


def test_ready_tells_each_dependency_with_its_remedy(client: FlaskClient, pusat_app: Flask):
    assert client.get("/healthz").json == {"status": "ok"}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json["ready"]) == (200, True)
    add_check(pusat_app, "printer", lambda: (False, "Printer tidak ada.", "Sambungkan printer."))
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json["ready"]) == (503, False)
    assert ready.json["dependencies"]["printer"]["remedy"] == "Sambungkan printer."
    assert b"python_info" in client.get("/metrics").data
