"""Papers: which questions in which order, what they are worth, and what still keeps a paper from being used.

Questions that share a stimulus always stand together, whatever is added or moved. A paper that a sitting uses is never
deleted; a published sitting keeps its own copy, so later changes reach it only by publishing again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.domain.questions import Question, QuestionType
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import BankQuestion, Paper, PaperQuestion, Sitting
from app.pusat.services.question_bank import QuestionLine, line_of
from app.services import audit

MOST_QUESTIONS = 200


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A paper in the list."""

    paper: Paper
    questions: int
    sittings: int


@dataclass(frozen=True, slots=True)
class TypeTotal:
    """How many questions of a type, and what they are worth together."""

    type: QuestionType
    questions: int
    marks: float


@dataclass(frozen=True, slots=True)
class PaperView:
    """A paper with its questions in order; `group` numbers stimuli from 1, 0 is a question without one."""

    paper: Paper
    lines: list[QuestionLine]
    groups: list[int]
    totals: list[TypeTotal]

    @property
    def marks(self) -> float:
        """What the whole paper is worth."""
        return sum(total.marks for total in self.totals)

    @property
    def faulty(self) -> list[tuple[int, QuestionLine]]:
        """(number from 1, line) of the questions that have problems."""
        return [(number, line) for number, line in enumerate(self.lines, 1) if line.question.problems()]


def list_papers(session: Session) -> list[PaperLine]:
    """Papers by subject and title with their counts."""
    questions = select(func.count()).where(PaperQuestion.paper_id == Paper.id).scalar_subquery()
    sittings = select(func.count()).where(Sitting.paper_id == Paper.id).scalar_subquery()
    query = select(Paper, questions, sittings).order_by(Paper.subject, Paper.title, Paper.id)
    return [PaperLine(*row) for row in session.execute(query)]


def find_paper(session: Session, paper_id: int) -> Paper:
    """The paper of this number; Refusal P-430 if there is none."""
    paper = session.get(Paper, paper_id)
    if paper is None:
        raise Refusal("P-430", N_("Paket soal ini tidak ada lagi."), N_("Pilih paket lain di daftar."), status=404)
    return paper


def view_paper(session: Session, paper: Paper) -> PaperView:
    """A paper as its page shows it."""
    lines = [line_of(place.question) for place in _places(session, paper)]
    numbers: dict[str, int] = {}
    groups = []
    for line in lines:
        stimulus = line.question.stimulus
        groups.append(numbers.setdefault(stimulus, len(numbers) + 1) if stimulus else 0)
    totals = []
    for kind in QuestionType:
        marks = [line.question.mark for line in lines if line.question.type is kind]
        if marks:
            totals.append(TypeTotal(kind, len(marks), sum(marks)))
    return PaperView(paper, lines, groups, totals)


def add_paper(session: Session, clock: Clock, actor: str, title: str, subject: str) -> Paper:
    """A new paper without questions."""
    paper = Paper(title=_line(title), subject=_line(subject), created_at=clock.now())
    _check(paper.title, paper.subject)
    session.add(paper)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.PAPER_SAVED, str(paper.id), {"title": paper.title})
    return paper


def change_paper(session: Session, clock: Clock, actor: str, paper: Paper, title: str, subject: str) -> None:
    """Another title or subject."""
    _check(_line(title), _line(subject))
    paper.title, paper.subject = _line(title), _line(subject)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.PAPER_SAVED, str(paper.id), {"title": paper.title})


def delete_paper(session: Session, clock: Clock, actor: str, paper: Paper) -> None:
    """Delete a paper that no sitting uses; Refusal P-431 otherwise. Its questions stay in the bank."""
    if session.scalar(select(Sitting.id).where(Sitting.paper_id == paper.id).limit(1)) is not None:
        raise Refusal(
            "P-431",
            N_("Paket soal ini dipakai oleh jadwal ujian."),
            N_("Hapus atau ubah jadwalnya dahulu."),
            status=409,
        )
    detail = {"title": paper.title}
    session.delete(paper)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.PAPER_DELETED, str(paper.id), detail)


def add_questions(session: Session, clock: Clock, actor: str, paper: Paper, ids: Iterable[str]) -> int:
    """Put questions behind those that are there; known ones are left alone. Gives how many were added."""
    places = _places(session, paper)
    there = {place.question_id for place in places}
    wanted = [one for one in dict.fromkeys(ids) if one not in there]
    rows = {row.id: row for row in session.scalars(select(BankQuestion).where(BankQuestion.id.in_(wanted)))}
    if len(there) + len(rows) > MOST_QUESTIONS:
        raise Refusal(
            "P-432",
            N_("Satu paket memuat paling banyak %(limit)s soal."),
            N_("Pilih lebih sedikit soal, atau buat paket lain."),
            values={"limit": MOST_QUESTIONS},
        )
    ordered = sorted(rows.values(), key=lambda row: (row.bank_id, row.position))
    for row in ordered:
        session.add(PaperQuestion(paper_id=paper.id, question_id=row.id, position=MOST_QUESTIONS + 1))
    session.flush()
    _renumber(session, paper, [place.question_id for place in places] + [row.id for row in ordered])
    if ordered:
        _note(session, clock, actor, paper)
    return len(ordered)


def remove_questions(session: Session, clock: Clock, actor: str, paper: Paper, ids: Collection[str]) -> int:
    """Take questions off the paper; they stay in the bank. Gives how many were taken off."""
    places = _places(session, paper)
    gone = [place for place in places if place.question_id in ids]
    for place in gone:
        session.delete(place)
    session.flush()
    _renumber(session, paper, [place.question_id for place in places if place not in gone])
    if gone:
        _note(session, clock, actor, paper)
    return len(gone)


def order_questions(session: Session, clock: Clock, actor: str, paper: Paper, wanted: dict[str, float]) -> None:
    """Sort by the wanted numbers (those not named keep theirs); questions of one stimulus follow its first."""
    now = {place.question_id: float(number) for number, place in enumerate(_places(session, paper), 1)}

    def key(one: str) -> tuple[float, int]:
        then = wanted.get(one, now[one])
        # who is given another's number comes before it when moving up and behind it when moving down
        return then, (then > now[one]) - (then < now[one])

    _renumber(session, paper, sorted(now, key=key))
    _note(session, clock, actor, paper)


def sittings_of(session: Session, paper: Paper) -> Sequence[Sitting]:
    """The sittings that use a paper, by start."""
    return session.scalars(select(Sitting).where(Sitting.paper_id == paper.id).order_by(Sitting.starts_at)).all()


def _places(session: Session, paper: Paper) -> Sequence[PaperQuestion]:
    query = select(PaperQuestion).where(PaperQuestion.paper_id == paper.id).order_by(PaperQuestion.position)
    return session.scalars(query.options(selectinload(PaperQuestion.question))).all()


def _renumber(session: Session, paper: Paper, ids: Sequence[str]) -> None:
    session.expire(paper, ["questions"])
    places = {place.question_id: place for place in _places(session, paper)}
    for position, question_id in enumerate(_together(places, ids), 1):
        places[question_id].position = position
    session.flush()
    session.expire(paper, ["questions"])


def _together(places: dict[str, PaperQuestion], ids: Sequence[str]) -> list[str]:
    """The ids with each stimulus's questions behind its first one."""
    stimulus = {one: Question.from_dict(places[one].question.body).stimulus for one in ids}
    blocks: dict[str, list[str]] = {}
    for one in ids:
        blocks.setdefault(stimulus[one] or f"\0{one}", []).append(one)
    return [one for block in blocks.values() for one in block]


def _note(session: Session, clock: Clock, actor: str, paper: Paper) -> None:
    count = session.scalar(select(func.count()).where(PaperQuestion.paper_id == paper.id)) or 0
    audit.record(session, clock, actor, AuditEvent.PAPER_SAVED, str(paper.id), {"questions": count})


def _check(title: str, subject: str) -> None:
    if not title or not subject or len(title) > 200 or len(subject) > 100:
        raise Refusal(
            "P-433",
            N_("Judul atau mata uji kosong, atau terlalu panjang."),
            N_("Isi judul (paling banyak 200 huruf) dan mata uji (paling banyak 100 huruf)."),
        )


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
