"""*Kelompok Tes*: who of the roster sits this sitting, and on which seat.

The centre's division comes with the roster; a proctor may take a student out, put him back, or give another seat. A
student who has started is never taken out: that would hide answers.
"""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.attempt_states import AttemptState
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Attempt, HeldSitting

MOST_SEATS = 9_999


def participants(session: Session, sitting_id: str) -> list[Attempt]:
    """The sitting's attempts in the order of their seats."""
    return list(
        session.scalars(select(Attempt).where(Attempt.sitting_id == sitting_id).order_by(Attempt.seat, Attempt.number))
    )


def assign(session: Session, attempt: Attempt, assigned: bool) -> None:
    """Put one student into the group or take him out. Refuses (S-271) to take out who has started."""
    if not assigned and not _may_leave(attempt):
        raise Refusal(
            "S-271",
            N_("%(name)s sudah masuk ujian, jadi tidak dapat dikeluarkan dari kelompok."),
            N_("Jika peserta ini berhenti, pakai Selesaikan di halaman Status Peserta."),
            status=409,
            values={"name": attempt.name},
        )
    attempt.assigned = assigned
    session.flush()


def assign_all(session: Session, sitting_id: str) -> int:
    """*Assign All*: everyone of the roster sits. Returns how many were put in."""
    return _set_where(session, sitting_id, assigned=True)


def unassign_all(session: Session, sitting_id: str) -> int:
    """*Unassign All*: takes out everyone who has not come in yet. Returns how many."""
    return _set_where(session, sitting_id, assigned=False)


def reset_all(session: Session, sitting: HeldSitting) -> int:
    """*Reset All*: back to the centre's division, seats included. Returns how many students changed."""
    seats: dict[str, int] = sitting.detail.get("seats", {})
    changed = 0
    for attempt in participants(session, sitting.id):
        seat = int(seats.get(attempt.number, attempt.seat))
        if not attempt.assigned or attempt.seat != seat:
            attempt.assigned, attempt.seat = True, seat
            changed += 1
    session.flush()
    return changed


def change_seat(session: Session, attempt: Attempt, seat: int) -> Attempt | None:
    """Give a student the seat; whoever sits there takes the old one. Returns that other student, or None.

    Refuses (S-272) a number outside 1 to 9.999.
    """
    if not 1 <= seat <= MOST_SEATS:
        raise Refusal(
            "S-272", N_("Nomor tempat duduk tidak sah."), N_("Tulis nomor dari 1 sampai 9.999, lalu simpan lagi.")
        )
    other = session.scalar(
        select(Attempt).where(Attempt.sitting_id == attempt.sitting_id, Attempt.seat == seat, Attempt.id != attempt.id)
    )
    if other is not None:
        other.seat = attempt.seat
    attempt.seat = seat
    session.flush()
    return other


def assigned_count(session: Session, sitting_id: str) -> int:
    """How many students sit this sitting."""
    counted = session.scalar(
        select(func.count()).select_from(Attempt).where(Attempt.sitting_id == sitting_id, Attempt.assigned.is_(True))
    )
    return counted or 0


def _may_leave(attempt: Attempt) -> bool:
    return attempt.state is AttemptState.WAITING and not attempt.seat_held


def _set_where(session: Session, sitting_id: str, *, assigned: bool) -> int:
    chosen = [
        attempt.id
        for attempt in participants(session, sitting_id)
        if attempt.assigned is not assigned and (assigned or _may_leave(attempt))
    ]
    if chosen:
        session.execute(update(Attempt).where(Attempt.id.in_(chosen)).values(assigned=assigned))
    session.flush()
    return len(chosen)
