"""Saving against a simple model, over thousands of made-up exam days: whatever order things happen in, the newest
acknowledged answer written in time is the one that counts (I1, I2), and one seat at a time may write (I4)."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.domain.attempt_states import AttemptState
from app.domain.timing import GRACE_MS
from app.models import Attempt
from app.sekolah.exam_app import create_exam_app
from app.sekolah.services import attempts
from app.settings import SekolahSettings, load_settings
from tests.conftest import Databases, FakeClock
from tests.functional.sekolah.exam.conftest import LENGTH_S, Room, Student, add_attempt, furnish

VALUES: dict[str, list[Any]] = {"q1": ["a", "b", "c", None], "q5": ["satu", "dua", None]}
PLACE: list[SekolahSettings] = []


@dataclass
class Written:
    """An answer in a browser: where it was written, when, and whether the server has confirmed it."""

    epoch: int
    item: dict[str, Any]
    written_ms: int
    confirmed: bool = False


@dataclass
class Model:
    """What must be true, kept as simply as possible."""

    epoch: int = 0
    deadline_ms: int | None = None
    counts: dict[str, tuple[tuple[int, int], Any]] = field(default_factory=dict)
    journal: dict[tuple[int, int], Any] = field(default_factory=dict)

    def arrive(self, written: Written, now_ms: int, last_reset_ms: int | None, current: bool) -> None:
        key = (written.epoch, written.item["sequence"])
        if key in self.journal:
            return
        self.journal[key] = written.item["value"]
        assert self.deadline_ms is not None
        in_time = written.written_ms <= self.deadline_ms and now_ms <= self.deadline_ms + GRACE_MS
        if not current:
            in_time = in_time and (last_reset_ms is None or written.written_ms <= last_reset_ms)
        question = written.item["question"]
        if in_time and (question not in self.counts or self.counts[question][0] < key):
            self.counts[question] = (key, written.item["value"])


class ExamDay(RuleBasedStateMachine):
    """One student, several PCs, a network that delays, repeats and reorders, a proctor who resets."""

    @initialize()
    def open(self) -> None:
        self.clock = FakeClock()
        school = PLACE[0]
        self.app = create_exam_app(school, self.clock, ticking=False)
        self.engine = create_engine(school.database_url)
        self.session = Session(self.engine)
        with self.engine.begin() as connection:
            for table in ("journal_entry", "answer", "audit_entry", "state_entry", "attempt"):
                connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - the names stand above
        self.room = Room(self.app, school, self.clock, self.session, {})
        self.room.ids["0001"] = add_attempt(self.session, "0001", "Siti Aminah", 1).id
        self.session.commit()
        self.app.extensions["guyub_exam"].keeper._exam = None
        self.room.office.write(self.room.office.keeper.resume)
        self.model = Model()
        self.queue: list[Written] = []
        self.pcs: list[Student] = []
        self.sequences: dict[int, int] = {}  # the last one of each PC
        self.reset_ms: int | None = None
        self.held = False
        self.sit_down()
        assert self.student.start().status_code == 200
        self.model.deadline_ms = self.now() + LENGTH_S * 1000

    def now(self) -> int:
        return self.room.office.now_ms()

    def sit_down(self) -> None:
        self.student = Student(self.room, "0001", nonce=f"pc{len(self.pcs)}")
        assert self.student.admit().status_code == 200
        self.pcs.append(self.student)
        self.model.epoch += 1
        self.sequences[self.model.epoch] = self.student.state().json["next_sequence"] - 1
        self.held = True

    @rule(seed=st.integers(0, 2**32))
    def write_some_answers(self, seed: int) -> None:
        """At any PC, also an old one whose user does not know yet; each PC counts on from what it knew."""
        chance = random.Random(seed)
        for _ in range(chance.randint(1, 5)):
            epoch = chance.randint(1, len(self.pcs))
            self.sequences[epoch] += 1
            question = chance.choice(sorted(VALUES))
            item = {"sequence": self.sequences[epoch], "question": question, "value": chance.choice(VALUES[question]),
                    "doubtful": chance.random() < 0.3}  # fmt: skip
            self.queue.append(Written(epoch, item, self.now()))
            self.clock.advance(chance.randint(0, 2))

    @precondition(lambda self: self.queue)
    @rule(seed=st.integers(0, 2**32))
    def deliver_some(self, seed: int) -> None:
        """A batch of one PC, in any order, with repeats; sometimes the answer gets lost and all of it comes again."""
        chance = random.Random(seed)
        epoch = chance.choice(self.queue).epoch
        batch = [written for written in self.queue if written.epoch == epoch]
        chance.shuffle(batch)
        batch = batch[: chance.randint(1, 6)]
        batch += [chance.choice(batch)] * chance.randint(0, 2)
        now = self.now()
        items = [dict(written.item, age_ms=now - written.written_ms) for written in batch]
        answer = self.pcs[epoch - 1].send(items)
        current = self.held and epoch == self.model.epoch
        assert answer.status_code == (200 if current else 409), answer.text
        told = answer.json["acknowledged" if current else "aside"]
        assert told == [item["sequence"] for item in items], "every item is confirmed, in order"
        for written in batch:
            self.model.arrive(written, now, self.reset_ms, current)
            written.confirmed = True

    @rule()
    def reset_the_seat(self) -> None:
        if self.held:
            attempts.reset_seat(self.session, self.clock, self.room.ids["0001"], "ratna", now_ms=self.now())
            self.session.commit()
            self.reset_ms = self.now()
            self.held = False

    @rule()
    def move_to_another_pc(self) -> None:
        if not self.held and len(self.pcs) < 6:
            self.sit_down()

    @rule(seconds=st.one_of(st.integers(0, 120), st.just(LENGTH_S // 2), st.just(LENGTH_S)))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule(hours=st.sampled_from([-24, -1, 1, 24]))
    def somebody_sets_the_clock(self, hours: int) -> None:
        self.clock.jump(hours * 3600)

    @rule(minutes=st.integers(1, 30))
    def the_proctor_gives_time(self, minutes: int) -> None:
        if self.session.get_one(Attempt, self.room.ids["0001"]).state is AttemptState.WORKING:
            attempts.give_credit(
                self.session,
                self.clock,
                "uji1",
                "ratna",
                now_ms=self.now(),
                amount_ms=minutes * 60_000,
                reason="Listrik",
            )
            self.session.commit()
            assert self.model.deadline_ms is not None
            self.model.deadline_ms += minutes * 60_000

    @rule()
    def the_process_is_started_again(self) -> None:
        self.room.office.close()
        self.app = create_exam_app(PLACE[0], self.clock, ticking=False)
        self.room.app = self.app

    @invariant()
    def what_counts_is_what_the_model_says(self) -> None:
        if not getattr(self, "pcs", None):
            return
        assert self.room.answers("0001") == {question: value for question, (_key, value) in self.model.counts.items()}
        attempt = self.room.attempt("0001")
        assert attempt.answered == sum(value is not None for _key, value in self.model.counts.values())
        journal = {(epoch, sequence) for epoch, sequence, *_rest in self.room.journal("0001")}
        assert journal == set(self.model.journal), "every confirmed answer is in the journal, once (I1)"
        assert attempt.epoch == self.model.epoch

    def teardown(self) -> None:
        if getattr(self, "room", None) is not None:
            self.session.close()
            self.engine.dispose()
            self.room.office.close()


@pytest.fixture
def place(databases: Databases) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        school = load_settings({}, role="sekolah", data_dir=Path(folder), database_url=databases.make(Path(folder)))
        assert isinstance(school, SekolahSettings)
        furnish(school)
        PLACE[:] = [school]
        yield
        PLACE.clear()


@pytest.mark.usefixtures("place")
def test_any_exam_day_ends_as_the_model_says() -> None:
    run_state_machine_as_test(
        ExamDay,
        settings=settings(
            max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
