"""A centre with one school, its activated server, a paper of every question type, and Siti and Budi in one room."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.domain import activation, package_opening
from app.domain.bundles import AnswerRecord, AttemptRecord, AuditHead, Results, build_bundle
from app.domain.codes import parse_code
from app.domain.identities import CentrePublic, ServerIdentity
from app.domain.metadata_checks import Held
from app.domain.package_keys import Stretching
from app.domain.questions import Answer, Column, Option, Question, QuestionType, Row
from app.domain.student_passwords import new_password
from app.models import (
    Bank,
    BankQuestion,
    Enrolment,
    Media,
    Paper,
    PaperQuestion,
    Participant,
    Room,
    School,
    Sitting,
    SittingState,
    db,
)
from app.pusat.jobs import workplace_of
from app.pusat.services import publishing, servers
from app.pusat.services.secrets_box import SecretsBox, password_place
from app.pusat.services.workplace import Workplace
from app.sync import exchange
from app.sync.requests_auth import authorization
from tests.conftest import EXAM_DAY, FakeClock, sign_in
from tests.payload_sections import read_all

CHEAP = Stretching(memory_kib=64, passes=1, lanes=1)
MARKER = "ikan-paus-biru-4711"
KEY_MARKER = "kunci-rahasia-kerapu-0815"
PICTURE = b"\x89PNG\r\n\x1a\n gambar " + MARKER.encode()
PICTURE_NAME = hashlib.sha256(PICTURE).hexdigest() + ".png"
NPSN = "20104001"
SITI, BUDI, TONO = "01-001-001-8", "01-001-002-7", "01-001-003-6"
PEOPLE = (
    (SITI, "Siti Rahayu", "0011112222"),
    (BUDI, "Budi Santoso", "0011113333"),
    (TONO, "=cmd()|'Tono", "0011114444"),
)
RIGHT_ROWS = {"q3r1": "q3B", "q3r2": "q3S"}


def questions() -> list[Question]:
    """One question of each type; together 10 points, 3 of them for the essay."""
    return [
        Question(
            QuestionType.SINGLE,
            f'<p>{MARKER} <img src="/media/{PICTURE_NAME}" alt="paus"></p>',
            id="q1",
            options=(Option("q1a", "satu", 1.0), Option("q1b", "dua"), Option("q1c", "tiga")),
            media=(PICTURE_NAME,),
        ),
        Question(
            QuestionType.MULTIPLE,
            "<p>Pilih yang benar.</p>",
            id="q2",
            stimulus="<p>Bacaan bersama.</p>",
            mark=2.0,
            options=tuple(Option(f"q2{sign}", f"pilihan {sign}", 0.5 if sign in "ab" else 0.0) for sign in "abcdef"),
        ),
        Question(
            QuestionType.CATEGORY,
            "<p>Benar atau salah?</p>",
            id="q3",
            stimulus="<p>Bacaan bersama.</p>",
            columns=(Column("q3B", "Benar"), Column("q3S", "Salah")),
            rows=(Row("q3r1", "Air basah", ("q3B",)), Row("q3r2", "Api dingin", ("q3S",))),
        ),
        Question(
            QuestionType.MATCHING,
            "<p>Jodohkan.</p>",
            id="q4",
            mark=2.0,
            columns=(Column("q4x", "Jakarta"), Column("q4y", "Tokyo")),
            rows=(Row("q4r1", "Indonesia", ("q4x",)), Row("q4r2", "Jepang", ("q4y",))),
        ),
        Question(QuestionType.SHORT, "<p>Nama ikan?</p>", id="q5", answers=(Answer(text=KEY_MARKER),)),
        Question(
            QuestionType.ESSAY, "<p>Jelaskan.</p>", id="q6", mark=3.0, marking_guide=f"<p>Panduan {KEY_MARKER}</p>"
        ),
    ]


@dataclass
class Day:
    """A centre on the days before and of an exam, and the school server that talks to it."""

    app: Flask
    clock: FakeClock
    place: Workplace
    session: Session
    sitting: str = "sesi-1"
    server: ServerIdentity = field(default_factory=lambda: ServerIdentity.generate(f"P{NPSN}-01"))
    code: bytes = b""

    def machine(self) -> FlaskClient:
        return self.app.test_client()

    @property
    def tree(self) -> Path:
        return self.place.exchange_dir

    @property
    def centre(self) -> CentrePublic:
        return self.place.centre.public

    def activate(self) -> Any:
        """Activate the server over the machine interface."""
        request = activation.make_request(self.server, self.code, "Guyub uji", self.clock.now().replace(microsecond=0))
        answer = self.machine().post("/api/v1/activation", data=request)
        self.forget()
        return answer

    def publish(self, sitting: str = "") -> int:
        self.forget()
        version = publishing.publish_sitting(self.place, sitting or self.sitting, "dewi", stretching=CHEAP)
        self.forget()
        return version

    def forget(self) -> None:
        """End the test's own transaction, so that it sees what others wrote and holds up nobody."""
        self.session.rollback()
        self.session.expire_all()

    def signed(self, method: str, path: str, body: bytes = b"", server: ServerIdentity | None = None) -> Any:
        """A request of the school server, signed."""
        self.forget()
        now_s = int(self.clock.now().timestamp())
        header = authorization(server or self.server, method, path, body, now_s)
        return self.machine().open(path, method=method, data=body, headers={"Authorization": header})

    def fetch(self, path: str, **headers: str) -> Any:
        return self.machine().get(f"/exchange/{path}", headers=headers, buffered=True)

    def check(self, held: Held | None = None) -> package_opening.CheckedPackage:
        """The complete check that a school makes at sync."""
        return package_opening.check_package(
            self.sitting, exchange.opener(self.tree), self.server, self.centre, held or Held(), self.clock.now()
        )

    def open(self, checked: package_opening.CheckedPackage, release: bytes) -> dict[str, bytes]:
        """The sections of the payload, as a school opens it."""
        path = self.tree / "payloads" / f"{checked.manifest.payload.sha256}.seal"
        with path.open("rb") as stream:
            plain = package_opening.open_package(checked.manifest, checked.device_share, release, stream)
            return read_all(plain)

    def bundle(self, *attempts: AttemptRecord, version: int = 1, minutes: int = 0, server: Any = None) -> Any:
        """Results as the school's server signs and boxes them."""
        results = Results(
            server=self.server.server,
            sitting=self.sitting,
            version=version,
            made_at=(EXAM_DAY + timedelta(hours=2, minutes=minutes)),
            attempts=attempts,
            outages=(),
            credits=(),
            audit=AuditHead(3, "ab" * 32),
        )
        return build_bundle(results, server or self.server, self.centre)

    def send(self, bundle: Any, chunk_size: int = 1024 * 1024) -> Any:
        """Upload by chunks; the answer to the last call."""
        base = f"/api/v1/servers/{self.server.server}/uploads/{bundle.name}"
        pieces = [bundle.data[start : start + chunk_size] for start in range(0, len(bundle.data), chunk_size)]
        names = [hashlib.sha256(piece).hexdigest() for piece in pieces]
        for name, piece in zip(names, pieces, strict=True):
            answer = self.signed("PUT", f"{base}/chunks/{name}", piece)
            assert answer.status_code == 204, answer.text
        return self.signed("POST", base, json.dumps({"size": len(bundle.data), "chunks": names}).encode())


def attempt(
    number: str, answers: dict[str, Any], *, state: str = "finished", epoch: int = 1, first: int = 1, **more: Any
) -> AttemptRecord:
    """One student's run with these answers, numbered from `first` on."""
    late = more.pop("late", False)
    records = tuple(
        AnswerRecord(question, value, False, first + place, epoch, 1000 + place, 1001 + place, late=late)
        for place, (question, value) in enumerate(answers.items())
    )
    fields = {"seed": 7, "started_ms": 1000, "finished_ms": 90_000, "closed_by": "student", "credit_ms": 0, **more}
    return AttemptRecord(number=number, state=state, answers=records, **fields)


def three_runs(day: Day) -> Any:
    """Siti did nearly all of it, Budi was closed by the clock, Tono never came."""
    siti = {"q1": "q1a", "q2": ["q2a", "q2b"], "q3": RIGHT_ROWS, "q5": KEY_MARKER, "q6": "Karena air."}
    budi = {"q1": "q1b", "q2": ["q2a", "q2c"], "q4": {"q4r1": ["q4x"]}}
    return day.bundle(
        attempt(SITI, siti),
        attempt(BUDI, budi, closed_by="clock", late=True, credit_ms=300_000),
        attempt(TONO, {}, state="waiting", started_ms=None, finished_ms=None, closed_by=None),
    )


@pytest.fixture
def day(pusat_app: Flask, session: Session, clock: FakeClock) -> Day:
    """The centre three days before the exam; the server is registered and not yet activated."""
    clock.wall = EXAM_DAY - timedelta(days=3)
    place = workplace_of(pusat_app)
    day = Day(pusat_app, clock, place, session)
    school = School(npsn=NPSN, name="SMA Contoh", city="Garut", province="Jawa Barat", time_zone="Asia/Jakarta")
    session.add(school)
    session.flush()
    server, code = servers.add_server(
        session, clock, "dewi", school, "Server utama", place.box, lambda n: bytes(range(n))
    )
    day.code = parse_code(code)
    room = Room(server_id=server.id, name="Lab 1", seats=20)
    session.add(room)
    session.add(Media(name=PICTURE_NAME, mime="image/png", data=PICTURE, size=len(PICTURE), created_at=clock.now()))
    add_paper(session, clock, room, place.box)
    session.commit()
    return day


@pytest.fixture
def active(day: Day) -> Day:
    """The same with the server activated."""
    assert day.activate().status_code == 200
    return day


@pytest.fixture
def published(active: Day) -> Day:
    """The same with the sitting published."""
    active.publish()
    return active


def add_paper(session: Session, clock: FakeClock, room: Room, box: SecretsBox) -> None:
    """A bank, a paper of all its questions, a sitting in the room, and three participants with seats."""
    bank = Bank(title="IPA", subject="IPA", created_at=clock.now())
    paper = Paper(title="Ujian IPA", subject="IPA", created_at=clock.now())
    session.add_all([bank, paper])
    session.flush()
    for position, question in enumerate(questions(), 1):
        body = question.to_dict()
        session.add(
            BankQuestion(
                id=question.id,
                bank_id=bank.id,
                position=position,
                type=str(question.type),
                body=body,
                changed_at=clock.now(),
            )
        )
        session.flush()
        session.add(PaperQuestion(paper_id=paper.id, question_id=question.id, position=position))
    session.flush()
    session.add(
        Sitting(
            id="sesi-1",
            title="IPA, sesi 1",
            paper_id=paper.id,
            room_id=room.id,
            starts_at=EXAM_DAY,
            length_s=5400,
            minimum_s=1800,
            time_zone="Asia/Jakarta",
            release_at=EXAM_DAY - timedelta(minutes=30),
            state=SittingState.DRAFT,
            created_at=clock.now(),
        )
    )
    session.flush()
    for seat, (number, name, nisn) in enumerate(PEOPLE, 1):
        password = new_password(random.Random(nisn).randbytes)
        session.add(
            Participant(
                number=number,
                school_npsn=NPSN,
                nisn=nisn,
                name=name,
                gender="P" if number == SITI else "L",
                class_name="9A",
                password=box.seal(password_place(number), password.encode()),
            )
        )
        session.flush()
        session.add(Enrolment(sitting_id="sesi-1", number=number, seat=seat))
    session.flush()


@pytest.fixture
def sign_in_as(pusat_app: Flask, add_person: Callable[..., Any]) -> Callable[[str, str], FlaskClient]:
    """Signs somebody in with a role."""

    def enter(username: str, role: str) -> FlaskClient:
        add_person(pusat_app, username, role)
        db.session.remove()
        return sign_in(pusat_app, username)

    return enter
