"""The exam room's page, papers and media as the web process serves them where there is no nginx."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.factory import create_app
from app.web.current import Given
from app.web.static_files import static_version
from tests.conftest import take_down
from tests.functional.sekolah.exam.conftest import PAPER, Room, write_paper

NAME = "0" * 64


@pytest.fixture
def pc(room: Room) -> Iterator[FlaskClient]:
    app: Flask = create_app(room.settings, Given(room.settings, clock=room.clock))
    yield app.test_client()
    take_down(app)


def test_the_room_opens_without_an_account(pc: FlaskClient) -> None:
    answer = pc.get("/", buffered=True)
    assert answer.status_code == 200
    assert f"/static/{static_version()}/exam/room.js" in answer.text


def test_a_paper_goes_out_compressed_as_it_is_stored_and_may_be_kept_for_ever(pc: FlaskClient, room: Room) -> None:
    name = f"/papers/{write_paper(room.settings)}.json"
    answer = pc.get(name, headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.mimetype == "application/json"
    assert "immutable" in answer.headers["Cache-Control"]
    assert json.loads(gzip.decompress(answer.data)) == PAPER
    assert pc.get(name, buffered=True).json == PAPER, "a browser that reads no gzip gets it plain"
    again = pc.get(name, headers={"Accept-Encoding": "gzip", "If-None-Match": answer.headers["ETag"]}, buffered=True)
    assert again.status_code == 304


def test_a_part_of_a_recording_can_be_asked_for(pc: FlaskClient, room: Room) -> None:
    media = room.settings.open_dir / "media"
    media.mkdir()
    (media / f"{NAME}.mp3").write_bytes(bytes(range(100)))
    answer = pc.get(f"/media/{NAME}.mp3", headers={"Range": "bytes=10-19"}, buffered=True)
    assert (answer.status_code, answer.data, answer.mimetype) == (206, bytes(range(10, 20)), "audio/mpeg")


@pytest.mark.parametrize(
    "path",
    [
        f"/papers/{NAME}.json", f"/media/{NAME}.png", "/papers/../../guyub.sqlite", "/papers/%2e%2e%2fguyub.sqlite",
        "/media/..%2f..%2fkeys%2fseats.key", f"/media/{NAME}.svg", f"/media/{NAME}.html", "/papers/x.json",
    ],
)  # fmt: skip
def test_nothing_else_can_be_had(pc: FlaskClient, path: str) -> None:
    assert pc.get(path, buffered=True).status_code == 404
