"""Fills the demo's centre: staff, school, servers, rooms, participants, questions, one paper, and its sittings.

Everything goes through the services behind the centre's pages. Called again, it does only what is missing.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import files
from app.demo.people import (
    CENTRE_STAFF,
    NPSN,
    PARTICIPANTS,
    ROOM_SEATS,
    SCHOOL,
    SCHOOL_STAFF,
    Colleague,
    numbers_of,
    participants,
)
from app.domain.clock import Clock
from app.models import Bank, Paper, Room, School, Server, Sitting, Staff
from app.pusat.services import (
    banks,
    papers,
    participant_files,
    publishing,
    question_bank,
    releasing,
    rooms,
    schools,
    seating,
    servers,
    sittings,
)
from app.pusat.services import participants as roll
from app.pusat.services.question_files import read_question_file
from app.pusat.services.workplace import Workplace
from app.services import staff_accounts

ACTOR = "demo"
SUBJECT = "Literasi, Numerasi, dan Sains"
PAPER = "Gladi bersih: literasi, numerasi, sains"
MINUTES, MINIMUM_MINUTES = 120, 2
QUESTIONS = 40
ROOMS = ("Lab 1", "Lab 2")  # one on each server
_ZONE = ZoneInfo("Asia/Jakarta")

Say = Callable[[str], None]


def fill(place: Workplace, say: Say) -> None:
    """Put in what is missing of school, people, questions and the two later sittings."""
    with place.look() as session:
        known = session.get(School, NPSN) is not None
        questions = session.scalar(select(Paper.id).limit(1)) is not None
    if not known:
        say(f"Sekolah, dua server, ruang, dan {PARTICIPANTS} peserta")
        with place.transaction() as session:
            add_staff(session, place.clock, CENTRE_STAFF, "pusat")
            _add_school(session, place)
    if not questions:
        say(f"{QUESTIONS} soal dari templat Excel dan GIFT, satu paket soal")
        with place.transaction() as session:
            _add_paper(session, place)
            _plan_later_sittings(session, place)


def add_staff(session: Session, clock: Clock, people: tuple[Colleague, ...], role: str) -> None:
    """The accounts of one server that are not there yet."""
    known = set(session.scalars(select(Staff.username)))
    for one in people:
        if one.username not in known:
            staff_accounts.add_staff(
                session,
                clock,
                username=one.username,
                name=one.name,
                role=one.role,
                password=one.password,
                place=role,
                actor=ACTOR,
            )


def add_school_staff(session: Session, clock: Clock) -> None:
    """Proktor and teknisi on a school's server."""
    add_staff(session, clock, SCHOOL_STAFF, "sekolah")


def server_ids(place: Workplace) -> list[str]:
    """The two servers of the school, in order."""
    with place.look() as session:
        return list(session.scalars(select(Server.id).where(Server.school_npsn == NPSN).order_by(Server.id)))


def fresh_code(place: Workplace, server_id: str) -> str:
    """An activation code for a machine that is not activated yet."""
    with place.transaction() as session:
        server = servers.find_server(session, server_id)
        reason = "menyiapkan demo"
        return servers.reissue_code(session, place.clock, ACTOR, server, reason, place.box, secrets.token_bytes)


def publish_waiting(place: Workplace, say: Say) -> None:
    """Publish every sitting that was never published."""
    with place.look() as session:
        waiting = [(one.id, one.title) for one in session.scalars(select(Sitting).where(Sitting.version == 0))]
    for sitting_id, title in waiting:
        say(f"Menyegel dan menerbitkan “{title}”")
        publishing.publish_sitting(place, sitting_id, ACTOR)


def plan_open_sitting(place: Workplace) -> str:
    """A sitting of the first forty in the first room: now, or when the room is free; gives its id, not published."""
    with place.transaction() as session:
        room = _room(session, 0)
        now = place.clock.now().replace(second=0, microsecond=0)
        taken = session.scalars(select(Sitting).where(Sitting.room_id == room.id).order_by(Sitting.starts_at))
        starts_at = now
        for other in taken:
            ends_at = other.starts_at + timedelta(seconds=other.length_s)
            if other.starts_at < starts_at + timedelta(minutes=MINUTES) and ends_at > starts_at:
                starts_at = ends_at
        local = starts_at.astimezone(_ZONE)
        return _plan(session, place, f"Gladi bersih, {local:%d-%m-%Y %H.%M}", room, 0, starts_at, None)


def release(place: Workplace, sitting_id: str) -> None:
    """Release a published sitting by hand."""
    releasing.release_sitting(place, sitting_id, ACTOR)


def _add_school(session: Session, place: Workplace) -> None:
    clock = place.clock
    details = schools.SchoolDetails(NPSN, SCHOOL, "Garut", "Jawa Barat", str(_ZONE))
    school = schools.add_school(session, clock, ACTOR, details)
    for number, room in enumerate(ROOMS, 1):
        server, _code = servers.add_server(
            session, clock, ACTOR, school, f"Server {number}", place.box, secrets.token_bytes
        )
        rooms.add_room(session, clock, ACTOR, server, room, ROOM_SEATS)
    sheet = files.participant_sheet(NPSN, participants())
    reading = participant_files.read_participant_file("peserta.xlsx", sheet)
    plan = roll.plan_import(session, reading, NPSN)
    roll.apply_import(session, clock, ACTOR, plan, place.box, secrets.token_bytes)


def _add_paper(session: Session, place: Workplace) -> None:
    bank = banks.add_bank(session, place.clock, ACTOR, "Soal gladi", SUBJECT)
    for name, data in (("literasi-sains.zip", files.question_package()), (files.GIFT, files.gift_questions())):
        _import(session, place, bank, name, data)
    paper = papers.add_paper(session, place.clock, ACTOR, PAPER, SUBJECT)
    lines = question_bank.list_questions(session, bank.id)
    papers.add_questions(session, place.clock, ACTOR, paper, [line.row.id for line in lines])


def _import(session: Session, place: Workplace, bank: Bank, name: str, data: bytes) -> None:
    plan = question_bank.plan_import(session, bank, read_question_file(name, data))
    if plan.errors:
        raise RuntimeError(f"{name}: {plan.errors[0].place}: {plan.errors[0].error}")
    question_bank.apply_import(session, place.clock, ACTOR, bank, plan, name, secrets.token_bytes)


def _plan_later_sittings(session: Session, place: Workplace) -> None:
    """Tomorrow at 07.30, one on each server, released by the clock half an hour before."""
    tomorrow = place.clock.now().astimezone(_ZONE) + timedelta(days=1)
    starts_at = tomorrow.replace(hour=7, minute=30, second=0, microsecond=0).astimezone(place.clock.now().tzinfo)
    for group, room in ((1, 0), (2, 1)):
        title = f"Gladi bersih besok, {ROOMS[room]}"
        _plan(session, place, title, _room(session, room), group, starts_at, starts_at - timedelta(minutes=30))


def _plan(
    session: Session,
    place: Workplace,
    title: str,
    room: Room,
    group: int,
    starts_at: datetime,
    release_at: datetime | None,
) -> str:
    paper = session.scalars(select(Paper).order_by(Paper.id).limit(1)).one()
    plan = sittings.SittingPlan(title, paper.id, room.id, starts_at, MINUTES, MINIMUM_MINUTES, release_at)
    sitting = sittings.add_sitting(session, place.clock, ACTOR, plan, secrets.token_bytes)
    first, last = numbers_of(group)
    choice = seating.Choice(NPSN, first=first, last=last, without_paper=False)
    placed, _left = seating.place(session, place.clock, ACTOR, sitting, choice)
    if placed != ROOM_SEATS:
        raise RuntimeError(f"{placed} of {ROOM_SEATS} participants could be placed in {title}")
    return sitting.id


def _room(session: Session, number: int) -> Room:
    query = select(Room).join(Server).where(Server.school_npsn == NPSN).order_by(Server.id, Room.id)
    return list(session.scalars(query))[number]
