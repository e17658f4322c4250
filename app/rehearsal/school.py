"""A trial school: one active sitting of made-up students, put straight into an empty database.

What sync and release bring on a real day is written here instead; everything after that is the program itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.orm import Session

from app.domain.attempt_states import AttemptState
from app.domain.entry_token import current_token
from app.domain.package_keys import Binding, entry_token_key, login_pepper
from app.domain.permissions import Role
from app.domain.student_passwords import verifier
from app.models import Attempt, HeldSitting, HeldState, Identity
from app.rehearsal.paper import QUESTIONS, put_paper
from app.sekolah.services.seats import SeatKeys
from app.services import staff_accounts
from app.services.system_clock import SystemClock
from app.settings import SekolahSettings
from app.web.transactions import guard_engine

SECRET = bytes(range(32))
BINDING = Binding("P20104001-01", "beban", 1)
PASSWORD = "ABCD2345"  # noqa: S105 - made up, of students made up
STAFF_PASSWORD = "sandi untuk uji beban"  # noqa: S105
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Student:
    """One of the school's students. `seat` is the bearer of one who works already, else empty."""

    attempt: int
    number: str
    seat: str


@dataclass(frozen=True)
class School:
    """A furnished school. `waiting` may log in, `working` sit at their seats already."""

    settings: SekolahSettings
    paper: str
    waiting: list[Student]
    working: list[Student]

    @property
    def token(self) -> str:
        """The entry token of this quarter of an hour."""
        return current_token(entry_token_key(SECRET, BINDING), int(time.time() * 1000))[0]


def furnish(settings: SekolahSettings, *, waiting: int = 0, working: int = 0, answered: bool = False) -> School:
    """Fill a database that has its tables and nothing else: so many students who wait, so many at work, one proctor.

    `answered`: those at work have answered every question already (sequences 1 to 40).
    """
    paper = put_paper(settings)
    engine = create_engine(settings.database_url)
    guard_engine(engine)
    with Session(engine) as session:
        _add_sitting(session, paper)
        session.execute(insert(Attempt), list(_attempts(waiting, working)))
        if answered:
            _answer_all(session)
        staff_accounts.add_staff(
            session, SystemClock(), username="ratna", name="Ratna", role=Role.PROKTOR, password=STAFF_PASSWORD,
            place="sekolah", actor="trial",
        )  # fmt: skip
        session.commit()
        found = list(session.execute(select(Attempt.id, Attempt.number, Attempt.epoch).order_by(Attempt.id)))
    engine.dispose()
    keys = SeatKeys.of(settings.keys_dir)
    students = [
        Student(attempt, number, keys.seat(attempt, epoch, BINDING.sitting) if epoch else "")
        for attempt, number, epoch in found
    ]
    return School(
        settings, paper, [student for student in students if not student.seat], [s for s in students if s.seat]
    )


def _add_sitting(session: Session, paper: str) -> None:
    now = datetime.now(UTC)
    session.add(
        Identity(
            server_id=BINDING.server, server_name="Server 1", school_npsn="20104001", school_name="SMA Uji Beban",
            time_zone="Asia/Jakarta", centre_sign_public=b"", centre_box_public=b"", confirmed=True, activated_at=now,
        )
    )  # fmt: skip
    session.add(
        HeldSitting(
            id=BINDING.sitting, version=BINDING.version, title="Uji beban", subject="Uji beban", room="R1",
            starts_at=now, length_s=7200, minimum_s=0, time_zone="Asia/Jakarta", questions=QUESTIONS,
            state=HeldState.ACTIVE, device_share=bytes(32), release_secret=SECRET, paper_sha256=paper, detail={},
        )
    )  # fmt: skip
    session.flush()


def _answer_all(session: Session) -> None:
    """Forty answers each, in the journal and as what counts."""
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :most)"
    most = {"most": QUESTIONS}
    values = "a.id, 'q' || n.i, 1, n.i, '\"a\"', false, a.started_ms, a.started_ms"
    rows = "FROM attempt a, n WHERE a.epoch = 1"
    columns = "attempt_id, question_id, epoch, sequence, value, doubtful, written_ms, received_ms"
    for table, more, value in (("answer", "late", "false"), ("journal_entry", "outcome", "'kept'")):
        session.execute(
            text(f"INSERT INTO {table} ({columns}, {more}) {numbers} SELECT {values}, {value} {rows}"), most
        )
    session.execute(text("UPDATE attempt SET sequence = :most, answered = :most WHERE epoch = 1"), most)


def _attempts(waiting: int, working: int) -> Iterator[dict[str, Any]]:
    pepper, now_ms = login_pepper(SECRET, BINDING), int(time.time() * 1000)
    for place in range(waiting + working):
        number = f"U{place:06}"
        works = place >= waiting
        yield {
            "sitting_id": BINDING.sitting,
            "number": number,
            "name": f"Peserta {place}",
            "gender": "PL"[place % 2],
            "class_name": f"XII-{place % 9 + 1}",
            "seat": place + 1,
            "verifier": verifier(pepper, BINDING.sitting, number, PASSWORD),
            "seed": place * 2654435761 % 2**32,
            "state": AttemptState.WORKING if works else AttemptState.WAITING,
            "epoch": int(works),
            "seat_held": works,
            "started_ms": now_ms if works else None,
            "deadline_ms": now_ms + 2 * HOUR_MS if works else None,
        }
