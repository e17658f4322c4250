"""Students' and proctors' browsers as a load program speaks for them: the calls our own pages send, one keep-alive
connection each."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from typing import Any

from bench.paper import QUESTIONS, answer_to, question_id
from bench.school import PASSWORD, STAFF_PASSWORD, School, Student
from bench.wire import Answer, Connection, GoneError

GZIP = "Accept-Encoding: gzip\r\n"
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
                self.connection = await Connection.connect(self.school.settings.port)
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

    async def enter(self, *, wrong_password: bool = False, wrong_token: bool = False) -> str:
        """Login and admission; gives what went wrong, or nothing."""
        login = {"number": self.student.number, "password": PASSWORD}
        if wrong_password:
            answer = await self.patient("/api/v1/login", login | {"password": "SALAH234"})
            if answer.status != 401:
                return f"wrong password: {answer.status}"
        answer = await self.patient("/api/v1/login", login)
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
        """An answer to the question at a place (the next one if none is told); every fifth is an essay being typed."""
        self.sequence += 1
        if place is None:
            place = ESSAY if self.sequence % 5 == 0 else self.sequence
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


class Proctor:
    """A proctor who watches *Status Peserta*: asks for what changed as often as the page does."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.connection: Connection | None = None
        self.address, self.every_s, self.tag = "", 0.0, ""
        self.statuses: Counter[int] = Counter()
        self.received = 0

    async def sign_in(self) -> None:
        """Through the form, to the board."""
        page = await self._call("GET", "/staf/masuk")
        token = _found(r'name="csrf_token" value="([^"]+)"', page.body.decode())
        form = f"username=ratna&password={STAFF_PASSWORD.replace(' ', '+')}&csrf_token={token}".encode()
        answer = await self._call("POST", "/staf/masuk", form, "Content-Type: application/x-www-form-urlencoded\r\n")
        if answer.status != 302:
            raise SystemExit(f"the proctor was not let in: {answer.status}")
        board = (await self._call("GET", "/sekolah/status")).body.decode()
        self.address = _found(r'data-live="([^"]+)"', board).replace("&amp;", "&")
        self.every_s = int(_found(r'data-every="(\d+)"', board)) / 1000
        self.tag = (re.findall(r'data-(?:tag|version)="([^"]*)"', board) or [""])[0]

    async def look(self) -> bytes:
        """One refresh; gives what came."""
        more = f'If-None-Match: "{self.tag}"\r\n' if self.tag else ""
        answer = await self._call("GET", self.address, more=more + GZIP)
        self.tag = answer.headers.get("etag", "").removeprefix("W/").strip('"') or self.tag
        self.statuses[answer.status] += 1
        if answer.status not in {200, 204, 304}:
            raise SystemExit(f"the board answered {answer.status}")
        return answer.body

    async def _call(self, method: str, path: str, body: bytes | None = None, more: str = "") -> Answer:
        if self.connection is None or not self.connection.open:
            self.connection = await Connection.connect(self.port)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = f"Cookie: {cookies}\r\n{more}" if cookies else more
        before = self.connection.received
        answer = await self.connection.request(method, path, body, more=head)
        self.received += self.connection.received - before
        name, _sign, rest = answer.headers.get("set-cookie", "").partition("=")
        if name:
            self.cookies[name] = rest.partition(";")[0]
        return answer

    def close(self) -> None:
        """Close the connection."""
        if self.connection is not None:
            self.connection.close()


def _found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    if match is None:
        raise SystemExit(f"not on the page: {pattern}")
    return match.group(1)
