"""A closed sitting as the centre gets it: attempts, answers that count, outages, credits, and the audit log's head.

Those who never came are in it too. Nothing is judged or scored here: the key is not at the school.
"""

from __future__ import annotations

import json
from collections import defaultdict

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.bundles import (
    AnswerRecord,
    AttemptRecord,
    AuditHead,
    CreditRecord,
    OutageRecord,
    Results,
)
from app.domain.clock import Clock
from app.models import Answer, Attempt, Credit, HeldSitting, JournalEntry, Outage
from app.services import audit


def read_results(session: Session, clock: Clock, sitting: HeldSitting, server_id: str) -> Results:
    """All that the sitting brought, in four queries."""
    numbers: dict[int, str] = {}
    attempts = list(session.scalars(select(Attempt).where(Attempt.sitting_id == sitting.id).order_by(Attempt.number)))
    answers: dict[int, list[Answer]] = defaultdict(list)
    query = select(Answer).join(Attempt, Attempt.id == Answer.attempt_id).where(Attempt.sitting_id == sitting.id)
    for answer in session.scalars(query.order_by(Answer.attempt_id, Answer.question_id)):
        answers[answer.attempt_id].append(answer)
    for attempt in attempts:
        numbers[attempt.id] = attempt.number
    head = audit.head(session)
    return Results(
        server=server_id,
        sitting=sitting.id,
        version=sitting.version,
        made_at=clock.now(),
        attempts=tuple(_attempt(attempt, answers[attempt.id]) for attempt in attempts),
        outages=_outages(session, attempts),
        credits=tuple(
            CreditRecord(
                number=None if credit.attempt_id is None else numbers.get(credit.attempt_id),
                amount_ms=credit.amount_ms,
                reason=credit.reason,
                given_at=credit.given_at,
                given_by=credit.given_by,
            )
            for credit in session.scalars(select(Credit).where(Credit.sitting_id == sitting.id).order_by(Credit.id))
        ),
        audit=AuditHead(head.number, head.hash.hex()) if head else AuditHead(0, ""),
    )


def newest_journal_id(session: Session, sitting_id: str) -> int:
    """The highest journal number of the sitting: it rises when an answer comes in late, after a bundle was made."""
    query = (
        select(func.max(JournalEntry.id))
        .join(Attempt, Attempt.id == JournalEntry.attempt_id)
        .where(Attempt.sitting_id == sitting_id)
    )
    return session.scalar(query) or 0


def _attempt(attempt: Attempt, answers: list[Answer]) -> AttemptRecord:
    return AttemptRecord(
        number=attempt.number,
        state=attempt.state.value,
        seed=attempt.seed,
        started_ms=attempt.started_ms,
        finished_ms=attempt.finished_ms,
        closed_by=attempt.closed_by.value if attempt.closed_by else None,
        credit_ms=attempt.credit_ms,
        answers=tuple(
            AnswerRecord(
                question=answer.question_id,
                value=json.loads(answer.value),
                doubtful=answer.doubtful,
                sequence=answer.sequence,
                epoch=answer.epoch,
                written_ms=answer.written_ms,
                received_ms=answer.received_ms,
                late=answer.late,
            )
            for answer in answers
        ),
    )


def _outages(session: Session, attempts: list[Attempt]) -> tuple[OutageRecord, ...]:
    """The outages in which somebody of this sitting was working."""
    started = [attempt.started_ms for attempt in attempts if attempt.started_ms is not None]
    if not started:
        return ()
    ended = [attempt.finished_ms or attempt.deadline_ms or 0 for attempt in attempts]
    query = select(Outage).where(Outage.ended_ms >= min(started), Outage.started_ms <= max(ended))
    return tuple(
        OutageRecord(
            started_ms=outage.started_ms, ended_ms=outage.ended_ms, cause=outage.cause, credited=outage.credited
        )
        for outage in session.scalars(query.order_by(Outage.started_ms))
    )
