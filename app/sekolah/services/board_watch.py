"""The board as it is watched: each reading costs what changed since the one before, not what the sitting holds.

A process keeps the rows it knows, counts and order included. It reads those with a newer mark (`app.models.marks`) and
looks again at those whose minute of silence has come. What a watcher has seen is said by three numbers that mean the
same in every process: the package's version, the horizon of marks and the exam time of the reading. Whatever process is
asked next tells what lies behind them. A row may be told twice, none is left out.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.domain.attempt_states import Standing
from app.domain.clock import Clock
from app.models import HeldState
from app.sekolah.services.board import BoardRow, board_row, read_head, read_lines, silence, urgency
from app.sekolah.services.exam_time import now_from

FRESH_MS = 400  # how old a reading may be; with the page's own pause a change is seen within two seconds


class Seen(NamedTuple):
    """How far somebody has seen a board; `version` is None for who has seen nothing."""

    version: int | None = None
    mark: int = 0
    now_ms: int = 0


NOTHING = Seen()


class Places:
    """Numbers in the order of a key each; putting one costs its search, not a walk over all."""

    def __init__(self) -> None:
        self._keys: dict[int, tuple[int, ...]] = {}
        self._order: list[tuple[int, ...]] = []

    def __len__(self) -> int:
        return len(self._order)

    def put(self, number: int, *key: int) -> None:
        """Put a number where its key belongs; without a key it is taken out."""
        before = self._keys.pop(number, None)
        if before is not None:
            del self._order[bisect_left(self._order, before)]
        if key:
            self._keys[number] = (*key, number)
            insort(self._order, self._keys[number])

    def since(self, *key: int) -> list[int]:
        """The numbers whose key is this or a later one."""
        return [entry[-1] for entry in self._order[bisect_left(self._order, key) :]]

    def first(self, most: int) -> list[int]:
        """The first numbers."""
        return [entry[-1] for entry in self._order[:most]]


@dataclass
class Watch:
    """What one process knows of one sitting's board."""

    sitting_id: str
    seen: Seen = NOTHING
    state: HeldState = HeldState.LOCKED
    time_zone: str = ""
    rows: dict[int, BoardRow] = field(default_factory=dict)  # by attempt
    counts: Counter[Standing] = field(default_factory=Counter)
    urgent: Places = field(default_factory=Places)
    lines_read: int = 0  # rows of the database, all readings together
    _lines: dict[int, Any] = field(default_factory=dict)
    _marked: Places = field(default_factory=Places)  # by the mark of the last change that shows
    _silent: Places = field(default_factory=Places)  # by when silence changed a row last
    _due: list[tuple[int, int]] = field(default_factory=list)  # a heap: when to look at whom again
    _awaited: set[int] = field(default_factory=set)  # who is in it
    _read_ms: int | None = None  # since boot

    def is_fresh(self, boot_ms: int) -> bool:
        """Whether the last reading is young enough to be told again."""
        return self._read_ms is not None and 0 <= boot_ms - self._read_ms < FRESH_MS

    def read(self, session: Session, clock: Clock) -> None:
        """Look at the database: two queries that bring what changed. Refuses S-230."""
        boot_ms = clock.boot_ms()
        head = read_head(session, self.sitting_id)
        now_ms = now_from(head.clock, clock)
        if head.version != self.seen.version or now_ms < self.seen.now_ms:
            self._forget()
        lines = read_lines(session, self.sitting_id, self.seen.mark)
        self.lines_read += len(lines)
        for line in lines:
            self._take(line, head.questions, now_ms)
        self._let_pass(head.questions, now_ms)
        self.state, self.time_zone = head.state, head.time_zone
        self.seen, self._read_ms = Seen(head.version, head.horizon, now_ms), boot_ms

    def is_behind(self, seen: Seen) -> bool:
        """Whether that watcher has seen a later reading, by another process, than the one known here."""
        return seen.version == self.seen.version and (seen.mark > self.seen.mark or seen.now_ms > self.seen.now_ms)

    def changed_since(self, seen: Seen) -> list[BoardRow]:
        """The rows a watcher has not seen as they are; all of them for who has seen another board, or one of a time
        that has not come (the server was set back)."""
        if seen.version != self.seen.version or self.is_behind(seen):
            return list(self.rows.values())
        numbers = {*self._marked.since(seen.mark), *self._silent.since(seen.now_ms + 1)}
        return [self.rows[number] for number in numbers]

    def _forget(self) -> None:
        """Begin anew, with every row."""
        self.seen = NOTHING
        self.rows, self.counts, self._lines = {}, Counter(), {}
        self.urgent, self._marked, self._silent = Places(), Places(), Places()
        self._due, self._awaited = [], set()

    def _take(self, line: Any, questions: int, now_ms: int) -> None:
        """A line that was read, new or not."""
        number: int = line.id
        if not line.assigned:
            self._lines.pop(number, None)
            self._show(number, None)
            for places in (self._marked, self._silent):
                places.put(number)
            return
        row, before = board_row(line, questions, now_ms), self._lines.get(number)
        # A heartbeat within the minute shows nowhere. A save, a seat or a request that came and went in between may
        # have been shown by another process, even if the row looks as before.
        if before is None or self.rows[number] != row or _steps(before) != _steps(line):
            self._marked.put(number, line.changed)
        self._lines[number] = line
        self._show(number, row)
        self._await(line, now_ms)

    def _let_pass(self, questions: int, now_ms: int) -> None:
        """Look again at those whose minute has come."""
        while self._due and self._due[0][0] <= now_ms:
            _when, number = heappop(self._due)
            self._awaited.discard(number)
            line = self._lines.get(number)
            if line is not None:
                self._show(number, board_row(line, questions, now_ms))
                self._await(line, now_ms)

    def _await(self, line: Any, now_ms: int) -> None:
        """Note when silence changed the row, and look again when it will; who is awaited earlier is looked at then."""
        last_ms, next_ms = silence(line, now_ms)
        if last_ms is None:
            self._silent.put(line.id)
        else:
            self._silent.put(line.id, last_ms)
        if next_ms is not None and line.id not in self._awaited:
            self._awaited.add(line.id)
            heappush(self._due, (next_ms, line.id))

    def _show(self, number: int, row: BoardRow | None) -> None:
        """Keep the row, its count and its place among the urgent; None takes it out."""
        before = self.rows.pop(number, None)
        if before is not None:
            self.counts[before.standing] -= 1
        if row is not None:
            self.rows[number] = row
            self.counts[row.standing] += 1
        self.urgent.put(number, *((urgency(row) if row is not None else None) or ()))


def _steps(line: Any) -> tuple[object, ...]:
    """What only grows when something happened to a student; a heartbeat is not in it."""
    return line.sequence, line.epoch, line.request_id
