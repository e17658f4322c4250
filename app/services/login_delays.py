"""Growing waits after wrong passwords, per account and address together.

A class behind one address is never shut out: the wait counts for one account from one address only, and it ends by
itself. Counts live in the memory of the process; several processes only make the guesser's life a little less bad.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

FREE_TRIES = 3
LONGEST_WAIT_S = 300
FORGET_AFTER = timedelta(minutes=30)
MOST_KEPT = 10_000


@dataclass(slots=True)
class _Tries:
    wrong: int
    last: datetime


class LoginDelays:
    """Counts wrong tries and says how long the next one must wait."""

    def __init__(self) -> None:
        self._tries: dict[tuple[str, str], _Tries] = {}
        self._lock = Lock()

    def wait_s(self, account: str, address: str, now: datetime) -> int:
        """Whole seconds until the next try is looked at; 0 means now."""
        with self._lock:
            tries = self._tries.get((account, address))
            if tries is None or tries.wrong < FREE_TRIES or now - tries.last > FORGET_AFTER:
                return 0
            wait = min(1 << (tries.wrong - FREE_TRIES + 1), LONGEST_WAIT_S)
            left = (tries.last + timedelta(seconds=wait) - now).total_seconds()
            return max(0, min(wait, int(left + 0.999)))

    def note_wrong(self, account: str, address: str, now: datetime) -> None:
        """A wrong password was given."""
        with self._lock:
            if len(self._tries) >= MOST_KEPT:
                self._forget_old(now)
            tries = self._tries.get((account, address))
            if tries is None or now - tries.last > FORGET_AFTER:
                tries = self._tries[(account, address)] = _Tries(0, now)
            tries.wrong += 1
            tries.last = now

    def note_right(self, account: str, address: str) -> None:
        """The right password was given: the count starts again."""
        with self._lock:
            self._tries.pop((account, address), None)

    def _forget_old(self, now: datetime) -> None:
        self._tries = {key: tries for key, tries in self._tries.items() if now - tries.last <= FORGET_AFTER}
        while len(self._tries) >= MOST_KEPT:
            self._tries.pop(next(iter(self._tries)))
