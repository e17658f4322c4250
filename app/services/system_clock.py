"""The machine's own clocks behind `app.domain.clock.Clock`. All else receives a clock, so that tests own time."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """Wall clock and boot-time clock of this machine."""

    def now(self) -> datetime:
        """The wall clock as a UTC-aware time."""
        return datetime.now(UTC)

    def boot_ms(self) -> int:
        """Milliseconds since the machine started; where the system has no boot-time clock, its monotonic clock."""
        clock_id = getattr(time, "CLOCK_BOOTTIME", None)
        nanoseconds = time.monotonic_ns() if clock_id is None else time.clock_gettime_ns(clock_id)
        return nanoseconds // 1_000_000
