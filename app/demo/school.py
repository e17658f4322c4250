"""Brings a school's server of the demo to its exam day: activated, synced, its open sitting released and activated.

The way is the one of a technician and a proctor, over the real line to the running centre.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select

from app.demo.centre import ACTOR, add_school_staff
from app.domain.attempt_states import AttemptState
from app.domain.entry_token import current_token
from app.domain.package_keys import Binding, entry_token_key
from app.models import Attempt, HeldSitting, HeldState
from app.sekolah import jobs
from app.sekolah.services import activation, day, identity, opening
from app.sekolah.services.exam_time import exam_now_ms
from app.sekolah.services.line import open_line
from app.sekolah.services.reporting import PROGRAM
from app.sekolah.services.workplace import Workplace


@dataclass(frozen=True)
class OpenSitting:
    """The sitting that can be tried now, and some of its students: (number, name, password)."""

    id: str
    title: str
    token: str
    students: tuple[tuple[str, str, str], ...]


def place_of(app: Flask) -> Workplace:
    """The server's workplace, with its staff accounts made."""
    place = jobs.workplace_of(app)
    with place.transaction() as session:
        add_school_staff(session, place.clock)
    return place


def is_active(place: Workplace) -> bool:
    """Whether this machine was activated before."""
    with place.look() as session:
        return identity.is_active(session)


def activate(place: Workplace, server_id: str, code: str) -> str:
    """Become the server with this ID; gives the school's name."""
    with place.transaction() as session:
        waiting = activation.start(session, place.clock, place.keys_dir, server_id, code, PROGRAM)
    answer = open_line(place).activate(waiting.request)
    with place.transaction() as session:
        activation.accept_answer(session, place.clock, place.keys_dir, answer, ACTOR)
        return activation.confirm(session, place.clock, place.keys_dir, ACTOR).school_name


def sync(place: Workplace) -> None:
    """Fetch and check what the centre offers, and open what is released."""
    outcome = jobs.sync_by_network(place, ACTOR)
    for refusal in outcome.refused.values() if outcome else ():
        raise refusal


def running_sitting(place: Workplace) -> str | None:
    """The active sitting in which somebody can still work; None if there is none."""
    with place.look() as session:
        unfinished = select(Attempt.sitting_id).where(Attempt.state != AttemptState.FINISHED)
        query = select(HeldSitting.id).where(HeldSitting.state == HeldState.ACTIVE, HeldSitting.id.in_(unfinished))
        found = session.scalars(query.order_by(HeldSitting.starts_at.desc())).first()
        sitting = session.get(HeldSitting, found) if found else None
        if sitting is None or (place.clock.now() - sitting.starts_at).total_seconds() > sitting.length_s:
            return None
        return sitting.id


def close_what_is_over(place: Workplace) -> int:
    """End sittings of earlier starts and send all results to the centre; gives how many were sent."""
    with place.transaction() as session:
        over = list(session.scalars(select(HeldSitting.id).where(HeldSitting.state == HeldState.ACTIVE)))
        for sitting_id in over:
            now_ms = exam_now_ms(session, place.clock)
            day.close_sitting(session, place.clock, sitting_id, ACTOR, now_ms=now_ms)
    with place.look() as session:
        closed = list(session.scalars(select(HeldSitting.id).where(HeldSitting.state == HeldState.CLOSED)))
    return jobs.upload_by_network(place, closed, ACTOR) if closed else 0


def let_in(place: Workplace, sitting_id: str) -> None:
    """Activate an opened sitting, as the proctor does."""
    space = day.Space.of(place.data_dir)
    with place.transaction() as session:
        day.activate_sitting(session, place.clock, sitting_id, ACTOR, space=space)


def describe(place: Workplace, sitting_id: str, students: int) -> OpenSitting:
    """The open sitting with its token of this moment and its first students, passwords from the login sheet."""
    with place.look() as session:
        sitting = day.find_sitting(session, sitting_id)
        server = identity.office(session, place.keys_dir).server_id
        query = select(Attempt).where(Attempt.sitting_id == sitting_id, Attempt.state != AttemptState.FINISHED)
        people = [(one.number, one.name) for one in session.scalars(query.order_by(Attempt.seat).limit(students))]
        now_ms = exam_now_ms(session, place.clock)
    passwords = opening.login_sheet(place, sitting)
    key = entry_token_key(sitting.release_secret or b"", Binding(server, sitting.id, sitting.version))
    return OpenSitting(
        id=sitting.id,
        title=sitting.title,
        token=current_token(key, now_ms)[0],
        students=tuple((number, name, passwords[number]) for number, name in people),
    )
