"""A centre on loopback, a school server that knows its address, and browsers of Ratna and Anto."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.models import db
from app.sekolah.jobs import workplace_of
from app.sekolah.services.workplace import Workplace
from app.settings import SekolahSettings
from app.web.jobs import JOBS
from tests.conftest import FakeClock, csrf_token, furnished_app
from tests.functional.sekolah.staff.centre_double import CentreDouble

SERVER = "P20104001-01"
SITTING = "sit-mat-1"


@pytest.fixture
def centre(tmp_path: Path, clock: FakeClock) -> Iterator[CentreDouble]:
    tree = tmp_path / "centre"
    tree.mkdir()
    double = CentreDouble(tree, clock.now())
    double.start()
    yield double
    double.stop()


@pytest.fixture
def sekolah_app(
    settings_sekolah: SekolahSettings, clock: FakeClock, chance: random.Random, centre: CentreDouble
) -> Iterator[Flask]:
    yield from furnished_app(replace(settings_sekolah, centre_url=centre.address), clock, chance)


@pytest.fixture
def place(sekolah_app: Flask) -> Workplace:
    return workplace_of(sekolah_app)


def send(client: FlaskClient, url: str, page: str | None = None, **data: object) -> TestResponse:
    """What a click on a form's button sends, and the page after it; `page` is where the form stands."""
    token = csrf_token(client.get(page or "/sekolah/aktivasi").text)
    return client.post(
        url, data={"csrf_token": token, **data}, follow_redirects=True, content_type="multipart/form-data"
    )


def finish_jobs(app: Flask) -> None:
    """Wait for what a click started."""
    app.extensions[JOBS].join()
    db.session.rollback()


@pytest.fixture
def active(anto: FlaskClient, centre: CentreDouble) -> FlaskClient:
    """Anto at a server that is activated."""
    code = centre.issue_code(SERVER)
    send(anto, "/sekolah/aktivasi", server_id=SERVER, code=code, way="network")
    answer = send(anto, "/sekolah/aktivasi/pastikan")
    assert "SMA Negeri 1 Contoh" in answer.text
    return anto


@pytest.fixture
def synced(active: FlaskClient, centre: CentreDouble, sekolah_app: Flask) -> FlaskClient:
    """The same with one sitting synced, 20 minutes before its start."""
    centre.publish(SERVER, SITTING)
    send(active, "/sekolah/unduhan")
    finish_jobs(sekolah_app)
    return active


@pytest.fixture
def opened(synced: FlaskClient, ratna: FlaskClient, centre: CentreDouble) -> FlaskClient:
    """Ratna at a server whose sitting is released and open."""
    centre.release(SERVER, SITTING)
    answer = send(ratna, "/sekolah/rilis/periksa")
    assert "paket dibuka" in answer.text
    return ratna


@pytest.fixture
def running(opened: FlaskClient) -> FlaskClient:
    """Ratna with the sitting active."""
    answer = send(opened, f"/sekolah/tes/{SITTING}/aktifkan")
    assert "Berganti" in answer.text
    return opened
