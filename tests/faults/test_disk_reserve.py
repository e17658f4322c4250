"""The disk is full while the room saves: the reserve is given up, saving goes on, and the alarm is given."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path

from sqlalchemy import create_engine, text

from app.sekolah.services import disk_reserve
from app.sekolah.services.disk_reserve import PARTS, DiskReserve, is_full, is_spent
from bench.school import Server, furnish
from tests.faults import disks
from tests.faults.conftest import STUDENTS, compared, tell, within
from tests.faults.room import Room
from tests.ports import free_port

RESERVE_MB = 12
LONGEST_S = 3.0  # for a save that meets the full disk: its transaction fails once and is done again


async def until(true: Callable[[], bool], seconds: float, what: str) -> None:
    end = time.monotonic() + within(seconds)
    while not true():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.05)


def test_when_the_disk_is_full_the_reserve_lets_saving_go_on_and_the_alarm_is_given(
    tmp_path: Path, chance: random.Random
):
    with disks.made(tmp_path, 90) as (_image, place):
        school = furnish(place / "sekolah", free_port(), working=STUDENTS, reserve_mb=RESERVE_MB)
        data, room = school.settings.data_dir, Room(school.settings.port, school.working, chance)
        server = Server(school.settings)

        def told(path: str) -> str:
            with closing(HTTPConnection("127.0.0.1", school.settings.port, timeout=20)) as connection:
                connection.request("GET", path)
                return connection.getresponse().read().decode()

        async def faults() -> None:
            async with room.working():
                await until(lambda: len(list(data.glob("reserve/*"))) == PARTS, 20, "no reserve was made")
                await room.until_acknowledged(200)
                filler = disks.take_all(place)
                await until(lambda: is_spent(data), 60, "the reserve was not given up")
                await room.until_acknowledged(400)
                ready = await asyncio.to_thread(told, "/readyz")
                assert '"disk_reserve":{"ready":false' in ready.replace(" ", ""), ready
                await until(lambda: "guyub_disk_reserve_bytes 0.0" in told("/metrics"), 5, "no word in the counters")
                filler.unlink()
                await until(lambda: not is_spent(data), 10, "the reserve was not made again")
                await room.until_acknowledged(100)
            await until(lambda: len(noted(school.settings.database_url)) == 3, 5, "the log says nothing")

        try:
            server.start()
            asyncio.run(faults())
        finally:
            server.stop()
        tell(f"slowest save {1000 * room.slowest_s:.0f} ms, refused {room.statuses}")
        assert noted(school.settings.database_url) == ["reserve_made", "reserve_given_up", "reserve_made"]
        assert not room.statuses
        assert room.slowest_s < within(LONGEST_S)
        assert compared(room, school).whole


def noted(database_url: str) -> list[str]:
    """What the audit log says of the reserve."""
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT event FROM audit_entry WHERE event LIKE 'reserve%' ORDER BY id"))
            return [row[0] for row in rows]
    finally:
        engine.dispose()


def test_a_disk_without_names_for_new_files_is_full_too_and_the_reserve_has_some(tmp_path: Path):
    with disks.made(tmp_path, 20, "-N", "256") as (_image, place):
        reserve = DiskReserve(place, 1_000_000, lambda _event, _size: None)
        reserve.attend()
        assert reserve.held() >= 1_000_000
        with suppress(OSError):
            for number in range(1_000):
                (place / f"filler{number}").touch()
        assert is_full(place)
        reserve.attend()
        assert is_spent(place)
        for number in range(PARTS):
            (place / f"answer{number}").touch()


def test_the_reserve_holds_real_blocks_and_is_not_made_where_room_is_scarce(tmp_path: Path):
    with disks.made(tmp_path, 20) as (_image, place):
        reserve = DiskReserve(place, 4_000_000, lambda _event, _size: None)
        reserve.attend()
        blocks = sum(part.stat().st_blocks * 512 for part in disk_reserve.folder_of(place).iterdir())
        assert blocks >= 4_000_000
        greedy = DiskReserve(place, 9_000_000, lambda _event, _size: None)
        greedy.attend()
        assert greedy.held() == reserve.held()
