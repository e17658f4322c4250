"""When a school's server fetches packages without anybody asking: in the hours of its settings, never near an exam.

Releases, results and reports know no hours: they are small and an exam waits for them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.sync_rules import Window, read_windows
from app.models import HeldSitting, HeldState
from app.sekolah.services.workplace import Workplace

BEFORE_EXAM, AFTER_EXAM = timedelta(hours=1), timedelta(minutes=30)
OVER = (HeldState.CLOSED, HeldState.UPLOADED)


def is_time(place: Workplace, now: datetime) -> bool:
    """Whether packages are to be fetched now: within the hours, and no sitting held here is near or under way."""
    local = now.astimezone(ZoneInfo(place.time_zone))
    if not any(window.holds(local) for window in read_windows(place.sync_windows)):
        return False
    with place.look() as session:
        return not any(starts <= now <= ends for _title, starts, ends in exams(session))


def exams(session: Session) -> list[tuple[str, datetime, datetime]]:
    """Sittings that are not over yet: title, and from when to when the line is theirs (an hour before, half after)."""
    held = session.scalars(select(HeldSitting).where(HeldSitting.state.not_in(OVER)))
    return [
        (one.title, one.starts_at - BEFORE_EXAM, one.starts_at + timedelta(seconds=one.length_s) + AFTER_EXAM)
        for one in held
    ]


def in_the_way(session: Session, windows: str, time_zone: str, now: datetime) -> tuple[str, Window] | None:
    """A sitting still to come that falls into these hours, and which hours; None if there is none."""
    zone = ZoneInfo(time_zone)
    for title, starts, ends in exams(session):
        start, end = starts.astimezone(zone), ends.astimezone(zone)
        until = 24 * 60 if end.date() != start.date() else end.hour * 60 + end.minute
        exam = Window(start.hour * 60 + start.minute, until)
        found = next((one for one in read_windows(windows) if ends > now and one.overlaps(exam)), None)
        if found:
            return title, found
    return None
