"""What the box shows at a glance, and whether it is set up: asked for rarely, never on a student's way.

That a box is set up is noted beside the data once it is known, so that after a restart nobody has to ask.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.domain.box_actions import Glance
from app.domain.refusals import Refusal
from app.services import box

FRESH_S, FRESH_WHILE_SETTING_UP_S = 15.0, 2.0
PATIENCE_S = 10.0
MARK = "box-is-set-up"


class BoxLook:
    """The latest glance of one process."""

    def __init__(self, data_dir: Path, seconds: Callable[[], float] = time.monotonic) -> None:
        self._mark = data_dir / MARK
        self._seconds = seconds
        self._lock = threading.Lock()
        self._asked_at = float("-inf")
        self._took = 0.0
        self._said: dict[str, Any] = {}
        self._set_up = False

    def glance(self, fresh_s: float = FRESH_S) -> dict[str, Any]:
        """What the box said within the last `fresh_s` seconds; empty where there is no box, or it does not answer.

        A box that takes longer is left alone for as long as it took: asked again at once it would never catch up.
        """
        if not box.is_here():
            return {}
        with self._lock:
            began = self._seconds()
            if began - self._asked_at > max(fresh_s, self._took):
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

    def waits_for_set_up(self) -> bool:
        """Whether this is a box that nobody has set up. Asks nobody once that is known."""
        if self._set_up:
            return False
        if self._mark.exists():
            self._set_up = True
            return False
        said = self.glance(FRESH_WHILE_SETTING_UP_S)
        if said.get("set_up"):
            self._mark.touch()
            self._set_up = True
        return bool(said) and not self._set_up

    def forget(self) -> None:
        """Ask again next time: something was changed."""
        self._asked_at = float("-inf")
