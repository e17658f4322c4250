"""*Selesai*, and the end that comes by itself: attempts close by the student's word or by the clock.

Finishing is possible after the minimum time, gives a short receipt over the answers that count, and can be repeated:
the same answers give the same receipt. The clock closes an attempt once nothing for it may arrive any more, at its
deadline plus the grace; what it writes down as the end is the deadline itself.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, exists, select, update

from app.domain.attempt_states import AttemptState, ClosedBy
from app.domain.refusals import Refusal
from app.domain.timing import GRACE_MS
from app.domain.wording import N_
from app.models import Attempt, HeldSitting, HeldState
from app.sekolah.services.attempt_state import answers_digest, read_row, seat_row, times_left
from app.sekolah.services.saving import not_begun
from app.sekolah.services.seats import Seat, SeatKeys, unknown_seat
from app.sekolah.services.sitting_book import OpenSitting

_ACTIVE = select(HeldSitting.id).where(HeldSitting.state == HeldState.ACTIVE)


def finish_attempt(connection: Connection, seat: Seat, sitting: OpenSitting, now_ms: int) -> None:
    """Close the attempt for its student; a repeat changes nothing.

    Refuses S-114, S-131, S-133 before the start, and S-143 (409, with `minimum_ms`) before the minimum time.
    """
    row = seat_row(connection, seat, lock=True)
    if row["state"] is AttemptState.FINISHED:
        return
    if row["state"] is not AttemptState.WORKING:
        raise not_begun()
    _remaining, minimum = times_left(row, sitting, now_ms)
    if minimum > 0:
        raise Refusal(
            "S-143",
            N_("Tes belum boleh diselesaikan. Tunggu %(minutes)s menit lagi."),
            N_("Periksa kembali jawaban Anda sambil menunggu."),
            status=409,
            values={"minutes": -(-minimum // 60_000)},
            extra={"minimum_ms": minimum},
        )
    over = now_ms > row["deadline_ms"]
    connection.execute(
        update(Attempt)
        .where(Attempt.id == row["id"])
        .values(
            state=AttemptState.FINISHED,
            closed_by=ClosedBy.CLOCK if over else ClosedBy.STUDENT,
            finished_ms=row["deadline_ms"] if over else now_ms,
            last_seen_ms=now_ms,
        )
    )


def receipt(connection: Connection, keys: SeatKeys, attempt_id: int) -> dict[str, Any]:
    """What the student is shown at the end."""
    row = read_row(connection, attempt_id)
    if row is None:
        raise unknown_seat()
    code = keys.receipt(attempt_id, answers_digest(connection, attempt_id))
    return {"state": row["state"].value, "receipt": code, "answered": row["answered"]}


def close_overdue(connection: Connection, now_ms: int) -> int:
    """Close, by the clock, every attempt whose deadline and grace have passed. Returns how many."""
    closed = connection.execute(
        update(Attempt)
        .where(
            Attempt.sitting_id.in_(_ACTIVE),
            Attempt.state == AttemptState.WORKING,
            Attempt.deadline_ms < now_ms - GRACE_MS,
        )
        .values(state=AttemptState.FINISHED, closed_by=ClosedBy.CLOCK, finished_ms=Attempt.deadline_ms)
    )
    return closed.rowcount


def somebody_works(connection: Connection) -> bool:
    """Whether an attempt of an active sitting is open."""
    working = exists().where(Attempt.sitting_id.in_(_ACTIVE), Attempt.state == AttemptState.WORKING)
    return bool(connection.scalar(select(working)))
