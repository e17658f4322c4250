"""An exam PC that is nothing but quick: it logs in, begins, and saves without pause, and remembers what it was told.

What it was told is kept stays outside the box, so that a box without power can be held to it.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.faults.history import History

PATIENCE_S = 20.0
PAUSE_S = 0.2


@dataclass
class QuickPc:
    """One student's PC. `paper` is what the browser was given; `history` what was sent and acknowledged."""

    url: str
    history: History
    attempt: int = 0
    sequence: int = 0
    acknowledged_at: float = 0.0
    questions: list[dict[str, Any]] = field(default_factory=list)
    _seat: str = ""
    _over: threading.Event = field(default_factory=threading.Event)
    _worker: threading.Thread | None = None

    def sit_down(self, number: str, password: str, token: str) -> QuickPc:
        """Login, token, *Mulai*."""
        ticket = self._told("POST", "/api/v1/login", {"number": number, "password": password})["ticket"]
        admitted = self._told("POST", "/api/v1/admission", {"token": token}, ticket)
        self.attempt, self._seat = int(admitted["attempt"]), admitted["seat"]
        begun = self._told("POST", f"/api/v1/attempts/{self.attempt}/start", {}, self._seat)
        self.questions = [one for one in self._told("GET", begun["paper"])["questions"] if one["type"] == "single"]
        return self

    def begin_saving(self) -> None:
        """Save and save again, until `stop`."""
        self._over.clear()
        self._worker = threading.Thread(target=self._save_on, daemon=True)
        self._worker.start()

    def stop(self) -> None:
        """The student leans back; what was not acknowledged stays unacknowledged."""
        self._over.set()
        if self._worker is not None:
            self._worker.join(2 * PATIENCE_S)

    def _save_on(self) -> None:
        while not self._over.is_set():
            self.sequence += 1
            question = self.questions[self.sequence % len(self.questions)]
            value = question["options"][self.sequence % len(question["options"])]["id"]
            self.history.note_sent(self.attempt, self.sequence, question["id"], value)
            item = {
                "sequence": self.sequence,
                "question": question["id"],
                "value": value,
                "doubtful": False,
                "age_ms": 0,
            }
            body = {"items": [item], "position": question["id"]}
            while not self._save(body) and not self._over.wait(PAUSE_S):
                pass
            self._over.wait(PAUSE_S)

    def _save(self, body: dict[str, Any]) -> bool:
        try:
            status, told = self._ask("POST", f"/api/v1/attempts/{self.attempt}/answers", body, self._seat)
        except (OSError, requests.RequestException):
            return False
        if status != 200 or self.sequence not in told["acknowledged"]:
            return False
        self.history.note_acknowledged(self.attempt, self.sequence)
        self.acknowledged_at = time.monotonic()
        return True

    def _told(self, method: str, path: str, body: dict[str, Any] | None = None, bearer: str = "") -> dict[str, Any]:
        """An answer that must come: asked again when told to wait."""
        for _try in range(60):
            status, told = self._ask(method, path, body, bearer)
            if status not in {429, 503}:
                break
            time.sleep(float(told.get("retry_after_s", 1)))
        assert status == 200, (path, status, told)
        return told

    def _ask(self, method: str, path: str, body: dict[str, Any] | None, bearer: str) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        answer = requests.request(method, self.url + path, json=body, headers=headers, timeout=PATIENCE_S)
        told: dict[str, Any] = answer.json()
        return answer.status_code, told
