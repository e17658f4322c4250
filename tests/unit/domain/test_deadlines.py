"""Deadlines, credit, the minimum time and late answers, to the millisecond at each edge."""

import pytest

from app.domain.deadlines import (
    Verdict,
    deadline_ms,
    judge,
    minimum_left_ms,
    remaining_ms,
    written_at_ms,
)
from app.domain.timing import GRACE_MS

MINUTE = 60_000
END = 100 * MINUTE


def test_the_deadline_is_start_plus_length_plus_credit() -> None:
    assert deadline_ms(5 * MINUTE, 90 * MINUTE, 3 * MINUTE) == 98 * MINUTE


def test_a_hard_end_cuts_even_credit_and_never_lies_before_the_start() -> None:
    assert deadline_ms(0, 90 * MINUTE, 10 * MINUTE, hard_end_ms=95 * MINUTE) == 95 * MINUTE
    assert deadline_ms(97 * MINUTE, 90 * MINUTE, hard_end_ms=95 * MINUTE) == 97 * MINUTE


def test_remaining_time_ends_at_zero() -> None:
    assert remaining_ms(END - 1, END) == 1
    assert remaining_ms(END, END) == remaining_ms(END + MINUTE, END) == 0


def test_selesai_is_allowed_after_the_minimum_time_but_never_later_than_the_deadline() -> None:
    assert minimum_left_ms(10 * MINUTE, 0, 30 * MINUTE, END) == 20 * MINUTE
    assert minimum_left_ms(30 * MINUTE, 0, 30 * MINUTE, END) == 0
    assert minimum_left_ms(95 * MINUTE, 0, 200 * MINUTE, END) == 5 * MINUTE


@pytest.mark.parametrize(
    ("written", "received", "verdict"),
    [
        (END, END, Verdict.ON_TIME),
        (END - 1, END + 1, Verdict.LATE_KEPT),
        (END, END + GRACE_MS, Verdict.LATE_KEPT),
        (END, END + GRACE_MS + 1, Verdict.REFUSED),
        (END + 1, END + 1, Verdict.REFUSED),
    ],
)
def test_what_was_written_in_time_counts_if_it_arrives_within_the_grace(
    written: int, received: int, verdict: Verdict
) -> None:
    assert judge(written, received, END) is verdict


def test_an_answer_cannot_be_older_than_the_attempt_nor_come_from_the_future() -> None:
    assert written_at_ms(received_ms=10 * MINUTE, age_ms=MINUTE, started_ms=0) == 9 * MINUTE
    assert written_at_ms(received_ms=10 * MINUTE, age_ms=2**53, started_ms=2 * MINUTE) == 2 * MINUTE
    assert written_at_ms(received_ms=10 * MINUTE, age_ms=-MINUTE, started_ms=0) == 10 * MINUTE
