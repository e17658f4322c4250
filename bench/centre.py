"""A centre with thousands of school servers, served by the program as it is deployed, on PostgreSQL.

Schools, servers with keys of their own, participants and the paper are put straight into the database. Each sitting has
a package of its own, sealed by the program's code (with cheap stretching of the offline code, which no server here
uses), and every server's results are signed, packed and boxed by the program's code before anything is measured.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import random
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.domain.bundles import AnswerRecord, AttemptRecord, AuditHead, Results, build_bundle
from app.domain.identities import CentrePublic
from app.domain.permissions import Role
from app.domain.student_passwords import new_password
from app.factory import create_app
from app.models import (
    Bank,
    BankQuestion,
    Enrolment,
    Paper,
    PaperQuestion,
    Participant,
    Publication,
    Room,
    School,
    Server,
    Sitting,
    SittingState,
)
from app.pusat.jobs import workplace_of
from app.pusat.services.secrets_box import password_place
from app.pusat.services.workplace import Workplace
from app.rehearsal.paper import QUESTIONS, answer_to, question_id
from app.rehearsal.server import make_tables
from app.services import staff_accounts
from app.settings import PusatSettings, load_settings
from bench.centre_packages import (
    FIRST_NPSN,
    STUDENTS,
    Packages,
    identity,
    questions,
    server_id,
    sitting_id,
    student,
    students,
)

TOGETHER = 250  # servers put into the database at a time
STAFF_PASSWORD = "sandi untuk uji beban"  # noqa: S105 - made up
HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Centre:
    """A furnished centre. `bundles` holds the results that are to be uploaded."""

    settings: PusatSettings
    servers: int
    keys: CentrePublic
    bundles: Path

    def place(self) -> Workplace:
        """To look into its database and tree."""
        return workplace_of(create_app(self.settings))


def furnish(
    folder: Path, port: int, servers: int, uploads: int, database: str | None, tell: Callable[[str], None]
) -> Centre:
    """Fill an empty database: so many servers, each with a published sitting, the first of them with results.

    A server that uploads has forty students, every other only one: its package is fetched, and nobody sits there.
    """
    settings = load_settings(
        {}, role="pusat", data_dir=folder, host="127.0.0.1", port=port, database_url=database, log_level="warning"
    )
    assert isinstance(settings, PusatSettings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    make_tables(settings)
    bundles = folder / "bundles"
    bundles.mkdir()
    place = workplace_of(create_app(settings))
    with place.transaction() as session:
        _add_paper(session)
        staff_accounts.add_staff(
            session, place.clock, username="dewi", name="Dewi", role=Role.OPERATOR, password=STAFF_PASSWORD,
            place="pusat", actor="bench",
        )  # fmt: skip
    place.engine.dispose()
    firsts = range(0, servers, TOGETHER)
    spawn = multiprocessing.get_context("spawn")  # nothing of this process' connections goes along
    with ProcessPoolExecutor(os.cpu_count(), mp_context=spawn) as workers:
        parts = [
            workers.submit(_furnish_part, settings, bundles, range(first, min(first + TOGETHER, servers)), uploads)
            for first in firsts
        ]
        for number, part in enumerate(parts, 1):
            part.result()
            if number % 10 == 0 or number == len(parts):
                tell(f"{min(number * TOGETHER, servers)} of {servers} servers have a sealed package")
    return Centre(settings, servers, place.centre.public, bundles)


def release_at(centre: Centre, moment: datetime | None) -> None:
    """Plan the release of every sitting."""
    place = centre.place()
    with place.transaction() as session:
        session.execute(update(Sitting).values(release_at=moment))
    place.engine.dispose()


def _furnish_part(settings: PusatSettings, bundles: Path, places: range, uploads: int) -> None:
    """One process' work: rows, packages and results of some servers."""
    place = _place(settings)
    with place.transaction() as session:
        paper = session.scalars(select(Paper.id)).one()
        now = datetime.now(UTC)
        starts = (now + timedelta(hours=1)).replace(microsecond=0)
        for kind, rows in _server_rows(place, places, uploads, paper, starts).items():
            session.execute(insert(kind), rows)
        packages = Packages(place, starts)
        rows = [packages.make(number, students(number, uploads)) for number in places]
        session.execute(insert(Publication), rows)
    for number in range(places.start, min(places.stop, uploads)):
        data = build_bundle(_results(number), identity(number), place.centre.public).data
        (bundles / f"{number}.bundle").write_bytes(data)


@cache
def _place(settings: PusatSettings) -> Workplace:
    return workplace_of(create_app(settings))


def _add_paper(session: Session) -> None:
    """A paper of forty questions of every type, with its key."""
    now = datetime.now(UTC)
    bank, paper = (kind(title="Uji beban", subject="Uji beban", created_at=now) for kind in (Bank, Paper))
    session.add_all([bank, paper])
    session.flush()
    for position, question in enumerate(questions(), 1):
        session.add(
            BankQuestion(
                id=question.id, bank_id=bank.id, position=position, type=str(question.type),
                body=question.to_dict(), changed_at=now,
            )
        )  # fmt: skip
        session.flush()
        session.add(PaperQuestion(paper_id=paper.id, question_id=question.id, position=position))


def _server_rows(
    place: Workplace, places: range, uploads: int, paper: int, starts: datetime
) -> dict[Any, list[dict[str, Any]]]:
    """Schools with one activated server, one room, its participants and one published sitting each."""
    now = datetime.now(UTC)
    rows: dict[Any, list[dict[str, Any]]] = {kind: [] for kind in (School, Server, Room, Participant)}
    for number in places:
        npsn, public = str(FIRST_NPSN + number), identity(number).public
        rows[School].append(
            {"npsn": npsn, "name": f"SMA {number}", "city": f"Kota {number % 514}", "province": f"P{number % 38}"}
        )
        rows[Server].append(
            {
                "id": server_id(number), "school_npsn": npsn, "name": "Server 1", "created_at": now,
                "activated_at": now, "sign_public": public.sign.public_bytes_raw(),
                "box_public": public.box.public_bytes_raw(),
            }
        )  # fmt: skip
        rows[Room].append({"id": number + 1, "server_id": server_id(number), "name": "R1", "seats": STUDENTS})
        rows[Participant] += [
            _participant(place, npsn, number, seat) for seat in range(1, students(number, uploads) + 1)
        ]
    rows[Sitting] = [
        {
            "id": sitting_id(number), "title": "Uji beban", "paper_id": paper, "room_id": number + 1,
            "starts_at": starts, "length_s": 7200, "minimum_s": 0, "time_zone": "Asia/Jakarta",
            "state": SittingState.PUBLISHED, "version": 1, "created_at": now,
        }
        for number in places
    ]  # fmt: skip
    rows[Enrolment] = [
        {"sitting_id": sitting_id(number), "number": student(number, seat), "seat": seat}
        for number in places
        for seat in range(1, students(number, uploads) + 1)
    ]
    return rows


def _participant(place: Workplace, npsn: str, server: int, seat: int) -> dict[str, Any]:
    number = student(server, seat)
    password = new_password(random.Random(number).randbytes).encode()
    return {
        "number": number,
        "school_npsn": npsn,
        "nisn": f"{server * STUDENTS + seat:010}",
        "name": f"Peserta {seat}",
        "gender": "PL"[seat % 2],
        "class_name": f"XII-{seat % 9 + 1}",
        "password": place.box.seal(password_place(number), password),
    }


def _results(server: int) -> Results:
    """Forty students with forty answers each."""
    now = datetime.now(UTC).replace(microsecond=0)
    began = int(now.timestamp() * 1000)
    attempts = tuple(
        AttemptRecord(
            number=student(server, seat), state="finished", seed=server * STUDENTS + seat, started_ms=began,
            finished_ms=began + HOUR_MS, closed_by="student", credit_ms=0,
            answers=tuple(
                AnswerRecord(
                    question_id(place), answer_to(place, server + seat), doubtful=False, sequence=place + 1, epoch=1,
                    written_ms=began + 60_000 * place, received_ms=began + 60_000 * place + 40, late=False,
                )
                for place in range(QUESTIONS)
            ),
        )
        for seat in range(1, STUDENTS + 1)
    )  # fmt: skip
    head = AuditHead(server + 1, hashlib.sha256(str(server).encode()).hexdigest())
    return Results(server_id(server), sitting_id(server), 1, now, attempts, (), (), head)
