"""The exam clock and what is counted on it: deadlines, credit, the minimum time, and late answers.

All times are milliseconds. An **exam time** is a point on the exam clock; while nobody works the clock shows the wall
clock, while somebody works it counts the time since the machine started, so that setting the wall clock moves no
deadline (docs/adr/0004). Nothing here reads a clock: readings come in (`exam_time.read_machine` takes them), and the
state goes out to be persisted at every heartbeat. It never guesses: time it cannot know it leaves out and says so.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum

HEARTBEAT_EVERY_MS = 2_000  # how often the exam process persists the clock while somebody works
OUTAGE_THRESHOLD_MS = 10_000  # a shorter gap between two heartbeats is no outage worth a proctor's attention
PLAUSIBLE_OUTAGE_MS = 15 * 60_000  # the longest absence over a reboot for which the wall clock is believed
GRACE_MS = 10 * 60_000  # how long after the deadline an answer that was written in time may still arrive


@dataclass(frozen=True)
class Reading:
    """The machine's clocks at one moment: wall time since 1970, time since boot with suspend, and which boot it is."""

    wall_ms: int
    boot_ms: int
    boot_id: str


@dataclass(frozen=True)
class ClockState:
    """What is persisted: the exam time and the machine's clocks at the last heartbeat.

    `frozen` is set while somebody works (the wall clock is not followed). `last_open_ms` is the exam time at which an
    attempt was last known to be open. `uncertain_ms` is the raw difference of the wall clock over a reboot that was not
    believed and awaits a proctor's word (`ExamClock.settle`); None when there is nothing to decide.
    """

    exam_ms: int
    wall_ms: int
    boot_ms: int
    boot_id: str
    frozen: bool = False
    last_open_ms: int | None = None
    uncertain_ms: int | None = None

    def to_dict(self) -> dict[str, int | str | bool | None]:
        """JSON-ready data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, object]) -> ClockState:
        """Read `to_dict` output back. Raises ValueError when a field is missing, of another type or unknown."""
        whole = {"exam_ms", "wall_ms", "boot_ms"}
        optional = {"last_open_ms", "uncertain_ms"}
        expected = whole | optional | {"boot_id", "frozen"}
        if set(data) != expected:
            raise ValueError(f"clock state has the fields {sorted(data)}, expected {sorted(expected)}")
        for name, value in data.items():
            if name == "frozen":
                fits = isinstance(value, bool)
            elif name == "boot_id":
                fits = isinstance(value, str)
            else:
                fits = type(value) is int or (name in optional and value is None)
            if not fits:
                raise ValueError(f"clock state field {name} is {value!r}")
        return cls(**data)  # type: ignore[arg-type]  # each field was checked above


class OutageCause(StrEnum):
    """Why the clock was not attended."""

    RESTART = "restart"  # the program died and was started again
    REBOOT = "reboot"  # the machine was started again
    STALL = "stall"  # the program or the machine stood still and went on


@dataclass(frozen=True)
class Outage:
    """A stretch of exam time in which the server did not serve.

    With `uncertain_ms` set the machine's clocks cannot tell how long it was: the exam clock stood still over it (so
    `ended_ms == started_ms`), and the value is the raw, unbelieved wall-clock difference for the proctor to judge.
    """

    started_ms: int
    ended_ms: int
    cause: OutageCause
    uncertain_ms: int | None = None

    @property
    def length_ms(self) -> int:
        """How much exam time passed in it."""
        return self.ended_ms - self.started_ms


class ExamClock:
    """The exam clock of one server. One process owns and persists it; others may build one from its state to read.

    Every method that changes it leaves the state to persist in `state`.
    """

    def __init__(self, state: ClockState) -> None:
        self.state = state

    @classmethod
    def start(cls, reading: Reading) -> ExamClock:
        """A clock that was never persisted: nobody works, it shows the wall clock."""
        return cls(ClockState(reading.wall_ms, reading.wall_ms, reading.boot_ms, reading.boot_id))

    @classmethod
    def resume(
        cls, state: ClockState, reading: Reading, *, threshold_ms: int = OUTAGE_THRESHOLD_MS
    ) -> tuple[ExamClock, Outage | None]:
        """Continue from a persisted state after the process was started again; persist `state` right after.

        Returns the outage if somebody was working and the clock was unattended for more than `threshold_ms` of exam
        time, or if a reboot left its length unknown.
        """
        clock = cls(state)
        same_boot = _same_boot(state, reading)
        cause = OutageCause.RESTART if same_boot else OutageCause.REBOOT
        unbelieved = None if same_boot or not state.frozen else _unbelieved(state, reading)
        clock._anchor(reading)
        if unbelieved is not None:
            known = clock.state.uncertain_ms
            clock.state = replace(clock.state, uncertain_ms=unbelieved if known is None else known + unbelieved)
        return clock, _outage(state, clock.state, cause, threshold_ms, unbelieved)

    def now(self, reading: Reading) -> int:
        """The exam time at `reading`. Changes nothing."""
        state = self.state
        if not state.frozen:
            return reading.wall_ms
        if _same_boot(state, reading):
            return state.exam_ms + reading.boot_ms - state.boot_ms
        passed = reading.wall_ms - state.wall_ms
        return state.exam_ms + (passed if _plausible(passed) else 0)

    def heartbeat(
        self, reading: Reading, open_attempts: int, *, threshold_ms: int = OUTAGE_THRESHOLD_MS
    ) -> Outage | None:
        """Note that the clock is attended. Freezes while attempts are open, lets go `GRACE_MS` after the last one.

        Returns an outage when the previous heartbeat is more than `threshold_ms` ago (the program stood still).
        """
        before = self.state
        self._anchor(reading)
        if open_attempts > 0:
            self.freeze(reading)
        else:
            self.unfreeze(reading, open_attempts)
        return _outage(before, self.state, OutageCause.STALL, threshold_ms, None)

    def freeze(self, reading: Reading) -> None:
        """Stop following the wall clock: from this exam time on count the time since boot. Call before a start."""
        self._anchor(reading)
        self.state = replace(self.state, frozen=True, last_open_ms=self.state.exam_ms)

    def unfreeze(self, reading: Reading, open_attempts: int) -> bool:
        """Follow the wall clock again if no attempt is open and none was for `GRACE_MS`; returns whether it does.

        The wait keeps the late answers of the last attempts on the clock their deadline was made on.
        """
        self._anchor(reading)
        if not self.state.frozen:
            return True
        last_open_ms = self.state.last_open_ms
        if open_attempts > 0 or (last_open_ms is not None and self.state.exam_ms - last_open_ms < GRACE_MS):
            return False
        self.state = replace(self.state, exam_ms=reading.wall_ms, frozen=False, last_open_ms=None, uncertain_ms=None)
        return True

    def settle(self, reading: Reading, lost_ms: int) -> None:
        """The proctor's word on an uncertain reboot: move the clock on by `lost_ms` (0 leaves it where it stood).

        Raises ValueError when there is nothing to decide or the time is negative: the clock never goes back.
        """
        if self.state.uncertain_ms is None:
            raise ValueError("no reboot awaits a decision")
        if lost_ms < 0:
            raise ValueError(f"the exam clock cannot go back by {-lost_ms} ms")
        self._anchor(reading)
        self.state = replace(self.state, exam_ms=self.state.exam_ms + lost_ms, uncertain_ms=None)

    def _anchor(self, reading: Reading) -> None:
        self.state = replace(
            self.state,
            exam_ms=self.now(reading),
            wall_ms=reading.wall_ms,
            boot_ms=reading.boot_ms,
            boot_id=reading.boot_id,
        )


def _same_boot(state: ClockState, reading: Reading) -> bool:
    # Where the system has no boot id the same text comes again after a reboot; then the shorter uptime tells.
    return reading.boot_id == state.boot_id and reading.boot_ms >= state.boot_ms


def _plausible(passed_ms: int) -> bool:
    return 0 <= passed_ms <= PLAUSIBLE_OUTAGE_MS


def _unbelieved(state: ClockState, reading: Reading) -> int | None:
    passed_ms = reading.wall_ms - state.wall_ms
    return None if _plausible(passed_ms) else passed_ms


def _outage(
    before: ClockState, after: ClockState, cause: OutageCause, threshold_ms: int, uncertain_ms: int | None
) -> Outage | None:
    if not before.frozen:
        return None  # nobody was working: nobody lost time
    if uncertain_ms is None and after.exam_ms - before.exam_ms <= threshold_ms:
        return None
    return Outage(before.exam_ms, after.exam_ms, cause, uncertain_ms)
