"""The database's part of saving: five statements for a whole transaction, however many saves it holds.

Rows travel as one JSON text each way, so that each statement is one call into the database: a call per row would hand
over the interpreter's lock each time, and with many request threads that waiting costs more than the disk. The
statements are written once and work on SQLite and PostgreSQL; only how a JSON text becomes rows differs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, TextClause, text

from app.models.marks import next_mark
from app.sekolah.services.saving import AnswerKey, Held, JournalKey, Known, Latest, Repeat, Writes

_COLUMNS = {
    "id": "bigint",
    "attempt_id": "bigint",
    "epoch": "integer",
    "sequence": "bigint",
    "question_id": "text",
    "value": "text",
    "doubtful": "boolean",
    "written_ms": "bigint",
    "received_ms": "bigint",
    "outcome": "text",
    "late": "boolean",
    "answered": "integer",
    "doubtful_count": "integer",
    "last_seen_ms": "bigint",
    "position": "text",
}
_JOURNAL = (
    "attempt_id", "epoch", "sequence", "question_id", "value", "doubtful", "written_ms", "received_ms", "outcome",
)  # fmt: skip
_ANSWER = (
    "attempt_id", "question_id", "epoch", "sequence", "value", "doubtful", "written_ms", "received_ms", "late",
)  # fmt: skip
_ATTEMPT = ("id", "answered", "doubtful_count", "sequence", "last_seen_ms", "position")
_PRESENCE = ("id", "last_seen_ms", "position")
_HELD = (
    "a.id, a.state, a.epoch, a.seat_held, a.epoch_ended_ms, a.started_ms, a.deadline_ms, a.finished_ms, a.answered, "
    "a.doubtful, a.sequence, a.last_seen_ms, a.position, s.minimum_s"
)


class SavingTables:
    """The statements, made for one kind of database."""

    def __init__(self, dialect: str) -> None:
        self._sqlite = dialect == "sqlite"
        ids = (
            "SELECT value FROM json_each(:rows)"
            if self._sqlite
            else "SELECT CAST(json_array_elements_text(:rows) AS bigint)"
        )
        held = f"FROM attempt a JOIN held_sitting s ON s.id = a.sitting_id WHERE a.id IN ({ids})"
        lock = "" if self._sqlite else " ORDER BY a.id FOR UPDATE OF a"
        self._attempts = self._reader(_HELD, f"{held}{lock}")
        self._latest = self._reader(
            "a.attempt_id, a.question_id, a.epoch, a.sequence, a.value <> 'null', a.doubtful",
            f"FROM ({self._rows('attempt_id', 'question_id')}) r JOIN answer a "
            "ON a.attempt_id = r.attempt_id AND a.question_id = r.question_id",
        )
        self._repeats = self._reader(
            "j.attempt_id, j.epoch, j.sequence, j.question_id, j.value, j.doubtful, j.outcome",
            f"FROM ({self._rows('attempt_id', 'epoch', 'sequence')}) r JOIN journal_entry j "
            "ON j.attempt_id = r.attempt_id AND j.epoch = r.epoch AND j.sequence = r.sequence",
        )
        self._write_journal = text(f"INSERT INTO journal_entry ({', '.join(_JOURNAL)}) {self._rows(*_JOURNAL)}")
        changed = ", ".join(f"{name} = excluded.{name}" for name in _ANSWER[2:])
        self._write_answers = text(
            f"INSERT INTO answer ({', '.join(_ANSWER)}) {self._rows(*_ANSWER)} WHERE true "
            f"ON CONFLICT (attempt_id, question_id) DO UPDATE SET {changed}"
        )
        self._write_attempts = text(
            f"UPDATE attempt SET changed = {next_mark(dialect)}, answered = r.answered, "  # noqa: S608
            "doubtful = r.doubtful_count, sequence = r.sequence, "
            f"last_seen_ms = r.last_seen_ms, position = r.position FROM ({self._rows(*_ATTEMPT)}) r "
            "WHERE attempt.id = r.id"
        )

        self._write_presence = text(
            f"UPDATE attempt SET changed = {next_mark(dialect)}, last_seen_ms = r.last_seen_ms, "  # noqa: S608
            "position = CASE WHEN r.position = '' THEN attempt.position ELSE r.position END "
            f"FROM ({self._rows(*_PRESENCE)}) r WHERE attempt.id = r.id AND "
            "(attempt.last_seen_ms IS NULL OR attempt.last_seen_ms < r.last_seen_ms)"
        )

    def attempts(self, connection: Connection, ids: Iterable[int]) -> dict[int, Held]:
        """The attempts, locked until the transaction ends."""
        return {row[0]: Held(*_truths(row, 3)) for row in self._read(connection, self._attempts, sorted(ids))}

    def latest(self, connection: Connection, keys: Iterable[AnswerKey]) -> dict[AnswerKey, Latest]:
        """The answers that count now."""
        found = self._read(connection, self._latest, list(keys))
        return {(row[0], row[1]): Latest(row[2], row[3], bool(row[4]), bool(row[5])) for row in found}

    def repeats(self, connection: Connection, keys: Sequence[JournalKey]) -> dict[JournalKey, Repeat]:
        """The journal lines that exist already."""
        if not keys:
            return {}
        found = self._read(connection, self._repeats, keys)
        return {(row[0], row[1], row[2]): Repeat(row[3], row[4], bool(row[5]), row[6]) for row in found}

    def write(self, connection: Connection, known: Known, writes: Writes) -> None:
        """Everything that was judged, in at most three statements."""
        if writes.journal:
            self._write(connection, self._write_journal, writes.journal)
        if writes.answers:
            self._write(connection, self._write_answers, list(writes.answers.values()))
        if writes.attempts:
            rows = [_counters(known.attempts[attempt]) for attempt in sorted(writes.attempts)]
            self._write(connection, self._write_attempts, rows)

    def write_presence(self, connection: Connection, rows: Sequence[tuple[int, int, str]]) -> None:
        """When students were last seen, and at which question."""
        self._write(connection, self._write_presence, rows)

    def _rows(self, *names: str) -> str:
        """A SELECT that turns a JSON list of lists into rows of these columns."""
        if self._sqlite:
            parts = (f"json_extract(j.value, '$[{place}]') AS {name}" for place, name in enumerate(names))
            return f"SELECT {', '.join(parts)} FROM json_each(:rows) AS j"  # noqa: S608
        parts = (f"CAST(j.value ->> {place} AS {_COLUMNS[name]}) AS {name}" for place, name in enumerate(names))
        return f"SELECT {', '.join(parts)} FROM json_array_elements(CAST(:rows AS json)) AS j(value)"  # noqa: S608

    def _reader(self, columns: str, source: str) -> TextClause:
        """SQLite steps from row to row, each step a call: there the rows are gathered into one JSON text."""
        if self._sqlite:
            return text(f"SELECT json_group_array(json_array({columns})) {source}")
        return text(f"SELECT {columns} {source.replace('(:rows)', '(CAST(:rows AS json))')}")

    def _read(self, connection: Connection, statement: TextClause, rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
        result = connection.execute(statement, {"rows": _packed(rows)})
        if self._sqlite:
            gathered: list[list[Any]] = json.loads(result.scalar_one())
            return gathered
        return [tuple(row) for row in result]

    @staticmethod
    def _write(connection: Connection, statement: TextClause, rows: Sequence[Any]) -> None:
        connection.execute(statement, {"rows": _packed(rows)})


def _packed(rows: Sequence[Any]) -> str:
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def _counters(held: Held) -> tuple[object, ...]:
    return held.id, held.answered, held.doubtful, held.sequence, held.last_seen_ms, held.position


def _truths(row: Sequence[Any], *places: int) -> list[Any]:
    """SQLite tells truth as 0 and 1."""
    values = list(row)
    for place in places:
        values[place] = bool(values[place])
    return values
