"""The centre and a school's server as programs of their own, killed and started again as the world does it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.demo.running import application
from app.services import staff_accounts
from app.services.system_clock import SystemClock
from app.settings import Settings, load_settings
from tests.ports import free_port
from tests.servers import environment_of

INJECTED = Path(__file__).resolve().parents[2] / "bench" / "injected"
PASSWORD = "sandi untuk uji coba"
PEOPLE = {
    "pusat": (("dewi", "Dewi Kartikasari", "administrator"), ("maria", "Maria Tambunan", "operator")),
    "sekolah": (("ratna", "Ratna Puspita", "proktor"), ("anto", "Anto Supriyadi", "teknisi")),
}


@dataclass
class Machine:
    """One server: its folder, its address, and `guyub serve` while it runs."""

    settings: Settings
    process: subprocess.Popen[bytes] | None = None
    starts: int = field(default=0)

    @property
    def url(self) -> str:
        return f"http://{self.settings.host}:{self.settings.port}"

    @property
    def folder(self) -> Path:
        return self.settings.data_dir

    @property
    def log(self) -> Path:
        """Outside the data folder: what a test looks for there must not be found in its own log."""
        return self.folder.with_name(f"{self.folder.name}.log")

    def start(self, *, later_s: int = 0) -> Machine:
        """Serve, and wait until it answers. `later_s`: as if so many seconds had gone by since, by all its clocks."""
        self.starts += 1
        line = [sys.executable, "-m", "app.cli", "serve", "--host", self.settings.host]
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                [*line, "--port", str(self.settings.port)],
                env=environment_of(self.settings) | (_injected(later_s=later_s) if later_s else {}),
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )
        until(self.answers, f"{self.settings.role} serves", 60, self.log)
        return self

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        paths = ["/healthz", "/api/v1/attempts/0"] if self.settings.role == "sekolah" else ["/healthz"]
        return all(_status(self.url + path) not in (None, 502, 503) for path in paths)

    def stop(self) -> None:
        """Switch it off in order."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """kill -9 of everything that `serve` started, all at once: nothing gets to write a last word."""
        assert self.process is not None
        family = [self.process.pid, *descendants(self.process.pid)]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(10)
        until(lambda: not any(is_alive(pid) for pid in family), "everything is dead", 10)

    @contextmanager
    def office(self) -> Iterator[tuple[Any, Session]]:
        """The role's workplace and a database session, for looking and for what a test does without a browser."""
        with application(self.settings) as app:
            if self.settings.role == "pusat":
                from app.pusat.jobs import workplace_of as workplace
            else:
                from app.sekolah.jobs import workplace_of as workplace  # type: ignore[assignment]
            place = workplace(app)
            with place.look() as session:
                yield place, session


def _injected(**told: int) -> dict[str, str]:
    return {"INJECTED": json.dumps(told), "PYTHONPATH": str(INJECTED)}


def machine(folder: Path, role: str) -> Machine:
    """A new server with an up-to-date database and its people, not running."""
    folder.mkdir(parents=True)
    settings = load_settings({}, role=role, data_dir=folder, port=free_port(), host="127.0.0.1")
    made = Machine(settings)
    with made.office() as (place, _look), place.transaction() as session:
        for username, name, staff_role in PEOPLE[role]:
            staff_accounts.add_staff(
                session,
                SystemClock(),
                username=username,
                name=name,
                role=staff_role,
                password=PASSWORD,
                place=role,
                actor="test",
            )
    return made


def until(met: Callable[[], Any], what: str, seconds: float = 20, log: Path | None = None) -> Any:
    """Wait until `met()` is true, and give what it gave."""
    latest = time.monotonic() + seconds
    while True:
        found = met()
        if found:
            return found
        assert time.monotonic() < latest, f"never happened: {what}\n{log.read_text()[-3000:] if log else ''}"
        time.sleep(0.05)


def _status(url: str) -> int | None:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return None


def descendants(pid: int) -> list[int]:
    """Every process below this one."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                parents.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        below = parents.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be buried does not."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
