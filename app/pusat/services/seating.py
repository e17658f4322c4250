"""Who sits where: participants are put on the free seats of a sitting's room, moved, and taken off.

Nobody is put into two sittings at the same time, and no seat is given twice, also not by another sitting in the same
room at the same time. Whoever does not fit is counted, never squeezed in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Enrolment, Participant, Sitting, SittingState
from app.pusat.services.sittings import overlapping_sittings, refuse_unchangeable
from app.services import audit


@dataclass(frozen=True, slots=True)
class Choice:
    """Who is meant: a school, and within it a class, a range of numbers, or named numbers. Empty means all."""

    npsn: str
    class_name: str = ""
    first: str = ""
    last: str = ""
    numbers: tuple[str, ...] = ()
    without_paper: bool = True  # leave out who already sits this paper


@dataclass(frozen=True, slots=True)
class Candidates:
    """Who could be placed and who could not: `busy` sit elsewhere at that time, `done` sit this paper elsewhere."""

    free: Sequence[Participant]
    busy: int
    done: int


def find_candidates(session: Session, sitting: Sitting, choice: Choice) -> Candidates:
    """The chosen participants who are not in this sitting yet, by number."""
    placed = set(session.scalars(select(Enrolment.number).where(Enrolment.sitting_id == sitting.id)))
    busy = _numbers_in(session, [other.id for other in overlapping_sittings(session, sitting)])
    done = _numbers_of_paper(session, sitting) if choice.without_paper else set()
    chosen = [one for one in session.scalars(_chosen(choice)) if one.number not in placed]
    free = [one for one in chosen if one.number not in busy and one.number not in done]
    return Candidates(
        free=free,
        busy=sum(one.number in busy for one in chosen),
        done=sum(one.number in done and one.number not in busy for one in chosen),
    )


def free_seats(session: Session, sitting: Sitting) -> list[int]:
    """Seat numbers of the room that nobody has at that time, in order."""
    same_room = [other.id for other in overlapping_sittings(session, sitting) if other.room_id == sitting.room_id]
    query = select(Enrolment.seat).where(Enrolment.sitting_id.in_([sitting.id, *same_room]))
    taken = set(session.scalars(query))
    return [seat for seat in range(1, sitting.room.seats + 1) if seat not in taken]


def place(session: Session, clock: Clock, actor: str, sitting: Sitting, choice: Choice) -> tuple[int, int]:
    """Put the chosen on the free seats in order of their numbers. Gives (placed, left over for want of seats)."""
    refuse_unchangeable(session, sitting)
    candidates = find_candidates(session, sitting, choice).free
    seats = free_seats(session, sitting)
    for participant, seat in zip(candidates, seats, strict=False):
        session.add(Enrolment(sitting_id=sitting.id, number=participant.number, seat=seat))
    placed = min(len(candidates), len(seats))
    _finish(session, clock, actor, sitting, {"placed": placed})
    return placed, len(candidates) - placed


def take_off(session: Session, clock: Clock, actor: str, sitting: Sitting, numbers: Collection[str]) -> int:
    """Take participants off the sitting. Gives how many were."""
    refuse_unchangeable(session, sitting)
    gone = [one for one in seating_list(session, sitting) if one.number in numbers]
    for one in gone:
        session.delete(one)
    _finish(session, clock, actor, sitting, {"taken_off": len(gone)})
    return len(gone)


def change_seats(session: Session, clock: Clock, actor: str, sitting: Sitting, wanted: Mapping[str, int]) -> int:
    """Give participants other seats, all at once, so that two may swap. Gives how many moved."""
    refuse_unchangeable(session, sitting)
    places = {one.number: one for one in seating_list(session, sitting)}
    then = {number: wanted.get(number, one.seat) for number, one in places.items()}
    open_seats = set(free_seats(session, sitting)) | {one.seat for one in places.values()}
    twice = len(set(then.values())) < len(then)
    wrong = sorted({seat for seat in then.values() if seat not in open_seats})
    if twice or wrong:
        raise Refusal(
            "P-451",
            N_("Ada nomor tempat yang dipakai dua kali, terisi ujian lain, atau tidak ada di ruang ini."),
            N_("Isi setiap peserta dengan nomor tempat yang berbeda, dari 1 sampai %(seats)s."),
            status=409,
            values={"seats": sitting.room.seats},
        )
    moved = [number for number, seat in then.items() if places[number].seat != seat]
    for number in moved:
        places[number].seat = -then[number]  # out of everybody's way first: a swap must not meet the unique rule
    session.flush()
    for number in moved:
        places[number].seat = then[number]
    _finish(session, clock, actor, sitting, {"moved": len(moved)})
    return len(moved)


def seating_list(session: Session, sitting: Sitting) -> Sequence[Enrolment]:
    """Places by seat, each with its participant."""
    query = select(Enrolment).where(Enrolment.sitting_id == sitting.id).order_by(Enrolment.seat)
    return session.scalars(query.options(selectinload(Enrolment.participant))).all()


def _finish(session: Session, clock: Clock, actor: str, sitting: Sitting, detail: dict[str, int]) -> None:
    """Note what was done, if anything was: only then do the seats at the school no longer hold."""
    if not any(detail.values()):
        return
    sitting.state = SittingState.DRAFT
    session.flush()
    session.expire(sitting, ["enrolments"])
    audit.record(session, clock, actor, AuditEvent.SEATS_ASSIGNED, sitting.id, dict(detail))


def _chosen(choice: Choice) -> Select[Participant]:
    query = select(Participant).order_by(Participant.number)
    if choice.npsn:
        query = query.where(Participant.school_npsn == choice.npsn)
    if choice.class_name:
        query = query.where(Participant.class_name == choice.class_name)
    if choice.first.strip():
        query = query.where(Participant.number >= choice.first.strip().upper())
    if choice.last.strip():
        query = query.where(Participant.number <= choice.last.strip().upper())
    if choice.numbers:
        query = query.where(Participant.number.in_(choice.numbers))
    return query


def _numbers_in(session: Session, sittings: list[str]) -> set[str]:
    return (
        set(session.scalars(select(Enrolment.number).where(Enrolment.sitting_id.in_(sittings)))) if sittings else set()
    )


def _numbers_of_paper(session: Session, sitting: Sitting) -> set[str]:
    query = select(Enrolment.number).join(Sitting).where(Sitting.paper_id == sitting.paper_id)
    return set(session.scalars(query.where(Sitting.id != sitting.id)))
