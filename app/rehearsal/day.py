"""The load of a rehearsal: all log in, all press *Mulai*, all save steadily, all finish, at times fixed beforehand.

Every twentieth mistypes the password, every twentieth the token. The students of a small rehearsal come as densely as
those of a large one; from a hundred on, all come within ten seconds.
"""

from __future__ import annotations

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

    @property
    def rush_s(self) -> float:
        """All log in, or finish, within this."""
        return RUSH_S * max(0.2, min(1.0, self.students / RUSH_FROM))

    @property
    def lengths(self) -> dict[str, float]:
        """Seconds of each phase."""
        return {"login": self.rush_s, "start": self.rush_s / 2, "save": self.seconds, "finish": self.rush_s}

    @property
    def saves(self) -> int:
        """Answers that are saved altogether."""
        return max(1, round(self.students * self.seconds / SAVE_EVERY_S))


@dataclass
class Phase:
    """One phase: its name, how many requests it asks for, when it began (seconds of `perf_counter`), and its run."""

    name: str
    asked: int
    began: float
    run: Run = field(default_factory=Run)


async def go_through(browsers: list[Browser], pace: Pace, at_phase: Callable[[Phase | None], None]) -> list[Phase]:
    """The whole load; `at_phase` is told each phase before it begins, and None at the end."""
    phases = []
    for name, act in acts(browsers).items():
        asked = pace.saves if name == "save" else len(browsers)
        phase = Phase(name, asked, time.perf_counter())
        phases.append(phase)
        at_phase(phase)
        await open_loop(evenly(asked, pace.lengths[name]), act, phase.run)
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
