"""Seats and tickets: only this server's own, each for its one purpose."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.refusals import Refusal
from app.sekolah.services.seats import Seat, SeatKeys, Ticket

KEYS = SeatKeys(bytes(32))
NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=16)


@given(st.integers(1, 2**40), st.integers(1, 1000), NAMES)
def test_a_seat_reads_back_as_it_was_given(attempt: int, epoch: int, sitting: str) -> None:
    text = KEYS.seat(attempt, epoch, sitting)
    assert KEYS.read_seat(f"Bearer {text}", str(attempt)) == Seat(attempt, epoch, sitting)
    with pytest.raises(Refusal, match="S-114"):
        KEYS.read_seat(f"Bearer {text}", str(attempt + 1))


@given(st.integers(1, 2**40), NAMES)
def test_a_ticket_reads_back_as_it_was_given(attempt: int, sitting: str) -> None:
    assert KEYS.read_ticket(f"Bearer {KEYS.ticket(attempt, sitting, 'n')}") == Ticket(attempt, sitting, "n")


@given(st.data())
def test_any_change_makes_it_nobodys_seat(data: st.DataObject) -> None:
    text = KEYS.seat(7, 2, "uji1")
    place = data.draw(st.integers(0, len(text) - 1))
    sign = data.draw(st.characters(codec="utf-8").filter(lambda sign: sign != text[place]))
    with pytest.raises(Refusal, match="S-114"):
        KEYS.read_seat(f"Bearer {text[:place]}{sign}{text[place + 1 :]}", "7")


def test_another_servers_seat_is_none_here() -> None:
    with pytest.raises(Refusal, match="S-114"):
        KEYS.read_seat(f"Bearer {SeatKeys(bytes(31) + b'1').seat(7, 2, 'uji1')}", "7")


def test_the_same_answers_give_the_same_receipt_and_others_another() -> None:
    assert KEYS.receipt(7, b"x") == KEYS.receipt(7, b"x")
    assert len({KEYS.receipt(7, b"x"), KEYS.receipt(8, b"x"), KEYS.receipt(7, b"y")}) == 3
