"""The board as it is watched: read at most once in a while for all watchers, and only what changed is told.

Each process remembers when it first saw each student's line as it is now (on the clock since boot, which all processes
of a machine share). A watcher says how far it has seen; whatever was noticed later is sent, by whichever process is
asked. A line noticed twice is sent twice, which is harmless; none is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.models import HeldSitting
from app.sekolah.services.board import BoardRow, board_row, read_lines, silent_minutes, waiting_by_attempt

FRESH_MS = 400  # how old a reading may be; with the page's own pause a change is seen within two seconds

Line = tuple[object, ...]


@dataclass
class Watch:
    """What one process knows of one sitting's board. Rows by attempt id, in the order of the seats."""

    lines: dict[int, Line] = field(default_factory=dict)
    rows: dict[int, BoardRow] = field(default_factory=dict)
    noticed_ms: dict[int, int] = field(default_factory=dict)  # since boot
    read_ms: int | None = None
    now_ms: int = 0  # exam time of the reading
    newest_ms: int = 0  # when a line was noticed last

    def read(self, session: Session, sitting: HeldSitting, now_ms: int, boot_ms: int) -> None:
        """Look at the database: two queries, and work only for lines that differ."""
        waiting = waiting_by_attempt(session, sitting.id)
        lines: dict[int, Line] = {}
        rows: dict[int, BoardRow] = {}
        before, known = self.lines, self.rows
        for found in read_lines(session, sitting.id):
            number: int = found[0]
            line: Line = (found, waiting.get(number), silent_minutes(found, now_ms))
            lines[number] = line
            if before.get(number) == line:
                rows[number] = known[number]
                continue
            row = board_row(found, waiting.get(number), sitting.questions, now_ms)
            rows[number] = row
            if known.get(number) != row:  # a heartbeat within the minute shows nowhere
                self.noticed_ms[number] = self.newest_ms = boot_ms
        self.lines, self.rows, self.read_ms, self.now_ms = lines, rows, boot_ms, now_ms

    def is_fresh(self, boot_ms: int) -> bool:
        """Whether the reading is young enough to be told again."""
        return self.read_ms is not None and 0 <= boot_ms - self.read_ms < FRESH_MS

    def changed_since(self, seen_ms: int) -> list[BoardRow]:
        """The rows that were noticed after `seen_ms` (since boot)."""
        if self.newest_ms <= seen_ms:
            return []
        return [row for number, row in self.rows.items() if self.noticed_ms[number] > seen_ms]
