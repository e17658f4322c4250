"""Tells the centre how this server stands, and learns from the answer how far the two clocks are apart.

The report holds counts and states, never a person's data. It is a courtesy: no exam waits for it.
"""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.attempt_states import AttemptState
from app.domain.documents import Report, SittingReport
from app.domain.records import to_body
from app.models import Attempt, HeldSitting, HeldState
from app.sekolah.services import contact, identity
from app.sekolah.services.line import Line
from app.sekolah.services.workplace import Workplace
from app.services import audit

PROGRAM = "Guyub 0.1.0"
_CAME_IN = AttemptState.ADMITTED


def report(place: Workplace, line: Line) -> dict[str, Any]:
    """Send the report; gives the centre's answer. Refuses what the line refuses."""
    with place.look() as session:
        office = identity.office(session, place.keys_dir)
        said = contact.read(session)
        body = to_body(_make(session, place, office.server_id, said.offset_ms or 0))
    before = place.clock.now()
    answer = line.api(office).call_json("POST", f"/api/v1/servers/{office.server_id}/report", body)
    contact.note(place, None, _offset_ms(answer.get("now"), before, place.clock.now()))
    return answer


def _make(session: Session, place: Workplace, server_id: str, offset_ms: int) -> Report:
    head = audit.head(session)
    known = identity.find_identity(session)
    return Report(
        server=server_id,
        program=PROGRAM,
        made_at=place.clock.now().replace(microsecond=0),
        index_version=known.index_version if known else 0,
        audit_sequence=head.number if head else 0,
        audit_head=head.hash.hex() if head else "",
        free_bytes=shutil.disk_usage(place.data_dir).free,
        clock_offset_ms=offset_ms,
        sittings=tuple(_sittings(session)),
    )


def _sittings(session: Session) -> list[SittingReport]:
    counted: dict[str, Counter[AttemptState]] = {}
    query = select(Attempt.sitting_id, Attempt.state, func.count()).where(Attempt.assigned.is_(True))
    for sitting_id, state, number in session.execute(query.group_by(Attempt.sitting_id, Attempt.state)):
        counted.setdefault(sitting_id, Counter())[state] = number
    return [
        SittingReport(
            sitting=held.id,
            version=held.version,
            state=held.state.value,
            waiting=(counts := counted.get(held.id, Counter()))[AttemptState.WAITING],
            working=counts[_CAME_IN] + counts[AttemptState.WORKING],
            finished=counts[AttemptState.FINISHED],
            uploaded=held.state is HeldState.UPLOADED,
        )
        for held in session.scalars(select(HeldSitting).order_by(HeldSitting.starts_at))
    ]


def _offset_ms(told: object, before: datetime, after: datetime) -> int | None:
    """Our clock minus the centre's, at the middle of the call; None if the centre told no time."""
    if not isinstance(told, str):
        return None
    try:
        theirs = datetime.fromisoformat(told)
    except ValueError:
        return None
    if theirs.tzinfo is None:
        return None
    middle = before + (after - before) / 2
    return round((middle - theirs).total_seconds() * 1000)
