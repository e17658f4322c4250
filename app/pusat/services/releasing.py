"""Release: the moment R of a sitting goes out, at the planned time or by an officer's hand.

A release is a row in the database first and a file in the tree right after; a file that a crash left out is written by
the next run. It cannot be taken back, and releasing twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.audit_events import AuditEvent
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Publication, Release, Sitting, SittingState
from app.pusat.services import offers
from app.pusat.services.publishing_checks import needs_sealing_again
from app.pusat.services.sittings import find_sitting
from app.pusat.services.workplace import Workplace
from app.services import audit

BY_PLAN = "jadwal"
_AT_ONCE = 100  # releases in one transaction


def release_sitting(place: Workplace, sitting_id: str, actor: str) -> datetime:
    """Release a published sitting now; gives the time of its release, the first one on a repeat.

    Refuses P-720 (not published) and P-721 (sealed for a machine that was replaced).
    """
    with place.transaction() as session:
        sitting = find_sitting(session, sitting_id)
        session.refresh(sitting, with_for_update=True)
        _refuse_unready(session, sitting)
        released_at = _release(session, place, sitting, actor)
        version = sitting.version
    _lay_out(place, [(sitting_id, version, released_at)])
    return released_at


def release_due(place: Workplace) -> int:
    """Release everything whose planned time has come; gives how many. Several callers at once do no harm."""
    done = 0
    while True:
        released = _release_some(place)
        _lay_out(place, released)
        done += len(released)
        if not released:
            return done


def _lay_out(place: Workplace, released: Sequence[tuple[str, int, datetime]]) -> None:
    """Files follow their rows; where the tree is shared they came with them."""
    for sitting_id, version, released_at in () if place.shared else released:
        with place.look() as session:
            offers.write_release(place, session, sitting_id, version, released_at)


def _release_some(place: Workplace) -> list[tuple[str, int, datetime]]:
    with place.transaction() as session:
        due = session.scalars(
            select(Sitting)
            .where(
                Sitting.state == SittingState.PUBLISHED,
                Sitting.release_at.is_not(None),
                Sitting.release_at <= place.clock.now(),
            )
            .order_by(Sitting.release_at, Sitting.id)
            .limit(_AT_ONCE)
            .with_for_update(skip_locked=True, of=Sitting)
        ).all()
        return [
            (sitting.id, sitting.version, _release(session, place, sitting, BY_PLAN))
            for sitting in _ready(session, due)
        ]


def _ready(session: Session, sittings: Iterable[Sitting]) -> Iterable[Sitting]:
    for sitting in sittings:
        known = session.get(Publication, (sitting.id, sitting.version))
        if known is not None:
            yield sitting


def _release(session: Session, place: Workplace, sitting: Sitting, actor: str) -> datetime:
    known = session.get(Release, (sitting.id, sitting.version))
    sitting.state = SittingState.RELEASED
    if known is not None:
        return known.released_at
    now = place.clock.now()
    session.add(Release(sitting_id=sitting.id, version=sitting.version, released_at=now, released_by=actor))
    session.flush()
    if place.shared:
        offers.write_release(place, session, sitting.id, sitting.version, now)
    detail = {"version": sitting.version, "planned": actor == BY_PLAN}
    audit.record(
        session,
        place.clock,
        audit.SYSTEM if actor == BY_PLAN else actor,
        AuditEvent.RELEASE_MADE,
        sitting.id,
        detail,
    )
    return now


def _refuse_unready(session: Session, sitting: Sitting) -> None:
    if not sitting.version or sitting.state is SittingState.DRAFT:
        raise Refusal(
            "P-720",
            N_("Ujian ini belum diterbitkan, jadi belum ada yang dapat dirilis."),
            N_("Terbitkan dahulu dari halaman jadwalnya, lalu rilis."),
            status=409,
        )
    if sitting.state is SittingState.PUBLISHED and needs_sealing_again(session, sitting):
        raise Refusal(
            "P-721",
            N_("Paket ini disegel untuk mesin lama; server %(server)s sudah diganti atau diaktifkan ulang."),
            N_("Terbitkan ulang ujian ini agar mesin yang baru dapat membukanya, lalu rilis."),
            status=409,
            values={"server": sitting.room.server_id},
        )
