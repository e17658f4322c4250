"""A visible place in the queue for whoever must wait, without holding a server thread.

At most `at_once` are served at a time. Whoever comes then is told his place and when to ask again; asking again keeps
the place, and who does not ask any more loses it. Saves never stand in this line.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.domain.refusals import Refusal
from app.domain.wording import N_

LEAVES_AFTER_S = 10.0  # who has not asked for so long has gone
SERVED_PER_S = 100  # a careful guess, only for "ask again in …"
MOST_WAITING = 10_000


class Line:
    """Who waits, in the order of coming. `monotonic` gives seconds that never go back."""

    def __init__(self, at_once: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._at_once = at_once
        self._monotonic = monotonic
        self._served = 0
        self._waiting: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, who: str) -> Iterator[None]:
        """Be served now, or be refused (S-107, 503) with `place` and `retry_after_s`."""
        place = self._ask(who)
        if place:
            wait_s = 1 + place // SERVED_PER_S
            raise Refusal(
                "S-107",
                N_("Banyak peserta masuk bersamaan. Anda nomor %(place)s dalam antrean."),
                N_("Tunggu di halaman ini. Anda akan masuk dengan sendirinya, dan waktu ujian belum berjalan."),
                status=503,
                values={"place": place},
                extra={"place": place, "retry_after_s": wait_s},
            )
        try:
            yield
        finally:
            with self._lock:
                self._served -= 1

    def _ask(self, who: str) -> int:
        """0 if it is this one's turn, else the place, counted from 1."""
        now = self._monotonic()
        with self._lock:
            self._forget_gone(now)
            free = self._at_once - self._served
            if free > 0 and (who in self._first(free) or len(self._waiting) < free):
                self._waiting.pop(who, None)
                self._served += 1
                return 0
            if who in self._waiting or len(self._waiting) < MOST_WAITING:
                self._waiting[who] = now
            for place, other in enumerate(self._waiting, 1):
                if other == who:
                    return place
            return MOST_WAITING

    def _first(self, number: int) -> list[str]:
        return [who for who, _place in zip(self._waiting, range(number), strict=False)]

    def _forget_gone(self, now: float) -> None:
        """Only from the front: the front is what holds the others up."""
        while self._waiting:
            who, asked = next(iter(self._waiting.items()))
            if now - asked <= LEAVES_AFTER_S:
                return
            del self._waiting[who]
