"""The load of a rehearsal: all log in, all press *Mulai*, all save steadily, all finish, at times fixed beforehand.

Every twentieth mistypes the password, every twentieth the token. The students of a small rehearsal come as densely as
those of a large one; from a hundred on, all come within ten seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from app.rehearsal.load import Act, Run, evenly, open_loop
from app.rehearsal.student import Browser

MISTAKES = 20
SAVE_EVERY_S = 20.0
RUSH_S, RUSH_FROM = 10.0, 100
NAMES = ("login", "start", "save", "finish")


@dataclass(frozen=True)
class Pace:
    """How many students, and in how many seconds each phase asks for everything."""

    students: int
    seconds: float
    gap_s: float = 0.0  # between phases; with guests, so that all keep to the same times

    @property
    def rush_s(self) -> float:
        """All log in, or finish, within this."""
        return RUSH_S * max(0.2, min(1.0, self.students / RUSH_FROM))

    @property
    def lengths(self) -> dict[str, float]:
        """Seconds of each phase."""
        return {"login": self.rush_s, "start": self.rush_s / 2, "save": self.seconds, "finish": self.rush_s}

    @property
    def begins(self) -> dict[str, float]:
        """When each phase begins at the earliest, in seconds from the beginning."""
        found, at = {}, 0.0
        for name, length in self.lengths.items():
            found[name] = at
            at += length + self.gap_s
        return found

    def asked(self, phase: str, students: int) -> int:
        """Requests of a phase by so many of the students."""
        return max(1, round(students * self.seconds / SAVE_EVERY_S)) if phase == "save" else students


@dataclass
class Phase:
    """One phase: its name, how many requests it asks for, and its run."""

    name: str
    asked: int
    run: Run = field(default_factory=Run)


async def go_through(browsers: list[Browser], pace: Pace, at_phase: Callable[[Phase | None], None]) -> list[Phase]:
    """The whole load; `at_phase` is told each phase before it begins, and None at the end."""
    phases = []
    began = time.perf_counter()
    for name, act in acts(browsers).items():
        await asyncio.sleep(began + pace.begins[name] - time.perf_counter())
        phase = Phase(name, pace.asked(name, len(browsers)))
        phases.append(phase)
        at_phase(phase)
        await open_loop(evenly(phase.asked, pace.lengths[name]), act, phase.run)
    at_phase(None)
    return phases


def acts(browsers: list[Browser]) -> dict[str, Act]:
    """What the arrival of a number does, by phase and in order."""

    async def login(number: int) -> str:
        return await browsers[number].enter(wrong_password=number % MISTAKES == 3, wrong_token=number % MISTAKES == 11)

    return {
        "login": login,
        "start": lambda number: browsers[number].begin(),
        "save": lambda number: browsers[number % len(browsers)].save(),
        "finish": lambda number: browsers[number].finish(),
    }
