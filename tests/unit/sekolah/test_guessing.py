"""Guesses are slowed down, and nobody is shut out."""

from __future__ import annotations

from app.sekolah.services.guessing import LONGEST_WAIT_S, MOST_KEPT, Guesses


class Seconds:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_wait_grows_ends_by_itself_and_has_a_limit() -> None:
    seconds = Seconds()
    guesses = Guesses(seconds)
    waits = []
    for _ in range(60):
        guesses.note_wrong("0001", "pc1")
        wait = guesses.wait_s("0001", "pc1")
        waits.append(wait)
        seconds.now += wait
        assert guesses.wait_s("0001", "pc1") == 0
    assert waits[:6] == [0, 0, 1, 2, 4, 8]
    assert max(waits) == LONGEST_WAIT_S


def test_the_right_password_starts_the_count_anew() -> None:
    guesses = Guesses(Seconds())
    for _ in range(3):
        guesses.note_wrong("0001", "pc1")
    guesses.note_right("0001", "pc1")
    guesses.note_wrong("0001", "pc1")
    assert guesses.wait_s("0001", "pc1") == 0


def test_old_tries_are_forgotten() -> None:
    seconds = Seconds()
    guesses = Guesses(seconds)
    for _ in range(9):
        guesses.note_wrong("0001", "pc1")
    seconds.now += 3600
    guesses.note_wrong("0001", "pc1")
    assert guesses.wait_s("0001", "pc1") <= LONGEST_WAIT_S


def test_memory_is_bounded_however_many_numbers_are_tried() -> None:
    guesses = Guesses(Seconds())
    for number in range(MOST_KEPT + 100):
        guesses.note_wrong(str(number), "pc1")
    assert len(guesses._tries) == MOST_KEPT
