"""*Status Peserta*: how far everyone is, and who needs the proctor now.

It is read from the counters that every save keeps; answers are never counted here. What watchers of the page are told
of changes is `board_watch`'s business. Times that only pass (the time left) are counted down by the browser itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import String, select, type_coerce
from sqlalchemy.orm import Session

from app.domain.attempt_states import SILENT_AFTER_MS, AttemptState, ClosedBy, Progress, Standing, display
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
    """A sitting's board at one moment."""

    now_ms: int
    rows: tuple[BoardRow, ...]

    @property
    def counts(self) -> dict[Standing, int]:
        """How many stand how."""
        return count_standings(self.rows)

    @property
    def open_rows(self) -> tuple[BoardRow, ...]:
        """Who has begun, or is about to, and is not finished."""
        return tuple(row for row in self.rows if row.standing in {Standing.ADMITTED, Standing.WORKING, Standing.SILENT})


_COLUMNS = (
    Attempt.id,
    Attempt.seat,
    Attempt.number,
    Attempt.name,
    type_coerce(Attempt.state, String).label("state"),  # as text: two thousand enums would cost more than the query
    Attempt.answered,
    Attempt.doubtful,
    Attempt.last_seen_ms,
    Attempt.deadline_ms,
    Attempt.seat_held,
    Attempt.logged_in_ms,
    type_coerce(Attempt.closed_by, String).label("closed_by"),
    Attempt.address,
)
_STATE, _SEEN, _LOGGED_IN = 4, 7, 10


def read_board(session: Session, sitting: HeldSitting, now_ms: int) -> Board:
    """The board of a sitting at exam time `now_ms`: two queries, however many students there are."""
    waiting = waiting_by_attempt(session, sitting.id)
    lines = read_lines(session, sitting.id)
    return Board(now_ms, tuple(board_row(line, waiting.get(line[0]), sitting.questions, now_ms) for line in lines))


def read_lines(session: Session, sitting_id: str) -> Sequence[Any]:
    """The counters of everyone who sits, by seat, as plain tuples that can be compared."""
    query = select(*_COLUMNS).where(Attempt.sitting_id == sitting_id, Attempt.assigned.is_(True))
    return session.connection().execute(query.order_by(Attempt.seat, Attempt.number)).all()


def waiting_by_attempt(session: Session, sitting_id: str) -> dict[int, int]:
    """The waiting reset request of each attempt that has one."""
    query = (
        select(ResetRequest.attempt_id, ResetRequest.id)
        .join(Attempt, Attempt.id == ResetRequest.attempt_id)
        .where(Attempt.sitting_id == sitting_id, ResetRequest.state == RequestState.WAITING)
    )
    return {row.attempt_id: row.id for row in session.execute(query)}


def silent_minutes(line: Any, now_ms: int) -> int:
    """For how many whole minutes a working student was not heard of; 0 for everyone else and within the first."""
    if line[_STATE] != AttemptState.WORKING.value:
        return 0
    seen_ms = line[_SEEN] if line[_SEEN] is not None else line[_LOGGED_IN]
    silent_ms = 0 if seen_ms is None else now_ms - seen_ms
    return int(silent_ms // MINUTE_MS) if silent_ms > SILENT_AFTER_MS else 0


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


def board_row(line: Any, request_id: int | None, questions: int, now_ms: int) -> BoardRow:
    """A student's row from the counters in `line` (see `read_lines`) at exam time `now_ms`."""
    seen_ms: int | None = line.last_seen_ms if line.last_seen_ms is not None else line.logged_in_ms
    shown = display(
        Progress(
            state=AttemptState(line.state),
            questions=questions,
            answered=line.answered,
            doubtful=line.doubtful,
            logged_in=line.logged_in_ms is not None,
            last_seen_ms=seen_ms,
            closed_by=ClosedBy(line.closed_by) if line.closed_by else None,
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
        closed_by=ClosedBy(line.closed_by) if line.closed_by else None,
        seen_at=None if seen_ms is None else exam_time_as_clock(seen_ms - seen_ms % MINUTE_MS),
        deadline_ms=line.deadline_ms,
        seat_held=line.seat_held,
        request_id=request_id,
        address=line.address,
    )


def count_standings(rows: Iterable[BoardRow]) -> dict[Standing, int]:
    """How many stand how, zeros included."""
    counted = Counter(row.standing for row in rows)
    return {standing: counted[standing] for standing in Standing}


def most_urgent(rows: Iterable[BoardRow]) -> list[BoardRow]:
    """Who needs the proctor now: requests first, then the silent, then those not logged in; each by seat."""
    urgent = [(urgency, row.seat, row) for row in rows if (urgency := _urgency(row)) is not None]
    return [row for _urgency_, _seat, row in sorted(urgent, key=lambda item: item[:2])]


def _urgency(row: BoardRow) -> int | None:
    if row.request_id is not None and not row.finished:
        return 0
    return {Standing.SILENT: 1, Standing.ABSENT: 2}.get(row.standing)
