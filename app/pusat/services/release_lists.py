"""What waits for its release and what was released, as lists for the officers' page."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.models import Release, Sitting, SittingState

SHOWN = 300


def waiting(session: Session) -> Sequence[Sitting]:
    """Published sittings by the planned time of their release; those released by hand come last."""
    query = select(Sitting).where(Sitting.state == SittingState.PUBLISHED)
    found = session.scalars(query.order_by(Sitting.release_at, Sitting.starts_at, Sitting.id).limit(SHOWN)).all()
    return sorted(found, key=lambda one: (one.release_at is None, one.release_at or one.starts_at))


def released(session: Session) -> Sequence[tuple[Sitting, Release]]:
    """Released sittings with how it happened, newest first."""
    query = select(Sitting, Release).join(
        Release, and_(Release.sitting_id == Sitting.id, Release.version == Sitting.version)
    )
    return [(row[0], row[1]) for row in session.execute(query.order_by(Release.released_at.desc()).limit(SHOWN))]
