"""The wall clock jumps while students work, also across a start of the program or the machine: no deadline moves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from app.domain.entry_token import current_token
from app.domain.package_keys import entry_token_key
from app.rehearsal.school import BINDING, SECRET, School
from app.sekolah.exam_app import create_exam_app
from app.sekolah.services.exam_office import ExamOffice
from bench.school import furnish
from tests.conftest import FakeClock

HOUR, DAY = 3600, 86_400
JUMPS = pytest.mark.parametrize("jump", [HOUR, -HOUR, DAY, -DAY], ids=["+1h", "-1h", "+1d", "-1d"])
LENGTH_MS = 7_200_000
SECOND_MS = 1000


@dataclass
class RebootedClock(FakeClock):
    """A clock with a boot of its own, as after the machine was started again."""

    boot_id: str = "boot-1"


class ExamDay:
    """The exam process with a clock of the test's, and Siti at work in it."""

    def __init__(self, school: School) -> None:
        self.school = school
        self.clock = RebootedClock()
        self.siti = school.waiting[0]
        self.seat = ""
        self.sequence = 0
        self.app: Flask = self._start()
        self._begin()

    @property
    def office(self) -> ExamOffice:
        office: ExamOffice = self.app.extensions["guyub_exam"]
        return office

    def _start(self) -> Flask:
        app = create_exam_app(self.school.settings, self.clock, ticking=False)
        assert app.extensions["guyub_exam"].writer.wait_ready(10)
        return app

    def restart(self) -> None:
        """The process ends without a word and is started again."""
        self.office.close()
        self.app = self._start()

    def _begin(self) -> None:
        ticket = self.office.keys.ticket(self.siti.attempt, BINDING.sitting, "pc1")
        token = current_token(entry_token_key(SECRET, BINDING), self.office.now_ms())[0]
        self.seat = self._post("/api/v1/admission", {"token": token}, ticket)["seat"]
        self._post(f"/api/v1/attempts/{self.siti.attempt}/start", {})
        self.office.beat()

    def remaining_ms(self) -> int:
        """As Siti's browser is told."""
        return int(self._save([])["remaining_ms"])

    def answer(self) -> dict[str, Any]:
        self.sequence += 1
        item = {"sequence": self.sequence, "question": "q1", "value": "a", "doubtful": False, "age_ms": 0}
        return self._save([item])

    def _save(self, items: list[dict[str, Any]]) -> dict[str, Any]:
        return self._post(f"/api/v1/attempts/{self.siti.attempt}/answers", {"items": items})

    def _post(self, path: str, body: dict[str, Any], bearer: str = "") -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {bearer or self.seat}"}
        answer = self.app.test_client().post(path, json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json
        return found

    def pass_time(self, seconds: int) -> None:
        """Time goes by with the heartbeats that come with it."""
        for _beat in range(seconds // 2):
            self.clock.advance(2)
            self.office.beat()


@pytest.fixture
def day(tmp_path: Path):
    exam_day = ExamDay(furnish(tmp_path / "sekolah", 8200, waiting=2))
    yield exam_day
    exam_day.office.close()


def near(found_ms: int, wanted_ms: int, by_ms: int = SECOND_MS) -> bool:
    return abs(found_ms - wanted_ms) <= by_ms


@JUMPS
def test_a_jump_of_the_wall_clock_moves_no_deadline(day: ExamDay, jump: int):
    day.pass_time(60)
    assert near(day.remaining_ms(), LENGTH_MS - 60_000)
    day.clock.jump(jump)
    day.pass_time(60)
    assert near(day.remaining_ms(), LENGTH_MS - 120_000)
    assert "refused" not in day.answer()


@JUMPS
def test_a_jump_while_the_program_is_away_moves_no_deadline(day: ExamDay, jump: int):
    day.pass_time(60)
    day.clock.jump(jump)
    day.clock.advance(30)
    day.restart()
    assert near(day.remaining_ms(), LENGTH_MS - 90_000)


@JUMPS
def test_a_jump_across_a_start_of_the_machine_takes_no_time_from_anybody(day: ExamDay, jump: int):
    """How long it was away cannot be known: it counts as nothing, and the proctor is told that it is uncertain."""
    day.pass_time(60)
    day.clock.wall += timedelta(seconds=30 + jump)
    day.clock.boot, day.clock.boot_id = 5_000, "boot-2"
    day.restart()
    assert near(day.remaining_ms(), LENGTH_MS - 60_000, 2 * SECOND_MS)
    assert "refused" not in day.answer()
    engine = create_engine(day.school.settings.database_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM outage WHERE uncertain")) == 1
    engine.dispose()


@JUMPS
def test_after_the_deadline_nothing_counts_wherever_the_wall_clock_stands(day: ExamDay, jump: int):
    day.clock.jump(jump)
    day.clock.advance(LENGTH_MS // SECOND_MS + 1)
    day.office.beat()
    assert day.answer()["refused"] == [1]
    engine = create_engine(day.school.settings.database_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM answer")) == 0
        assert json.loads(connection.scalar(text("SELECT value FROM journal_entry"))) == "a"  # kept as evidence
    engine.dispose()
