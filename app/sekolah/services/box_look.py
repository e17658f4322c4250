"""What the box shows at a glance: asked for rarely, never on a student's way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from app.domain.box_actions import Glance
from app.domain.refusals import Refusal
from app.services import box

FRESH_S = 15.0
PATIENCE_S = 10.0


class BoxLook:
    """The latest glance of one process."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._asked_at = float("-inf")
        self._took = 0.0
        self._said: dict[str, Any] = {}

    def glance(self) -> dict[str, Any]:
        """What the box said lately; empty where there is no box, or it does not answer.

        A box that takes longer is left alone for as long as it took: asked again at once it would never catch up.
        """
        if not box.is_here():
            return {}
        with self._lock:
            began = self._seconds()
            if began - self._asked_at > max(FRESH_S, self._took):
                try:
                    self._said = box.ask(Glance(), patience_s=PATIENCE_S)
                except Refusal:
                    self._said = {}
                self._asked_at = self._seconds()
                self._took = self._asked_at - began
            return self._said

    def latest(self, start: Callable[[str, Callable[[], object]], None]) -> dict[str, Any]:
        """What is known, at once; `start` renews it in a thread when it is old, for a page that must not wait."""
        said = self._said
        if box.is_here() and self._seconds() - self._asked_at > FRESH_S and not self._lock.locked():
            start("box-look", self.glance)
        return said

    def forget(self) -> None:
        """Ask again next time: something was changed."""
        self._asked_at = float("-inf")
