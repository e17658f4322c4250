"""What a school's server does by itself: open what was released, look for releases, report, send results again, and
fetch packages in the hours that its settings name.

One thread in each web process, and of those only the one that has the turn works; when its process goes, another has
the turn within seconds. Every piece of work is bounded, and its end stands in the database. A timer may do the same
through `guyub sekolah`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from flask import Flask

from app.domain.refusals import Refusal
from app.sekolah import jobs
from app.sekolah.services import downloads, identity, rehearsing, releasing, sync_hours, uploading
from app.sekolah.services.workplace import Workplace
from app.services import audit
from app.services.turns import only_one

TICK_S = 2.0
TURN = "rounds"
UPLOAD_AGAIN_S, LONGEST_UPLOAD_WAIT_S = 60.0, 600.0
OPEN_AGAIN_S = 30.0
SYNC_LOOK_S, SYNC_AGAIN_S = 30.0, 1800.0
_log = structlog.get_logger("guyub.rounds")


@dataclass
class Rounds:
    """When each kind of work is due next, in seconds of the monotonic clock."""

    place: Workplace
    report_every_s: float
    seconds: Callable[[], float] = time.monotonic
    due: dict[str, float] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)

    def go(self) -> None:
        """One round: whatever is due. Nothing is raised for what can be expected."""
        self._when_due("rehearsal", self._clear_dead_rehearsal)
        with self.place.look() as session:
            if not identity.is_active(session):
                return
        self._when_due("tidy", self._tell_of_dead_syncs)
        self._when_due("open", self._open_stored)
        self._when_due("release", self._look_for_releases)
        self._when_due("upload", self._send_again)
        self._when_due("sync", self._sync_in_its_hours)
        self._when_due("report", self._report)

    def _when_due(self, name: str, work: Callable[[], float]) -> None:
        now = self.seconds()
        if now < self.due.get(name, 0.0):
            return
        try:
            pause = work()
            self.failures[name] = 0
        except Refusal as refusal:
            self.failures[name] = self.failures.get(name, 0) + 1
            pause = releasing.next_poll_s(self.failures[name], self.place.random)
            _log.info("not now", work=name, code=refusal.code)
        self.due[name] = self.seconds() + pause

    def _tell_of_dead_syncs(self) -> float:
        """Rows that say "running" although nobody is at it: the process that synced is gone."""
        with only_one(self.place.run_dir, jobs.SYNC_TURN) as free:
            if free and downloads.any_running(self.place):
                downloads.interrupted(self.place)
        return TICK_S * 5

    def _clear_dead_rehearsal(self) -> float:
        """What a rehearsal left whose process was killed."""
        rehearsing.clear_after_crash(self.place.run_dir, self.place.data_dir)
        return TICK_S * 5

    def _open_stored(self) -> float:
        for sitting_id in releasing.stored_but_locked(self.place):
            releasing.open_stored(self.place, sitting_id)
        return OPEN_AGAIN_S

    def _look_for_releases(self) -> float:
        due = releasing.due(self.place, self.place.clock.now())
        if not due:
            return TICK_S * 5
        jobs.look_for_releases(self.place, due, audit.SYSTEM)
        return releasing.next_poll_s(0, self.place.random)

    def _send_again(self) -> float:
        """Bundles that somebody sent off and that have no receipt: the line was gone."""
        begun = uploading.begun(self.place)
        if begun:
            jobs.upload_by_network(self.place, begun, audit.SYSTEM)
        return UPLOAD_AGAIN_S + self.place.random.uniform(0, UPLOAD_AGAIN_S)

    def _sync_in_its_hours(self) -> float:
        if not sync_hours.is_time(self.place, self.place.clock.now()):
            return SYNC_LOOK_S
        jobs.sync_by_network(self.place, audit.SYSTEM)
        return SYNC_AGAIN_S + self.place.random.uniform(0, SYNC_AGAIN_S)

    def _report(self) -> float:
        jobs.report(self.place)
        return self.report_every_s + self.place.random.uniform(0, self.report_every_s / 4)


def start(app: Flask, report_every_s: float) -> threading.Event:
    """Begin the rounds of this process in a thread; setting the event that comes back ends them."""
    stop = threading.Event()
    place = jobs.workplace_of(app)
    thread = threading.Thread(target=_run, args=(place, report_every_s, stop), name="guyub-rounds", daemon=True)
    thread.start()
    return stop


def _run(place: Workplace, report_every_s: float, stop: threading.Event) -> None:
    while not stop.wait(TICK_S):
        with only_one(place.run_dir, TURN) as mine:
            rounds = Rounds(place, report_every_s)
            while mine and not stop.wait(TICK_S):
                try:
                    rounds.go()
                except Exception:  # noqa: BLE001 - the edge of a thread: the next round must come
                    _log.exception("a round failed")
