"""Slows down guessing without shutting anybody out: after a few wrong tries a short, growing wait.

Counted per person and address in the memory of the process, bounded in number. The wait ends by itself and is never
longer than `LONGEST_WAIT_S`; tries made meanwhile are not looked at and do not lengthen it. It never locks an account.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from app.domain.refusals import Refusal
from app.domain.wording import N_

FREE_TRIES = 3
LONGEST_WAIT_S = 8
FORGET_AFTER_S = 600
MOST_KEPT = 20_000


@dataclass(slots=True)
class _Tries:
    wrong: int
    last: float


class Guesses:
    """Wrong tries by key. `monotonic` gives seconds that never go back."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._tries: OrderedDict[tuple[str, ...], _Tries] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, code: str, *key: str) -> None:
        """Refuse (429, with `retry_after_s`) while this key has to wait."""
        wait_s = self.wait_s(*key)
        if wait_s > 0:
            raise Refusal(
                code,
                N_("Terlalu sering salah. Tunggu %(seconds)s detik sebelum mencoba lagi."),
                N_("Periksa tulisan pada kartu atau papan, lalu ketik pelan-pelan."),
                status=429,
                values={"seconds": wait_s},
                extra={"retry_after_s": wait_s},
            )

    def wait_s(self, *key: str) -> int:
        """Whole seconds until the next try is looked at; 0 means now."""
        with self._lock:
            tries = self._tries.get(key)
            if tries is None or tries.wrong < FREE_TRIES:
                return 0
            passed = self._monotonic() - tries.last
            if passed > FORGET_AFTER_S:
                del self._tries[key]
                return 0
            wait = min(1 << min(tries.wrong - FREE_TRIES, 10), LONGEST_WAIT_S)
            return max(0, math.ceil(wait - passed))

    def note_wrong(self, *key: str) -> None:
        """A try was wrong."""
        with self._lock:
            tries = self._tries.setdefault(key, _Tries(0, 0.0))
            tries.wrong += 1
            tries.last = self._monotonic()
            self._tries.move_to_end(key)
            while len(self._tries) > MOST_KEPT:
                self._tries.popitem(last=False)

    def note_right(self, *key: str) -> None:
        """A try was right: the count starts again."""
        with self._lock:
            self._tries.pop(key, None)
