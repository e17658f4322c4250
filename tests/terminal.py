"""A terminal that a test can read and type on: a program of its own on a real pty, its screen kept by pyte."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pyte

PATIENCE_S = 60.0


class Terminal:
    """80 columns, 24 lines unless said otherwise; `rows=0` is a serial line that does not know its size."""

    def __init__(self, line: list[str], environment: dict[str, str], *, kind: str = "linux", rows: int = 24) -> None:
        self.screen = pyte.Screen(80, rows or 24)
        self._stream = pyte.ByteStream(self.screen)
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", rows, 80 if rows else 0, 0, 0))
            os.execve(line[0], line, {**environment, "TERM": kind, "LANG": "C.UTF-8"})  # noqa: S606

    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def answer(self, shown: str, keys: str) -> None:
        """Wait until `shown` is on the screen, then press keys."""
        self.wait_for(shown)
        self.type(keys)

    def wait_for(self, shown: str) -> str:
        """The screen as soon as `shown` is on it, and drawn to the end."""
        self.wait(lambda: shown in self.text(), shown)
        while self._read(0.15):
            pass
        return self.text()

    def wait(self, until: Callable[[], bool], what: str) -> None:
        """Read what is drawn until it is so."""
        end = time.monotonic() + PATIENCE_S
        while not until():
            if time.monotonic() > end:
                raise AssertionError(f"{what!r} never came:\n{self.text()}")
            self._read(0.5)

    def resize(self, rows: int, columns: int) -> None:
        """Another size, as a window has it."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))

    def alive(self) -> bool:
        """Whether the program is still there."""
        return Path(f"/proc/{self.pid}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"

    def close(self) -> None:
        """Take the terminal away, and wait for the program's end."""
        os.close(self._master)
        os.kill(self.pid, signal.SIGTERM)
        os.waitpid(self.pid, 0)

    def _read(self, seconds: float) -> bool:
        ready, _out, _odd = select.select([self._master], [], [], seconds)
        if ready:
            try:
                self._stream.feed(os.read(self._master, 65536))
            except OSError:  # the program ended
                return False
        return bool(ready)
