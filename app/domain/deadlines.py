"""What is counted on the exam clock: deadlines, the minimum time, and late answers.

All values are milliseconds, points are exam times (`app/domain/timing.py`). Nothing here reads a clock or keeps state.
"""

from __future__ import annotations

from enum import StrEnum

from app.domain.timing import GRACE_MS


class Verdict(StrEnum):
    """What becomes of an answer."""

    ON_TIME = "on_time"  # written and received before the deadline
    LATE_KEPT = "late_kept"  # written before the deadline, received within the grace: counts, and is marked
    REFUSED = "refused"  # written after the deadline, or received after the grace: does not count


def deadline_ms(started_ms: int, length_ms: int, credit_ms: int = 0, hard_end_ms: int | None = None) -> int:
    """Exam time at which the attempt ends; the last moment that still counts.

    A sitting may have a `hard_end_ms` that even credit does not pass; an attempt that starts after it ends at once.
    """
    end_ms = started_ms + length_ms + credit_ms
    return end_ms if hard_end_ms is None else max(started_ms, min(end_ms, hard_end_ms))


def remaining_ms(now_ms: int, end_ms: int) -> int:
    """Time left until the deadline `end_ms`, never negative."""
    return max(0, end_ms - now_ms)


def minimum_left_ms(now_ms: int, started_ms: int, minimum_ms: int, end_ms: int) -> int:
    """Time left until *Selesai* is allowed, never negative and never more than the time left of the attempt."""
    return max(0, min(started_ms + minimum_ms, end_ms) - now_ms)


def written_at_ms(received_ms: int, age_ms: int, started_ms: int) -> int:
    """Exam time at which an answer was written that arrived `age_ms` old, held between start and arrival.

    A browser counts `age_ms` on its own monotonic clock; a negative age (a claim from the future) counts as zero.
    """
    return max(min(started_ms, received_ms), received_ms - max(0, age_ms))


def judge(written_ms: int, received_ms: int, end_ms: int, grace_ms: int = GRACE_MS) -> Verdict:
    """Whether an answer counts, by when it was written, when it was received and the deadline `end_ms`."""
    if written_ms > end_ms or received_ms > end_ms + grace_ms:
        return Verdict.REFUSED
    return Verdict.ON_TIME if received_ms <= end_ms else Verdict.LATE_KEPT
