"""Notices a part that lives but does not answer any more: asks each for its health, again and again.

Asking goes on in a thread per part, because an answer may take long; what follows from silence is decided by who
watches the children (`app.serving.children`). One answer in time is enough to be well: a busy part is never ended.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

ASK_EVERY_S = 1.0
ASK_AT_FIRST_S = 0.1  # until the first answer: who has never answered is given longer, so it must not be missed
ANSWER_S = 8.0  # how long one question waits
WELL = b"HTTP/1.1 200"

Probe = Callable[[], bool]


def unix_probe(path: Path) -> Probe:
    """Asks a part behind a unix socket for `/healthz`."""

    def ask() -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_S)
            connection.connect(str(path))
            return _ask(connection, "/healthz") == WELL

    return ask


def port_probe(host: str, port: int, path: str) -> Probe:
    """Asks whatever listens at a port for a path that costs nothing; any HTTP answer is one."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound

    def ask() -> bool:
        with socket.create_connection((reached, port), ANSWER_S) as connection:
            return _ask(connection, path).startswith(b"HTTP/1.1 ")

    return ask


class Watchdog:
    """Asks one part, and calls `on_answer` after each one. `last_answer` is a monotonic time, 0 before the first."""

    def __init__(self, probe: Probe, on_answer: Callable[[], None] = lambda: None) -> None:
        self.last_answer = 0.0
        self._probe = probe
        self._on_answer = on_answer
        self._thread = threading.Thread(target=self._ask_on, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to ask; it ends with the process."""
        if not self._thread.is_alive():
            self._thread.start()

    def _ask_on(self) -> None:
        while True:
            try:
                if self._probe():
                    self.last_answer = time.monotonic()
                    self._on_answer()
            except OSError:
                pass  # away or starting: silence is what counts
            time.sleep(ASK_EVERY_S if self.last_answer else ASK_AT_FIRST_S)


def _ask(connection: socket.socket, path: str) -> bytes:
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    return connection.recv(len(WELL), socket.MSG_WAITALL)
