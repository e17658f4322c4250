"""Questions of a bank: planned and imported from a file, listed, changed, deleted while no paper uses them.

What was imported is known by a hash over its source (formulas as LaTeX, ids as positions), so that the same file twice
changes nothing, also after a question was edited here or the formula setter changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import canonical
from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.domain.questions import Question, QuestionType
from app.domain.refusals import Refusal
from app.domain.sealing import RandomBytes
from app.domain.wording import N_
from app.models import Bank, BankQuestion, Paper, PaperQuestion
from app.pusat.services.media import store_media
from app.pusat.services.question_files import Media, ReadItem
from app.pusat.services.question_files.cleaning import media_names
from app.pusat.services.question_files.composing import html_parts
from app.pusat.services.question_files.plain import editable_html, readable_text
from app.services import audit

ID_BYTES = 6


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do: `new` are (item, hash), the rest is told and left out."""

    new: list[tuple[ReadItem, str]]
    same: int
    errors: list[ReadItem]
    skipped: list[ReadItem]
    texts: list[ReadItem]  # descriptions: no questions, so not imported


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """A question in a list: its row, itself, one line of its text, and the titles of the papers that use it."""

    row: BankQuestion
    question: Question
    text: str
    papers: tuple[str, ...] = ()


def plan_import(session: Session, bank: Bank, items: Sequence[ReadItem]) -> ImportPlan:
    """Sort what a file holds into new, known, wrong and left out."""
    known = set(session.scalars(select(BankQuestion.source_hash).where(BankQuestion.bank_id == bank.id)))
    plan = ImportPlan([], 0, [], [], [])
    same = 0
    for item in items:
        if item.question is None:
            (plan.errors if item.error else plan.skipped).append(item)
        elif item.question.type is QuestionType.DESCRIPTION:
            plan.texts.append(item)
        else:
            mark = source_hash(item.question)
            if mark in known:
                same += 1
            else:
                known.add(mark)
                plan.new.append((item, mark))
    return replace(plan, same=same)


def apply_import(
    session: Session,
    clock: Clock,
    actor: str,
    bank: Bank,
    plan: ImportPlan,
    file_name: str,
    random_bytes: RandomBytes,
) -> None:
    """Add the new questions with their media, in file order. What the plan holds as wrong stays out."""
    position = session.scalar(select(func.max(BankQuestion.position)).where(BankQuestion.bank_id == bank.id)) or 0
    store_media(session, clock, [one for item, _mark in plan.new for one in item.media])
    for number, (item, mark) in enumerate(plan.new, position + 1):
        if item.question is not None:
            question = replace(item.question, id="").with_ids(lambda: new_id(random_bytes))
            row = BankQuestion(id=question.id, bank_id=bank.id, position=number, source_hash=mark)
            row.source = f"{file_name}, {item.place}"[:200]
            _put(row, question, clock)
            session.add(row)
    session.flush()
    if plan.new:
        detail = {"new": len(plan.new), "same": plan.same, "errors": len(plan.errors), "file": file_name[:100]}
        audit.record(session, clock, actor, AuditEvent.QUESTIONS_IMPORTED, str(bank.id), detail)


def list_questions(session: Session, bank_id: int, kind: str = "", text: str = "") -> list[QuestionLine]:
    """Questions of a bank in order; `text` is looked for in what a student reads."""
    query = select(BankQuestion).where(BankQuestion.bank_id == bank_id).order_by(BankQuestion.position)
    if kind:
        query = query.where(BankQuestion.type == kind)
    titles = _papers_by_question(session, bank_id)
    lines = [line_of(row, titles.get(row.id, ())) for row in session.scalars(query)]
    wanted = text.strip().casefold()
    return [line for line in lines if wanted in _searched(line).casefold()] if wanted else lines


def count_types(session: Session, bank_id: int) -> dict[str, int]:
    """How many questions of each type a bank holds."""
    query = select(BankQuestion.type, func.count()).where(BankQuestion.bank_id == bank_id).group_by(BankQuestion.type)
    return {kind: int(count) for kind, count in session.execute(query)}


def line_of(row: BankQuestion, papers: tuple[str, ...] = ()) -> QuestionLine:
    """A row as a list shows it."""
    question = Question.from_dict(row.body)
    text = readable_text(question.stem) or readable_text(question.stimulus)
    return QuestionLine(row, question, " ".join(text.split())[:240], papers)


def find_question(session: Session, question_id: str) -> BankQuestion:
    """The question of this id; Refusal P-420 if there is none."""
    row = session.get(BankQuestion, question_id)
    if row is None:
        raise Refusal("P-420", N_("Soal ini tidak ada lagi."), N_("Kembali ke daftar soal."), status=404)
    return row


def neighbours(session: Session, row: BankQuestion) -> tuple[str | None, str | None]:
    """Ids of the questions before and after this one in its bank."""
    query = select(BankQuestion.id).where(BankQuestion.bank_id == row.bank_id)
    before = query.where(BankQuestion.position < row.position).order_by(BankQuestion.position.desc()).limit(1)
    after = query.where(BankQuestion.position > row.position).order_by(BankQuestion.position).limit(1)
    return session.scalar(before), session.scalar(after)


def papers_of(session: Session, row: BankQuestion) -> Sequence[Paper]:
    """The papers that use a question, by title."""
    query = select(Paper).join(PaperQuestion).where(PaperQuestion.question_id == row.id).order_by(Paper.title)
    return session.scalars(query).all()


def media_in(text: str) -> tuple[str, ...]:
    """Names of the media that a text shows."""
    return media_names(text)


def add_question(
    session: Session, clock: Clock, actor: str, bank: Bank, question: Question, media: Sequence[Media]
) -> BankQuestion:
    """A question written in the page, put last."""
    position = session.scalar(select(func.max(BankQuestion.position)).where(BankQuestion.bank_id == bank.id)) or 0
    row = BankQuestion(id=question.id, bank_id=bank.id, position=position + 1, source_hash="", source="")
    store_media(session, clock, media)
    _put(row, question, clock)
    session.add(row)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.QUESTION_CHANGED, row.id, {"revision": 1})
    return row


def change_question(
    session: Session,
    clock: Clock,
    actor: str,
    row: BankQuestion,
    question: Question,
    media: Sequence[Media],
    *,
    whole_group: bool,
) -> int:
    """Store an edited question; with `whole_group` the others of its stimulus follow. Gives how many others did."""
    before = Question.from_dict(row.body).stimulus
    store_media(session, clock, media)
    _put(row, question, clock)
    row.revision += 1
    others = 0
    if whole_group and before and question.stimulus != before:
        query = select(BankQuestion).where(BankQuestion.bank_id == row.bank_id, BankQuestion.id != row.id)
        for other in session.scalars(query):
            theirs = Question.from_dict(other.body)
            if theirs.stimulus == before:
                _put(other, with_media_listed(replace(theirs, stimulus=question.stimulus)), clock)
                other.revision += 1
                others += 1
    session.flush()
    detail = {"revision": row.revision, "others": others}
    audit.record(session, clock, actor, AuditEvent.QUESTION_CHANGED, row.id, detail)
    return others


def delete_question(session: Session, clock: Clock, actor: str, row: BankQuestion) -> None:
    """Delete a question that no paper uses; Refusal P-421 otherwise."""
    query = select(Paper.title).join(PaperQuestion).where(PaperQuestion.question_id == row.id).limit(1)
    title = session.scalar(query)
    if title is not None:
        raise Refusal(
            "P-421",
            N_("Soal ini dipakai dalam paket “%(title)s”."),
            N_("Keluarkan soalnya dari paket itu dahulu."),
            status=409,
            values={"title": title},
        )
    session.delete(row)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.QUESTION_DELETED, row.id, {"bank": row.bank_id})


def source_hash(question: Question) -> str:
    """A name for what a file says: independent of ids and of how formulas are set."""
    return hashlib.sha256(canonical.dumps(_source(question))).hexdigest()


def new_id(random_bytes: RandomBytes) -> str:
    """A fresh opaque id, twelve characters that tell nothing."""
    return random_bytes(ID_BYTES).hex()


def with_media_listed(question: Question) -> Question:
    """The question with `media` naming exactly what its HTML shows."""
    return replace(question, media=media_names(*html_parts(question)))


def _put(row: BankQuestion, question: Question, clock: Clock) -> None:
    row.type, row.body, row.changed_at = str(question.type), question.to_dict(), clock.now()


def _source(question: Question) -> dict[str, Any]:
    columns = {column.id: index for index, column in enumerate(question.columns)}
    read: Callable[[str], str] = editable_html
    return {
        "type": str(question.type),
        "title": question.title,
        "stem": read(question.stem),
        "stimulus": read(question.stimulus),
        "options": [[read(option.html), f"{option.weight:.6g}"] for option in question.options],
        "columns": [read(column.html) for column in question.columns],
        "rows": [[read(row.html), sorted(str(columns.get(key, key)) for key in row.key)] for row in question.rows],
        "answers": [
            [answer.text, repr(answer.number), repr(answer.tolerance), f"{answer.weight:.6g}"]
            for answer in question.answers
        ],
        "mark": repr(question.mark),
        "shuffle": question.shuffle_options,
        "case": question.case_sensitive,
        "plays": question.audio_plays,
        "guide": read(question.marking_guide),
    }


def _searched(line: QuestionLine) -> str:
    question = line.question
    parts = [question.title, question.stem, question.stimulus]
    parts += [part.html for group in (question.options, question.columns, question.rows) for part in group]
    return " ".join([question.title, *(readable_text(part) for part in parts[1:])])


def _papers_by_question(session: Session, bank_id: int) -> dict[str, tuple[str, ...]]:
    query = (
        select(PaperQuestion.question_id, Paper.title)
        .join(Paper)
        .join(BankQuestion, BankQuestion.id == PaperQuestion.question_id)
        .where(BankQuestion.bank_id == bank_id)
        .order_by(Paper.title)
    )
    found: dict[str, tuple[str, ...]] = {}
    for question_id, title in session.execute(query):
        found[question_id] = (*found.get(question_id, ()), title)
    return found
