"""The one writer of the exam process: a thread that commits what has gathered and answers only after the commit.

Everything that changes an attempt on the student's way goes through here. The thread takes all waiting jobs, opens one
transaction, does the saves in bulk and the other jobs one by one, commits durably, and only then lets the request
threads answer. If the commit fails nobody is told that anything was kept. It never acknowledges early, never waits
without bound, and never lets one bad job spoil the others' transaction.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, Protocol

import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from app.domain.refusals import Refusal
from app.domain.wording import N_

PATIENCE_S = 8.0  # how long a request waits for its commit before it is told to come back
MOST_WAITING = 4_000  # jobs; beyond that the server says so at once
MOST_TOGETHER = 256  # jobs of one transaction: bounds how long the first waits for the last
LOCK_RETRY_S = 0.05

_log = structlog.get_logger("guyub.writer")
_jobs = Counter("guyub_writer_jobs", "Jobs the writer committed")
_failed = Counter("guyub_writer_failures", "Transactions of the writer that failed")
_together = Histogram("guyub_writer_batch", "Jobs in one transaction", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256))
_seconds = Histogram("guyub_writer_seconds", "Duration of a transaction", buckets=(0.001, 0.005, 0.02, 0.05, 0.2, 1, 5))


class Job:
    """Something to do in a transaction. Its result is set before the commit and seen by the waiter after it."""

    __slots__ = ("_done", "error", "expires", "result")

    def __init__(self) -> None:
        self._done = threading.Lock()
        self._done.acquire()
        self.expires = time.monotonic() + PATIENCE_S
        self.result: Any = None
        self.error: BaseException | None = None

    def finish(self) -> None:
        """Wake the waiter."""
        self._done.release()

    def wait(self) -> Any:
        """The result once it is durable. Raises what the job raised, or the refusal of a busy server (S-141, 503)."""
        if not self._done.acquire(timeout=max(0.0, self.expires - time.monotonic()) + 0.5):
            raise busy("S-141")
        if self.error is not None:
            raise self.error
        return self.result


class Call(Job):
    """A job that runs a function. The function must refuse before its first write: a Refusal undoes nothing."""

    __slots__ = ("_work",)

    def __init__(self, work: Callable[[Connection], Any]) -> None:
        super().__init__()
        self._work = work

    def run(self, connection: Connection) -> None:
        """Do it and keep the result, or the refusal."""
        try:
            self.result = self._work(connection)
        except Refusal as refusal:
            self.error = refusal


class BulkWork(Protocol):
    """Does all jobs that are no `Call` at once, setting `result` or `error` of each."""

    def __call__(self, connection: Connection, jobs: Sequence[Any]) -> None:
        """Read, judge and write; raises only for failures of the database or bugs."""
        ...


class GroupWriter:
    """One thread, one connection, one transaction for all that has gathered."""

    def __init__(
        self,
        engine: Engine,
        bulk: BulkWork,
        prepare: Callable[[Connection], None],
        make_room: Callable[[], object] = lambda: None,
    ) -> None:
        """`prepare` runs in a transaction of its own before the first job, until it succeeds.

        `make_room` is called when the database could not write, in case the disk is full; the same is tried again.
        """
        self._engine = engine
        self._bulk = bulk
        self._prepare = prepare
        self._make_room = make_room
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._connection: Connection | None = None
        self._stopping = False
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what has gathered, then end the thread."""
        self._stopping = True
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(PATIENCE_S)

    @property
    def alive(self) -> bool:
        """Whether the thread runs; if not, the process must be started again."""
        return self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """Jobs that have not been taken up yet."""
        return self._queue.qsize()

    def wait_ready(self, seconds: float) -> bool:
        """Whether the writer could prepare, waiting at most so long."""
        return self._ready.wait(seconds)

    def submit(self, job: Job) -> Any:
        """Hand in a job and wait for its commit. Refuses (S-140, 503) when too many wait already."""
        if self._queue.qsize() >= MOST_WAITING or self._stopping:
            raise busy("S-140")
        self._queue.put(job)
        return job.wait()

    def call(self, work: Callable[[Connection], Any]) -> Any:
        """`submit` for a function."""
        return self.submit(Call(work))

    def _work(self) -> None:
        while not self._ready.is_set() and not self._stopping:
            self._try_prepare()
        while (jobs := self._gather()) is not None:
            self._serve(jobs)
        self._hang_up()

    def _try_prepare(self) -> None:
        try:
            connection = self._connect()
            with connection.begin():
                self._prepare(connection)
            self._ready.set()
        except Exception as error:  # noqa: BLE001 - whatever it is, the thread must live and try again
            _log.exception("the writer cannot begin", kind=type(error).__name__)
            self._hang_up()
            self._make_room()
            time.sleep(0.5)

    def _gather(self) -> list[Job] | None:
        job = self._queue.get()
        if job is None:
            return None
        jobs = [job]
        try:
            while len(jobs) < MOST_TOGETHER:
                job = self._queue.get_nowait()
                if job is None:
                    self._queue.put(None)
                    break
                jobs.append(job)
        except Empty:
            pass
        return jobs

    def _serve(self, jobs: list[Job]) -> None:
        """Commit the jobs, trying again while the database is locked and somebody still waits."""
        waiting = jobs
        while waiting:
            try:
                self._transact(waiting)
                break
            except DBAPIError as error:
                self._hang_up()
                if not _passing(error):
                    self._serve_apart(waiting, error)
                    break
                waiting = self._send_away_expired(waiting, error)
                if _locked(error) or not self._make_room():
                    time.sleep(LOCK_RETRY_S)
            except Exception as error:  # noqa: BLE001 - a bug met by one job must not end the thread of all
                self._hang_up()
                self._serve_apart(waiting, error)
                break

    def _transact(self, jobs: list[Job]) -> None:
        began = time.perf_counter()
        connection = self._connect()
        with connection.begin():
            bulk = [job for job in jobs if not isinstance(job, Call)]
            if bulk:
                self._bulk(connection, bulk)
            for job in jobs:
                if isinstance(job, Call):
                    job.run(connection)
        for job in jobs:
            job.finish()
        _jobs.inc(len(jobs))
        _together.observe(len(jobs))
        _seconds.observe(time.perf_counter() - began)

    def _serve_apart(self, jobs: list[Job], error: Exception) -> None:
        """One of them is bad: give each a transaction of its own, so that only that one fails."""
        _failed.inc()
        if len(jobs) > 1:
            for job in jobs:
                job.error = None
                self._serve([job])
            return
        _log.error("a job of the writer failed", exc_info=error)
        jobs[0].error = busy("S-141") if isinstance(error, DBAPIError) else error
        jobs[0].finish()

    def _send_away_expired(self, jobs: list[Job], error: DBAPIError) -> list[Job]:
        _failed.inc()
        now = time.monotonic()
        still: list[Job] = []
        for job in jobs:
            job.error = None
            if job.expires > now:
                still.append(job)
            else:
                job.error = busy("S-141")
                job.finish()
        if len(still) < len(jobs):
            sent_away = len(jobs) - len(still)
            _log.error("the database does not take writes", kind=type(error.orig).__name__, sent_away=sent_away)
        return still

    def _connect(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except DBAPIError:
                connection.invalidate()


def busy(code: str) -> Refusal:
    """The answer of a server that cannot take this now; the browser keeps the answers and comes back by itself."""
    return Refusal(
        code,
        N_("Server sedang sangat sibuk."),
        N_("Jawaban tetap tersimpan di komputer ini dan dikirim lagi secara otomatis. Tunggu sebentar."),
        status=503,
        extra={"retry_after_s": 2},
    )


def _locked(error: DBAPIError) -> bool:
    """Whether only somebody else holds the database."""
    name = getattr(error.orig, "sqlite_errorname", type(error.orig).__name__)
    return name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "LockNotAvailable"))


def _passing(error: DBAPIError) -> bool:
    """Whether the same may succeed a moment later: locked, disk full, connection lost, server restarting."""
    if error.connection_invalidated:
        return True
    return type(error.orig).__name__ in {"OperationalError", "DeadlockDetected", "AdminShutdown", "LockNotAvailable"}
