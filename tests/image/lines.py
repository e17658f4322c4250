"""The two lines into a machine: its serial console, as a technician's cable, and the door that a test opened itself."""

from __future__ import annotations

import base64
import json
import shlex
import socket
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyte

_ASK = """import socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect("/run/guyub-actions.sock")
line.sendall(sys.argv[1].encode())
for said in line.makefile():
    print(said, end="")
"""


class Serial:
    """The console of a technician at the other end of the cable: reads all the time, and keeps everything in a log."""

    def __init__(self, line: socket.socket, log: Path) -> None:
        self._line = line
        self._log = log
        self._screen = pyte.Screen(80, 24)
        self._paint = pyte.ByteStream(self._screen)
        self._painting = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        """What stands on the screen."""
        with self._painting:
            return "\n".join(line.rstrip() for line in self._screen.display)

    def wait_for(self, shown: str, seconds: float) -> str:
        """The screen as soon as these words are on it."""
        latest = time.monotonic() + seconds
        while shown not in self.text:
            assert time.monotonic() < latest, f"never on the console: {shown}\n{self.text}"
            time.sleep(0.2)
        return self.text

    def answer(self, shown: str, keys: str, seconds: float = 120) -> None:
        """Wait until these words are on the screen, then press keys."""
        self.wait_for(shown, seconds)
        self._line.sendall(keys.encode())

    def close(self) -> None:
        """The cable comes off."""
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._reader.join(5)
        self._line.close()

    def _read(self) -> None:
        with self._log.open("ab", buffering=0) as log, suppress(OSError):
            while said := self._line.recv(65536):
                log.write(said)
                with self._painting:
                    self._paint.feed(said)


@dataclass
class Answer:
    """What a command in the box said and how it ended."""

    code: int
    text: str


class Door:
    """Runs commands as root inside the machine."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._left = b""

    def run(self, script: str, seconds: float = 60, *, codes: tuple[int, ...] = (0,)) -> str:
        """What a shell script prints. A code that is not expected fails the test."""
        answer = self.ask(script, seconds)
        assert answer.code in codes, f"{script}\nended with {answer.code}:\n{answer.text}"
        return answer.text

    def ask(self, script: str, seconds: float = 60) -> Answer:
        """Run a shell script; its code and what it printed."""
        self._line.settimeout(seconds)
        self._line.sendall(base64.b64encode(script.encode()) + b"\n")
        while b"\n" not in self._left:
            said = self._line.recv(65536)
            assert said, "the machine is off"
            self._left += said
        answer, _, self._left = self._left.partition(b"\n")
        code, _, text = answer.partition(b" ")
        return Answer(int(code), base64.b64decode(text).decode(errors="replace"))

    def deed(self, name: str, seconds: float = 900, **arguments: Any) -> dict[str, Any]:
        """Ask for one of the box's actions as its web part does; gives the result, or fails with the refusal."""
        asked = json.dumps({"action": name, "arguments": arguments}) + "\n"
        told = json.loads(self.run(f"python3 -c {shlex.quote(_ASK)} {shlex.quote(asked)}", seconds).splitlines()[-1])
        assert "result" in told, (name, told)
        result: dict[str, Any] = told["result"]
        return result

    def tried(self, script: str, seconds: float = 20) -> str:
        """What a script prints, or nothing if nobody answers: a machine that starts again answers late or never.

        It sleeps before it looks: whoever asks again and again would keep a slow machine from starting.
        """
        mark = uuid.uuid4().hex
        latest = time.monotonic() + seconds
        self._line.settimeout(seconds)
        self._line.sendall(base64.b64encode(f"echo {mark}; sleep 3; {script}".encode()) + b"\n")
        while (left := latest - time.monotonic()) > 0:
            self._line.settimeout(left)
            with suppress(TimeoutError):
                self._left += self._line.recv(65536)
            *lines, self._left = self._left.split(b"\n")
            for line in lines:  # answers to what was asked before it started again come as well
                with suppress(ValueError):
                    text = base64.b64decode(line.rpartition(b" ")[2]).decode()
                    if text.startswith(mark):
                        return text.removeprefix(mark).strip()
        return ""

    def started_again(self, before: str) -> bool:
        """Whether the system's start is another than that of `before`, its boot_id."""
        return self.tried("cat /proc/sys/kernel/random/boot_id") not in {"", before.strip()}

    def close(self) -> None:
        """The door shuts."""
        self._line.close()
