"""Puts a room of students into every state that the board knows, as the exam process would have written them."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import select

from app.domain.attempt_states import AttemptState, ClosedBy
from app.models import Attempt, HeldSitting, HeldState, Outage, ResetRequest, db

MINUTE_MS = 60_000


def spread(app: Flask) -> int:
    """One student after the other: working, silent, finished, waiting, asking for a reset, absent."""
    with app.app_context():
        now = datetime.now(UTC)
        now_ms = int(now.timestamp() * 1000)
        active = select(HeldSitting.id).where(HeldSitting.state == HeldState.ACTIVE)
        people = list(db.session.scalars(select(Attempt).where(Attempt.sitting_id.in_(active)).order_by(Attempt.seat)))
        for place, one in enumerate(people):
            kind = place % 6
            if kind == 5:
                continue
            one.logged_in_ms = one.last_seen_ms = now_ms
            if kind == 4:
                continue
            one.epoch, one.seat_held, one.state = 1, True, AttemptState.WORKING
            one.started_ms, one.deadline_ms = now_ms - 20 * MINUTE_MS, now_ms + 70 * MINUTE_MS
            one.answered, one.doubtful = place % 4, place % 2
            if kind == 1:
                one.last_seen_ms = now_ms - 4 * MINUTE_MS
            if kind == 2:
                one.state, one.closed_by, one.finished_ms = AttemptState.FINISHED, ClosedBy.STUDENT, now_ms
            if kind == 3:
                db.session.add(ResetRequest(attempt_id=one.id, address="192.168.1.23", asked_at=now))
        outage = Outage(started_ms=now_ms - 9 * MINUTE_MS, ended_ms=now_ms - 7 * MINUTE_MS, cause="restart")
        db.session.add(outage)
        db.session.commit()
        return len(people)
