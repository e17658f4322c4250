"""A small HTTP/1.1 client for asyncio: one connection, one request at a time, and a count of the bytes on the wire."""

from __future__ import annotations

import asyncio
import gzip
import json
from dataclasses import dataclass
from typing import Any, cast

GZIP = "Accept-Encoding: gzip\r\n"


class GoneError(Exception):
    """The connection ended before the whole answer was there."""


@dataclass(slots=True)
class Answer:
    """A whole answer. Header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def text(self) -> str:
        """The body, unpacked if it came compressed. Raises UnicodeDecodeError for what is no text."""
        packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()

    def json(self) -> Any:
        """The body as data."""
        return json.loads(self.text())


class Connection(asyncio.Protocol):
    """Opened with `connect`. `sent` and `received` are bytes of HTTP, without those of TCP and IP."""

    def __init__(self) -> None:
        self.sent = self.received = self.requests = 0
        self._transport: asyncio.Transport | None = None
        self._data = b""
        self._waiter: asyncio.Future[Answer] | None = None

    @classmethod
    async def connect(cls, port: int, host: str = "127.0.0.1") -> Connection:
        """A connection to a port."""
        _transport, protocol = await asyncio.get_running_loop().create_connection(cls, host, port)
        return protocol

    @property
    def open(self) -> bool:
        """Whether it can carry another request."""
        return self._transport is not None and not self._transport.is_closing()

    async def request(
        self, method: str, path: str, body: bytes | None = None, bearer: str = "", more: str = ""
    ) -> Answer:
        """Send a request and wait for its answer; `more` are further header lines. Raises GoneError."""
        if self._transport is None or not self.open:
            raise GoneError
        head = f"{method} {path} HTTP/1.1\r\nHost: guyub.test\r\n{more}"
        if bearer:
            head += f"Authorization: Bearer {bearer}\r\n"
        if body is not None:
            kind = "" if "Content-Type" in more else "Content-Type: application/json\r\n"
            head += f"{kind}Content-Length: {len(body)}\r\n"
        data = head.encode() + b"\r\n" + (body or b"")
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        self.sent += len(data)
        self.requests += 1
        return await self._waiter

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _error: Exception | None) -> None:
        """Called by asyncio."""
        self._transport = None
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(GoneError())

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self.received += len(data)
        self._data += data
        answer = self._whole()
        if answer is not None:
            self._data = b""
            if self._waiter is not None and not self._waiter.done():
                self._waiter.set_result(answer)

    def _whole(self) -> Answer | None:
        head, gap, rest = self._data.partition(b"\r\n\r\n")
        if not gap:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines)}
        status = int(first.split(" ", 2)[1])
        if headers.get("transfer-encoding") == "chunked":
            body = _unchunk(rest)
            return None if body is None else Answer(status, headers, body)
        length = int(headers.get("content-length", 0)) if status not in {204, 304} else 0
        return Answer(status, headers, rest) if len(rest) >= length else None


def reached(host: str) -> str:
    """The address under which a server that listens at `host` is reached from its own machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound


def _unchunk(data: bytes) -> bytes | None:
    """The body of a chunked answer, or None while it is not whole."""
    body = b""
    while True:
        size, gap, rest = data.partition(b"\r\n")
        if not gap:
            return None
        length = int(size.split(b";")[0], 16)
        if len(rest) < length + 2:
            return None
        if length == 0:
            return body
        body += rest[:length]
        data = rest[length + 2 :]
