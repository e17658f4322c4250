"""The one exam clock of a server, as its processes share it (ADR 0004).

The exam process owns the clock: it persists it in a state entry with every heartbeat and with every start. Every other
process reads that entry and computes the same exam time from the machine's clocks. Only `ClockKeeper` writes it; a
proctor's word on an uncertain reboot is left as a message for the keeper, never written into the clock itself.
"""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.orm import Session

from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.domain.timing import ClockState, ExamClock, Outage, Reading
from app.models import Outage as OutageRow
from app.models import StateEntry
from app.services import audit
from app.services.system_clock import boot_id

CLOCK_NAME = "exam_clock"
SETTLEMENT_NAME = "exam_clock_settlement"  # a proctor's word, waiting for the keeper

_STATE = select(StateEntry.value).where(StateEntry.name == CLOCK_NAME)
_SETTLEMENT = select(StateEntry.value).where(StateEntry.name == SETTLEMENT_NAME)


def read_machine(clock: Clock) -> Reading:
    """The machine's clocks behind `clock`, now."""
    boot = getattr(clock, "boot_id", None)
    return Reading(wall_ms=int(clock.now().timestamp() * 1000), boot_ms=clock.boot_ms(), boot_id=boot or boot_id())


def exam_now_ms(session: Session | Connection, clock: Clock) -> int:
    """The exam time now, as the exam process has it; the wall clock while no exam process has ever run."""
    return now_from(session.scalar(_STATE), clock)


def now_from(value: dict[str, Any] | None, clock: Clock) -> int:
    """The exam time now, from the persisted state (None if there is none)."""
    reading = read_machine(clock)
    return _clock(value, reading).now(reading)


def clock_state(session: Session) -> ClockState | None:
    """The persisted state, for pages that show it (`uncertain_ms` asks for a decision); None before the first."""
    value = session.scalar(_STATE)
    return None if value is None else ClockState.from_dict(value)


class ClockKeeper:
    """The exam clock in the process that owns it. `now_ms` may be called from any thread, the rest by the writer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._exam: ExamClock | None = None

    @property
    def ready(self) -> bool:
        """Whether the persisted state has been read."""
        return self._exam is not None

    def now_ms(self) -> int:
        """The exam time now. Raises RuntimeError before `resume`."""
        if self._exam is None:
            raise RuntimeError("the exam clock has not been resumed")
        return self._exam.now(read_machine(self._clock))

    def resume(self, connection: Connection) -> None:
        """Continue where the last exam process stopped; an outage while somebody worked is recorded."""
        reading = read_machine(self._clock)
        value = connection.scalar(_STATE)
        if value is None:
            exam, outage = ExamClock.start(reading), None
        else:
            exam, outage = ExamClock.resume(ClockState.from_dict(value), reading)
        self._persist(connection, exam)
        self._record(connection, outage)
        self._exam = exam

    def heartbeat(self, connection: Connection, open_attempts: int) -> None:
        """Note that the clock is attended; persists it while somebody works, and once when nobody does any more."""
        exam = self._own()
        with self._lock:
            before = exam.state
            outage = exam.heartbeat(read_machine(self._clock), open_attempts)
        self._settle(connection, exam)
        if exam.state.frozen or before.frozen:
            self._persist(connection, exam)
        self._record(connection, outage)

    def freeze(self, connection: Connection) -> None:
        """Stop following the wall clock; call in the transaction of a start."""
        exam = self._own()
        if exam.state.frozen:
            return
        with self._lock:
            exam.freeze(read_machine(self._clock))
        self._persist(connection, exam)

    def _own(self) -> ExamClock:
        if self._exam is None:
            raise RuntimeError("the exam clock has not been resumed")
        return self._exam

    def _settle(self, connection: Connection, exam: ExamClock) -> None:
        value = connection.scalar(_SETTLEMENT)
        if value is None:
            return
        connection.execute(delete(StateEntry).where(StateEntry.name == SETTLEMENT_NAME))
        if exam.state.uncertain_ms is not None:
            with self._lock:
                exam.settle(read_machine(self._clock), int(value["lost_ms"]))

    def _persist(self, connection: Connection, exam: ExamClock) -> None:
        values: dict[str, Any] = {"value": exam.state.to_dict(), "changed_at": self._clock.now()}
        changed = connection.execute(update(StateEntry).where(StateEntry.name == CLOCK_NAME).values(**values))
        if not changed.rowcount:
            connection.execute(insert(StateEntry).values(name=CLOCK_NAME, **values))

    def _record(self, connection: Connection, outage: Outage | None) -> None:
        if outage is None:
            return
        uncertain = outage.uncertain_ms is not None
        connection.execute(
            insert(OutageRow).values(
                started_ms=outage.started_ms,
                ended_ms=outage.ended_ms,
                cause=outage.cause.value,
                uncertain=uncertain,
                credited=False,
            )
        )
        detail = {"cause": outage.cause.value, "length_ms": outage.length_ms, "uncertain": uncertain}
        with Session(connection) as session:
            audit.record(session, self._clock, audit.SYSTEM, AuditEvent.OUTAGE_MEASURED, "", detail)


def _clock(value: dict[str, Any] | None, reading: Reading) -> ExamClock:
    return ExamClock.start(reading) if value is None else ExamClock(ClockState.from_dict(value))
