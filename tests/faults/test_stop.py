"""A stop in the middle of the work: over within a few seconds, whoever is connected, and nothing accepted is lost."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable

from app.rehearsal.school import School
from bench.school import Server
from tests.faults.conftest import compared, tell, within
from tests.faults.room import Room

ENDS_S = 7.0  # a connection that says nothing would hold it up for fifteen


def test_a_stop_while_the_room_saves_is_over_soon_and_loses_nothing(
    school: School, serve: Callable[..., Server], room: Room
):
    server = serve()

    async def faults() -> None:
        with socket.create_connection(("127.0.0.1", school.settings.port)):  # a browser opens some in advance
            async with room.working():
                await room.until_acknowledged(200)
                began = time.monotonic()
                await asyncio.to_thread(server.stop)
                took = time.monotonic() - began
                tell(f"ended {took:.1f} s after it was asked to")
                assert took < within(ENDS_S)
                server.start()
                await room.until_acknowledged(100)

    asyncio.run(faults())
    assert compared(room, school).whole
