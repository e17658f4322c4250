"""What the running application was given: settings, clock, random source. Views pass them on."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from flask import Flask, current_app

from app.domain.clock import Clock
from app.services.system_clock import SystemClock
from app.settings import Settings

EXTENSION = "guyub"


@dataclass(slots=True)
class Given:
    """The application's surroundings; tests replace the clock and the random source."""

    settings: Settings
    clock: Clock = field(default_factory=SystemClock)
    random: random.Random = field(default_factory=random.SystemRandom)


def install(app: Flask, given: Given) -> None:
    """Attach the surroundings to the application."""
    app.extensions[EXTENSION] = given


def given() -> Given:
    """The surroundings of the current application."""
    found: Given = current_app.extensions[EXTENSION]
    return found


def settings() -> Settings:
    """Settings of the current application."""
    return given().settings


def clock() -> Clock:
    """The clock of the current application."""
    return given().clock
