"""The machine's clocks as they are read on this machine."""

import time

from app.domain.timing import ExamClock
from app.sekolah.services.exam_time import read_machine
from app.services.system_clock import SystemClock, boot_id

MACHINE = SystemClock()


def test_the_clocks_go_on_and_the_boot_stays_the_same() -> None:
    first = read_machine(MACHINE)
    second = read_machine(MACHINE)
    assert second.boot_ms >= first.boot_ms
    assert second.boot_id == first.boot_id == boot_id() != ""


def test_the_wall_clock_is_the_systems() -> None:
    assert abs(read_machine(MACHINE).wall_ms - time.time() * 1_000) < 1_000


def test_the_time_since_boot_is_the_clock_that_counts_suspend_where_there_is_one() -> None:
    boot_clock = getattr(time, "CLOCK_BOOTTIME", None)
    expected_s = time.monotonic() if boot_clock is None else time.clock_gettime(boot_clock)
    assert abs(MACHINE.boot_ms() - expected_s * 1_000) < 1_000


def test_an_exam_clock_runs_on_real_readings() -> None:
    clock = ExamClock.start(read_machine(MACHINE))
    clock.freeze(read_machine(MACHINE))
    started = clock.now(read_machine(MACHINE))
    assert 0 <= clock.now(read_machine(MACHINE)) - started < 1_000
