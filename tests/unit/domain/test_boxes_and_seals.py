"""A box opens for one key in one place; a seal shows every change, loss and addition."""

from __future__ import annotations

import io
import tracemalloc
from typing import Any, BinaryIO, cast

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.domain.boxing import MAGIC as BOX_MAGIC
from app.domain.boxing import box, context, unbox
from app.domain.protocol_refusals import ProtocolRefusal
from app.domain.sealing import CHUNK, MAGIC, PREFIX, TAG, open_seal, seal

ANTO = X25519PrivateKey.generate()
KEY = bytes(range(32))
PLACE = context("payload", "P1", "sesi-1", 1)
HEAD = len(MAGIC) + PREFIX


def refused(reason: str) -> Any:
    return pytest.raises(ProtocolRefusal, check=lambda error: error.reason == reason)


def sealed(plain: bytes, key: bytes = KEY, place: bytes = PLACE) -> bytes:
    sink = io.BytesIO()
    assert seal(io.BytesIO(plain), sink, key, place) == len(plain)
    return sink.getvalue()


def opened(data: bytes, key: bytes = KEY, place: bytes = PLACE) -> bytes:
    return open_seal(io.BytesIO(data), key, place).read()


def chunks(data: bytes) -> list[bytes]:
    body = data[HEAD:]
    return [body[start : start + CHUNK + TAG] for start in range(0, len(body), CHUNK + TAG)]


@given(st.binary(max_size=300), st.text(max_size=20))
def test_a_box_opens_for_its_key_and_place(plain: bytes, purpose: str) -> None:
    boxed = box(plain, ANTO.public_key(), context(purpose))
    assert unbox(boxed, ANTO, context(purpose)) == plain
    with refused("box-not-opened"):
        unbox(boxed, ANTO, context(purpose, "more"))
    with refused("box-not-opened"):
        unbox(boxed, X25519PrivateKey.generate(), context(purpose))


def test_every_bit_of_a_box_counts() -> None:
    boxed = box(b"rahasia", ANTO.public_key(), PLACE)
    for place in range(len(boxed)):
        for bit in range(8):  # the unused highest bit of the ephemeral key too
            changed = boxed[:place] + bytes([boxed[place] ^ 1 << bit]) + boxed[place + 1 :]
            with refused("box-not-opened"):
                unbox(changed, ANTO, PLACE)


def test_a_short_long_or_weak_box_is_refused() -> None:
    boxed = box(b"rahasia", ANTO.public_key(), PLACE)
    weak = BOX_MAGIC + bytes(32) + boxed[len(BOX_MAGIC) + 32 :]  # a point of small order
    for changed in [boxed[:length] for length in range(len(boxed))] + [boxed + b"\0", weak]:
        with refused("box-not-opened"):
            unbox(changed, ANTO, PLACE)


def test_no_two_contexts_look_alike() -> None:
    assert context("a", "bc") != context("ab", "c")
    assert context("a", "", "b") != context("a", "b", "")
    assert context("a", 1, 23) != context("a", 12, 3)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17])
def test_what_was_sealed_is_what_is_read(size: int) -> None:
    plain = bytes(number % 251 for number in range(size))
    data = sealed(plain)
    assert len(data) == len(MAGIC) + PREFIX + size + TAG * max(1, -(-size // CHUNK))
    assert opened(data) == plain


@given(st.binary(max_size=2000), st.lists(st.integers(1, 700), min_size=1, max_size=20))
def test_reading_in_any_steps_gives_the_same_bytes(plain: bytes, steps: list[int]) -> None:
    class Dripping(io.BytesIO):
        """A source that gives less than asked for, as a socket may."""

        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 7) if size and size > 0 else size)

    stream = open_seal(Dripping(sealed(plain)), KEY, PLACE)
    assert b"".join([stream.read(step) for step in steps] + [stream.read()]) == plain


def test_every_byte_of_a_seal_counts() -> None:
    data = sealed(b"soal nomor satu" * 20)
    for place in range(len(data)):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with refused("payload-damaged"):
            opened(changed)


def test_a_flip_in_each_chunk_of_a_larger_seal_is_refused() -> None:
    data = sealed(bytes(3 * CHUNK + 100))
    for place in range(HEAD, len(data), 4099):
        changed = data[:place] + bytes([data[place] ^ 0x80]) + data[place + 1 :]
        with refused("payload-damaged"):
            opened(changed)


def test_every_truncation_of_a_seal_is_refused() -> None:
    data = sealed(b"soal nomor satu" * 20)
    for length in range(len(data)):
        with refused("payload-damaged"):
            opened(data[:length])


@pytest.mark.parametrize("size", [CHUNK, 2 * CHUNK, 2 * CHUNK + 5])
def test_a_seal_cut_between_two_chunks_is_refused(size: int) -> None:
    data = sealed(bytes(size))
    for kept in range(len(chunks(data))):
        with refused("payload-damaged"):
            opened(data[:HEAD] + b"".join(chunks(data)[:kept]))


def test_chunks_exchanged_repeated_dropped_or_added_are_refused() -> None:
    data = sealed(bytes(3 * CHUNK + 9))
    one, two, three, last = chunks(data)
    for order in (
        [two, one, three, last],
        [one, one, two, three, last],
        [one, three, last],
        [one, two, last, three],
        [one, two, three, last, last],
        [one, two, three, last, b"\0" * TAG],
        [last],
    ):
        with refused("payload-damaged"):
            opened(data[:HEAD] + b"".join(order))


def test_a_chunk_of_another_seal_under_the_same_key_is_refused() -> None:
    first, second = sealed(bytes(2 * CHUNK)), sealed(bytes(2 * CHUNK))
    with refused("payload-damaged"):
        opened(first[:HEAD] + chunks(second)[0] + chunks(first)[1])


def test_an_extended_seal_is_refused() -> None:
    for more in (b"\0", b"\0" * TAG, bytes(CHUNK + TAG)):
        with refused("payload-damaged"):
            opened(sealed(b"pendek") + more)


@pytest.mark.parametrize(
    "place",
    [
        context("payload", "P2", "sesi-1", 1),
        context("payload", "P1", "sesi-2", 1),
        context("payload", "P1", "sesi-1", 2),
    ],
)
def test_a_seal_for_another_server_sitting_or_version_is_refused(place: bytes) -> None:
    with refused("payload-damaged"):
        opened(sealed(b"soal"), place=place)
    with refused("payload-damaged"):
        opened(sealed(b"soal"), key=bytes(32))


def test_nothing_of_a_wrong_chunk_is_given_out() -> None:
    data = sealed(b"A" * CHUNK + b"B" * CHUNK)
    changed = data[:-1] + bytes([data[-1] ^ 1])
    stream = open_seal(io.BytesIO(changed), KEY, PLACE)
    assert stream.read(CHUNK) == b"A" * CHUNK
    for _ in range(2):  # a second try gives no more than the first
        with refused("payload-damaged"):
            stream.read(1)


def test_sealing_needs_the_same_memory_for_any_size() -> None:
    class Zeros(io.RawIOBase):
        """As many zero bytes as wanted, never held."""

        left = 40 * 1024 * 1024

        def readable(self) -> bool:
            return True

        def readinto(self, target: Any) -> int:
            given = min(self.left, len(target))
            self.left -= given
            return given

    class Nowhere:
        def write(self, data: bytes) -> int:
            return len(data)

    tracemalloc.start()
    seal(cast("BinaryIO", io.BufferedReader(Zeros(), CHUNK)), cast("BinaryIO", Nowhere()), KEY, PLACE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * 1024 * 1024
