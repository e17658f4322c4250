"""Codes are read kindly, mistakes are found and named by group, and tokens are the same on both sides."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain import codes, entry_token, student_passwords
from app.domain.protocol_refusals import ProtocolRefusal
from app.domain.typed_alphabet import ALPHABET, normalise

secrets = st.binary(min_size=10, max_size=10)
keys = st.binary(min_size=32, max_size=32)
characters = st.sampled_from(ALPHABET)
QUARTER = entry_token.QUARTER_MS


def refused(reason: str) -> Any:
    return pytest.raises(ProtocolRefusal, check=lambda error: error.reason == reason)


def test_the_alphabet_has_32_characters_and_none_that_are_confused() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)


@given(secrets)
def test_a_code_read_back_is_the_code(secret: bytes) -> None:
    text = codes.format_code(secret)
    assert [len(group) for group in text.split("-")] == [5, 5, 5, 5]
    assert codes.parse_code(text) == secret


@given(secrets, st.sampled_from(["", " ", "-", " – ", ".", "\u00a0", "\n", "\t", "_"]), st.booleans(), st.booleans())
def test_a_code_is_read_in_any_dress(secret: bytes, between: str, lower: bool, full_width: bool) -> None:
    text = between.join(codes.format_code(secret).split("-"))
    text = text.replace("0", "O", 1).replace("1", "l", 1).replace("1", "I", 1)
    if lower:
        text = text.lower()
    if full_width:
        text = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)
    assert codes.parse_code(f"  {text} ") == secret


@given(secrets, st.integers(0, 19), characters)
def test_one_wrong_character_names_its_group(secret: bytes, place: int, wrong: str) -> None:
    plain = codes.format_code(secret).replace("-", "")
    assume(plain[place] != wrong)
    with refused("code-group") as caught:
        codes.parse_code(plain[:place] + wrong + plain[place + 1 :])
    assert caught.value.values == {"groups": str(place // 5 + 1)}


@given(secrets, st.integers(0, 3), st.integers(0, 4), st.integers(0, 4))
def test_two_characters_exchanged_within_a_group_are_noticed(secret: bytes, group: int, one: int, two: int) -> None:
    plain = list(codes.format_code(secret).replace("-", ""))
    one, two = group * 5 + one, group * 5 + two
    assume(plain[one] != plain[two])
    plain[one], plain[two] = plain[two], plain[one]
    assert codes.wrong_groups("".join(plain)) == [group + 1]


@given(secrets, st.permutations(range(4)))
def test_groups_in_another_order_are_noticed(secret: bytes, order: list[int]) -> None:
    groups = codes.format_code(secret).split("-")
    expected = [place for place, origin in enumerate(order, 1) if origin != place - 1]
    assert codes.wrong_groups("-".join(groups[origin] for origin in order)) == expected


@given(secrets, st.integers(0, 3))
def test_a_group_with_a_missing_character_is_named(secret: bytes, place: int) -> None:
    groups = codes.format_code(secret).split("-")
    groups[place] = groups[place][:-1]
    assert codes.wrong_groups("-".join(groups)) == [place + 1]
    with refused("code-length") as caught:
        codes.parse_code("".join(groups))
    assert caught.value.values == {"expected": 20, "found": 19}


@pytest.mark.parametrize("typed", ["", "A", "7KQ2M", "x" * 1_000_000, "\0" * 20, "UUUUU-UUUUU-UUUUU-UUUUU", "💥" * 20])
def test_nonsense_is_refused_and_never_repeated_back(typed: str) -> None:
    with pytest.raises(ProtocolRefusal) as caught:
        codes.parse_code(typed)
    assert caught.value.reason in ("code-length", "code-group")
    assert "UUUUU" not in str(caught.value)


def test_a_code_has_80_bits() -> None:
    assert len(codes.new_code()) * 8 == 80
    assert len({codes.new_code() for _ in range(100)}) == 100
    with pytest.raises(ValueError, match="10 bytes"):
        codes.format_code(bytes(9))


@given(keys, st.integers(0, 2**45))
def test_a_token_is_accepted_in_its_quarter_and_the_next_and_not_after(key: bytes, exam_ms: int) -> None:
    token, until_ms = entry_token.current_token(key, exam_ms)
    assert len(token) == 6
    assert set(token) <= set(ALPHABET)
    assert 0 < until_ms - exam_ms <= QUARTER
    assert until_ms % QUARTER == 0
    assert entry_token.accepts(key, token, exam_ms)
    assert entry_token.accepts(key, token, until_ms - 1)
    assert entry_token.accepts(key, token, until_ms + QUARTER - 1)
    following = {entry_token.current_token(key, until_ms + step * QUARTER)[0] for step in (0, 1)}
    assume(token not in following)
    assert not entry_token.accepts(key, token, until_ms + QUARTER)


@given(keys, st.integers(0, 2**45))
def test_the_token_of_the_future_is_not_yet_accepted(key: bytes, exam_ms: int) -> None:
    coming, _ = entry_token.current_token(key, exam_ms + QUARTER)
    known = {entry_token.current_token(key, exam_ms - step * QUARTER)[0] for step in (0, 1)}
    assume(coming not in known)
    assert not entry_token.accepts(key, coming, exam_ms)


def test_school_and_centre_compute_this_token() -> None:
    """A fixed value: if it changes, a school and a centre of different versions no longer agree."""
    token, until_ms = entry_token.current_token(bytes(range(32)), 1_795_393_800_000)
    assert (token, until_ms) == ("YM9MT7", 1_795_394_700_000)


@pytest.mark.parametrize("dress", [str.lower, lambda text: f" {text[:3]} {text[3:]}\n", lambda text: "-".join(text)])
def test_a_token_is_read_in_any_dress(dress: Any) -> None:
    key = bytes(32)
    token, _ = entry_token.current_token(key, 10**12)
    assert entry_token.accepts(key, dress(token), 10**12)
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in token)
    assert entry_token.accepts(key, wide, 10**12)


@given(st.text(max_size=50))
def test_any_text_may_be_typed_as_a_token_or_password(typed: str) -> None:
    key = bytes(32)
    expected = normalise(typed) in {entry_token.current_token(key, ms)[0] for ms in (10**12, 10**12 - QUARTER)}
    assert entry_token.accepts(key, typed, 10**12) == expected
    stored = student_passwords.verifier(key, "s", "1", "7KQ2MX4T")
    assert student_passwords.matches(stored, key, "s", "1", typed) == (normalise(typed) == "7KQ2MX4T")


@pytest.mark.parametrize("typed", ["\ud800", "A" * 1_000_000, "\0", "ABCDEF\ud800"])
def test_half_characters_and_a_megabyte_are_just_wrong(typed: str) -> None:
    assert not entry_token.accepts(bytes(32), typed, 0)
    stored = student_passwords.verifier(bytes(32), "s", "1", "7KQ2MX4T")
    assert not student_passwords.matches(stored, bytes(32), "s", "1", typed)


@given(st.binary(min_size=5, max_size=5))
def test_a_password_has_eight_characters_and_40_bits(chance: bytes) -> None:
    password = student_passwords.new_password(lambda size: chance[:size])
    assert len(password) == 8
    assert set(password) <= set(ALPHABET)
    number = 0
    for letter in password:
        number = number * 32 + ALPHABET.index(letter)
    assert number.to_bytes(5, "big") == chance


def test_a_verifier_is_bound_to_pepper_sitting_number_and_password() -> None:
    variants = {
        student_passwords.verifier(pepper, sitting, number, password)
        for pepper in (bytes(32), bytes(31) + b"\1")
        for sitting in ("s1", "s11")
        for number in ("1", "11")
        for password in ("7KQ2MX4T", "7KQ2MX4V")
    }
    assert len(variants) == 16
    dressed = student_passwords.verifier(bytes(32), "s1", "1", " 7kq2-mx4t ")
    assert dressed == student_passwords.verifier(bytes(32), "s1", "1", "7KQ2MX4T")
