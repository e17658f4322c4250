"""What the first page tells: how much there is of everything, and which sittings come next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Bank, BankQuestion, Enrolment, Paper, Participant, Room, School, Server, Sitting, SittingState

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each; `unplaced` are participants without any sitting, `drafts` sittings not yet published."""

    schools: int
    servers: int
    activated: int
    rooms: int
    participants: int
    unplaced: int
    banks: int
    questions: int
    papers: int
    sittings: int
    drafts: int


@dataclass(frozen=True, slots=True)
class Coming:
    """A sitting of the days to come and how many have a seat in it."""

    sitting: Sitting
    placed: int


def count_everything(session: Session) -> Counts:
    """All counts at once; each is one indexed query."""

    def count(column: Any, *conditions: Any) -> int:
        return session.scalar(select(func.count(column)).where(*conditions)) or 0

    placed = session.scalar(select(func.count(func.distinct(Enrolment.number)))) or 0
    participants = count(Participant.number)
    return Counts(
        schools=count(School.npsn),
        servers=count(Server.id),
        activated=count(Server.id, Server.activated_at.is_not(None)),
        rooms=count(Room.id),
        participants=participants,
        unplaced=participants - placed,
        banks=count(Bank.id),
        questions=count(BankQuestion.id),
        papers=count(Paper.id),
        sittings=count(Sitting.id),
        drafts=count(Sitting.id, Sitting.state == SittingState.DRAFT),
    )


def coming_sittings(session: Session, now: datetime) -> Sequence[Coming]:
    """The next sittings, those that began in the last twelve hours included."""
    placed = select(func.count()).where(Enrolment.sitting_id == Sitting.id).scalar_subquery()
    query = select(Sitting, placed).where(Sitting.starts_at >= now - timedelta(hours=12))
    return [Coming(*row) for row in session.execute(query.order_by(Sitting.starts_at, Sitting.id).limit(SHOWN))]
