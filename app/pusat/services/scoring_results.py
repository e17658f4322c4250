"""Scores a bundle's answers with the key of the version that was sat, and merges them with what came before.

A newer bundle replaces an answer only by a newer one of the same question (seat epoch, then sequence number), so a
bundle from a restored server takes nothing away. An essay that a marker has read keeps its marks as long as its text is
the same. Answers to unknown questions and runs of unknown participants are left out and named, never guessed at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session, selectinload

from app.domain.bundles import AnswerRecord, AttemptRecord, Results
from app.domain.questions import Question
from app.domain.scoring import score
from app.models import AttemptResult, Enrolment, Publication, QuestionResult, Upload

NOBODY_CAME = "waiting"  # the attempt's state of those who were on the list and never began
_MARKS = frozenset({"earned", "marked_by", "marked_at"})


@dataclass(frozen=True)
class _Key:
    """The paper of a version with its key."""

    questions: dict[str, tuple[int, Question]]  # id → (position from 1, question)
    possible: float


def store_results(session: Session, publication: Publication, results: Results, upload: Upload) -> dict[str, Any]:
    """Store or merge every run of a bundle; gives what was left out (`participants`, `questions`), empty if nothing.

    The caller holds the sitting's lock. Costs one bulk insert for new runs.
    """
    key = _read_key(publication)
    known = _known_numbers(session, publication)
    there = _stored(session, results.sitting)
    left_out: dict[str, Any] = {}
    fresh: list[tuple[AttemptResult, list[dict[str, Any]]]] = []
    for record in results.attempts:
        if record.number not in known:
            left_out.setdefault("participants", []).append(record.number)
            continue
        unknown = sorted({answer.question for answer in record.answers} - key.questions.keys())
        if unknown:
            left_out.setdefault("questions", {})[record.number] = unknown
        before = there.get(record.number)
        if before is None:
            fresh.append(_new(key, record, upload))
        else:
            _merge(session, key, before, record, upload)
    session.add_all(run for run, _rows in fresh)
    session.flush()
    rows = [{"attempt_id": run.id, **row} for run, run_rows in fresh for row in run_rows]
    if rows:
        _insert_all(session, rows)
    return left_out


def _insert_all(session: Session, rows: list[dict[str, Any]]) -> None:
    """Rows of questions, all with the same columns. PostgreSQL takes them by COPY, at a quarter of the cost."""
    connection, table = session.connection(), cast("Table", QuestionResult.__table__)
    if connection.dialect.name != "postgresql":
        connection.execute(insert(table), rows)
        return
    line = f"COPY {table.name} ({', '.join(rows[0])}) FROM STDIN"
    with connection.connection.cursor() as cursor, cursor.copy(line) as copy:  # type: ignore[attr-defined] # psycopg
        for row in rows:
            copy.write_row(tuple(row.values()))


def sum_up(attempt: AttemptResult, rows: list[QuestionResult], possible: float) -> None:
    """Bring a run's totals in line with its questions; an unmarked essay counts as nothing yet."""
    attempt.earned = round(sum(row.earned or 0.0 for row in rows), 6)
    attempt.possible = possible
    attempt.waiting = sum(1 for row in rows if row.earned is None)


def _read_key(publication: Publication) -> _Key:
    questions = [Question.from_dict(body) for body in publication.snapshot["questions"]]
    return _Key(
        {question.id: (position, question) for position, question in enumerate(questions, 1)},
        round(sum(question.mark for question in questions), 6),
    )


def _known_numbers(session: Session, publication: Publication) -> set[str]:
    """Who was sealed into this version, and who is enrolled now."""
    enrolled = session.scalars(select(Enrolment.number).where(Enrolment.sitting_id == publication.sitting_id))
    return {*publication.snapshot["seats"], *enrolled}


def _stored(session: Session, sitting_id: str) -> dict[str, AttemptResult]:
    query = select(AttemptResult).where(AttemptResult.sitting_id == sitting_id)
    return {run.number: run for run in session.scalars(query.options(selectinload(AttemptResult.questions)))}


def _new(key: _Key, record: AttemptRecord, upload: Upload) -> tuple[AttemptResult, list[dict[str, Any]]]:
    """A new run and its question rows, to be inserted all at once."""
    run = AttemptResult(sitting_id=upload.sitting_id, number=record.number, upload_sha256=upload.sha256)
    _set_course(run, record)
    rows = _question_rows(key, record)
    run.earned = round(sum(row["earned"] or 0.0 for row in rows), 6)
    run.possible = key.possible
    run.waiting = sum(1 for row in rows if row["earned"] is None)
    return run, rows


def _merge(session: Session, key: _Key, run: AttemptResult, record: AttemptRecord, upload: Upload) -> None:
    before = session.get(Upload, run.upload_sha256)
    if before is None or _made_at(before) <= _made_at(upload):
        _set_course(run, record)
        run.upload_sha256 = upload.sha256
    rows = {row.question_id: row for row in run.questions}
    for fields in _question_rows(key, record):
        there = rows.get(fields["question_id"])
        if there is None:
            run.questions.append(QuestionResult(**fields))
        elif (fields["epoch"], fields["sequence"]) > (there.epoch, there.sequence):
            _replace(there, fields)
    session.flush()
    sum_up(run, run.questions, key.possible)


def _replace(there: QuestionResult, fields: Mapping[str, Any]) -> None:
    kept = _MARKS if there.value == fields["value"] else frozenset()  # the same text keeps the marks it was given
    for name, value in fields.items():
        if name not in kept:
            setattr(there, name, value)


def _set_course(run: AttemptResult, record: AttemptRecord) -> None:
    run.state, run.closed_by, run.seed = record.state, record.closed_by or "", record.seed
    run.started_ms, run.finished_ms, run.credit_ms = record.started_ms, record.finished_ms, record.credit_ms


def _question_rows(key: _Key, record: AttemptRecord) -> list[dict[str, Any]]:
    """A row for every question of the paper, answered or not; none for who never came."""
    answers = _latest(record)
    if record.state == NOBODY_CAME and not answers:
        return []
    return [
        _question_row(question, position, answers.get(question_id))
        for question_id, (position, question) in key.questions.items()
    ]


def _question_row(question: Question, position: int, answer: AnswerRecord | None) -> dict[str, Any]:
    points = score(question, answer.value if answer else None)
    return {
        "question_id": question.id,
        "position": position,
        "value": json.dumps(answer.value if answer else None),
        "epoch": answer.epoch if answer else 0,
        "sequence": answer.sequence if answer else 0,
        "doubtful": bool(answer and answer.doubtful),
        "late": bool(answer and answer.late),
        "earned": None if points.waits_for_marker else points.earned,
        "possible": points.possible,
        "marked_by": "",
        "marked_at": None,
    }


def _latest(record: AttemptRecord) -> dict[str, AnswerRecord]:
    """The newest answer of each question, should a bundle name one twice."""
    found: dict[str, AnswerRecord] = {}
    for answer in sorted(record.answers, key=lambda one: (one.epoch, one.sequence)):
        found[answer.question] = answer
    return found


def _made_at(upload: Upload) -> datetime:
    return datetime.fromisoformat(str(upload.detail["made_at"]))
