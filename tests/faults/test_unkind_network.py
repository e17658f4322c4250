"""Requests and answers are lost, repeated, late and out of order: each save counts once, and the newest stays."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from app.rehearsal.school import School
from bench.school import Server
from tests.faults.conftest import compared, rounds, tell, within
from tests.faults.room import Room
from tests.faults.shuffler import Shuffler


def shuffled(room: Room, chance: random.Random, saves: int) -> Shuffler:
    """The room saves through the shuffler."""
    shuffler = Shuffler(room.port, chance)

    async def faults() -> None:
        async with shuffler.running():
            room.port, room.changes_mind = shuffler.listens, True
            async with room.working():
                await room.until_acknowledged(saves, within(120))

    asyncio.run(faults())
    return shuffler


def test_lost_repeated_late_and_reordered_requests_change_nothing(
    school: School, serve: Callable[..., Server], room: Room, chance: random.Random
):
    serve()
    shuffler = shuffled(room, chance, 60 * rounds(10))
    tell(f"{dict(shuffler.deeds)}")
    assert all(shuffler.deeds[deed] > 10 for deed in ("lose", "lose-answer", "twice", "late", "again-later"))
    assert not shuffler.answered_otherwise
    found = compared(room, school)
    assert found.whole, found


def test_the_history_notices_when_an_old_answer_takes_the_place_of_a_newer_one(
    school: School, serve: Callable[..., Server], room: Room, chance: random.Random
):
    """The guard of the test above, removed: whatever arrives last counts."""
    serve(without=["newest"])
    shuffled(room, chance, 1500)
    assert compared(room, school).outdated
