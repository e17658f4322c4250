"""What the rules ask of a clock. The real one is `app.services.system_clock`; tests pass their own.

Nothing in this package reads the wall clock itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """A source of time that is passed in."""

    def now(self) -> datetime:
        """The wall clock as a UTC-aware time. It may jump in either direction."""
        ...

    def boot_ms(self) -> int:
        """Milliseconds since the machine started, sleep included. It never goes back until the machine restarts."""
        ...
