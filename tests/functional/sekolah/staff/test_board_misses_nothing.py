"""Whoever writes to an attempt, the board tells it; and it reads what changed, not the whole room."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, insert, select
from sqlalchemy.orm import Session

from app.domain.attempt_states import AttemptState, Standing
from app.models import Attempt, HeldSitting, ResetRequest, db
from app.sekolah.services import attempts, groups, reset_requests
from app.sekolah.services.admission import claim_seat, start_attempt
from app.sekolah.services.board import BoardRow, read_board
from app.sekolah.services.board_watch import Seen, Watch
from app.sekolah.services.exam_time import ClockKeeper, exam_now_ms
from app.sekolah.services.finishing import close_overdue, finish_attempt
from app.sekolah.services.login_marks import LoginMarks
from app.sekolah.services.saving import Item
from app.sekolah.services.saving_tables import SavingTables
from app.sekolah.services.saving_work import SaveJob, SavingWork
from app.sekolah.services.seats import Seat, Ticket
from app.sekolah.services.sitting_book import OpenSitting, SittingBook
from app.web.transactions import reading, writing
from tests.conftest import FakeClock
from tests.functional.sekolah.staff.centre_double import CentreDouble
from tests.functional.sekolah.staff.conftest import SERVER, SITTING, finish_jobs, send
from tests.functional.sekolah.staff.test_day_at_the_desk import sit


class Room:
    """The sitting as its writers and its watchers reach it, each on a connection of its own."""

    def __init__(self, app: Flask, clock: FakeClock) -> None:
        self.clock, self.engine = clock, db.engine
        self.watches = [Watch(SITTING), Watch(SITTING)]  # of two web processes
        self.data_dir = app.extensions["guyub"].settings.data_dir

    @property
    def now_ms(self) -> int:
        with reading(), self.engine.connect() as connection:
            return exam_now_ms(connection, self.clock)

    def write(self, deed: Callable[[Connection], Any]) -> Any:
        with writing(), self.engine.begin() as connection:
            return deed(connection)

    def serve(self, deed: Callable[[Session], Any]) -> None:
        """A deed of a page: the session's own transaction."""

        def with_session(connection: Connection) -> None:
            with Session(connection) as session:
                deed(session)
                session.flush()

        self.write(with_session)

    def look(self, process: int = 0) -> Watch:
        """That process reads."""
        with reading(), self.engine.connect() as connection, Session(connection) as session:
            self.watches[process].read(session, self.clock)
        return self.watches[process]

    def truth(self) -> dict[int, BoardRow]:
        with reading(), self.engine.connect() as connection, Session(connection) as session:
            sitting = session.get_one(HeldSitting, SITTING)
            return {row.id: row for row in read_board(session, sitting, exam_now_ms(session, self.clock)).rows}

    def sitting(self) -> OpenSitting:
        with reading(), self.engine.connect() as connection:
            return SittingBook(self.data_dir / "open").read(connection, SITTING)

    def save(self, connection: Connection, attempt: int, sequence: int = 0) -> None:
        """A save with one answer; without a sequence, a heartbeat."""
        items = [Item(sequence, f"q{sequence}", '"a"', False, 0)] if sequence else []
        work = SavingWork(SavingTables(connection.dialect.name))
        work(connection, [SaveJob(attempt, 1, items, "", exam_now_ms(connection, self.clock))])
        work.write_presence(connection)


@pytest.fixture
def room(running: FlaskClient, sekolah_app: Flask, clock: FakeClock) -> Room:
    db.session.rollback()
    return Room(sekolah_app, clock)


def of(number: str) -> int:
    found = db.session.scalars(select(Attempt.id).where(Attempt.number == number)).one()
    db.session.rollback()
    return found


def ask(room: Room, siti: int) -> None:
    room.write(lambda c: reset_requests.ask(c, room.clock, siti, "10.0.0.9"))


def a_save(room: Room, siti: int) -> None:
    room.write(lambda c: room.save(c, siti, 7))


def a_sign_of_life_after_silence(room: Room, siti: int) -> None:
    room.clock.advance(200)
    assert room.look().rows[siti].standing is Standing.SILENT
    room.write(lambda c: room.save(c, siti))


def a_login(room: Room, siti: int) -> None:
    marks = LoginMarks()
    marks.add(db.engine, siti, room.now_ms, "10.0.0.5")
    with writing():
        marks.write(db.engine)


def a_claim(room: Room, siti: int) -> None:
    room.write(lambda c: claim_seat(c, room.clock, Ticket(siti, SITTING, "n1"), "10.0.0.5", room.now_ms))


def a_start(room: Room, siti: int) -> None:
    a_claim(room, siti)
    room.look()
    keeper, sitting = ClockKeeper(room.clock), room.sitting()
    room.write(keeper.resume)
    room.write(lambda c: start_attempt(c, keeper, Seat(siti, 1, SITTING), sitting))


def a_finish(room: Room, siti: int) -> None:
    sitting = room.sitting()
    room.clock.advance(sitting.minimum_s)
    room.write(lambda c: finish_attempt(c, Seat(siti, 1, SITTING), sitting, room.now_ms))


def the_end_of_time(room: Room, siti: int) -> None:
    room.clock.advance(2 * 3600)
    room.look()
    room.write(lambda c: close_overdue(c, room.now_ms))


def a_finish_by_the_proctor(room: Room, siti: int) -> None:
    now_ms = room.now_ms
    room.serve(lambda s: attempts.finish_for_student(s, room.clock, siti, "ratna", now_ms=now_ms))


def a_request_to_move(room: Room, siti: int) -> None:
    ask(room, siti)


def a_refused_request(room: Room, siti: int) -> None:
    ask(room, siti)
    room.look()
    request = db.session.scalars(select(ResetRequest.id)).one()
    db.session.rollback()
    room.serve(lambda s: attempts.refuse_reset(s, room.clock, request, "ratna"))


def a_reset(room: Room, siti: int) -> None:
    ask(room, siti)
    room.look()
    now_ms = room.now_ms
    room.serve(lambda s: attempts.reset_seat(s, room.clock, siti, "ratna", now_ms=now_ms))


def time_given_back(room: Room, siti: int) -> None:
    given = {"now_ms": room.now_ms, "amount_ms": 300_000, "reason": "listrik padam"}
    room.serve(lambda s: attempts.give_credit(s, room.clock, SITTING, "ratna", **given))


def another_seat(room: Room, siti: int) -> None:
    room.serve(lambda s: groups.change_seat(s, s.get_one(Attempt, siti), 17))


def the_end_of_the_sitting(room: Room, siti: int) -> None:
    now_ms = room.now_ms
    room.serve(lambda s: attempts.close_sitting(s, room.clock, SITTING, "ratna", now_ms=now_ms))


AT_WORK = [
    a_save, a_sign_of_life_after_silence, a_finish, the_end_of_time, a_finish_by_the_proctor, a_request_to_move,
    a_refused_request, a_reset, time_given_back, another_seat, the_end_of_the_sitting,
]  # fmt: skip
ABSENT = [a_login, a_claim, a_start, another_seat]


@pytest.mark.parametrize("deed", AT_WORK)
def test_a_watcher_sees_what_happens_to_a_student_at_work(room: Room, deed: Callable[[Room, int], None]) -> None:
    siti = sit(room.clock, "U001").id
    must_be_told(room, deed, siti)


@pytest.mark.parametrize("deed", ABSENT)
def test_a_watcher_sees_what_happens_to_an_absent_student(room: Room, deed: Callable[[Room, int], None]) -> None:
    must_be_told(room, deed, of("U001"))


def must_be_told(room: Room, deed: Callable[[Room, int], None], siti: int) -> None:
    """By either process, to a watcher who last asked the other one just before the last step of the deed."""
    db.session.rollback()
    room.look(0)
    room.look(1)
    deed(room, siti)
    before, first = room.watches[0].seen, room.watches[0].rows[siti]
    for process in (0, 1):
        told = {row.id: row for row in room.look(process).changed_since(before)}
        assert told[siti] == room.truth()[siti] != first
        assert dict(+room.watches[process].counts) == counted(room.truth())


def counted(rows: dict[int, BoardRow]) -> dict[Standing, int]:
    standings = [row.standing for row in rows.values()]
    return {standing: standings.count(standing) for standing in set(standings)}


def test_who_leaves_the_group_leaves_the_board_and_comes_back(room: Room) -> None:
    siti = of("U001")
    room.look()
    room.serve(lambda s: groups.assign(s, s.get_one(Attempt, siti), False))
    assert siti not in room.look().rows
    assert room.watches[0].counts[Standing.ABSENT] == 2
    before = room.watches[0].seen
    room.serve(lambda s: groups.assign_all(s, SITTING))
    assert [row.id for row in room.look().changed_since(before)] == [siti]


def test_a_newer_roster_is_told_as_a_whole(
    synced: FlaskClient, sekolah_app: Flask, centre: CentreDouble, clock: FakeClock
) -> None:
    room = Room(sekolah_app, clock)
    before = room.look().seen
    more = (("U001", "Siti Aminah", "P"), ("U009", "Rahma Lestari", "P"))
    centre.publish(SERVER, SITTING, version=2, students=more)
    send(synced, "/sekolah/unduhan")
    finish_jobs(sekolah_app)
    assert {row.number for row in room.look().changed_since(before)} == {"U001", "U009"}
    assert dict(+room.watches[0].counts) == {Standing.ABSENT: 2}


def test_a_change_that_commits_after_a_later_one_is_not_missed(room: Room) -> None:
    """PostgreSQL lets two transactions write at once, and the first to begin may be the last to end."""
    siti, budi = sit(room.clock, "U001").id, sit(room.clock, "U002").id
    room.look()
    with writing(), db.engine.connect() as slow:
        room.save(slow, siti, 3)
        if slow.dialect.name != "sqlite":
            room.write(lambda c: room.save(c, budi, 3))
        before = room.look().seen
        slow.commit()
    assert siti in [row.id for row in room.look().changed_since(before)]
    assert siti in [row.id for row in room.look(1).changed_since(before)]


def test_a_watcher_of_two_processes_misses_nothing_while_three_write(room: Room) -> None:
    chance = random.Random(7)
    people = add_students(24)
    shown = {row.id: row for row in room.look().changed_since(Seen())}
    seen = room.watches[0].seen
    writing_on = [threading.Thread(target=write_on, args=(room, people, seed)) for seed in range(3)]
    for thread in writing_on:
        thread.start()
    while any(thread.is_alive() for thread in writing_on):
        seen = follow(room, seen, shown, chance.randrange(2))
    for process in (0, 1):
        seen = follow(room, seen, shown, process)
    assert shown == room.truth()
    room.clock.advance(95)
    follow(room, seen, shown, 0)
    assert shown == room.truth()
    assert all(row.standing is not Standing.WORKING for row in shown.values())


def follow(room: Room, seen: Seen, shown: dict[int, BoardRow], process: int) -> Seen:
    """A watcher writes what it is told into its page; gives how far it has seen."""
    watch = room.look(process)
    shown.update({row.id: row for row in watch.changed_since(seen)})
    return watch.seen


def write_on(room: Room, people: list[int], seed: int) -> None:
    chance = random.Random(seed)
    for turn in range(25):
        one = chance.choice(people)

        def deed(connection: Connection, one: int = one, sequence: int = 100 * seed + turn + 1) -> None:
            if chance.random() < 0.7:
                room.save(connection, one, sequence)
            else:
                reset_requests.ask(connection, room.clock, one, "10.0.0.9")

        room.write(deed)


def add_students(many: int) -> list[int]:
    """More students at work, as the exam process would have them."""
    kept = sit(FakeClock(), "U001")
    like = {c.key: getattr(kept, c.key) for c in Attempt.__table__.columns if c.key != "id"}
    rows = [like | {"number": f"B{place:04}", "seat": 100 + place, "changed": 0} for place in range(many)]
    db.session.execute(insert(Attempt), rows)
    db.session.commit()
    made = list(db.session.scalars(select(Attempt.id).where(Attempt.number.like("B%")).order_by(Attempt.id)))
    db.session.rollback()
    return made


@pytest.mark.parametrize("students", [10, 400])
def test_a_reading_brings_what_changed_however_many_sit(room: Room, students: int) -> None:
    people = add_students(students)
    watch = room.look()
    assert watch.lines_read == students + 3
    for turn in range(5):
        room.write(lambda c, turn=turn: room.save(c, people[turn], 50))
        room.look()
    room.look()
    assert watch.lines_read == students + 3 + 5


def test_a_board_that_was_set_back_is_told_as_a_whole(room: Room) -> None:
    watch = room.look()
    ahead = watch.seen._replace(mark=watch.seen.mark + 1000)
    assert len(watch.changed_since(ahead)) == 3


def test_silence_is_told_minute_by_minute_without_reading_a_row(room: Room) -> None:
    siti = sit(room.clock, "U001").id
    watch = room.look()
    before, read = watch.seen, watch.lines_read
    minutes = []
    for _ in range(4):
        room.clock.advance(60)
        told = room.look().changed_since(before)
        minutes += [row.silent_minutes for row in told if row.id == siti]
        before = watch.seen
    assert minutes == [2, 3, 4]
    assert watch.lines_read == read
    assert attempts_state(siti) is AttemptState.WORKING


def attempts_state(attempt: int) -> AttemptState:
    found = db.session.get_one(Attempt, attempt).state
    db.session.rollback()
    return found
