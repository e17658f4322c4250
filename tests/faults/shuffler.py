"""A network that is not kind: it loses requests, loses answers, sends twice, late, and long after in another order."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

DEEDS = ("pass",) * 5 + ("lose", "lose-answer", "twice", "late", "again-later")
KEPT = 200


class Shuffler:
    """A proxy between browsers and the server. `deeds` counts what it has done."""

    def __init__(self, port: int, chance: random.Random) -> None:
        self.port = port
        self.listens = 0
        self.deeds: Counter[str] = Counter()
        self.answered_otherwise: list[str] = []  # repeats that were told something else than the first
        self._chance = chance
        self._kept: list[bytes] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.listens = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                request = await read_message(reader)
                answer = await self._treat(request)
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        writer.close()

    async def _treat(self, request: bytes) -> bytes | None:
        deed = self._chance.choice(DEEDS)
        self.deeds[deed] += 1
        if deed == "lose":  # its browser hears nothing; it may turn up later all the same
            self._kept.append(request)
            return None
        if deed == "late":
            await asyncio.sleep(self._chance.uniform(0.05, 0.5))
        if deed == "again-later" or len(self._kept) < KEPT:
            self._kept.append(request)
        if deed == "again-later":  # an old request of anybody, behind newer ones
            await self._forward(self._kept.pop(self._chance.randrange(len(self._kept))))
        if deed == "twice":
            first, second = await asyncio.gather(self._forward(request), self._forward(request))
            said = {one.partition(b"\r\n")[0].decode() for one in (first, second)}
            if len(said) > 1 or any(" 5" in line for line in said):
                self.answered_otherwise.append(" | ".join(sorted(said)))
        answer = await self._forward(request)
        return None if deed == "lose-answer" else answer

    async def _forward(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            return await read_message(reader)
        finally:
            writer.close()


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """A whole request or answer with a length."""
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return head + await reader.readexactly(int(line[15:]))
    return head
