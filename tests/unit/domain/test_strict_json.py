"""JSON from outside: what every reader understands alike is read, all else is refused in words."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.refusals import Refusal
from app.domain.strict_json import DEEPEST, parse_json_strictly

ROOM = 2**20


def outcome(raw: bytes) -> object:
    """What `raw` is read as, or its refusal."""
    try:
        return parse_json_strictly(raw, ROOM)
    except Refusal as caught:
        return caught


def code_for(raw: bytes, max_bytes: int = ROOM) -> str:
    with pytest.raises(Refusal) as caught:
        parse_json_strictly(raw, max_bytes)
    assert caught.value.remedy
    return caught.value.code


def test_a_message_of_ours_is_read() -> None:
    raw = b'{"items":[{"sequence":1,"question":"q1","value":{"r1":["k1"]},"doubtful":false,"age_ms":12}]}'
    assert parse_json_strictly(raw, ROOM) == json.loads(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{}{}",
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        b'{"a":1,"a":2}',
        b'[{"b":{"a":1,"\\u0061":2}}]',
        b"NaN",
        b"[Infinity]",
        b'{"a":-Infinity}',
        b"1e999",
        b"1" * 5_000,
        b"'a'",
        b'"\x00"',
        b"[1,]",
    ],
)
def test_what_readers_could_understand_differently_is_refused(raw: bytes) -> None:
    assert code_for(raw) == "S-120"


def test_more_bytes_than_allowed_are_refused_before_reading() -> None:
    assert parse_json_strictly(b"[1]", 3) == [1]
    assert code_for(b"[11]", 3) == "S-121"
    with pytest.raises(Refusal) as caught:
        parse_json_strictly(b"[11]", 3)
    assert caught.value.status == 413


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_nesting_is_allowed_to_a_depth_and_no_deeper(opening: str, closing: str) -> None:
    def nested(depth: int) -> bytes:
        return (opening * depth + "1" + closing * depth).encode()

    parse_json_strictly(nested(DEEPEST), ROOM)
    assert code_for(nested(DEEPEST + 1)) == "S-128"
    assert code_for(nested(100_000)) == "S-128"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(VALUES)
def test_every_ordinary_value_comes_back_as_it_was(value: object) -> None:
    read = outcome(json.dumps(value).encode())
    assert read == value or (isinstance(read, Refusal) and read.code == "S-128")


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_a_refusal(raw: bytes) -> None:
    read = outcome(raw)
    assert not isinstance(read, Refusal) or read.code in {"S-120", "S-128"}
