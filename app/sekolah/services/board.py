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

from sqlalchemy import String, bindparam, func, select, type_coerce
from sqlalchemy.orm import Session

from app.domain.attempt_states import SILENT_AFTER_MS, AttemptState, ClosedBy, Progress, Standing, display
from app.models import Attempt, HeldSitting, RequestState, ResetRequest, StateEntry
from app.models.marks import Horizon
from app.sekolah.services import day
from app.sekolah.services.exam_time import CLOCK_NAME

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
    version: int  # of the sitting's package
    horizon: int  # what changes later has this mark or a newer one

    @property
    def counts(self) -> dict[Standing, int]:
        """How many stand how."""
        return count_standings(self.rows)

    @property
    def open_rows(self) -> tuple[BoardRow, ...]:
        """Who has begun, or is about to, and is not finished."""
        return tuple(row for row in self.rows if row.standing in {Standing.ADMITTED, Standing.WORKING, Standing.SILENT})


_NEWEST = (
    select(func.max(ResetRequest.id)).where(ResetRequest.attempt_id == Attempt.id).correlate(Attempt).scalar_subquery()
)
_LINES = (
    select(
        Attempt.id,
        Attempt.changed,
        Attempt.assigned,
        Attempt.seat,
        Attempt.number,
        Attempt.name,
        type_coerce(Attempt.state, String).label("state"),  # as text: two thousand enums would cost more than the query
        type_coerce(Attempt.closed_by, String).label("closed_by"),
        Attempt.answered,
        Attempt.doubtful,
        Attempt.sequence,
        Attempt.epoch,
        Attempt.last_seen_ms,
        Attempt.logged_in_ms,
        Attempt.deadline_ms,
        Attempt.seat_held,
        Attempt.address,
        ResetRequest.id.label("request_id"),  # of the newest, whatever became of it
        type_coerce(ResetRequest.state, String).label("request_state"),
    )
    .outerjoin(ResetRequest, ResetRequest.id == _NEWEST)
    .where(Attempt.sitting_id == bindparam("sitting"), Attempt.changed >= bindparam("since"))
    .order_by(Attempt.seat, Attempt.number)
)
_HEAD = select(
    HeldSitting.version,
    HeldSitting.state,
    HeldSitting.questions,
    HeldSitting.time_zone,
    Horizon().label("horizon"),
    select(StateEntry.value).where(StateEntry.name == CLOCK_NAME).scalar_subquery().label("clock"),
).where(HeldSitting.id == bindparam("sitting"))


def read_board(session: Session, sitting: HeldSitting, now_ms: int) -> Board:
    """The board of a sitting at exam time `now_ms`: two queries, however many students there are."""
    head = read_head(session, sitting.id)
    lines = read_lines(session, sitting.id)
    rows = tuple(board_row(line, sitting.questions, now_ms) for line in lines if line.assigned)
    return Board(now_ms, rows, sitting.version, head.horizon)


def read_head(session: Session, sitting_id: str) -> Any:
    """What the reading of a board begins with: `version`, `state`, `questions`, `time_zone`, the `horizon` from which
    the next reading must look (see `app.models.marks`), and the exam clock's state for `now_from`. Refuses S-230."""
    head = session.connection().execute(_HEAD, {"sitting": sitting_id}).one_or_none()
    if head is None:
        raise day.unknown_sitting()
    return head


def read_lines(session: Session, sitting_id: str, since: int = 0) -> Sequence[Any]:
    """The counters of everyone whose mark is `since` or newer, by seat; also of those who do not sit (`assigned`)."""
    return session.connection().execute(_LINES, {"sitting": sitting_id, "since": since}).all()


def silence(line: Any, now_ms: int) -> tuple[int | None, int | None]:
    """When the passing of time alone changed a row last, and when it will next; None for never.

    A student who works is shown as silent after the first minute without a sign, and each further minute is shown.
    """
    seen_ms = line.last_seen_ms if line.last_seen_ms is not None else line.logged_in_ms
    if line.state != AttemptState.WORKING.value or seen_ms is None:
        return None, None
    first_ms = seen_ms + SILENT_AFTER_MS + 1
    if now_ms < first_ms:
        return None, first_ms
    whole = (now_ms - seen_ms) // MINUTE_MS
    return max(first_ms, seen_ms + whole * MINUTE_MS), seen_ms + (whole + 1) * MINUTE_MS


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


def board_row(line: Any, questions: int, now_ms: int) -> BoardRow:
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
        request_id=line.request_id if line.request_state == RequestState.WAITING.value else None,
        address=line.address,
    )


def count_standings(rows: Iterable[BoardRow]) -> dict[Standing, int]:
    """How many stand how, zeros included."""
    counted = Counter(row.standing for row in rows)
    return {standing: counted[standing] for standing in Standing}


def urgency(row: BoardRow) -> tuple[int, int] | None:
    """The place among those who need the proctor now, small first: requests, then the silent, each by seat. None for
    everyone else; how many have not logged in is a number that needs no decision."""
    if row.request_id is not None and not row.finished:
        return 0, row.seat
    return (1, row.seat) if row.standing is Standing.SILENT else None


def most_urgent(rows: Iterable[BoardRow]) -> list[BoardRow]:
    """Who needs the proctor now, in the order of `urgency`."""
    found = [(place, row.id, row) for row in rows if (place := urgency(row)) is not None]
    return [row for _place, _id, row in sorted(found, key=lambda item: item[:2])]
