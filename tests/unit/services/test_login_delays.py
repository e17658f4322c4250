"""Wrong passwords make the next try wait, for that account from that address only, and never for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.services.login_delays import FORGET_AFTER, LONGEST_WAIT_S, LoginDelays

START = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)


def wrong(delays: LoginDelays, times: int, account: str = "ratna", address: str = "10.0.0.5") -> None:
    for _try in range(times):
        delays.note_wrong(account, address, START)


def test_three_tries_are_free_then_the_wait_doubles_up_to_a_limit():
    delays = LoginDelays()
    waits = []
    for _try in range(12):
        waits.append(delays.wait_s("ratna", "10.0.0.5", START))
        wrong(delays, 1)
    assert waits[:6] == [0, 0, 0, 2, 4, 8]
    wrong(delays, 40)
    assert delays.wait_s("ratna", "10.0.0.5", START) == LONGEST_WAIT_S


def test_a_class_behind_one_address_is_not_shut_out():
    delays = LoginDelays()
    wrong(delays, 20)
    assert delays.wait_s("anto", "10.0.0.5", START) == 0
    assert delays.wait_s("ratna", "10.0.0.6", START) == 0


def test_the_wait_ends_by_itself_and_a_right_password_clears_it():
    delays = LoginDelays()
    wrong(delays, 5)
    assert delays.wait_s("ratna", "10.0.0.5", START + timedelta(seconds=7)) == 1
    assert delays.wait_s("ratna", "10.0.0.5", START + timedelta(seconds=8)) == 0
    assert delays.wait_s("ratna", "10.0.0.5", START + FORGET_AFTER * 2) == 0
    delays.note_right("ratna", "10.0.0.5")
    assert delays.wait_s("ratna", "10.0.0.5", START) == 0


def test_memory_stays_bounded_under_made_up_names():
    delays = LoginDelays()
    for number in range(10_050):
        delays.note_wrong(f"nama{number}", "10.0.0.5", START)
    assert len(delays._tries) <= 10_000
