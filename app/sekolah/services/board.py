"""*Status Peserta*: how far everyone is, and who needs the proctor now.

A snapshot is read from the counters that every save keeps (nothing is counted here) and gets a version made of what a
proctor can see. A watcher who names the version it has gets only the rows that differ, or nothing at all. Times that
only pass (the time left) are no part of the version: the browser counts them down itself.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.attempt_states import ClosedBy, Progress, Standing, display
from app.models import Attempt, HeldSitting, RequestState, ResetRequest

MINUTE_MS = 60_000


@dataclass(frozen=True)
class BoardRow:
    """One student. `*_ms` are exam times; `seen_at` is cut to the minute so that a heartbeat alone changes nothing."""

    id: int
    seat: int
    number: str
    name: str
    standing: Standing
    words: str  # source text, to be translated and filled with the values below
    answered: int
    questions: int
    doubtful: int
    silent_minutes: int
    closed_by: ClosedBy | None
    seen_at: datetime | None
    deadline_ms: int | None
    seat_held: bool
    request_id: int | None
    address: str

    @property
    def values(self) -> dict[str, int]:
        """What the words are filled with."""
        return {
            "answered": self.answered,
            "questions": self.questions,
            "doubtful": self.doubtful,
            "minutes": self.silent_minutes,
        }

    @property
    def finished(self) -> bool:
        """Nothing can be done for this attempt any more, except giving time back."""
        return self.standing is Standing.FINISHED

    @property
    def percent(self) -> int:
        """How much is answered, 0 to 100."""
        return 100 * self.answered // self.questions if self.questions else 0


@dataclass(frozen=True)
class Board:
    """A snapshot of a sitting. `version` differs whenever anything on the board does."""

    sitting_id: str
    now_ms: int
    rows: tuple[BoardRow, ...]
    counts: dict[Standing, int]
    version: str

    @property
    def needy(self) -> tuple[BoardRow, ...]:
        """Who needs the proctor now: requests first, then the silent ones, then those not logged in."""
        urgent = [row for row in self.rows if _urgency(row) is not None]
        return tuple(sorted(urgent, key=lambda row: (_urgency(row), row.seat)))

    @property
    def open_rows(self) -> tuple[BoardRow, ...]:
        """Who has begun, or is about to, and is not finished."""
        return tuple(row for row in self.rows if row.standing in {Standing.ADMITTED, Standing.WORKING, Standing.SILENT})

    def changed_since(self, older: Board | None) -> tuple[BoardRow, ...]:
        """The rows that differ from the older snapshot; all of them if it is not known any more."""
        if older is None:
            return self.rows
        before = {row.id: row for row in older.rows}
        return tuple(row for row in self.rows if before.get(row.id) != row)


_COLUMNS = (
    Attempt.id,
    Attempt.seat,
    Attempt.number,
    Attempt.name,
    Attempt.state,
    Attempt.answered,
    Attempt.doubtful,
    Attempt.last_seen_ms,
    Attempt.deadline_ms,
    Attempt.seat_held,
    Attempt.logged_in_ms,
    Attempt.closed_by,
    Attempt.address,
)


def read_board(session: Session, sitting: HeldSitting, now_ms: int) -> Board:
    """The board of a sitting at exam time `now_ms`: two queries, however many students there are."""
    waiting: dict[int, int] = {
        attempt_id: request_id
        for request_id, attempt_id in session.execute(
            select(ResetRequest.id, ResetRequest.attempt_id)
            .join(Attempt, Attempt.id == ResetRequest.attempt_id)
            .where(Attempt.sitting_id == sitting.id, ResetRequest.state == RequestState.WAITING)
        )
    }
    found = session.execute(
        select(*_COLUMNS)
        .where(Attempt.sitting_id == sitting.id, Attempt.assigned.is_(True))
        .order_by(Attempt.seat, Attempt.number)
    )
    rows = tuple(_row(line, waiting.get(line.id), sitting.questions, now_ms) for line in found)
    return Board(sitting.id, now_ms, rows, _count(rows), _version(sitting, rows))


def request_of(session: Session, attempt_id: int) -> ResetRequest | None:
    """The request of a student that waits for an answer."""
    return session.scalar(
        select(ResetRequest).where(ResetRequest.attempt_id == attempt_id, ResetRequest.state == RequestState.WAITING)
    )


def waiting_requests(session: Session) -> list[ResetRequest]:
    """Every request that waits for an answer, the oldest first."""
    return list(
        session.scalars(
            select(ResetRequest).where(ResetRequest.state == RequestState.WAITING).order_by(ResetRequest.asked_at)
        )
    )


def exam_time_as_clock(ms: int) -> datetime:
    """The wall-clock time that an exam time shows; the two agree while nobody sets the clock."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def _row(line: Any, request_id: int | None, questions: int, now_ms: int) -> BoardRow:
    seen_ms: int | None = line.last_seen_ms if line.last_seen_ms is not None else line.logged_in_ms
    shown = display(
        Progress(
            state=line.state,
            questions=questions,
            answered=line.answered,
            doubtful=line.doubtful,
            logged_in=line.logged_in_ms is not None,
            last_seen_ms=seen_ms,
            closed_by=line.closed_by,
        ),
        now_ms,
    )
    return BoardRow(
        id=line.id,
        seat=line.seat,
        number=line.number,
        name=line.name,
        standing=shown.standing,
        words=shown.words,
        answered=line.answered,
        questions=questions,
        doubtful=line.doubtful,
        silent_minutes=shown.silent_ms // MINUTE_MS,
        closed_by=line.closed_by,
        seen_at=None if seen_ms is None else exam_time_as_clock(seen_ms - seen_ms % MINUTE_MS),
        deadline_ms=line.deadline_ms,
        seat_held=line.seat_held,
        request_id=request_id,
        address=line.address,
    )


def _urgency(row: BoardRow) -> int | None:
    """0 for a request, 1 for silence, 2 for absence; None for whoever needs nobody."""
    if row.request_id is not None and not row.finished:
        return 0
    return {Standing.SILENT: 1, Standing.ABSENT: 2}.get(row.standing)


def _count(rows: Iterable[BoardRow]) -> dict[Standing, int]:
    counted = Counter(row.standing for row in rows)
    return {standing: counted[standing] for standing in Standing}


def _version(sitting: HeldSitting, rows: tuple[BoardRow, ...]) -> str:
    return hashlib.sha256(repr((sitting.state.value, rows)).encode()).hexdigest()[:20]
