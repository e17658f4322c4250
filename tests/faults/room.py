"""A room of students who save without pause and, as their browsers do, send again what was not acknowledged."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from app.rehearsal.paper import answer_to, question_id
from app.rehearsal.school import Student
from app.rehearsal.wire import Answer, Connection, GoneError
from tests.faults.history import History

PATIENCE_S = 4.0  # for one answer, before the browser asks anew
PAUSE_S = 0.06  # between two saves of one student, on average


@dataclass
class Room:
    """Students at work. `answered_at` is when (monotonic) the last save was acknowledged, `statuses` what else came."""

    port: int
    students: list[Student]
    chance: random.Random
    history: History = field(default_factory=History)
    answered_at: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    retry_after: set[str] = field(default_factory=set)
    slowest_s: float = 0.0
    changes_mind: bool = False  # a student may write another answer to the question before the first was acknowledged
    _sequences: dict[int, int] = field(default_factory=dict)
    _places: dict[int, int] = field(default_factory=dict)  # where a student who changed her mind still is
    _over: bool = False

    async def work(self, student: Student) -> None:
        """Save and save again until the room is over."""
        connection: Connection | None = None
        try:
            while not self._over:
                connection = await self._save_one(student, connection)
        finally:
            if connection is not None:
                connection.close()

    async def _save_one(self, student: Student, connection: Connection | None) -> Connection | None:
        """One save, sent until it is acknowledged."""
        sequence = self._sequences[student.attempt] = self._sequences.get(student.attempt, 0) + 1
        place = self._places.pop(student.attempt, self.chance.randrange(40))
        question, value = question_id(place), answer_to(place, sequence)
        self.history.note_sent(student.attempt, sequence, question, value)
        item = {"sequence": sequence, "question": question, "value": value, "doubtful": False, "age_ms": 0}
        body = json.dumps({"items": [item], "position": question}).encode()
        while True:
            connection, answer = await self._send(student, connection, body)
            if answer is not None and answer.status == 200 and sequence in answer.json()["acknowledged"]:
                break
            if self._over:
                return connection
            if self.changes_mind and self.chance.random() < 0.5:
                self._places[student.attempt] = place
                return connection
            await asyncio.sleep(self.chance.uniform(0.05, 0.3))
        self.history.note_acknowledged(student.attempt, sequence)
        self.answered_at = time.monotonic()
        await asyncio.sleep(self.chance.uniform(0, 2 * PAUSE_S))
        return connection

    async def _send(
        self, student: Student, connection: Connection | None, body: bytes
    ) -> tuple[Connection | None, Answer | None]:
        began = time.monotonic()
        path = f"/api/v1/attempts/{student.attempt}/answers"
        try:
            async with asyncio.timeout(PATIENCE_S + 8):
                if connection is None or not connection.open:
                    connection = await Connection.connect(self.port)
                answer = await connection.request("POST", path, body, student.seat)
        except (OSError, GoneError, TimeoutError):
            if connection is not None:
                connection.close()
            return None, None
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        if answer.status != 200:
            self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
            self.retry_after.add(answer.headers.get("retry-after", ""))
        return connection, answer

    @asynccontextmanager
    async def working(self) -> AsyncIterator[Room]:
        """Everybody works for the time of a block."""
        self._over = False
        tasks = [asyncio.create_task(self.work(student)) for student in self.students]
        try:
            yield self
        finally:
            self._over = True
            _done, late = await asyncio.wait(tasks, timeout=15)
            for task in late:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def until_answered(self, seconds: float, since: float) -> float:
        """Wait until a save was acknowledged after `since` (monotonic); gives the seconds from then."""
        while self.answered_at <= since:
            if time.monotonic() > since + seconds:
                raise AssertionError(f"no save was acknowledged for {seconds} s")
            await asyncio.sleep(0.02)
        return self.answered_at - since

    async def until_acknowledged(self, more: int, seconds: float = 20) -> None:
        """Wait until so many more saves were acknowledged."""
        wanted, end = len(self.history.acknowledged) + more, time.monotonic() + seconds
        while len(self.history.acknowledged) < wanted:
            assert time.monotonic() < end, f"only {len(self.history.acknowledged)} of {wanted} saves in {seconds} s"
            await asyncio.sleep(0.02)
