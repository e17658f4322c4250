"""The exam clock: what moves it, what does not, and what it says about time it cannot know."""

import json
from dataclasses import replace

import pytest

from app.domain.timing import (
    GRACE_MS,
    OUTAGE_THRESHOLD_MS,
    PLAUSIBLE_OUTAGE_MS,
    ClockState,
    ExamClock,
    OutageCause,
    Reading,
)

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
START = Reading(wall_ms=1_795_400_000_000, boot_ms=5 * HOUR, boot_id="boot-1")


def later(reading: Reading, passed_ms: int, *, jump_ms: int = 0) -> Reading:
    return replace(reading, wall_ms=reading.wall_ms + passed_ms + jump_ms, boot_ms=reading.boot_ms + passed_ms)


def rebooted(reading: Reading, wall_passed_ms: int, *, boot_id: str = "boot-2") -> Reading:
    return Reading(reading.wall_ms + wall_passed_ms, 40 * SECOND, boot_id)


def working_clock() -> ExamClock:
    clock = ExamClock.start(START)
    clock.freeze(START)
    return clock


def persisted(clock: ExamClock) -> ClockState:
    return ClockState.from_dict(json.loads(json.dumps(clock.state.to_dict())))


def test_while_nobody_works_the_exam_clock_shows_the_wall_clock_even_after_a_jump() -> None:
    clock = ExamClock.start(START)
    assert clock.now(later(START, MINUTE, jump_ms=HOUR)) == START.wall_ms + MINUTE + HOUR


@pytest.mark.parametrize("jump_ms", [HOUR, -HOUR, DAY, -DAY, -START.wall_ms])
def test_while_somebody_works_no_setting_of_the_wall_clock_moves_the_exam_clock(jump_ms: int) -> None:
    clock = working_clock()
    assert clock.now(later(START, 10 * MINUTE, jump_ms=jump_ms)) == START.wall_ms + 10 * MINUTE


def test_freezing_does_not_move_the_clock() -> None:
    assert working_clock().now(START) == ExamClock.start(START).now(START)


@pytest.mark.parametrize("jump_ms", [0, HOUR, -DAY])
def test_a_process_restart_in_the_same_boot_continues_exactly(jump_ms: int) -> None:
    moment = later(START, 3 * MINUTE, jump_ms=jump_ms)
    clock, outage = ExamClock.resume(persisted(working_clock()), moment)
    assert clock.now(moment) == START.wall_ms + 3 * MINUTE
    assert outage is not None
    assert (outage.cause, outage.length_ms, outage.uncertain_ms) == (OutageCause.RESTART, 3 * MINUTE, None)


def test_a_restart_within_the_threshold_is_no_outage() -> None:
    _, outage = ExamClock.resume(persisted(working_clock()), later(START, OUTAGE_THRESHOLD_MS))
    assert outage is None


def test_a_restart_while_nobody_works_is_no_outage() -> None:
    clock, outage = ExamClock.resume(persisted(ExamClock.start(START)), later(START, HOUR))
    assert outage is None
    assert clock.now(later(START, HOUR)) == START.wall_ms + HOUR


@pytest.mark.parametrize("absence_ms", [0, 90 * SECOND, PLAUSIBLE_OUTAGE_MS])
def test_over_a_reboot_a_plausible_difference_of_the_wall_clock_is_believed(absence_ms: int) -> None:
    moment = rebooted(START, absence_ms)
    clock, outage = ExamClock.resume(persisted(working_clock()), moment)
    assert clock.now(moment) == START.wall_ms + absence_ms
    assert clock.state.uncertain_ms is None
    assert (outage.cause, outage.length_ms) == (OutageCause.REBOOT, absence_ms) if absence_ms else outage is None


@pytest.mark.parametrize("difference_ms", [-1, -HOUR, PLAUSIBLE_OUTAGE_MS + 1, HOUR, DAY, -START.wall_ms])
def test_over_a_reboot_an_implausible_difference_adds_nothing_and_is_shown_to_the_proctor(difference_ms: int) -> None:
    moment = rebooted(START, difference_ms)
    clock, outage = ExamClock.resume(persisted(working_clock()), moment)
    assert clock.now(moment) == START.wall_ms
    assert clock.state.uncertain_ms == difference_ms
    assert outage is not None
    assert (outage.length_ms, outage.uncertain_ms) == (0, difference_ms)
    assert clock.now(later(moment, MINUTE)) == START.wall_ms + MINUTE


def test_the_proctor_settles_how_long_an_uncertain_reboot_took_and_only_once() -> None:
    moment = rebooted(START, DAY)
    clock, _ = ExamClock.resume(persisted(working_clock()), moment)
    with pytest.raises(ValueError, match="cannot go back"):
        clock.settle(moment, -1)
    clock.settle(moment, 4 * MINUTE)
    assert clock.now(moment) == START.wall_ms + 4 * MINUTE
    with pytest.raises(ValueError, match="no reboot awaits"):
        clock.settle(moment, 4 * MINUTE)


def test_a_reboot_while_nobody_works_leaves_nothing_to_decide() -> None:
    clock, outage = ExamClock.resume(persisted(ExamClock.start(START)), rebooted(START, DAY))
    assert (outage, clock.state.uncertain_ms) == (None, None)


def test_without_a_boot_id_a_shorter_uptime_tells_a_reboot() -> None:
    nameless = replace(START, boot_id="unknown")
    clock = ExamClock.start(nameless)
    clock.freeze(nameless)
    moment = rebooted(nameless, 2 * MINUTE, boot_id="unknown")
    clock, outage = ExamClock.resume(persisted(clock), moment)
    assert clock.now(moment) == START.wall_ms + 2 * MINUTE
    assert outage is not None
    assert outage.cause is OutageCause.REBOOT


def test_a_heartbeat_after_a_standstill_reports_the_outage_once() -> None:
    clock = working_clock()
    after = later(START, 30 * SECOND)
    outage = clock.heartbeat(after, open_attempts=1)
    assert outage is not None
    assert (outage.cause, outage.started_ms, outage.length_ms) == (OutageCause.STALL, START.wall_ms, 30 * SECOND)
    assert clock.heartbeat(later(after, 2 * SECOND), open_attempts=1) is None


def test_the_clock_follows_the_wall_again_only_after_the_grace_of_the_last_attempt() -> None:
    clock = working_clock()
    jumped = later(START, MINUTE, jump_ms=HOUR)
    clock.heartbeat(jumped, open_attempts=1)
    before_the_end = later(jumped, GRACE_MS - 1)
    clock.heartbeat(before_the_end, open_attempts=0)
    assert clock.now(before_the_end) == START.wall_ms + MINUTE + GRACE_MS - 1
    at_the_end = later(before_the_end, 1)
    clock.heartbeat(at_the_end, open_attempts=0)
    assert clock.now(at_the_end) == at_the_end.wall_ms


def test_an_open_attempt_keeps_the_clock_from_following_the_wall() -> None:
    clock = working_clock()
    assert clock.unfreeze(later(START, DAY), open_attempts=1) is False
    assert clock.state.frozen is True


def test_the_clock_never_goes_back_while_somebody_works() -> None:
    clock = working_clock()
    clock.heartbeat(later(START, MINUTE), open_attempts=1)
    clock.heartbeat(START, open_attempts=1)  # a machine put back to an earlier snapshot
    assert clock.now(START) >= START.wall_ms + MINUTE


@pytest.mark.parametrize(
    "change",
    [{"exam_ms": None}, {"exam_ms": 1.5}, {"frozen": 1}, {"boot_id": 7}, {"wall_ms": True}, {"surplus": 1}],
)
def test_a_broken_state_is_named_and_not_guessed_at(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="clock state"):
        ClockState.from_dict({**working_clock().state.to_dict(), **change})


def test_a_state_that_lacks_a_field_is_refused() -> None:
    data = dict(working_clock().state.to_dict())
    del data["boot_id"]
    with pytest.raises(ValueError, match="boot_id"):
        ClockState.from_dict(data)
