"""The scenarios of an exam day, each against a server that is running: what is done when, and what is measured."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from contextlib import suppress
from typing import Any

from app.rehearsal import machine
from app.rehearsal.load import Run, closed_loop, evenly, open_loop, percentile_ms
from app.rehearsal.paper import QUESTIONS
from app.rehearsal.school import School
from app.rehearsal.student import Browser
from app.rehearsal.wire import Connection
from bench.browsers import Proctor
from bench.school import Server

MISTAKES = 20  # every twentieth mistypes the password, every twentieth the token
SAVE_EVERY_S = 20.0
OTHERS_PER_S = 50  # saves of those who work already, during a rush
PROCTORS = 5


class Meter:
    """Processor time of a server's parts over a span."""

    def __init__(self, server: Server) -> None:
        self._parts = machine.parts(server.pid)
        self._before = self._now()
        self._began = time.perf_counter()

    def read(self) -> dict[str, float]:
        """Seconds by part, and `all` and `span`."""
        spent = {name: after - self._before[name] for name, after in self._now().items()}
        return spent | {"all": sum(spent.values()), "span": time.perf_counter() - self._began}

    def _now(self) -> dict[str, float]:
        return {name: machine.processor_seconds(pids) for name, pids in self._parts.items()}


async def rush(browsers: list[Browser], others: list[Browser], seconds: float) -> dict[str, Any]:
    """All log in and enter the token, while others save."""
    saves = Run()

    async def enter(number: int) -> str:
        return await browsers[number].enter(wrong_password=number % MISTAKES == 3, wrong_token=number % MISTAKES == 11)

    async def save(number: int) -> str:
        return await others[number % len(others)].save()

    beside = asyncio.create_task(open_loop(evenly(int(OTHERS_PER_S * seconds), seconds), save, saves))
    run = await open_loop(evenly(len(browsers), seconds), enter)
    await beside
    waited: dict[str, int] = {}
    for browser in browsers:
        for what, times in browser.waited.items():
            waited[what] = waited.get(what, 0) + times
    return run.summary() | {"students": len(browsers), "told to wait": waited, "saves meanwhile": saves.summary()}


async def start(browsers: list[Browser], seconds: float) -> dict[str, Any]:
    """All press *Mulai* and fetch the paper."""
    run = await open_loop(evenly(len(browsers), seconds), lambda number: browsers[number].begin())
    return run.summary() | {"students": len(browsers)}


async def steady(server: Server, browsers: list[Browser], seconds: float) -> dict[str, Any]:
    """Everybody saves every twenty seconds; the first round of connections is made before."""
    meter = Meter(server)
    rate = len(browsers) / SAVE_EVERY_S
    run = await open_loop(evenly(int(rate * seconds), seconds), lambda number: browsers[number % len(browsers)].save())
    spent = meter.read()
    return run.summary() | {
        "students": len(browsers),
        "cores": round(spent["all"] / spent["span"], 3),
        "cpu_ms_each": round(1000 * spent["all"] / max(1, len(run.latencies)), 3),
        "parts_s": rounded(spent),
    }


async def saturated(server: Server, browsers: list[Browser], seconds: float) -> dict[str, Any]:
    """As many saves as go."""
    meter = Meter(server)
    run = await closed_loop(len(browsers), seconds, lambda number, _turn: browsers[number].save())
    spent = meter.read()
    each = 1000 * spent["all"] / max(1, len(run.latencies))
    return run.summary() | {"cpu_ms_each": round(each, 3), "parts_s": rounded(spent)}


async def at_rate(browsers: list[Browser], per_second: float, seconds: float) -> dict[str, Any]:
    """Saves at a rate."""
    due = evenly(int(per_second * seconds), seconds)
    run = await open_loop(due, lambda number: browsers[number % len(browsers)].save())
    return run.summary()


async def finish(browsers: list[Browser], seconds: float) -> dict[str, Any]:
    """All press *Selesai*."""
    run = await open_loop(evenly(len(browsers), seconds), lambda number: browsers[number].finish())
    return run.summary() | {"students": len(browsers)}


async def board(server: Server, school: School, savers: list[Browser], seconds: float) -> dict[str, Any]:
    """Five proctors watch while students answer now and then: when each sees it, and what watching costs."""
    proctors = [Proctor(school.settings.port) for _ in range(PROCTORS)]
    for proctor in proctors:
        await proctor.sign_in()
    for _ in range(4):  # until each web process has read the whole sitting, which it does once, when it begins
        await asyncio.gather(*(proctor.look() for proctor in proctors))
        await asyncio.sleep(0.5)
    brought = sum(proctor.received for proctor in proctors)
    statuses = Counter(status for proctor in proctors for status in proctor.statuses.elements())
    idle = Meter(server)
    await asyncio.sleep(5)
    unwatched = idle.read()
    meter = Meter(server)
    seen: list[float] = []
    refreshed: list[float] = []
    changes: list[tuple[int, float]] = []  # whose answer, and when it was sent
    over = time.perf_counter() + seconds

    async def watch(proctor: Proctor) -> None:
        waiting: list[tuple[int, float]] = []
        known = 0
        while time.perf_counter() < over:
            asked = time.perf_counter()
            told = await proctor.look()
            now = time.perf_counter()
            refreshed.append(now - asked)
            waiting += changes[known:]
            known = len(changes)
            seen.extend(now - sent for attempt, sent in waiting if attempt in told)
            waiting = [change for change in waiting if change[0] not in told]
            await asyncio.sleep(proctor.every_s)
        seen.extend(over - sent for _attempt, sent in waiting if over - sent > 2 * proctor.every_s)  # not seen at all

    async def answer() -> None:
        for number in range(int(seconds / 2.7)):
            browser = savers[number % len(savers)]
            changes.append((browser.student.attempt, time.perf_counter()))
            await browser.save(number)
            await asyncio.sleep(2.7)

    await asyncio.gather(*(watch(proctor) for proctor in proctors), answer())
    spent = meter.read()
    answered = Counter(status for proctor in proctors for status in proctor.statuses.elements()) - statuses
    looks = answered.total()
    for proctor in proctors:
        proctor.close()
    idle_share = spent["span"] / unwatched["span"]
    return {
        "students": len(school.waiting) + len(school.working),
        "refreshes": looks,
        "unchanged": answered[304],
        "every_s": proctors[0].every_s,
        "seen_p50_ms": round(percentile_ms(seen, 0.5)),
        "seen_max_ms": round(percentile_ms(seen, 1)),
        "refresh_p50_ms": round(percentile_ms(refreshed, 0.5), 1),
        "refresh_p99_ms": round(percentile_ms(refreshed, 0.99), 1),
        "cpu_ms_each": round(1000 * (spent["web"] - idle_share * unwatched["web"]) / max(1, looks), 2),
        "unwatched_web_cores": round(unwatched["web"] / unwatched["span"], 4),
        "kb_each": round((sum(proctor.received for proctor in proctors) - brought) / 1000 / max(1, looks), 2),
    }


async def whole_exams(server: Server, browsers: list[Browser], at_once: int = 4) -> dict[str, Any]:
    """Whole exams, login to receipt, a few at once: processor time, requests and bytes of one.

    The first ones only warm the processes up and are not counted.
    """
    warm, browsers = browsers[: 2 * at_once], browsers[2 * at_once :]
    failures: list[str] = []
    queue = list(warm)

    async def one_after_another() -> None:
        while queue:
            browser = queue.pop()
            steps = [await browser.enter(), await browser.begin()]
            steps += [await browser.save(place) for place in range(QUESTIONS)]
            steps.append(await browser.finish())
            failures.extend(step for step in steps if step)

    await asyncio.gather(*(one_after_another() for _ in range(at_once)))
    meter, queue[:] = Meter(server), list(browsers)
    await asyncio.gather(*(one_after_another() for _ in range(at_once)))
    spent = meter.read()
    first = browsers[0].connection
    assert first is not None
    page = await first_visit(browsers[0])
    return {
        "exams": len(browsers),
        "failures": failures[:5],
        "cpu_ms_each": round(1000 * spent["all"] / len(browsers), 1),
        "parts_s": rounded(spent),
        "requests": first.requests,
        "kb_up": round(first.sent / 1000, 1),
        "kb_down": round(first.received / 1000, 1),
        "first_visit": page,
    }


async def first_visit(browser: Browser) -> dict[str, Any]:
    """The exam room's page and what it names (styles, scripts and their imports), as a browser with an empty cache."""
    known, look, sizes = {"/"}, ["/"], []
    connection = await Connection.connect(browser.school.settings.port)
    while look:
        path = look.pop()
        before = connection.received
        answer = await connection.request("GET", path, more="Accept-Encoding: gzip\r\n")
        sizes.append((round((connection.received - before) / 1000, 1), path))
        text = ""
        with suppress(UnicodeDecodeError):
            text = answer.text()
        found = re.findall(r'(?:src|href)="(/static/[^"?]+\.(?:js|css|svg))[^"]*"', text)
        folder = path.rpartition("/")[0]
        for name in re.findall(r'(?:from|import)\s*\(?"(\.{1,2}/[^"]+\.js)"', text):
            found.append(resolve(folder, name))
        for name in found:
            if name not in known:
                known.add(name)
                look.append(name)
    said = {
        "requests": connection.requests,
        "kb_down": round(connection.received / 1000, 1),
        "largest": sorted(sizes, reverse=True)[:6],
    }
    connection.close()
    return said


def resolve(folder: str, name: str) -> str:
    """A relative module name as a path."""
    parts = folder.split("/")
    for part in name.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


async def costs(server: Server, school: School, times: int) -> dict[str, float]:
    """Processor time in ms of one save, one reading of the state, one login, and one look at a board that changes."""
    working = [Browser(school, student) for student in school.working[:8]]
    for browser in working:
        browser.sequence = QUESTIONS
    for _turn in range(5):  # warm the processes up
        await asyncio.gather(*(browser.save() for browser in working))
        await asyncio.gather(*(browser.read_state() for browser in working))
    found = {}
    for name, act in (("save", "save"), ("state", "read_state")):
        meter = Meter(server)
        for _turn in range(times // 8):
            await asyncio.gather(*(getattr(browser, act)() for browser in working))
        found[name] = each_ms(meter, times // 8 * 8)
    entering = [Browser(school, student) for student in school.waiting[:48]]
    for turn in range(7):  # the first one warms the processes up
        if turn == 1:
            meter = Meter(server)
        for place in range(0, len(entering), 8):
            answers = await asyncio.gather(*(one.log_in() for one in entering[place : place + 8]))
            assert all(answer.status == 200 for answer in answers), answers
    found["login"] = each_ms(meter, 6 * len(entering))
    proctor = Proctor(school.settings.port)
    await proctor.sign_in()
    await proctor.look()
    meter, looks = Meter(server), 12
    for turn in range(looks):
        await working[turn % 8].save(turn)
        await asyncio.sleep(1.1)
        await proctor.look()
    found["board"] = each_ms(meter, looks, "web")
    for browser in (*working, *entering, proctor):
        browser.close()
    return found


def each_ms(meter: Meter, times: int, part: str = "all") -> float:
    return round(1000 * meter.read()[part] / times, 3)


def rounded(spent: dict[str, float]) -> dict[str, float]:
    return {name: round(seconds, 2) for name, seconds in spent.items()}
