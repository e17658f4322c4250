"""What a sitting is made of when it is published, and everything that keeps it from being published.

All problems are told at once, on the page as in the refusal: who has to mend ten things wants to see ten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.domain.documents import Schedule
from app.domain.identities import ServerPublic
from app.domain.package_building import Candidate
from app.domain.questions import Question
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Enrolment, Media, Paper, PaperQuestion, Participant, Publication, Sitting, SittingState
from app.pusat.services.paper_files import MediaFile, Problem, find_problems, media_of
from app.pusat.services.secrets_box import SecretsBox, password_place
from app.pusat.services.sittings import find_sitting

LONGEST_LENGTH_S = 24 * 3600
LONGEST_LINE = 300


@dataclass(frozen=True)
class Material:
    """Everything that goes into a package, and the version it follows on."""

    title: str
    subject: str
    questions: list[Question]
    media: dict[str, MediaFile]
    schedule: Schedule
    server: ServerPublic
    candidates: list[Candidate]
    people: dict[str, dict[str, Any]]  # as the version keeps them, by number
    version: int
    state: SittingState


def read_material(session: Session, box: SecretsBox, sitting_id: str) -> Material:
    """All that is to be sealed; refuses P-701 (problems, listed in `extra`) and P-702 (already released)."""
    sitting = find_sitting(session, sitting_id)
    refuse_released(session, sitting)
    problems = sitting_problems(session, sitting)
    if problems:
        raise Refusal(
            "P-701",
            N_("Jadwal ini belum dapat diterbitkan: ada %(n)s hal yang perlu dibetulkan. %(first)s"),
            N_("Betulkan yang disebut di halaman jadwal, lalu terbitkan lagi."),
            status=409,
            values={"n": len(problems), "first": problems[0].text % problems[0].values},
            extra={"problems": [problem.text % problem.values for problem in problems]},
        )
    questions = paper_questions(session, sitting.paper_id)
    server = sitting.room.server
    return Material(
        title=sitting.paper.title,
        subject=sitting.paper.subject,
        questions=questions,
        media=_media(session, media_of(questions)),
        schedule=schedule_of(sitting),
        server=ServerPublic.from_raw(server.id, server.sign_public or b"", server.box_public or b""),
        candidates=_candidates(session, box, sitting),
        people=read_people(session, [sitting.id])[sitting.id],
        version=sitting.version,
        state=sitting.state,
    )


def sitting_problems(session: Session, sitting: Sitting) -> list[Problem]:
    """What keeps the sitting from being published; empty if nothing does."""
    questions = paper_questions(session, sitting.paper_id)
    wanted = media_of(questions)
    found = find_problems(questions, _media(session, wanted))
    places = session.execute(select(Enrolment.number, Enrolment.seat).where(Enrolment.sitting_id == sitting.id)).all()
    if not places:
        found.append(Problem(N_("Belum ada peserta dalam jadwal ini."), {}))
    outside = [number for number, seat in places if not 1 <= seat <= sitting.room.seats]
    if outside:
        text = N_("%(n)s peserta memakai nomor tempat yang tidak ada di ruang %(room)s.")
        found.append(Problem(text, {"n": len(outside), "room": sitting.room.name}))
    if sitting.room.server.activated_at is None:
        text = N_("Server %(server)s belum diaktifkan, sehingga paketnya belum dapat disegel untuknya.")
        found.append(Problem(text, {"server": sitting.room.server_id}))
    if not 1 <= sitting.length_s <= LONGEST_LENGTH_S or not 0 <= sitting.minimum_s <= sitting.length_s:
        found.append(Problem(N_("Lama ujian atau waktu minimumnya tidak masuk akal."), {}))
    return found


def refuse_released(session: Session, sitting: Sitting) -> None:
    """Refuses P-702 for what is released, unless its server was replaced since (`needs_sealing_again`)."""
    if sitting.state in (SittingState.DRAFT, SittingState.PUBLISHED) or needs_sealing_again(session, sitting):
        return
    raise Refusal(
        "P-702",
        N_("Ujian ini sudah dirilis, jadi paketnya tidak dapat diganti lagi."),
        N_("Untuk ujian susulan, buat jadwal baru dengan paket soal lain."),
        status=409,
    )


def needs_sealing_again(session: Session, sitting: Sitting) -> bool:
    """Whether the newest version was sealed for another machine or server than the one that is to open it."""
    if not sitting.version:
        return False
    newest = session.execute(
        select(Publication.server_id, Publication.published_at).where(
            Publication.sitting_id == sitting.id, Publication.version == sitting.version
        )
    ).first()
    server = sitting.room.server
    if newest is None or server.activated_at is None:
        return False
    return bool(newest.server_id != server.id or newest.published_at < server.activated_at)


def schedule_of(sitting: Sitting) -> Schedule:
    """When and where, as it is signed."""
    return Schedule(
        sitting=sitting.id,
        title=sitting.title,
        subject=sitting.paper.subject,
        starts_at=sitting.starts_at.replace(microsecond=0),
        length_s=sitting.length_s,
        minimum_s=sitting.minimum_s,
        time_zone=sitting.time_zone,
        room=sitting.room.name,
    )


def read_people(session: Session, sitting_ids: Sequence[str]) -> dict[str, dict[str, dict[str, Any]]]:
    """Sitting → number → what a package says of a participant. Of the password only which one it is, not what."""
    found: dict[str, dict[str, dict[str, Any]]] = {sitting_id: {} for sitting_id in sitting_ids}
    query = select(
        Enrolment.sitting_id,
        Enrolment.number,
        Enrolment.seat,
        Participant.name,
        Participant.gender,
        Participant.class_name,
        Participant.password,
    ).join(Participant, Participant.number == Enrolment.number)
    for row in session.execute(query.where(Enrolment.sitting_id.in_(sitting_ids))):
        found[row.sitting_id][row.number] = {
            "name": row.name,
            "gender": row.gender,
            "class_name": row.class_name,
            "seat": row.seat,
            "password": hashlib.sha256(row.password).hexdigest(),  # of the sealed bytes: new with every new password
        }
    return found


def paper_questions(session: Session, paper_id: int) -> list[Question]:
    """A paper's questions in order, keys included."""
    paper = session.scalars(
        select(Paper)
        .where(Paper.id == paper_id)
        .options(selectinload(Paper.questions).selectinload(PaperQuestion.question))
    ).one()
    return [Question.from_dict(place.question.body) for place in paper.questions]


def _media(session: Session, names: list[str]) -> dict[str, MediaFile]:
    query = select(Media.name, Media.mime, Media.size).where(Media.name.in_(names))
    return {row.name: MediaFile(row.name, row.mime, row.size) for row in session.execute(query)}


def _candidates(session: Session, box: SecretsBox, sitting: Sitting) -> list[Candidate]:
    query = (
        select(Enrolment)
        .where(Enrolment.sitting_id == sitting.id)
        .options(selectinload(Enrolment.participant))
        .order_by(Enrolment.seat)
    )
    return [
        Candidate(
            number=place.number,
            name=place.participant.name[:LONGEST_LINE],
            gender=place.participant.gender,
            class_name=place.participant.class_name,
            seat=place.seat,
            password=box.open(password_place(place.number), place.participant.password).decode("ascii"),
        )
        for place in session.scalars(query)
    ]
