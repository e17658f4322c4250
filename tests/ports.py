"""Ports for the servers that tests start: no two processes of a test run, nor two runs on one machine, share one.

A port that the kernel gives and takes back may be somebody else's a moment later, while our server still starts. So
each process takes a block for itself, below the ports that the kernel gives to others, and keeps it by a file lock that
ends with the process.
"""

from __future__ import annotations

import fcntl
import getpass
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from itertools import cycle
from pathlib import Path

FIRST, BLOCKS, BLOCK = 20_000, 50, 200


def free_port(neighbours: int = 1) -> int:
    """A port of ours that nobody uses now, with as many behind it as are asked for."""
    for _attempt in range(BLOCK):
        ports = [next(_ours()) for _place in range(neighbours)]
        if ports[-1] - ports[0] == neighbours - 1 and all(_is_free(port) for port in ports):
            return ports[0]
    raise AssertionError("no port of ours is free")


@cache
def _ours() -> Iterator[int]:
    """The ports of this process, over and over: a port comes back only after all others."""
    block = _take_block()
    return cycle(range(FIRST + block * BLOCK, FIRST + (block + 1) * BLOCK))


def _take_block() -> int:
    folder = Path(tempfile.gettempdir()) / f"guyub-test-ports-{getpass.getuser()}"
    folder.mkdir(exist_ok=True)
    for block in range(BLOCKS):
        kept = os.open(folder / str(block), os.O_RDWR | os.O_CREAT, 0o600)  # open, and so locked, until the end
        with suppress(BlockingIOError):
            fcntl.flock(kept, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return block
        os.close(kept)
    raise AssertionError("too many test runs at once")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
