"""A school's server on exam day: a paper of six questions, an active sitting, Siti and Budi at their seats."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.domain.attempt_states import AttemptState
from app.domain.entry_token import current_token
from app.domain.package_keys import Binding, entry_token_key, login_pepper
from app.domain.student_passwords import verifier
from app.models import Answer, Attempt, Base, HeldSitting, HeldState, Identity, JournalEntry
from app.sekolah.exam_app import create_exam_app
from app.sekolah.services.exam_office import ExamOffice
from app.settings import SekolahSettings
from app.web.transactions import guard_engine
from tests.conftest import EXAM_DAY, FakeClock

SECRET = bytes(range(32))
SERVER, SITTING = "SN0001", "uji1"
BINDING = Binding(SERVER, SITTING, 1)
LENGTH_S, MINIMUM_S = 5400, 1800
PASSWORDS = {"0001": "ABCD2345", "0002": "EFGH6789"}
PAPER: dict[str, Any] = {
    "schema": 1,
    "title": "Numerasi",
    "subject": "Matematika",
    "questions": [
        {"id": "q1", "type": "single", "stem": "<p>1</p>", "stimulus": None,
         "options": [{"id": "a", "html": "1"}, {"id": "b", "html": "2"}, {"id": "c", "html": "3"}],
         "columns": [], "rows": [], "shuffle": True, "audio_plays": 0},
        {"id": "q2", "type": "multiple", "stem": "<p>2</p>", "stimulus": None,
         "options": [{"id": "a", "html": "1"}, {"id": "b", "html": "2"}],
         "columns": [], "rows": [], "shuffle": True, "audio_plays": 0},
        {"id": "q3", "type": "category", "stem": "<p>3</p>", "stimulus": None, "options": [],
         "columns": [{"id": "y", "html": "Ya"}, {"id": "n", "html": "Tidak"}],
         "rows": [{"id": "r1", "html": "x"}, {"id": "r2", "html": "y"}], "shuffle": False, "audio_plays": 0},
        {"id": "q4", "type": "matching", "stem": "<p>4</p>", "stimulus": None, "options": [],
         "columns": [{"id": "k1", "html": "1"}, {"id": "k2", "html": "2"}],
         "rows": [{"id": "r1", "html": "x"}], "shuffle": True, "audio_plays": 0},
        {"id": "q5", "type": "short", "stem": "<p>5</p>", "stimulus": None, "options": [],
         "columns": [], "rows": [], "shuffle": True, "audio_plays": 0},
        {"id": "q6", "type": "essay", "stem": "<p>6</p>", "stimulus": None, "options": [],
         "columns": [], "rows": [], "shuffle": True, "audio_plays": 0},
    ],
    "stimuli": {},
    "media": {},
}  # fmt: skip


@dataclass
class Room:
    """The exam process and what tests ask of it."""

    app: Flask
    settings: SekolahSettings
    clock: FakeClock
    session: Session
    ids: dict[str, int] = field(default_factory=dict)

    @property
    def office(self) -> ExamOffice:
        office: ExamOffice = self.app.extensions["guyub_exam"]
        return office

    @property
    def token(self) -> str:
        """The entry token on the board."""
        return current_token(entry_token_key(SECRET, BINDING), self.office.now_ms())[0]

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def attempt(self, number: str) -> Attempt:
        self.session.expire_all()
        self.session.rollback()
        return self.session.scalars(select(Attempt).where(Attempt.number == number)).one()

    def answers(self, number: str) -> dict[str, Any]:
        self.session.rollback()
        rows = self.session.scalars(select(Answer).where(Answer.attempt_id == self.ids[number]))
        return {row.question_id: json.loads(row.value) for row in rows}

    def journal(self, number: str) -> list[tuple[int, int, str, str]]:
        self.session.rollback()
        query = select(JournalEntry).where(JournalEntry.attempt_id == self.ids[number]).order_by(JournalEntry.id)
        return [(row.epoch, row.sequence, row.question_id, row.outcome.value) for row in self.session.scalars(query)]


@dataclass
class Student:
    """A student at an exam PC, as the browser speaks for her."""

    room: Room
    number: str
    nonce: str = "pc1"
    seat: str = ""
    sequence: int = 0

    @property
    def id(self) -> int:
        return self.room.ids[self.number]

    def admit(self, token: str | None = None) -> TestResponse:
        ticket = self.room.office.keys.ticket(self.id, SITTING, self.nonce)
        answer = self.post("/api/v1/admission", {"token": self.room.token if token is None else token}, ticket)
        if answer.status_code == 200:
            self.seat = answer.json["seat"]
        return answer

    def start(self) -> TestResponse:
        return self.post(f"/api/v1/attempts/{self.id}/start", {})

    def begin(self) -> Student:
        """Through the door and started."""
        assert self.admit().status_code == 200
        assert self.start().status_code == 200
        return self

    def state(self) -> TestResponse:
        return self.room.client().get(f"/api/v1/attempts/{self.id}", headers=self._bearer(self.seat))

    def item(self, question: str, value: Any, **more: Any) -> dict[str, Any]:
        self.sequence += 1
        return {"sequence": self.sequence, "question": question, "value": value, "doubtful": False, "age_ms": 0} | more

    def answer(self, question: str, value: Any, **more: Any) -> TestResponse:
        return self.send([self.item(question, value, **more)])

    def send(self, items: list[Any], position: str = "") -> TestResponse:
        return self.post(f"/api/v1/attempts/{self.id}/answers", {"items": items, "position": position})

    def finish(self) -> TestResponse:
        return self.post(f"/api/v1/attempts/{self.id}/finish", {})

    def post(self, path: str, body: Any, bearer: str | None = None) -> TestResponse:
        return self.room.client().post(path, json=body, headers=self._bearer(bearer or self.seat))

    def raw(self, body: bytes, **headers: str) -> TestResponse:
        """An answers request with exactly these bytes."""
        headers = {"Content-Type": "application/json"} | self._bearer(self.seat) | headers
        return self.room.client().post(f"/api/v1/attempts/{self.id}/answers", data=body, headers=headers)

    @staticmethod
    def _bearer(text: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {text}"}


def write_paper(settings: SekolahSettings) -> str:
    """Put the paper where opening a package puts it; its hash."""
    data = json.dumps(PAPER).encode()
    sha256 = hashlib.sha256(data).hexdigest()
    folder = settings.open_dir / "papers"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{sha256}.json.gz").write_bytes(gzip.compress(data))
    return sha256


def add_sitting(session: Session, settings: SekolahSettings, **more: Any) -> HeldSitting:
    """The released, active sitting of this room."""
    values: dict[str, Any] = {
        "id": SITTING,
        "version": 1,
        "title": "Numerasi",
        "subject": "Matematika",
        "room": "R1",
        "starts_at": EXAM_DAY,
        "length_s": LENGTH_S,
        "minimum_s": MINIMUM_S,
        "time_zone": "Asia/Jakarta",
        "questions": len(PAPER["questions"]),
        "state": HeldState.ACTIVE,
        "device_share": bytes(32),
        "release_secret": SECRET,
        "paper_sha256": write_paper(settings),
        "detail": {},
    }
    sitting = HeldSitting(**(values | more))
    session.add(sitting)
    return sitting


def add_attempt(session: Session, number: str, name: str, seat: int, **more: Any) -> Attempt:
    """A participant with the password of this file."""
    sitting = more.pop("sitting_id", SITTING)
    attempt = Attempt(
        sitting_id=sitting,
        number=number,
        name=name,
        gender="P",
        class_name="XII-1",
        seat=seat,
        verifier=verifier(login_pepper(SECRET, BINDING), SITTING, number, PASSWORDS.get(number, "ABCD2345")),
        seed=seat * 1000 + 7,
        state=AttemptState.WAITING,
        **more,
    )
    session.add(attempt)
    session.flush()
    return attempt


def furnish(settings: SekolahSettings) -> dict[str, int]:
    """Tables, sitting and the two students; attempt ids by number."""
    engine = create_engine(settings.database_url)
    guard_engine(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(
            Identity(
                server_id=SERVER, server_name="Server 1", school_npsn="12345678", school_name="SMA Uji",
                time_zone="Asia/Jakarta", centre_sign_public=b"", centre_box_public=b"", confirmed=True,
                activated_at=EXAM_DAY,
            )
        )  # fmt: skip
        add_sitting(session, settings)
        ids = {
            number: add_attempt(session, number, name, seat).id
            for seat, (number, name) in enumerate((("0001", "Siti Aminah"), ("0002", "Budi Santoso")), 1)
        }
        session.commit()
    engine.dispose()
    return ids


@pytest.fixture(autouse=True)
def _plain_logs() -> Iterator[None]:
    """structlog's development output draws tracebacks for seconds, longer than a save may wait."""
    with structlog.testing.capture_logs():
        yield


@pytest.fixture
def room(settings_sekolah: SekolahSettings, clock: FakeClock) -> Iterator[Room]:
    ids = furnish(settings_sekolah)
    app = create_exam_app(settings_sekolah, clock, ticking=False)
    office: ExamOffice = app.extensions["guyub_exam"]
    assert office.writer.wait_ready(10)
    engine = create_engine(settings_sekolah.database_url)  # reads without a write lock: the writer must not wait
    with Session(engine) as session:
        made = Room(app, settings_sekolah, clock, session, ids)
        yield made
    engine.dispose()
    made.office.close()  # a test may have started it again


@pytest.fixture
def siti(room: Room) -> Student:
    return Student(room, "0001")


@pytest.fixture
def budi(room: Room) -> Student:
    return Student(room, "0002")


def data_dir(room: Room) -> Path:
    return room.settings.data_dir
