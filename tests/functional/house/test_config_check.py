"""`guyub config check FILE`: a wrong sync configuration is refused before it is put in place, with cause and remedy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import sqlalchemy
from click.testing import CliRunner
from sqlalchemy.orm import Session

from app.cli import guyub
from app.domain import centre_key
from app.domain.identities import CentreIdentity
from app.models import HeldSitting, Identity, db

CENTRE, OTHER = (CentreIdentity.from_raw(bytes([at]) * 32, bytes([at]) * 32).public for at in (1, 2))
KEY = centre_key.as_text(CENTRE.sign.public_bytes_raw())
OTHER_KEY = centre_key.as_text(OTHER.sign.public_bytes_raw())
GOOD = {
    "centre_url": "https://pusat.example.id",
    "centre_key": KEY,
    "server_id": "P20104001-01",
    "proxy": "http://proksi.sekolah.lan:3128",
    "sync_windows": "18:00-24:00, 00:00-04:00",
    "sync_kbps": 512,
    "time_zone": "Asia/Jayapura",
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data of an activated server with a sitting tomorrow at 09:00 in Jayapura."""
    folder = tmp_path / "data"
    folder.mkdir()
    engine = sqlalchemy.create_engine(f"sqlite:///{folder / 'guyub.sqlite'}")
    db.metadata.create_all(engine)
    tomorrow = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    with Session(engine) as session:
        session.add(
            Identity(
                server_id="P20104001-01",
                server_name="Server 1",
                school_npsn="20104001",
                school_name="SMA Harapan",
                time_zone="Asia/Jayapura",
                centre_sign_public=CENTRE.sign.public_bytes_raw(),
                centre_box_public=CENTRE.box.public_bytes_raw(),
                confirmed=True,
                activated_at=tomorrow,
            )
        )
        session.add(
            HeldSitting(
                id="sesi-1",
                version=1,
                title="Fisika",
                subject="Fisika",
                room="Lab 1",
                starts_at=tomorrow,
                length_s=5400,
                minimum_s=0,
                time_zone="Asia/Jayapura",
                questions=10,
                device_share=b"",
                detail={},
            )
        )
        session.commit()
    engine.dispose()
    return folder


def check(data: Path, *options: str, text: str = "", **values: Any) -> dict[str, Any]:
    """The command's answer for GOOD with other values; `text` is put after them."""
    settings = {"role": "sekolah", "data_dir": str(data), **GOOD, **values}
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    file = data.parent / "candidate.toml"
    file.write_text("\n".join([*lines, text]))
    result = CliRunner().invoke(guyub, ["config", "check", str(file), "--json", *options])
    answer: dict[str, Any] = json.loads(result.stdout)
    assert result.exit_code == (0 if answer["ok"] else 2)
    return answer


def test_a_right_configuration_is_taken_and_shown_in_its_usual_form(data: Path) -> None:
    answer = check(data, server_id="p20104001-01", centre_url="https://pusat.example.id/")
    assert answer["ok"]
    assert answer["settings"]["centre_url"] == "https://pusat.example.id"
    assert answer["settings"]["server_id"] == "P20104001-01"
    assert answer["settings"]["sync_windows"] == "00:00-04:00, 18:00-24:00"


WRONG: list[tuple[str, str, dict[str, Any], str]] = [
    ("no address", "B-732", {"centre_url": "pusat.example.id"}, ""),
    ("another kind of address", "B-732", {"centre_url": "ftp://pusat.example.id"}, ""),
    ("http over the internet", "B-732", {"centre_url": "http://pusat.example.id"}, ""),
    ("a password in the address", "B-732", {"centre_url": "https://a:b@pusat.example.id"}, ""),
    ("a key cut off", "B-733", {"centre_key": KEY[:-5]}, ""),
    ("a key with two letters exchanged", "B-733", {"centre_key": KEY[1] + KEY[0] + KEY[2:]}, ""),
    ("the key of another centre", "B-734", {"centre_key": OTHER_KEY}, ""),
    ("a malformed ID Server", "B-735", {"server_id": "P2 0104001/01"}, ""),
    ("the ID of another server", "B-735", {"server_id": "P20104001-02"}, ""),
    ("hours that touch the exam's", "B-736", {"sync_windows": "05:00-07:00"}, ""),
    ("hours that touch a sitting held here", "B-736", {"sync_windows": "08:30-10:00", "exam_hours": "12:00-14:00"}, ""),
    ("hours that end before they start", "B-736", {"sync_windows": "22:00-04:00"}, ""),
    ("hours that overlap", "B-736", {"sync_windows": "18:00-22:00, 21:00-23:00"}, ""),
    ("an hour that no day has", "B-736", {"sync_windows": "18:00-24:30"}, ""),
    ("a time zone that is not ours", "", {"time_zone": "Asia/Singapore"}, ""),
    ("a proxy without a port", "B-737", {"proxy": "http://proksi.sekolah.lan"}, ""),
    ("a proxy with a password", "B-737", {"proxy": "http://budi:rahasia@proksi:3128"}, ""),
    ("a cap that no package fits under", "B-738", {"sync_kbps": 8}, ""),
    ("a stick that is not there", "B-739", {"usb_path": "/media/no-such-stick"}, ""),
    ("a stick that is no full path", "B-739", {"usb_path": "usb"}, ""),
    ("a name that is no setting", "", {"centre_adress": "https://pusat.example.id"}, ""),
    ("a damaged file", "", {}, 'proxy = "http://'),
    ("a setting named twice", "", {}, 'proxy = ""'),
]


@pytest.mark.parametrize(("code", "values", "text"), [one[1:] for one in WRONG], ids=[one[0] for one in WRONG])
def test_a_wrong_configuration_is_refused_with_cause_and_remedy(
    data: Path, code: str, values: dict[str, Any], text: str
) -> None:
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    answer = check(data, text=text, **values)
    assert not answer["ok"]
    assert answer["code"] == code
    assert answer["cause"].endswith(".")
    assert len(answer["remedy"]) > 10
    assert "rahasia" not in json.dumps(answer), "a password is not repeated"
    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file()} == before


def test_the_data_of_the_server_are_no_stick(data: Path) -> None:
    assert check(data, usb_path=str(data))["code"] == "B-739"
    assert check(data, usb_path=str(data.parent))["code"] == "B-739"
    stick = data.parent / "usb"
    stick.mkdir()
    assert check(data, usb_path=str(stick))["ok"]


def test_a_server_that_is_not_activated_yet_may_be_told_any_centre(tmp_path: Path) -> None:
    empty = tmp_path / "data"
    empty.mkdir()
    assert check(empty, centre_key=OTHER_KEY, server_id="P20104001-09")["ok"]
    assert list(empty.iterdir()) == [], "a check makes no database"


def test_a_centre_that_does_not_answer_is_told_only_when_asked_to_reach_it(data: Path) -> None:
    values = {"centre_url": "http://127.0.0.1:9", "proxy": ""}
    assert check(data, **values)["ok"]
    answer = check(data, "--reach", **values)
    assert answer["code"].startswith("S-")
    assert answer["remedy"]


def test_a_centre_that_answers_is_reached(data: Path) -> None:
    class Healthy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Healthy) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        assert check(data, "--reach", centre_url=f"http://127.0.0.1:{server.server_port}", proxy="")["ok"]
        server.shutdown()


def test_a_person_reads_two_lines_and_the_command_takes_the_file_from_its_input(data: Path) -> None:
    told = f'role = "sekolah"\ndata_dir = "{data}"\nproxy = "http://proksi"\n'
    environment = {**os.environ, "GUYUB_PROXY": "http://elsewhere:1", "GUYUB_COLOUR": "blue"}
    line = [sys.executable, "-m", "app.cli", "config", "check", "-"]
    done = subprocess.run(line, input=told, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-2].startswith("B-737 proxy: Proksi http://proksi")
    assert done.stderr.splitlines()[-1].startswith("Tulis dengan nama dan port")


def test_the_centre_shows_the_key_that_schools_pin(tmp_path: Path) -> None:
    words = ["--role", "pusat", "--data-dir", str(tmp_path), "pusat", "key"]
    shown = [CliRunner().invoke(guyub, words).stdout.strip() for _ in range(2)]
    assert shown[0] == shown[1]
    assert centre_key.as_text(centre_key.parse(shown[0])) == shown[0]
