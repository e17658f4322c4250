"""The streaming seal: a payload of any size under one key, read and written in constant memory.

    "guyub-seal 1\\n", 7 random bytes, then chunks of 64 KiB plaintext (the last may be shorter), each with its tag

ChaCha20-Poly1305 with the nonce of the STREAM construction: 7 random bytes, the chunk's index (32 bit), and one byte
that is 1 in the last chunk only. The header and the caller's context are additional data of every chunk. So a chunk
that is changed, moved, repeated, dropped, or appended is refused; so is a stream that ends early. Nothing is given out
before its own chunk is proven, but only the end proves that all is there: whoever stores what is read keeps it aside
until reading ends without refusal.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from app.domain.protocol_refusals import refuse

MAGIC = b"guyub-seal 1\n"
CHUNK = 64 * 1024
TAG = 16
PREFIX = 7
MAX_CHUNKS = 2**32

RandomBytes = Callable[[int], bytes]


def seal(
    source: BinaryIO, sink: BinaryIO, key: bytes, bound_to: bytes, random_bytes: RandomBytes = secrets.token_bytes
) -> int:
    """Seal all of `source` into `sink`; gives the plaintext's size in bytes. `key` (32 bytes) is used this once."""
    header = MAGIC + random_bytes(PREFIX)
    sink.write(header)
    cipher, total, index = ChaCha20Poly1305(key), 0, 0
    chunk = read_fully(source, CHUNK)
    while True:
        following = read_fully(source, CHUNK) if len(chunk) == CHUNK else b""
        last = not following
        sink.write(cipher.encrypt(_nonce(header, index, last=last), chunk, header + bound_to))
        total += len(chunk)
        if last:
            return total
        chunk, index = following, index + 1


class SealedReader(io.RawIOBase):
    """A readable stream of the plaintext; refuses `payload-damaged` where the first wrong chunk begins."""

    def __init__(self, source: BinaryIO, key: bytes, bound_to: bytes) -> None:
        super().__init__()
        self._source = source
        self._cipher = ChaCha20Poly1305(key)
        self._header = read_fully(source, len(MAGIC) + PREFIX)
        if len(self._header) != len(MAGIC) + PREFIX or not self._header.startswith(MAGIC):
            raise refuse("payload-damaged")
        self._data = self._header + bound_to
        self._following = read_fully(source, CHUNK + TAG)
        self._plain = memoryview(b"")
        self._index = 0
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        if not self._plain and not self._ended:
            self._next_chunk()
        view = memoryview(target).cast("B")
        given = min(len(view), len(self._plain))
        view[:given] = self._plain[:given]
        self._plain = self._plain[given:]
        return given

    def _next_chunk(self) -> None:
        chunk = self._following
        self._following = read_fully(self._source, CHUNK + TAG) if len(chunk) == CHUNK + TAG else b""
        last = not self._following
        try:
            plain = self._cipher.decrypt(_nonce(self._header, self._index, last=last), chunk, self._data)
        except InvalidTag as error:
            raise refuse("payload-damaged") from error
        if not plain and self._index:
            raise refuse("payload-damaged")  # an empty chunk stands only for an empty payload
        self._plain, self._index, self._ended = memoryview(plain), self._index + 1, last


def open_seal(source: BinaryIO, key: bytes, bound_to: bytes) -> BinaryIO:
    """The plaintext of `source` as a buffered stream. Read it to its end: see the module's text."""
    return io.BufferedReader(SealedReader(source, key, bound_to), CHUNK)


def read_fully(source: BinaryIO, size: int) -> bytes:
    """`size` bytes, or fewer only at the end: `read` of a raw stream may give less than it has."""
    chunk = source.read(size)
    while 0 < len(chunk) < size:
        more = source.read(size - len(chunk))
        if not more:
            break
        chunk += more
    return chunk


def _nonce(header: bytes, index: int, *, last: bool) -> bytes:
    if index >= MAX_CHUNKS:
        raise refuse("too-large")
    return header[len(MAGIC) :] + index.to_bytes(4, "big") + (b"\x01" if last else b"\x00")
