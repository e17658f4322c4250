"""Keeps transfers under the cap that the school set, so that lessons still have a line while packages come.

One pace for the whole process: several transfers at once share it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import lru_cache

SHORTEST_WAIT_S = 0.02
SLICE_S = 0.5  # a slice of a body is what passes in this time


class Pace:
    """Lets `bytes_per_s` bytes pass in a second on average; whoever is ahead waits."""

    def __init__(
        self,
        bytes_per_s: float,
        seconds: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.bytes_per_s = bytes_per_s
        self._seconds, self._wait = seconds, wait
        self._lock = threading.Lock()
        self._free_at = seconds()

    @property
    def slice(self) -> int:
        """Bytes that pass in half a second, at least 1 KiB."""
        return max(1024, int(self.bytes_per_s * SLICE_S))

    def take(self, count: int) -> None:
        """Wait until `count` bytes more may have passed."""
        with self._lock:
            now = self._seconds()
            self._free_at = max(self._free_at, now) + count / self.bytes_per_s
            ahead = self._free_at - now
        if ahead > SHORTEST_WAIT_S:
            self._wait(ahead)

    def slices(self, body: bytes) -> Iterator[bytes]:
        """A body in slices, each let through when its time has come."""
        for start in range(0, len(body), self.slice):
            piece = body[start : start + self.slice]
            self.take(len(piece))
            yield piece


@lru_cache(maxsize=4)
def pace_of(kbps: int) -> Pace | None:
    """This process's pace for a cap in kbit/s; None for 0, which is no cap."""
    return Pace(kbps * 125) if kbps else None
