"""An attempt as its browser needs it: to begin, to go on after a reload, or on another PC after a reset.

Reads only, on its own connection, with plain rows. It never tells one seat about another's attempt: the seat is checked
against the row's epoch first.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, select

from app.domain.attempt_states import AttemptState
from app.domain.deadlines import minimum_left_ms, remaining_ms
from app.models import Answer, Attempt, HeldSitting
from app.sekolah.services.seats import Seat, seat_ended, unknown_seat
from app.sekolah.services.sitting_book import OpenSitting

_COLUMNS = (
    Attempt.id,
    Attempt.sitting_id,
    Attempt.number,
    Attempt.name,
    Attempt.gender,
    Attempt.class_name,
    Attempt.seat,
    Attempt.seed,
    Attempt.assigned,
    Attempt.state,
    Attempt.epoch,
    Attempt.seat_held,
    Attempt.claimed_by,
    Attempt.started_ms,
    Attempt.deadline_ms,
    Attempt.finished_ms,
    Attempt.answered,
    Attempt.sequence,
    Attempt.position,
    HeldSitting.state.label("sitting_state"),
    HeldSitting.paper_sha256,
)
_BY_ID = (
    select(*_COLUMNS).join(HeldSitting, HeldSitting.id == Attempt.sitting_id).where(Attempt.id == bindparam("attempt"))
)
_BY_ID_LOCKED = _BY_ID.with_for_update(of=Attempt)
_ANSWERS = (
    select(Answer.question_id, Answer.sequence, Answer.value, Answer.doubtful)
    .where(Answer.attempt_id == bindparam("attempt"))
    .order_by(Answer.question_id)
)


def read_row(connection: Connection, attempt_id: int, *, lock: bool = False) -> RowMapping | None:
    """The attempt with its sitting's state and paper, or None; locked for the transaction if asked."""
    query = _BY_ID_LOCKED if lock else _BY_ID
    return connection.execute(query, {"attempt": attempt_id}).mappings().first()


def seat_row(connection: Connection, seat: Seat, *, lock: bool = False) -> RowMapping:
    """The row of a seat that still counts; refuses S-114 (unknown here) and S-131 (its epoch has ended)."""
    row = read_row(connection, seat.attempt, lock=lock)
    if row is None or seat.epoch > row["epoch"]:
        raise unknown_seat()
    if seat.epoch < row["epoch"] or not row["seat_held"]:
        raise seat_ended()
    return row


def describe_participant(row: RowMapping) -> dict[str, Any]:
    """Who sits there, as *Konfirmasi Data Peserta* shows it."""
    return {name: row[name] for name in ("number", "name", "gender", "class_name", "seat")}


def describe_attempt(connection: Connection, row: RowMapping, sitting: OpenSitting, now_ms: int) -> dict[str, Any]:
    """The attempt state of the student API. `now_ms` is exam time."""
    remaining, minimum = times_left(row, sitting, now_ms)
    return {
        "attempt": str(row["id"]),
        "epoch": row["epoch"],
        "state": row["state"].value,
        "paper": f"/papers/{sitting.paper_sha256}.json",
        "seed": row["seed"],
        "questions": sitting.questions,
        "remaining_ms": remaining,
        "minimum_ms": minimum,
        "answers": read_answers(connection, row["id"]) if row["sequence"] else [],
        "next_sequence": row["sequence"] + 1,
        "position": row["position"],
        "participant": describe_participant(row),
        "sitting": sitting.describe(),
    }


def times_left(row: RowMapping, sitting: OpenSitting, now_ms: int) -> tuple[int, int]:
    """Milliseconds until the deadline and until *Selesai* is allowed; the whole length before the start."""
    started, deadline = row["started_ms"], row["deadline_ms"]
    if row["state"] is AttemptState.FINISHED:
        return 0, 0
    if started is None or deadline is None:
        return sitting.length_s * 1000, sitting.minimum_s * 1000
    return remaining_ms(now_ms, deadline), minimum_left_ms(now_ms, started, sitting.minimum_s * 1000, deadline)


def read_answers(connection: Connection, attempt_id: int) -> list[dict[str, Any]]:
    """The answers that count now."""
    rows = connection.execute(_ANSWERS, {"attempt": attempt_id})
    return [
        {"question": question, "sequence": sequence, "value": json.loads(value), "doubtful": doubtful}
        for question, sequence, value, doubtful in rows
    ]


def answers_digest(connection: Connection, attempt_id: int) -> bytes:
    """SHA-256 over the answers that count, the same for the same answers."""
    digest = hashlib.sha256()
    for question, _sequence, value, _doubtful in connection.execute(_ANSWERS, {"attempt": attempt_id}):
        for part in (question.encode(), value.encode()):
            digest.update(len(part).to_bytes(4, "big") + part)
    return digest.digest()
