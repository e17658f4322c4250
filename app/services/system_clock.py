"""The machine's own clocks behind `app.domain.clock.Clock`. All else receives a clock, so that tests own time.

On Linux: CLOCK_BOOTTIME (counts through suspend, no setting of the date moves it) and the kernel's boot id. Elsewhere:
the monotonic clock and the best mark of a boot the system offers. It decides nothing about what the clocks mean.
"""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")
UNKNOWN_BOOT = "unknown"  # the clock then tells a reboot by the shorter uptime


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


@cache
def boot_id() -> str:
    """A text that is the same for as long as the machine is not started again; "unknown" where none can be had."""
    try:
        return BOOT_ID_FILE.read_text(encoding="ascii").strip()
    except OSError:
        return _boot_id_elsewhere()


def _boot_id_elsewhere() -> str:
    if sys.platform == "win32":
        return _windows_boot_count()
    if sys.platform == "darwin":
        answer = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"], capture_output=True, text=True, check=False, timeout=5
        )
        return answer.stdout.strip() or UNKNOWN_BOOT
    return UNKNOWN_BOOT


def _windows_boot_count() -> str:
    if sys.platform != "win32":
        return UNKNOWN_BOOT
    import winreg  # there is no such module elsewhere

    place = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as key:
            return f"windows-boot-{winreg.QueryValueEx(key, 'BootId')[0]}"
    except OSError:
        return UNKNOWN_BOOT
