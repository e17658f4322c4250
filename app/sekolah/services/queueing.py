"""A visible place in the queue for whoever must wait, without holding a server thread.

At most `at_once` are served at a time. Whoever comes then stands for a moment, and if no turn gets free is told his
place and when to ask again; asking again keeps the place, and who does not ask any more loses it. A free turn is never
kept for somebody who is not here: whoever asks takes it if he is among the `abreast` first, about a second's worth.
Kept for the very first, it would stay empty until he asks again, and the line would stand still. No save stands here.
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
STANDS_S = 0.3  # a crowd of a moment is gone by then, and nobody is sent away for it


class Line:
    """Who waits, in the order of coming. `monotonic` gives seconds that never go back."""

    def __init__(
        self, at_once: int, monotonic: Callable[[], float] = time.monotonic, *, abreast: int = SERVED_PER_S
    ) -> None:
        self._at_once = at_once
        self._abreast = abreast
        self._monotonic = monotonic
        self._served = 0
        self._waiting: OrderedDict[str, float] = OrderedDict()
        self._standing = 0
        self._lock = threading.Condition()

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
                self._lock.notify()

    def _ask(self, who: str) -> int:
        """0 if it is this one's turn, else the place, counted from 1."""
        now = self._monotonic()
        with self._lock:
            self._forget_gone(now)
            self._stand()
            if self._is_free() and (len(self._waiting) < self._abreast or who in self._first(self._abreast)):
                self._waiting.pop(who, None)
                self._served += 1
                return 0
            if who in self._waiting or len(self._waiting) < MOST_WAITING:
                self._waiting[who] = now
            for place, other in enumerate(self._waiting, 1):
                if other == who:
                    return place
            return MOST_WAITING

    def _stand(self) -> None:
        """Wait a moment for a turn; fewer do so than are served, so that threads are left to tell the others."""
        if self._is_free() or self._standing >= self._at_once - 1:
            return
        self._standing += 1
        try:
            self._lock.wait_for(self._is_free, STANDS_S)
        finally:
            self._standing -= 1

    def _is_free(self) -> bool:
        return self._served < self._at_once

    def _first(self, number: int) -> list[str]:
        return [who for who, _place in zip(self._waiting, range(number), strict=False)]

    def _forget_gone(self, now: float) -> None:
        """Only from the front: the front is what holds the others up."""
        while self._waiting:
            who, asked = next(iter(self._waiting.items()))
            if now - asked <= LEAVES_AFTER_S:
                return
            del self._waiting[who]
