"""Real schools for faults: `guyub serve` as deployed, and a room of students who save."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.rehearsal.school import School
from bench.school import Server, furnish
from tests.faults.history import Comparison
from tests.faults.room import Room
from tests.ports import free_port

STUDENTS = 24
TOLD = Path(__file__).resolve().parents[2] / "build" / "faults.txt"


def rounds(short: int) -> int:
    """How often to do it: short in every run, as often as GUYUB_FAULT_ROUNDS says in the long form."""
    return int(os.environ.get("GUYUB_FAULT_ROUNDS", short))


def within(seconds: float) -> float:
    """The bound on a machine of our own; where others use the processors too, as much longer as they make us wait."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def tell(figure: str) -> None:
    """Keep a figure for the reader, in build/faults.txt."""
    TOLD.parent.mkdir(exist_ok=True)
    name = os.environ.get("PYTEST_CURRENT_TEST", "").partition("::")[2].removesuffix(" (call)")
    with TOLD.open("a", encoding="utf-8") as file:
        file.write(f"{name}: {figure}\n")


@pytest.fixture
def school(tmp_path: Path) -> School:
    return furnish(tmp_path / "sekolah", free_port(), waiting=2, working=STUDENTS)


@pytest.fixture
def serve(school: School) -> Iterator[Callable[..., Server]]:
    """Starts the school's server, with something injected if told."""
    started: list[Server] = []

    def start(**inject: object) -> Server:
        server = Server(school.settings, dict(inject))
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def room(school: School, chance: random.Random) -> Room:
    return Room(school.settings.port, school.working, chance)


def compared(room: Room, school: School) -> Comparison:
    """What became of all that the room was told was kept; told for the long form."""
    found = room.history.compare(school.settings.database_url)
    tell(f"acknowledged {found.acknowledged}, lost {len(found.lost)}, doubled {len(found.doubled)}")
    assert found.acknowledged > 60, "too few saves to say anything"
    return found
