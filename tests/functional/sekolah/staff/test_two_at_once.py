"""Two proctors press the same button at the same moment: one effect, one line in the log, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.attempt_states import AttemptState
from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.models import Attempt, AuditEntry, Credit, HeldSitting, HeldState, Outage, RequestState, ResetRequest, db
from app.sekolah.services import attempts, day
from app.sekolah.services.workplace import Workplace
from tests.conftest import FakeClock
from tests.functional.sekolah.staff.conftest import SITTING
from tests.functional.sekolah.staff.test_day_at_the_desk import sit

Deed = Callable[[Session, Clock, str], object]
ENOUGH = day.Space(free=day.QUOTA_BYTES)
TOGETHER_S = 1.0  # how long the first waits for the second; where they take turns nobody comes, and that is right


@dataclass
class MeetingClock:
    """Both deeds ask it for the time between looking and writing; there they wait for each other, if they can."""

    real: FakeClock
    met: threading.Barrier = field(default_factory=lambda: threading.Barrier(2, timeout=TOGETHER_S))

    def now(self) -> datetime:
        with suppress(threading.BrokenBarrierError):
            self.met.wait()
        return self.real.now()

    def boot_ms(self) -> int:
        return self.real.boot_ms()


def both(place: Workplace, clock: FakeClock, deed: Deed) -> list[str]:
    """Ratna and Maya do it at once; tells how it ended for each: `done` or the refusal's code."""
    db.session.commit()
    meeting = MeetingClock(clock)

    def do(who: str) -> str:
        try:
            with place.transaction() as session:
                deed(session, meeting, who)
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(2) as two:
        return sorted(two.map(do, ("ratna", "maya")))


def lines(event: AuditEvent) -> int:
    db.session.rollback()
    found = len(db.session.scalars(select(AuditEntry).where(AuditEntry.event == event)).all())
    db.session.rollback()
    return found


def now_ms(clock: FakeClock) -> int:
    return int(clock.now().timestamp() * 1000)


def test_activating_at_once_activates_once(opened: FlaskClient, place: Workplace, clock: FakeClock) -> None:
    def activate(session: Session, now: Clock, who: str) -> object:
        return day.activate_sitting(session, now, SITTING, who, space=ENOUGH)

    assert both(place, clock, activate) == ["done", "done"]
    assert lines(AuditEvent.SITTING_ACTIVATED) == 1


def test_two_tests_of_one_room_are_not_both_activated(opened: FlaskClient, place: Workplace, clock: FakeClock) -> None:
    first = db.session.get_one(HeldSitting, SITTING)
    columns = {column.key: getattr(first, column.key) for column in HeldSitting.__table__.columns}
    db.session.add(HeldSitting(**(columns | {"id": "sit-lain"})))
    siti = db.session.scalars(select(Attempt).where(Attempt.number == "U001")).one()
    person = {column.key: getattr(siti, column.key) for column in Attempt.__table__.columns if column.key != "id"}
    db.session.add(Attempt(**(person | {"sitting_id": "sit-lain"})))
    chosen = {"ratna": SITTING, "maya": "sit-lain"}

    def activate(session: Session, now: Clock, who: str) -> object:
        return day.activate_sitting(session, now, chosen[who], who, space=ENOUGH)

    assert both(place, clock, activate) == ["S-234", "done"]
    assert lines(AuditEvent.SITTING_ACTIVATED) == 1


def test_closing_at_once_closes_once(running: FlaskClient, place: Workplace, clock: FakeClock) -> None:
    sit(clock, "U001")

    def close(session: Session, now: Clock, who: str) -> object:
        return day.close_sitting(session, now, SITTING, who, now_ms=now_ms(clock))

    assert both(place, clock, close) == ["S-237", "done"]
    assert lines(AuditEvent.SITTING_ENDED) == 1
    assert db.session.get_one(HeldSitting, SITTING).state is HeldState.CLOSED


def test_finishing_for_siti_at_once_finishes_once(running: FlaskClient, place: Workplace, clock: FakeClock) -> None:
    siti = sit(clock, "U001").id

    def finish(session: Session, now: Clock, who: str) -> object:
        return attempts.finish_for_student(session, now, siti, who, now_ms=now_ms(clock))

    assert both(place, clock, finish) == ["S-132", "done"]
    assert lines(AuditEvent.ATTEMPT_FINISHED) == 1
    assert db.session.get_one(Attempt, siti).state is AttemptState.FINISHED


def test_resetting_siti_at_once_resets_once(running: FlaskClient, place: Workplace, clock: FakeClock) -> None:
    siti = sit(clock, "U001").id

    def reset(session: Session, now: Clock, who: str) -> object:
        return attempts.reset_seat(session, now, siti, who, now_ms=now_ms(clock))

    assert both(place, clock, reset) == ["done", "done"]
    assert lines(AuditEvent.SEAT_RESET) == 1


def test_a_request_is_approved_or_refused_but_not_both(
    running: FlaskClient, place: Workplace, clock: FakeClock
) -> None:
    siti = sit(clock, "U001").id
    asked = ResetRequest(attempt_id=siti, state=RequestState.WAITING, address="", asked_at=clock.now())
    db.session.add(asked)
    db.session.flush()
    request = asked.id

    def decide(session: Session, now: Clock, who: str) -> object:
        if who == "ratna":
            return attempts.reset_seat(session, now, siti, who, now_ms=now_ms(clock), request_id=request)
        return attempts.refuse_reset(session, now, request, who)

    assert both(place, clock, decide) == ["done", "done"]
    answer = db.session.get_one(ResetRequest, request).state
    assert answer is RequestState.APPROVED or lines(AuditEvent.RESET_REQUEST_REFUSED) == 1
    assert lines(AuditEvent.RESET_REQUEST_REFUSED) <= 1
    if answer is RequestState.APPROVED:
        assert lines(AuditEvent.RESET_REQUEST_REFUSED) == 0


def test_an_outage_is_given_back_once(running: FlaskClient, place: Workplace, clock: FakeClock) -> None:
    siti = sit(clock, "U001")
    deadline_ms, begun_ms = siti.deadline_ms or 0, siti.started_ms or 0
    outage = Outage(started_ms=begun_ms, ended_ms=begun_ms + 120_000, cause="restart")
    db.session.add(outage)
    db.session.flush()
    number = outage.id

    def give(session: Session, now: Clock, who: str) -> object:
        return attempts.give_credit(
            session,
            now,
            SITTING,
            who,
            now_ms=now_ms(clock),
            amount_ms=120_000,
            reason="Listrik padam dua menit",
            outage_id=number,
        )

    assert both(place, clock, give) == ["S-137", "done"]
    assert lines(AuditEvent.CREDIT_GIVEN) == 1
    assert len(db.session.scalars(select(Credit)).all()) == 1
    db.session.rollback()
    assert (
        db.session.scalars(select(Attempt.deadline_ms).where(Attempt.number == "U001")).one() == deadline_ms + 120_000
    )


def test_a_second_click_on_reset_leaves_no_second_line(
    running: FlaskClient, place: Workplace, clock: FakeClock
) -> None:
    siti = sit(clock, "U001").id
    for _click in range(2):
        with place.transaction() as session:
            attempts.reset_seat(session, clock, siti, "ratna", now_ms=now_ms(clock))
    assert lines(AuditEvent.SEAT_RESET) == 1


def test_the_log_names_who_was_shown_a_token_once_for_each_token(
    running: FlaskClient, anto: FlaskClient, clock: FakeClock
) -> None:
    for page in ("/sekolah/tes", f"/sekolah/tes/{SITTING}/token", "/sekolah/status") * 2:
        running.get(page)
        anto.get(page)
    assert lines(AuditEvent.TOKEN_SHOWN) == 2
    clock.advance(15 * 60)
    running.get(f"/sekolah/tes/{SITTING}/token/langsung")
    running.get("/sekolah/tes")
    assert lines(AuditEvent.TOKEN_SHOWN) == 3
    clock.advance(15 * 60)
    running.get(f"/sekolah/status/{SITTING}/langsung")
    assert lines(AuditEvent.TOKEN_SHOWN) == 4
    shown = db.session.scalars(select(AuditEntry).where(AuditEntry.event == AuditEvent.TOKEN_SHOWN)).all()
    assert {(line.actor, line.subject) for line in shown} == {("ratna", SITTING), ("anto", SITTING)}
    db.session.rollback()
