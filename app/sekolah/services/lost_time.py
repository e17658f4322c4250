"""What the page of extra time shows: outages that may be given back, credits that were given, and to whom.

Giving is `attempts.give_credit`; here is only reading.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.attempt_states import AttemptState
from app.models import Attempt, Credit, HeldSitting, Outage


@dataclass(frozen=True)
class Offer:
    """An outage that fell into the sitting; `students` is how many were working."""

    outage: Outage
    length_ms: int
    students: int


def outages_to_give_back(session: Session, sitting: HeldSitting) -> list[Offer]:
    """Measured outages in which somebody of this sitting was working and that were not given back to all yet."""
    given = select(Credit.outage_id).where(
        Credit.sitting_id == sitting.id, Credit.outage_id.is_not(None), Credit.attempt_id.is_(None)
    )
    query = select(Outage).where(Outage.ended_ms > Outage.started_ms, Outage.id.not_in(given))
    started = session.execute(
        select(Attempt.started_ms, Attempt.finished_ms).where(
            Attempt.sitting_id == sitting.id, Attempt.started_ms.is_not(None)
        )
    ).all()
    offers = []
    for outage in session.scalars(query.order_by(Outage.started_ms)):
        touched = sum(
            1
            for begin, end in started
            if begin is not None and begin < outage.ended_ms and (end is None or end > outage.started_ms)
        )
        if touched:
            offers.append(Offer(outage, outage.ended_ms - outage.started_ms, touched))
    return offers


def given(session: Session, sitting: HeldSitting) -> list[tuple[Credit, Attempt | None]]:
    """Credits of the sitting, the newest first, with the student (None for everyone)."""
    query = (
        select(Credit, Attempt)
        .outerjoin(Attempt, Attempt.id == Credit.attempt_id)
        .where(Credit.sitting_id == sitting.id)
        .order_by(Credit.id.desc())
    )
    return [(credit, attempt) for credit, attempt in session.execute(query)]


def working(session: Session, sitting: HeldSitting) -> list[Attempt]:
    """Who has begun, by seat: time can be given back to them."""
    query = select(Attempt).where(
        Attempt.sitting_id == sitting.id, Attempt.state.in_((AttemptState.WORKING, AttemptState.FINISHED))
    )
    return list(session.scalars(query.order_by(Attempt.seat)))
