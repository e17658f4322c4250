"""Marking essays: markers see answers one by one without a name, give points, and are named themselves.

Whoever marks a question marks it for all sittings that asked it, from the oldest answer on. Marks can be changed later
by marking the answer again; every change is a line of the audit log. Two markers at once are told apart by the answer's
state, not by a lock.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.domain.questions import Question
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import AttemptResult, QuestionResult, Upload
from app.pusat.services.scoring_results import sum_up
from app.pusat.services.sealed_versions import read_publication
from app.services import audit

STEP = 0.5


@dataclass(frozen=True)
class Stack:
    """A question whose answers wait."""

    question: Question
    waiting: int
    marked: int


@dataclass(frozen=True)
class Answer:
    """One answer without a name. `place` is its key: attempt and question."""

    attempt_id: int
    question: Question
    text: str
    earned: float | None
    marked_by: str
    waiting: int


def list_stacks(session: Session) -> list[Stack]:
    """Questions with essays that wait, the largest stack first."""
    query = (
        select(QuestionResult.question_id, func.count(), func.min(QuestionResult.attempt_id))
        .where(QuestionResult.earned.is_(None))
        .group_by(QuestionResult.question_id)
        .order_by(func.count().desc(), QuestionResult.question_id)
    )
    stacks = []
    for question_id, waiting, example in session.execute(query).all():
        marked = session.scalar(
            select(func.count()).where(QuestionResult.question_id == question_id, QuestionResult.marked_by != "")
        )
        stacks.append(Stack(_question(session, example, question_id), waiting, marked or 0))
    return stacks


def next_answer(session: Session, question_id: str, after: int = 0) -> Answer | None:
    """The next answer that waits, after the run `after`, and around to the first again; None when all are marked."""
    waiting = select(QuestionResult).where(QuestionResult.question_id == question_id, QuestionResult.earned.is_(None))
    later = waiting.where(QuestionResult.attempt_id > after).order_by(QuestionResult.attempt_id).limit(1)
    found = session.scalars(later).first()
    if found is None:
        found = session.scalars(waiting.order_by(QuestionResult.attempt_id).limit(1)).first()
    return _answer(session, found) if found else None


def read_answer(session: Session, attempt_id: int, question_id: str) -> Answer:
    """One answer; Refusal P-770 if there is none."""
    found = session.get(QuestionResult, (attempt_id, question_id))
    if found is None:
        raise _unknown()
    return _answer(session, found)


def mark(
    session: Session, clock: Clock, actor: str, attempt_id: int, question_id: str, points: float, seen: str
) -> None:
    """Give points to an essay. `seen` is the text the marker had before them.

    Refuses P-770 (no such essay), P-771 (points out of range or off the step) and P-772 (the text changed meanwhile).
    """
    run = session.scalars(
        select(AttemptResult)
        .where(AttemptResult.id == attempt_id)
        .options(selectinload(AttemptResult.questions))
        .with_for_update(of=AttemptResult)
    ).first()
    row = next((one for one in run.questions if one.question_id == question_id), None) if run else None
    if run is None or row is None:
        raise _unknown()
    if _text(row) != seen.replace("\r\n", "\n"):
        raise Refusal(
            "P-772",
            N_("Jawaban ini berubah karena hasil yang lebih baru diterima dari sekolah."),
            N_("Baca jawaban yang baru, lalu beri nilai lagi."),
            status=409,
        )
    if not 0 <= points <= row.possible or points % STEP:
        raise Refusal(
            "P-771",
            N_("Nilai harus antara 0 dan %(most)s, kelipatan %(step)s."),
            N_("Ketik nilai lagi, misalnya 1,5."),
            values={"most": f"{row.possible:g}".replace(".", ","), "step": f"{STEP:g}".replace(".", ",")},
        )
    before = row.earned
    row.earned, row.marked_by, row.marked_at = float(points), actor, clock.now()
    sum_up(run, run.questions, run.possible)
    session.flush()
    detail = {"question": question_id, "points": f"{points:g}", "before": "" if before is None else f"{before:g}"}
    audit.record(session, clock, actor, AuditEvent.ESSAY_MARKED, f"{run.sitting_id}/{run.number}", detail)


def _answer(session: Session, row: QuestionResult) -> Answer:
    question = _question(session, row.attempt_id, row.question_id)
    waiting = session.scalar(
        select(func.count()).where(QuestionResult.question_id == row.question_id, QuestionResult.earned.is_(None))
    )
    return Answer(row.attempt_id, question, _text(row), row.earned, row.marked_by, waiting or 0)


def _text(row: QuestionResult) -> str:
    value = json.loads(row.value)
    return value.replace("\r\n", "\n") if isinstance(value, str) else ""


def _question(session: Session, attempt_id: int, question_id: str) -> Question:
    """The question with its marking guide, as it was sat in this run."""
    run = (
        session.scalars(
            select(AttemptResult).where(AttemptResult.id == attempt_id).options(joinedload(AttemptResult.questions))
        )
        .unique()
        .one()
    )
    version = session.scalars(select(Upload.version).where(Upload.sha256 == run.upload_sha256)).one()
    publication = read_publication(session, run.sitting_id, version)
    bodies = publication.snapshot["questions"] if publication else []
    body = next((body for body in bodies if body["id"] == question_id), None)
    if body is None:
        raise _unknown()
    question = Question.from_dict(body)
    if str(question.type) != "essay":
        raise _unknown()
    return question


def _unknown() -> Refusal:
    return Refusal(
        "P-770",
        N_("Jawaban uraian ini tidak ada."),
        N_("Kembali ke daftar uraian, lalu pilih soal."),
        status=404,
    )
