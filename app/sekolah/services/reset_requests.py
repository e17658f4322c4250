"""A student at a new PC asks to move; asking again tells what the proctor said.

One request at a time and student. A refusal is told for a while before the student may ask anew. It never moves anyone
by itself: that is the proctor's deed (`attempts.reset_seat`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, insert, select, update

from app.domain.clock import Clock
from app.models import Attempt, RequestState, ResetRequest
from app.models.marks import NextMark

REFUSAL_TOLD_FOR = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Told:
    """What the student is told. `id` is None when there is nothing to wait for or nothing asked yet."""

    id: int | None
    state: RequestState | None


def answer_so_far(connection: Connection, clock: Clock, attempt_id: int, *, seat_held: bool) -> Told:
    """What is known without asking: approved when no seat is held, the waiting request, or a fresh refusal."""
    latest = connection.execute(
        select(ResetRequest.id, ResetRequest.state, ResetRequest.answered_at)
        .where(ResetRequest.attempt_id == attempt_id)
        .order_by(ResetRequest.id.desc())
        .limit(1)
    ).first()
    if not seat_held:
        return Told(latest.id if latest else None, RequestState.APPROVED)
    if latest is None or latest.state is RequestState.APPROVED:
        return Told(None, None)
    if latest.state is RequestState.REFUSED and clock.now() - latest.answered_at > REFUSAL_TOLD_FOR:
        return Told(None, None)
    return Told(latest.id, latest.state)


def ask(connection: Connection, clock: Clock, attempt_id: int, address: str) -> Told:
    """Write the request, unless one came in between; needs a transaction that writes."""
    before = answer_so_far(connection, clock, attempt_id, seat_held=True)
    if before.state is not None:
        return before
    made = connection.execute(
        insert(ResetRequest).values(
            attempt_id=attempt_id, state=RequestState.WAITING, address=address[:64], asked_at=clock.now()
        )
    )
    connection.execute(update(Attempt).where(Attempt.id == attempt_id).values(changed=NextMark()))  # for the board
    key = made.inserted_primary_key
    return Told(key[0] if key else None, RequestState.WAITING)
