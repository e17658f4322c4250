"""Child processes that are kept alive: started, watched, restarted when they die or hang, ended in order.

Each child leads a process group of its own, so that nothing it started outlives it (nginx workers would keep the port).
If this process is killed, the kernel ends the children.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import structlog

from app.serving.watchdog import Watchdog

POLL_S = 0.1
SHORTEST_LIFE_S = 2.0  # a child that dies sooner is started again only after a pause
PAUSE_S = 1.0
HANG_S = 10.0  # a child that has answered before and is silent for so long is started again
START_S, LONGEST_START_S = 20.0, 160.0  # for the first answer; twice as long after each start that gave none
GRACE_S = 15.0  # what a child has to end by itself
_PR_SET_PDEATHSIG = 1
_log = structlog.get_logger("guyub.serving")


@dataclass(slots=True)
class Child:
    """One program to keep alive. `nice` lowers its priority; `stop_signal` asks it to finish what it does and end."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    nice: int = 0
    stop_signal: signal.Signals = signal.SIGTERM
    ready_file: Path | None = None  # appears when it listens
    watchdog: Watchdog | None = None  # asks whether it answers
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    start_s: float = START_S
    not_before: float = 0.0

    def start(self) -> None:
        """Start it, or start it again: a slow machine must not end for ever what needs long to start."""
        if self.started:
            self.start_s = START_S if self._has_answered() else min(2 * self.start_s, LONGEST_START_S)
        if self.ready_file is not None:
            self.ready_file.unlink(missing_ok=True)
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own command lines
            list(self.command),
            env={**os.environ, **self.environment},
            start_new_session=True,
            preexec_fn=self._before_exec,
        )

    def _before_exec(self) -> None:
        if self.nice:
            os.nice(self.nice)
            with suppress(OSError):  # where each session is a group of its own, it counts only among its own
                Path("/proc/self/autogroup").write_text(str(self.nice))
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    def ready(self) -> bool:
        """Whether it can be asked for something."""
        return self.ready_file is None or self.ready_file.exists()

    def died(self) -> bool:
        """Whether it ended although nobody asked."""
        return self.process is not None and self.process.poll() is not None

    def hangs(self) -> bool:
        """Whether it lives but has not answered for too long."""
        if self.watchdog is None or self.process is None or self.not_before:
            return False
        silent_s = time.monotonic() - max(self.started, self.watchdog.last_answer)
        return silent_s > (HANG_S if self._has_answered() else self.start_s)

    def _has_answered(self) -> bool:
        return self.watchdog is not None and self.watchdog.last_answer > self.started

    def clear_remains(self) -> None:
        """End what the dead child left in its group."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return

    def end_now(self) -> None:
        """End it and what it started, without asking."""
        self.clear_remains()
        if self.process is not None:
            self.process.wait()

    def ask_to_end(self) -> None:
        """Let it finish what it does, and end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def end(self) -> None:
        """Wait until it has ended, and end it the hard way if it does not."""
        if self.process is None:
            return
        try:
            self.process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            _log.warning("child did not end by itself", child=self.name)
        self.clear_remains()
        self.process.wait()


def watch(children: Sequence[Child], when_up: Callable[[], None]) -> int:
    """Keep the children alive until a stop signal; they are started in order.

    The last one is the front: it ends first, when everything it accepted is answered, and then the others together.
    """
    asked_to_stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: asked_to_stop.set())
    try:
        for child in children:
            child.start()
            _wait_until_ready(child, asked_to_stop)
            if child.watchdog is not None:
                child.watchdog.start()
        when_up()
        while not asked_to_stop.wait(POLL_S):
            for child in children:
                if child.hangs():
                    _log.error("child does not answer", child=child.name)
                    child.end_now()
                if child.died():
                    _revive(child)
    finally:
        *parts, front = children
        for together in ([front], parts):
            for child in together:
                child.ask_to_end()
            for child in together:
                child.end()
    return 0


def _wait_until_ready(child: Child, asked_to_stop: Event) -> None:
    """The next child starts when this one listens; if that takes too long it starts anyway and says it is waiting."""
    latest = time.monotonic() + START_S
    while not child.ready() and not child.died() and time.monotonic() < latest:
        if asked_to_stop.wait(POLL_S):
            return


def _revive(child: Child) -> None:
    now = time.monotonic()
    if child.not_before == 0.0:
        code = child.process.returncode if child.process else None
        _log.error("child died", child=child.name, exit_status=code)
        child.clear_remains()
        short_lived = now - child.started < SHORTEST_LIFE_S
        child.not_before = now + PAUSE_S if short_lived else now
    if now >= child.not_before:
        child.not_before = 0.0
        child.start()
