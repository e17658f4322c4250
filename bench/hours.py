"""Eight hours of a school's server in a few minutes: does any of its processes keep what it no longer needs?

Four sittings one after the other, each with all students from login to receipt, some moved to another PC, proctors
watching all the time. The number of requests is that of the hours, their pace is the machine's: it says nothing of
speed. Memory is that of each part (PSS), after the first sitting, when everything has been used once, and at the end.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, create_engine, insert, select, update
from sqlalchemy.orm import Session

from app.domain.entry_token import current_token
from app.domain.package_keys import Binding, entry_token_key, login_pepper
from app.domain.student_passwords import verifier
from app.models import Attempt, HeldSitting
from app.rehearsal import machine
from app.rehearsal.paper import QUESTIONS
from app.rehearsal.school import BINDING, PASSWORD, SECRET, School, Student
from app.rehearsal.student import Browser
from app.web.transactions import guard_engine
from bench.browsers import Proctor, find
from bench.school import Server

SITTINGS = 4  # of two hours
CLIENTS = 32
PROCTORS = 3
MOVED = 20  # every twentieth student sits down at another PC
SETTLE_S = 3.0

Parts = dict[str, float]


@dataclass(frozen=True)
class Part(School):
    """The students of one of several sittings."""

    binding: Binding = BINDING

    @property
    def token(self) -> str:
        """The entry token of this sitting."""
        return current_token(entry_token_key(SECRET, self.binding), int(time.time() * 1000))[0]


def divide(school: School) -> list[Part]:
    """Give the students who wait to several sittings, each with its own keys."""
    size = len(school.waiting) // SITTINGS
    parts = []
    engine = create_engine(school.settings.database_url)
    guard_engine(engine)
    with Session(engine) as session:
        first = dict(session.execute(select(HeldSitting.__table__)).mappings().one())
        for number in range(SITTINGS):
            students = school.waiting[number * size : (number + 1) * size]
            binding = replace(BINDING, sitting=f"{BINDING.sitting}{number or ''}")
            if number:
                session.execute(insert(HeldSitting.__table__).values(**first | {"id": binding.sitting}))
                _move(session, students, binding)
            parts.append(Part(school.settings, school.paper, students, [], binding))
        session.commit()
    engine.dispose()
    return parts


def _move(session: Session, students: list[Student], binding: Binding) -> None:
    pepper = login_pepper(SECRET, binding)
    table = Attempt.__table__
    change = update(table).where(table.c.id == bindparam("which"))
    session.connection().execute(
        change.values(sitting_id=binding.sitting, verifier=bindparam("proof")),
        [
            {"which": student.attempt, "proof": verifier(pepper, binding.sitting, student.number, PASSWORD)}
            for student in students
        ],
    )


class Moving(Proctor):
    """A proctor who also moves students."""

    form = ""

    async def move(self, student: Student) -> str:
        """*Reset Peserta*; gives what went wrong."""
        if not self.form:
            self.form = find(r'name="csrf_token" value="([^"]+)"', (await self._call("GET", "/sekolah/status")).text())
        kind = "Content-Type: application/x-www-form-urlencoded\r\n"
        body = f"csrf_token={self.form}".encode()
        answer = await self._call("POST", f"/sekolah/peserta/{student.attempt}/reset", body, kind)
        return "" if answer.status == 302 else f"reset: {answer.status}"


async def hours(server: Server, parts: list[Part]) -> dict[str, Any]:
    """All sittings; memory after the first and at the end, and how much each part of the server has grown."""
    proctors = [Moving(server.settings.port) for _ in range(PROCTORS)]
    for proctor in proctors:
        await proctor.sign_in()
    watching = [asyncio.create_task(_watch(proctor)) for proctor in proctors[1:]]
    failures: list[str] = []
    seen: list[Parts] = []
    requests, began = 0, time.perf_counter()
    for part in parts:
        requests += await _sit(part, proctors[0], failures)
        await asyncio.sleep(SETTLE_S)
        seen.append(memory(server))
    for task in watching:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    for proctor in proctors:
        requests += sum(proctor.statuses.values())
        proctor.close()
    first, last = seen[0], seen[-1]
    return {
        "students": len(parts[0].waiting),
        "sittings": len(parts),
        "requests": requests,
        "seconds": round(time.perf_counter() - began),
        "failures": failures[:5],
        "mb": seen,
        "growth": {name: round(last[name] / first[name] - 1, 3) for name in first if first[name]},
    }


async def _sit(part: Part, proctor: Moving, failures: list[str]) -> int:
    """Everybody from login to receipt; gives the number of requests."""
    queue, taking, requests = list(part.waiting), asyncio.Lock(), 0

    async def one_after_another() -> None:
        nonlocal requests
        while queue:
            browser = Browser(part, queue.pop())
            steps = [await browser.enter(), await browser.begin()]
            steps += [await browser.save(place) for place in range(QUESTIONS // 2)]
            if browser.student.attempt % MOVED == 0:
                async with taking:
                    steps.append(await proctor.move(browser.student))
                steps.append(await browser.enter())
            steps.append(await browser.read_state())
            steps += [await browser.save(place) for place in range(QUESTIONS // 2, QUESTIONS)]
            steps.append(await browser.finish())
            failures.extend(step for step in steps if step)
            requests += browser.connection.requests if browser.connection else 0
            browser.close()

    await asyncio.gather(*(one_after_another() for _ in range(CLIENTS)))
    return requests


async def _watch(proctor: Proctor) -> None:
    while True:
        await proctor.look()
        await asyncio.sleep(proctor.every_s)


def memory(server: Server) -> Parts:
    """MB of each part, its processes together, and of all."""
    found = {name: round(machine.resident_mb(pids), 1) for name, pids in machine.parts(server.pid).items()}
    return found | {"all": round(sum(found.values()), 1)}
