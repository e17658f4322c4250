"""A student's browser as the load program speaks for it: the calls our own page sends, one connection each."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

from app.rehearsal.paper import QUESTIONS, answer_to, question_id
from app.rehearsal.school import PASSWORD, School, Student
from app.rehearsal.wire import GZIP, Answer, Connection, GoneError, reached

MOST_TRIES = 40
ESSAY = QUESTIONS - 1  # its place


class Browser:
    """A student's."""

    def __init__(self, school: School, student: Student) -> None:
        self.school = school
        self.student = student
        self.seat = student.seat
        self.sequence = 0
        self.connection: Connection | None = None
        self.waited: Counter[str] = Counter()

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None, bearer: str = "") -> Answer:
        """One request; a connection that was closed meanwhile is opened again, once."""
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        for last in (False, True):
            if self.connection is None or not self.connection.open:
                self.connection = await Connection.connect(
                    self.school.settings.port, reached(self.school.settings.host)
                )
            try:
                return await self.connection.request(method, path, data, bearer or self.seat, GZIP)
            except GoneError:
                if last:
                    raise
        raise GoneError

    async def patient(self, path: str, body: dict[str, Any], bearer: str = "") -> Answer:
        """A POST that comes back when it is told to, as the page does; a place in the queue is counted."""
        for _try in range(MOST_TRIES):
            answer = await self.call("POST", path, body, bearer)
            if answer.status not in {429, 503}:
                break
            told = answer.json()
            self.waited["with a place" if "place" in told else f"{answer.status} {told.get('code')}"] += 1
            await asyncio.sleep(float(told.get("retry_after_s", 1)))
        return answer

    async def log_in(self, password: str = PASSWORD) -> Answer:
        """Number and password."""
        return await self.patient("/api/v1/login", {"number": self.student.number, "password": password})

    async def enter(self, *, wrong_password: bool = False, wrong_token: bool = False) -> str:
        """Login and admission; gives what went wrong, or nothing."""
        if wrong_password:
            answer = await self.log_in("SALAH234")
            if answer.status != 401:
                return f"wrong password: {answer.status}"
        answer = await self.log_in()
        if answer.status != 200:
            return f"login: {answer.status}"
        ticket = answer.json()["ticket"]
        if wrong_token:
            answer = await self.patient("/api/v1/admission", {"token": "222222"}, ticket)
            if answer.status != 403:
                return f"wrong token: {answer.status}"
        answer = await self.patient("/api/v1/admission", {"token": self.school.token}, ticket)
        if answer.status != 200:
            return f"admission: {answer.status}"
        self.seat = answer.json()["seat"]
        return ""

    async def begin(self) -> str:
        """*Mulai*, and the paper."""
        answer = await self.patient(f"/api/v1/attempts/{self.student.attempt}/start", {})
        if answer.status != 200:
            return f"start: {answer.status}"
        paper = await self.call("GET", answer.json()["paper"])
        return "" if paper.status == 200 and len(paper.json()["questions"]) == QUESTIONS else f"paper: {paper.status}"

    async def save(self, place: int | None = None) -> str:
        """An answer to the question at a place (the next one if none is told); every fifth of all is an essay."""
        self.sequence += 1
        if place is None:
            place = ESSAY if (self.sequence + self.student.attempt) % 5 == 0 else self.sequence
        question = question_id(place)
        item = {
            "sequence": self.sequence,
            "question": question,
            "value": answer_to(place, self.sequence),
            "doubtful": False,
            "age_ms": 3,
        }
        path = f"/api/v1/attempts/{self.student.attempt}/answers"
        answer = await self.call("POST", path, {"items": [item], "position": question})
        return "" if answer.status in {200, 204} else f"save: {answer.status}"

    async def read_state(self) -> str:
        """The attempt, as after a reload."""
        answer = await self.call("GET", f"/api/v1/attempts/{self.student.attempt}")
        return "" if answer.status == 200 else f"state: {answer.status}"

    async def finish(self) -> str:
        """*Selesai*."""
        answer = await self.patient(f"/api/v1/attempts/{self.student.attempt}/finish", {})
        return "" if answer.status == 200 and answer.json()["receipt"] else f"finish: {answer.status}"

    def close(self) -> None:
        """Close the connection."""
        if self.connection is not None:
            self.connection.close()
