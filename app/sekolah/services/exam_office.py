"""What one exam process holds: its engine, the one writer, the exam clock, the sittings, and the threads that tick.

Made once per process and stopped with it. Only this process may own the writer and the clock of a database.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session

from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.timing import HEARTBEAT_EVERY_MS
from app.sekolah.services.checkpoints import Checkpoints
from app.sekolah.services.disk_reserve import DiskReserve
from app.sekolah.services.exam_time import ClockKeeper
from app.sekolah.services.finishing import close_overdue, somebody_works
from app.sekolah.services.guessing import Guesses
from app.sekolah.services.saving_tables import SavingTables
from app.sekolah.services.saving_work import SavingWork
from app.sekolah.services.seats import SeatKeys
from app.sekolah.services.sitting_book import SittingBook
from app.sekolah.services.writer import GroupWriter, busy
from app.services import audit
from app.settings import SekolahSettings
from app.web.transactions import guard_engine, reading

BUSY_TIMEOUT_MS = 1_000  # the writer asks again itself, so that it can tell the waiting ones in time
SWEEP_EVERY = 5  # heartbeats between two looks for attempts whose time is over
READERS = 16

Result = TypeVar("Result")
_log = structlog.get_logger("guyub.exam")


class ExamOffice:
    """The surroundings of the student API in the exam process."""

    def __init__(self, settings: SekolahSettings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.engine = make_engine(settings)
        self.keeper = ClockKeeper(clock)
        self.keys = SeatKeys.of(settings.keys_dir)
        self.book = SittingBook(settings.open_dir)
        self.guesses = Guesses()
        self._saving = SavingWork(SavingTables(self.engine.dialect.name))
        self._reserve = DiskReserve(settings.data_dir, settings.disk_reserve_mb * 1_000_000, self._tell_of_disk)
        self.writer = GroupWriter(self.engine, self._saving, self.keeper.resume, self._reserve.give_up_if_full)
        self._checkpoints = Checkpoints(self.engine)
        self._stopped = threading.Event()
        self._beats = 0
        self._ticker = threading.Thread(target=self._tick_on, name="ticker", daemon=True)

    def open(self, *, ticking: bool = True) -> None:
        """Start the writer and, unless a test ticks itself, the ticker."""
        self.writer.start()
        self._checkpoints.start()
        if ticking:
            self._ticker.start()
            self._reserve.start()

    def close(self) -> None:
        """Finish what has gathered and end the threads."""
        self._stopped.set()
        self._checkpoints.stop()
        self._reserve.stop()
        self.writer.stop()
        if self._ticker.is_alive():
            self._ticker.join(2)
        self.engine.dispose()

    def now_ms(self) -> int:
        """The exam time now; refuses (S-142, 503) until the persisted clock has been read."""
        if not self.keeper.ready:
            raise busy("S-142")
        return self.keeper.now_ms()

    @contextmanager
    def reader(self) -> Iterator[Connection]:
        """A connection that only reads and waits for nobody."""
        with reading(), self.engine.connect() as connection:
            yield connection

    def write(self, work: Callable[[Connection], Any]) -> Any:
        """Run `work` in the writer's next transaction and wait for its commit."""
        return self.writer.call(work)

    def beat(self) -> None:
        """One heartbeat: the clock is attended, who was seen is written, overdue attempts are closed."""
        self._beats += 1
        sweeping = self._beats % SWEEP_EVERY == 0
        self.write(lambda connection: self._beat(connection, sweeping=sweeping))

    def _beat(self, connection: Connection, *, sweeping: bool) -> None:
        self._saving.write_presence(connection)
        if sweeping:
            close_overdue(connection, self.keeper.now_ms())
        self.keeper.heartbeat(connection, int(somebody_works(connection)))

    def _tell_of_disk(self, event: AuditEvent, size: int) -> None:
        def tell(connection: Connection) -> None:
            with Session(connection) as session:
                audit.record(session, self.clock, audit.SYSTEM, event, "", {"megabytes": size // 1_000_000})

        self.write(tell)

    def _tick_on(self) -> None:
        while not self._stopped.wait(HEARTBEAT_EVERY_MS / 1000):
            try:
                self.beat()
            except Refusal as refusal:
                _log.warning("heartbeat late", refusal=refusal.code)
            except Exception:  # noqa: BLE001 - the next heartbeat may well succeed; the clock must not be left alone
                _log.exception("heartbeat failed")


def make_engine(settings: SekolahSettings) -> Engine:
    """The exam process' own engine: durable, with short lock waits, and enough readers for a rush."""
    options: dict[str, Any] = {"pool_size": READERS, "max_overflow": settings.exam_threads}
    if not settings.uses_sqlite:
        durable = f"-c synchronous_commit=on -c lock_timeout={BUSY_TIMEOUT_MS}"
        options |= {"pool_pre_ping": True, "connect_args": {"options": durable}}
    engine = create_engine(settings.database_url, **options)
    guard_engine(engine)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _wait_briefly)
    return engine


def _wait_briefly(connection: Any, _record: object) -> None:
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
