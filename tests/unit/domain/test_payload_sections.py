"""A payload is a table and exactly the bytes it names."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sealed_example import paper_bytes

from app.domain import canonical, payloads
from app.domain.payloads import MAGIC, Section
from app.domain.protocol_refusals import ProtocolRefusal
from tests.payload_sections import read_all

PICTURE = payloads.media_name("ab" * 32 + ".png")


def refused(reason: str) -> Any:
    return pytest.raises(ProtocolRefusal, check=lambda error: error.reason == reason)


def payload(**sections: bytes) -> bytes:
    return payloads.payload_stream([payloads.source_of(name, data) for name, data in sections.items()]).read()


def with_table(table: dict[str, Any], rest: bytes) -> bytes:
    written = canonical.dumps(table)
    return MAGIC + len(written).to_bytes(4, "big") + written + rest


def entry(name: str, data: bytes, **changes: object) -> dict[str, Any]:
    section = payloads.source_of(PICTURE, data).section
    return {"name": name, "size": section.size, "sha256": section.sha256, **changes}


@given(st.dictionaries(st.integers(0, 2**64).map(lambda number: f"media/{number:064x}.mp3"), st.binary(max_size=200)))
def test_what_was_written_is_what_is_read(sections: dict[str, bytes]) -> None:
    assert read_all(io.BytesIO(payload(**sections))) == sections


def test_paper_media_and_logins_may_lie_in_a_payload() -> None:
    names = {payloads.paper_name("0" * 64): paper_bytes(), PICTURE: b"x" * 100_000, payloads.LOGINS: b"{}"}
    assert read_all(io.BytesIO(payload(**names))) == names


@pytest.mark.parametrize(
    "name",
    ["../etc/passwd", "media/../x", "/media/x", "media/" + "a" * 64 + ".png/..", "papers/a.json", "", "media/x.png"],
)
def test_a_name_that_could_point_elsewhere_is_refused(name: str) -> None:
    with refused("bad-field"):
        read_all(io.BytesIO(with_table({"schema": 1, "sections": [entry(name, b"x")]}, b"x")))
    with refused("bad-field"):
        payload(**{name: b"x"})


@pytest.mark.parametrize(
    ("table", "rest", "reason"),
    [
        ({"schema": 1, "sections": [entry(PICTURE, b"abc")]}, b"ab", "payload-malformed"),
        ({"schema": 1, "sections": [entry(PICTURE, b"abc")]}, b"abcd", "payload-malformed"),
        ({"schema": 1, "sections": [entry(PICTURE, b"abc")]}, b"abd", "payload-malformed"),
        ({"schema": 1, "sections": [entry(PICTURE, b"abc", size=-1)]}, b"", "bad-field"),
        ({"schema": 1, "sections": [entry(PICTURE, b"a"), entry(PICTURE, b"b")]}, b"ab", "payload-malformed"),
        ({"schema": 1, "sections": [entry(PICTURE, b"a", mode="0777")]}, b"a", "bad-field"),
        ({"schema": 2, "sections": []}, b"", "future-schema"),
        ({"schema": True, "sections": []}, b"", "bad-field"),
        ({"sections": []}, b"", "bad-field"),
    ],
)
def test_a_table_that_does_not_fit_its_bytes_is_refused(table: dict[str, Any], rest: bytes, reason: str) -> None:
    with refused(reason):
        read_all(io.BytesIO(with_table(table, rest)))


@pytest.mark.parametrize("data", [b"", MAGIC, MAGIC + b"\xff\xff\xff\xff", b"PK\x03\x04" + bytes(40)])
def test_bytes_that_are_no_payload_are_refused(data: bytes) -> None:
    with refused("payload-malformed"):
        read_all(io.BytesIO(data))


def test_a_section_with_a_wrong_hash_never_ends_well_for_whoever_stores_it() -> None:
    stored: list[bytes] = []

    def keep(section: Section, pieces: Iterator[bytes]) -> None:
        stored.append(b"".join(pieces))

    with refused("payload-malformed"):
        payloads.read_payload(io.BytesIO(with_table({"schema": 1, "sections": [entry(PICTURE, b"abc")]}, b"abd")), keep)
    assert stored == []


def test_a_reader_that_leaves_a_section_unread_is_told_so() -> None:
    with pytest.raises(ValueError, match="not read to its end"):
        payloads.read_payload(io.BytesIO(payload(**{PICTURE: b"abc"})), lambda *_: None)


def test_a_file_that_changes_while_it_is_sealed_stops_the_sealing() -> None:
    contents = iter([b"eins", b"zwei"])
    changing = payloads.source(PICTURE, lambda: io.BytesIO(next(contents)))
    with pytest.raises(ValueError, match="changed while"):
        payloads.payload_stream([changing]).read()
