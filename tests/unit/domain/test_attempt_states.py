"""The life of an attempt, step by step, and what the proctor's board says of it."""

import pytest

from app.domain.attempt_states import (
    STANDING_WORDS,
    AttemptState,
    ClosedBy,
    Progress,
    Standing,
    display,
    may_go,
    may_reopen,
    require_step,
)
from app.domain.refusals import Refusal

MINUTE = 60_000
WAITING, ADMITTED, WORKING, FINISHED = AttemptState
STEPS = {(WAITING, ADMITTED), (ADMITTED, WORKING), (ADMITTED, FINISHED), (WORKING, FINISHED)}


@pytest.mark.parametrize("state", AttemptState)
@pytest.mark.parametrize("after", AttemptState)
def test_an_attempt_goes_forward_only(state: AttemptState, after: AttemptState) -> None:
    assert may_go(state, after) is ((state, after) in STEPS)


def test_a_finished_attempt_is_not_started_again() -> None:
    with pytest.raises(Refusal) as caught:
        require_step(FINISHED, WORKING)
    assert (caught.value.code, caught.value.status) == ("S-132", 409)


def test_nobody_works_before_being_admitted() -> None:
    with pytest.raises(Refusal) as caught:
        require_step(WAITING, WORKING)
    assert (caught.value.code, caught.value.status) == ("S-133", 409)
    require_step(WAITING, ADMITTED)


def test_only_an_attempt_the_clock_closed_is_opened_again_and_only_by_credit() -> None:
    assert may_reopen(ClosedBy.CLOCK, now_ms=100, deadline_ms=200)
    assert not may_reopen(ClosedBy.CLOCK, now_ms=200, deadline_ms=200)
    assert not may_reopen(ClosedBy.STUDENT, now_ms=100, deadline_ms=200)
    assert not may_reopen(ClosedBy.PROCTOR, now_ms=100, deadline_ms=200)


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (Progress(WAITING, 40), "Belum masuk"),
        (Progress(WAITING, 40, logged_in=True), "Menunggu token"),
        (Progress(ADMITTED, 40, logged_in=True), "Siap mulai"),
        (Progress(WORKING, 40, answered=12, last_seen_ms=9 * MINUTE), "Mengerjakan 12 dari 40"),
        (Progress(WORKING, 40, answered=12, last_seen_ms=7 * MINUTE), "Diam sejak 3 menit, 12 dari 40"),
        (Progress(FINISHED, 40, answered=38, last_seen_ms=0), "Selesai, 38 dari 40"),
    ],
)
def test_the_board_says_in_words_how_siti_stands(progress: Progress, words: str) -> None:
    shown = display(progress, now_ms=10 * MINUTE)
    assert shown.words % shown.values == words


def test_a_student_is_silent_after_a_minute_and_not_at_it() -> None:
    siti = Progress(WORKING, 40, last_seen_ms=0)
    assert display(siti, now_ms=MINUTE).standing is Standing.WORKING
    assert display(siti, now_ms=MINUTE + 1).standing is Standing.SILENT
    assert display(siti, now_ms=MINUTE + 1).silent_ms == MINUTE + 1


def test_who_waits_or_has_finished_is_never_called_silent() -> None:
    for state in (WAITING, ADMITTED, FINISHED):
        assert display(Progress(state, 40, logged_in=True, last_seen_ms=0), now_ms=60 * MINUTE).silent_ms == 0


def test_every_standing_has_words() -> None:
    assert set(STANDING_WORDS) == set(Standing)
