"""Reads the machine's clocks for the exam clock (`app/domain/timing.py`), the one place where that is done.

On Linux: CLOCK_BOOTTIME (counts through suspend, no setting of the date moves it) and the kernel's boot id. Elsewhere:
the monotonic clock and the best mark of a boot the system offers. It decides nothing about what the clocks mean.
"""

from __future__ import annotations

import subprocess
import sys
import time
from functools import cache
from pathlib import Path

from app.domain.timing import Reading

BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")
UNKNOWN_BOOT = "unknown"  # the clock then tells a reboot by the shorter uptime


def read_clocks() -> Reading:
    """The clocks now, in whole milliseconds."""
    return Reading(wall_ms=time.time_ns() // 1_000_000, boot_ms=_boot_ms(), boot_id=boot_id())


def _boot_ms() -> int:
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
    return time.monotonic_ns() // 1_000_000


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
