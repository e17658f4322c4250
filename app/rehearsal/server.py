"""A second complete server of this program: `guyub serve` with settings of its own, ended by its process id.

It gets its settings from the environment alone, every one of them, so that a configuration file of the real server can
never lead it to the real data or to the centre.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from app.rehearsal import machine
from app.rehearsal.wire import reached
from app.settings import Settings, as_environment

ROOT = Path(__file__).resolve().parent.parent.parent
START_S = 60.0


def environment(settings: Settings) -> dict[str, str]:
    """The environment for a program of ours with these settings, wherever it is started."""
    plain = as_environment(settings)
    paths = [str(ROOT), *filter(None, [plain.get("PYTHONPATH")])]
    return plain | {"PYTHONPATH": os.pathsep.join(paths)}


def make_tables(settings: Settings) -> None:
    """Upgrade the empty database."""
    line = [sys.executable, "-m", "app.cli", "db", "upgrade"]
    subprocess.run(  # noqa: S603 - our own command
        line, env=environment(settings), check=True, cwd=settings.data_dir, stdout=subprocess.DEVNULL
    )


class Server:
    """`guyub serve` for a school. `more` goes into its environment."""

    def __init__(self, settings: Settings, more: Mapping[str, str] | None = None, kind: str = "nginx") -> None:
        self.settings = settings
        self.kind = kind
        self.log = settings.data_dir / "serve.log"
        self._environment = environment(settings) | dict(more or {})
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the watcher that started all others."""
        if self.process is None:
            raise RuntimeError("the server was not started")
        return self.process.pid

    def launch(self) -> None:
        """Start it without waiting. It ends with this process, and all its processes stand in its data folder."""
        line = [sys.executable, "-m", "app.cli", "serve", "--server", self.kind]
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                line,
                env=self._environment,
                stdout=sink,
                stderr=sink,
                cwd=self.settings.data_dir,
                preexec_fn=machine.end_with_parent,
            )

    def start(self) -> float:
        """Start it and wait until the exam and the web part answer; gives the seconds that took."""
        began = time.monotonic()
        self.launch()
        while not (self.answers("/api/v1/attempts/1") and self.answers("/healthz")):
            if time.monotonic() > began + START_S or self.process is None or self.process.poll() is not None:
                self.stop()
                raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.05)
        return time.monotonic() - began

    def answers(self, path: str) -> bool:
        """Whether the part behind a path answers at all (503 is what stands in for one that is away)."""
        try:
            with socket.create_connection((reached(self.settings.host), self.settings.port), 2) as connection:
                connection.settimeout(2)
                connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
                return connection.recv(12)[9:12] not in {b"", b"502", b"503", b"504"}
        except OSError:
            return False

    def stop(self) -> None:
        """Ask it to end, and wait."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        if self.process is not None:
            self.process.wait(60)

    def kill(self) -> None:
        """As a power cut: every process of the server at once."""
        if self.process is not None:
            for pid in [self.pid, *machine.descendants(self.pid)]:
                machine.send(pid, signal.SIGKILL)
            self.process.wait()
