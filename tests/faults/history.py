"""What the students were told was kept, written down outside the server, and the comparison with what is there after.

A save counts as acknowledged the moment its answer was read off the wire. `lost` names every acknowledged save that the
database does not hold as it was sent; `doubled` every one it holds twice.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import create_engine, text

Line = tuple[int, int]  # attempt, sequence


@dataclass
class History:
    """Acknowledged saves by attempt and sequence."""

    acknowledged: dict[Line, tuple[str, str]] = field(default_factory=dict)
    sent: dict[Line, tuple[str, str]] = field(default_factory=dict)

    def note_sent(self, attempt: int, sequence: int, question: str, value: Any) -> None:
        self.sent[attempt, sequence] = (question, canonical(value))

    def note_acknowledged(self, attempt: int, sequence: int) -> None:
        self.acknowledged[attempt, sequence] = self.sent[attempt, sequence]

    def compare(self, database_url: str) -> Comparison:
        """Read the journal and the answers that count, and say what differs."""
        engine = create_engine(database_url)
        with engine.connect() as connection:
            journal = connection.execute(
                text("SELECT attempt_id, sequence, question_id, value, outcome FROM journal_entry")
            ).all()
            latest = connection.execute(text("SELECT attempt_id, question_id, sequence, value FROM answer")).all()
        engine.dispose()
        there = {(row[0], row[1]): (row[2], canonical(json.loads(row[3]))) for row in journal}
        counting = {(row[0], row[1]): (row[2], canonical(json.loads(row[3]))) for row in latest}
        newest: dict[tuple[int, str], tuple[int, str]] = {}
        for (attempt, sequence), (question, value) in self.acknowledged.items():
            newest[attempt, question] = max(newest.get((attempt, question), (0, "")), (sequence, value))
        times = Counter((row[0], row[1]) for row in journal)
        return Comparison(
            acknowledged=len(self.acknowledged),
            lost=[line for line, what in self.acknowledged.items() if there.get(line) != what],
            outdated=[key for key, (at, what) in newest.items() if not _counts(counting.get(key), at, what)],
            doubled=[line for line, number in times.items() if number > 1],
            foreign=[line for line in there if line in self.sent and there[line] != self.sent[line]],
        )


@dataclass(frozen=True)
class Comparison:
    """What was found; `outdated` are questions whose counting answer is older than an acknowledged one."""

    acknowledged: int
    lost: list[Line]
    outdated: list[tuple[int, str]]
    doubled: list[Line]
    foreign: list[Line]

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.outdated or self.doubled or self.foreign)


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _counts(found: tuple[int, str] | None, sequence: int, value: str) -> bool:
    """The counting answer is this one, or a later one whose acknowledgement was lost on its way."""
    return found is not None and (found[0] > sequence or found == (sequence, value))
