"""What waits for its release and what was released, as lists for the officers' page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, joinedload

from app.models import Release, Room, Server, Sitting, SittingState

SHOWN = 300
_WHERE = joinedload(Sitting.room).joinedload(Room.server).joinedload(Server.school)  # named in every line
STILL_OF_USE = timedelta(hours=12)  # after the start


def waiting(session: Session) -> Sequence[Sitting]:
    """Published sittings by the planned time of their release; those released by hand come last."""
    query = select(Sitting).where(Sitting.state == SittingState.PUBLISHED).options(_WHERE)
    found = session.scalars(query.order_by(Sitting.release_at, Sitting.starts_at, Sitting.id).limit(SHOWN)).all()
    return sorted(found, key=lambda one: (one.release_at is None, one.release_at or one.starts_at))


def changed_after_publishing(session: Session, now: datetime) -> Sequence[Sitting]:
    """Sittings to come that schools hold in an older version: nothing releases them until they are published again."""
    query = select(Sitting).where(Sitting.state == SittingState.DRAFT, Sitting.version > 0)
    query = query.where(Sitting.starts_at > now - STILL_OF_USE).options(_WHERE)
    return session.scalars(query.order_by(Sitting.starts_at, Sitting.id).limit(SHOWN)).all()


def released(session: Session) -> Sequence[tuple[Sitting, Release]]:
    """Released sittings with how it happened, newest first."""
    query = select(Sitting, Release).join(
        Release, and_(Release.sitting_id == Sitting.id, Release.version == Sitting.version)
    )
    return [
        (row[0], row[1])
        for row in session.execute(query.options(_WHERE).order_by(Release.released_at.desc()).limit(SHOWN))
    ]
