"""A process of the server is killed, or hangs, at a random moment while a room saves: soon back, and nothing lost."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Callable

import pytest

from app.rehearsal import machine
from app.rehearsal.school import School
from bench.school import Server
from tests.faults.conftest import compared, rounds, tell, within
from tests.faults.room import Room

BACK_S = 5.0
BACK_AFTER_HANG_S = 15.0
EVERYTHING_BACK_S = 10.0


async def serving_again(server: Server, room: Room, since: float, seconds: float) -> float:
    """Until a save that was acknowledged after `since` and the web part both answer; gives the seconds."""
    await room.until_answered(within(seconds), since)
    while not await asyncio.to_thread(server.answers, "/healthz"):
        assert time.monotonic() < since + within(seconds), "the web part did not come back"
    return time.monotonic() - since


async def started(server: Server, part: str) -> list[int]:
    """The processes of a part; one that is just being started again is waited for."""
    end = time.monotonic() + within(BACK_S)
    while not (found := machine.parts(server.pid)[part]):
        assert time.monotonic() < end, f"nobody started {part} again"
        await asyncio.sleep(0.05)
    return found


def test_a_kill_of_any_process_loses_nothing_and_is_over_within_five_seconds(
    school: School, serve: Callable[..., Server], room: Room, chance: random.Random
):
    server = serve()
    back: list[float] = []

    async def faults() -> None:
        async with room.working():
            for _round in range(rounds(10)):
                await room.until_acknowledged(20)
                await asyncio.sleep(chance.uniform(0, 0.3))
                part = chance.choice(("exam", "web", "nginx"))
                victim = chance.choice(await started(server, part))
                since = time.monotonic()
                machine.send(victim, signal.SIGKILL)
                back.append(await serving_again(server, room, since, BACK_S))

    asyncio.run(faults())
    tell(f"back after at most {max(back):.1f} s")
    found = compared(room, school)
    assert found.whole, found


def test_a_kill_of_everything_at_once_loses_nothing(
    school: School, serve: Callable[..., Server], room: Room, chance: random.Random
):
    """The watcher too. Whoever started it starts it again, as systemd does."""
    server = serve()
    back: list[float] = []

    async def faults() -> None:
        async with room.working():
            for _round in range(max(2, rounds(10) // 5)):
                await room.until_acknowledged(20)
                await asyncio.sleep(chance.uniform(0, 0.3))
                since = time.monotonic()
                server.kill()
                server.launch()
                back.append(await serving_again(server, room, since, EVERYTHING_BACK_S))

    asyncio.run(faults())
    tell(f"back after at most {max(back):.1f} s")
    assert compared(room, school).whole


def test_the_history_notices_an_acknowledgement_before_the_commit(
    school: School, serve: Callable[..., Server], room: Room
):
    """The guard of the two tests above, removed: answers leave before the commit, and a kill loses some."""
    server = serve(without=["commit-first"])

    async def faults() -> None:
        async with room.working():
            for _round in range(6):
                await room.until_acknowledged(40)
                since = time.monotonic()
                for victim in machine.parts(server.pid)["exam"]:
                    machine.send(victim, signal.SIGKILL)
                await room.until_answered(20, since)

    asyncio.run(faults())
    assert compared(room, school).lost


@pytest.mark.parametrize("part", ["exam", "nginx"])
def test_a_part_that_hangs_is_started_again(school: School, serve: Callable[..., Server], room: Room, part: str):
    server = serve()

    async def faults() -> float:
        async with room.working():
            await room.until_acknowledged(80)
            for victim in machine.parts(server.pid)[part]:
                machine.send(victim, signal.SIGSTOP)
            await asyncio.sleep(0.5)  # what was on its way arrives
            return 0.5 + await serving_again(server, room, time.monotonic(), BACK_AFTER_HANG_S)

    took = asyncio.run(faults())
    tell(f"{part} answered again after {took:.1f} s")
    found = compared(room, school)
    assert found.whole, found


def test_a_worker_that_hangs_is_replaced(school: School, serve: Callable[..., Server], room: Room):
    """Only the process that saves stands still; its master lives."""
    server = serve()

    async def faults() -> None:
        async with room.working():
            await room.until_acknowledged(80)
            machine.send(machine.parts(server.pid)["exam"][-1], signal.SIGSTOP)
            await asyncio.sleep(0.5)
            await serving_again(server, room, time.monotonic(), BACK_AFTER_HANG_S)

    asyncio.run(faults())
    assert compared(room, school).whole
