"""The disk is full, stuck or slow, or somebody else holds the database: a bounded wait, a clear word, nothing lost."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

from app.rehearsal.school import School
from bench.school import Server, furnish
from tests.faults import disks
from tests.faults.conftest import STUDENTS, compared, tell, within
from tests.faults.room import Room
from tests.ports import free_port

LOCKED_S = 15.0
STUCK_S = 12.0
LONGEST_WAIT_S = 9.0  # the writer's patience and half a second
GOES_ON_S = 5.0
SHARED = 3  # saves a commit, at least, while 24 students save


async def until_refused(room: Room, seconds: float) -> None:
    end = time.monotonic() + within(seconds)
    while not room.statuses.get(503):
        assert time.monotonic() < end, f"nobody was told to come back: {room.statuses}"
        await asyncio.sleep(0.05)


async def until_web_answers(server: Server) -> None:
    end = time.monotonic() + within(GOES_ON_S)
    while not await asyncio.to_thread(server.answers, "/healthz"):
        assert time.monotonic() < end, "the web part does not answer while the disk is full"


def told_to_come_back(room: Room) -> None:
    assert set(room.statuses) == {503}, room.statuses
    assert all(int(seconds) > 0 for seconds in room.retry_after), room.retry_after
    assert room.slowest_s < within(LONGEST_WAIT_S)


def test_while_the_database_is_locked_students_are_told_to_come_back_and_then_all_goes_on(
    school: School, serve: Callable[..., Server], room: Room
):
    serve()

    async def faults() -> None:
        async with room.working():
            await room.until_acknowledged(200)
            with closing(sqlite3.connect(school.settings.data_dir / "guyub.sqlite", isolation_level=None)) as other:
                other.execute("PRAGMA busy_timeout=5000")
                other.execute("BEGIN EXCLUSIVE")
                before = len(room.history.acknowledged)
                await asyncio.sleep(LOCKED_S)
                assert len(room.history.acknowledged) <= before + STUDENTS  # answers that were on their way
                other.execute("ROLLBACK")
            tell(f"went on {await room.until_answered(within(GOES_ON_S), time.monotonic()):.2f} s after the lock ended")
            await room.until_acknowledged(200)

    asyncio.run(faults())
    told_to_come_back(room)
    assert compared(room, school).whole


def test_a_full_disk_loses_nothing_and_saves_go_on_once_there_is_room(tmp_path: Path, chance: random.Random):
    with disks.made(tmp_path, 60) as (_image, place):
        school = furnish(place / "sekolah", free_port(), working=STUDENTS)
        room = Room(school.settings.port, school.working, chance)
        server = Server(school.settings)

        async def faults() -> None:
            async with room.working():
                await room.until_acknowledged(200)
                filler = disks.fill(place)
                await until_refused(room, 40)
                await until_web_answers(server)
                filler.unlink()
                took = await room.until_answered(within(GOES_ON_S), time.monotonic())
                tell(f"went on {took:.2f} s after there was room")
                await room.until_acknowledged(200)

        try:
            server.start()
            asyncio.run(faults())
        finally:
            server.stop()
        told_to_come_back(room)
        assert compared(room, school).whole


def test_a_stuck_disk_acknowledges_nothing_early_and_the_backlog_drains(tmp_path: Path, chance: random.Random):
    with disks.made(tmp_path, 160) as (_image, place):
        school = furnish(place / "sekolah", free_port(), working=STUDENTS)
        room = Room(school.settings.port, school.working, chance)
        server = Server(school.settings)

        async def faults() -> None:
            async with room.working():
                await room.until_acknowledged(200)
                with disks.frozen(place):
                    await asyncio.sleep(0.5)
                    before = len(room.history.acknowledged)
                    await asyncio.sleep(STUCK_S)
                    assert len(room.history.acknowledged) == before
                await room.until_answered(within(GOES_ON_S), time.monotonic())
                await room.until_acknowledged(200)

        try:
            server.start()
            asyncio.run(faults())
        finally:
            server.stop()
        told_to_come_back(room)
        assert compared(room, school).whole


def test_with_slow_flushes_those_who_wait_share_a_commit(school: School, serve: Callable[..., Server], room: Room):
    """Flushes of 50 ms: a commit for each would end at 20 saves a second, whatever the machine."""
    serve(flush_ms=50)

    async def faults() -> tuple[float, float]:
        async with room.working():
            await room.until_acknowledged(100, 60)
            jobs, commits = await asyncio.to_thread(counted, school)
            await room.until_acknowledged(500, 60)
            jobs_after, commits_after = await asyncio.to_thread(counted, school)
        return jobs_after - jobs, commits_after - commits

    jobs, commits = asyncio.run(faults())
    tell(f"{jobs / commits:.1f} saves a commit; slowest save {1000 * room.slowest_s:.0f} ms")
    assert jobs > SHARED * commits
    assert not room.statuses
    assert compared(room, school).whole


def counted(school: School) -> tuple[float, float]:
    """How many jobs the writer has committed, and in how many transactions."""
    with closing(HTTPConnection("127.0.0.1", school.settings.port, timeout=20)) as connection:
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return float(values["guyub_writer_jobs_total"]), float(values["guyub_writer_batch_count"])
