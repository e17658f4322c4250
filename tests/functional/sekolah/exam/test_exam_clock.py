"""The exam clock across processes and restarts: one time for all, outages measured, nothing gained by a reboot."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.domain.refusals import Refusal
from app.models import AuditEntry, Credit, Outage, StateEntry
from app.sekolah.exam_app import create_exam_app
from app.sekolah.services import attempts
from app.sekolah.services.exam_time import clock_state, exam_now_ms
from app.services import audit
from tests.functional.sekolah.exam.conftest import LENGTH_S, Room, Student


def start_again(room: Room) -> None:
    """The exam process dies and is started."""
    room.office.close()
    room.app = create_exam_app(room.settings, room.clock, ticking=False)


def outages(room: Room) -> list[tuple[int, bool]]:
    room.session.rollback()
    rows = room.session.scalars(select(Outage).order_by(Outage.id))
    return [(row.ended_ms - row.started_ms, row.uncertain) for row in rows]


def credit(room: Room, **more: Any) -> int:
    values: dict[str, Any] = {"now_ms": room.office.now_ms(), "amount_ms": 60_000, "reason": "Listrik padam"}
    reached = attempts.give_credit(room.session, room.clock, "uji1", "ratna", **(values | more))
    room.session.commit()
    return reached


def test_web_and_exam_process_read_the_same_time_though_the_wall_clock_was_set(room: Room, siti: Student) -> None:
    siti.begin()
    room.clock.advance(100)
    room.clock.jump(-7200)
    assert exam_now_ms(room.session, room.clock) == room.office.now_ms()
    room.office.beat()
    room.clock.advance(5)
    room.session.rollback()
    assert exam_now_ms(room.session, room.clock) == room.office.now_ms()


def test_a_restart_loses_no_time_and_is_measured_when_it_took_long(room: Room, siti: Student) -> None:
    siti.begin()
    room.office.beat()
    room.clock.advance(3)
    start_again(room)
    assert outages(room) == []
    room.office.beat()
    room.clock.advance(180)
    start_again(room)
    assert outages(room) == [(180_000, False)]
    assert room.session.scalars(select(AuditEntry.event)).all() == ["outage_measured"]
    assert audit.verify(room.session) is None
    assert siti.state().json["remaining_ms"] == (LENGTH_S - 183) * 1000, "time runs until the proctor gives it back"


def test_an_outage_while_nobody_works_is_none(room: Room, siti: Student) -> None:
    siti.admit()
    room.office.beat()
    room.clock.advance(600)
    start_again(room)
    assert outages(room) == []


def test_a_standstill_of_the_process_is_an_outage_too(room: Room, siti: Student) -> None:
    siti.begin()
    room.office.beat()
    room.clock.advance(25)
    room.office.beat()
    assert outages(room) == [(25_000, False)]


def test_a_reboot_with_an_unbelievable_wall_clock_waits_for_the_proctors_word(room: Room, siti: Student) -> None:
    siti.begin()
    room.clock.advance(9)
    room.office.beat()
    room.clock.boot = 5_000  # the machine was started again
    room.clock.jump(-40 * 365 * 86_400)  # and its clock stands in the past
    start_again(room)
    assert outages(room) == [(0, True)]
    assert siti.state().json["remaining_ms"] == (LENGTH_S - 9) * 1000
    room.session.rollback()
    attempts.settle_clock(room.session, room.clock, 120_000, "ratna", "Listrik padam 2 menit")
    room.session.commit()
    room.office.beat()
    assert siti.state().json["remaining_ms"] == (LENGTH_S - 129) * 1000
    room.session.rollback()
    state = clock_state(room.session)
    assert state is not None
    assert state.uncertain_ms is None
    assert room.session.scalars(select(StateEntry.name).where(StateEntry.name == "exam_clock_settlement")).all() == []
    with pytest.raises(Refusal, match="S-139"):
        attempts.settle_clock(room.session, room.clock, 1000, "ratna", "Sekali lagi")


def test_an_outage_is_given_back_once_to_each_and_only_to_who_had_begun(
    room: Room, siti: Student, budi: Student
) -> None:
    siti.begin()
    room.office.beat()
    room.clock.advance(60)
    start_again(room)
    budi.begin()
    outage = room.session.scalars(select(Outage.id)).one()
    room.session.rollback()
    assert credit(room, outage_id=outage) == 1, "Budi began after it"
    assert siti.state().json["remaining_ms"] == LENGTH_S * 1000
    assert budi.state().json["remaining_ms"] == LENGTH_S * 1000
    for again in ({"outage_id": outage}, {"outage_id": outage, "attempt_id": siti.id}):
        with pytest.raises(Refusal, match="S-137"):
            credit(room, **again)
        room.session.rollback()
    assert len(room.session.scalars(select(Credit)).all()) == 1


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"amount_ms": 0}, "S-135"),
        ({"amount_ms": -1}, "S-135"),
        ({"amount_ms": 10**9}, "S-135"),
        ({"reason": " "}, "S-136"),
    ],
)
def test_credit_needs_a_sensible_amount_and_a_reason(
    room: Room, siti: Student, more: dict[str, Any], code: str
) -> None:
    siti.begin()
    with pytest.raises(Refusal, match=code):
        credit(room, **more)


def test_who_has_finished_gets_no_credit(room: Room, siti: Student) -> None:
    siti.begin()
    room.clock.advance(1800)
    siti.finish()
    with pytest.raises(Refusal, match="S-138"):
        credit(room)
