"""A school's server with many students and one active sitting, served by the program as it is deployed.

What sync and release bring on a real day is put straight into its database; everything after that is the program:
`guyub serve` with nginx and gunicorn, on a loopback port, ended by its process id.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.orm import Session

from app.domain.attempt_states import AttemptState
from app.domain.entry_token import current_token
from app.domain.package_keys import Binding, entry_token_key, login_pepper
from app.domain.permissions import Role
from app.domain.student_passwords import verifier
from app.models import Attempt, HeldSitting, HeldState, Identity
from app.sekolah.services.seats import SeatKeys
from app.services import staff_accounts
from app.services.system_clock import SystemClock
from app.settings import SekolahSettings, load_settings
from app.web.transactions import guard_engine
from bench import machine
from bench.paper import QUESTIONS, put_paper

ROOT = Path(__file__).resolve().parent.parent
INJECTED = ROOT / "bench" / "injected"
SECRET = bytes(range(32))
BINDING = Binding("P20104001-01", "beban", 1)
PASSWORD = "ABCD2345"  # noqa: S105 - made up, of students made up
STAFF_PASSWORD = "sandi untuk uji beban"  # noqa: S105
HOUR_MS = 3_600_000
START_S = 60.0


@dataclass(frozen=True, slots=True)
class Student:
    """One of the school's students. `seat` is the bearer of one who works already, else empty."""

    attempt: int
    number: str
    seat: str


@dataclass(frozen=True)
class School:
    """A furnished school. `waiting` may log in, `working` sit at their seats already."""

    settings: SekolahSettings
    paper: str
    waiting: list[Student]
    working: list[Student]

    @property
    def token(self) -> str:
        """The entry token of this quarter of an hour."""
        return current_token(entry_token_key(SECRET, BINDING), int(time.time() * 1000))[0]


def furnish(
    folder: Path, port: int, *, waiting: int = 0, working: int = 0, answered: bool = False, database: str = ""
) -> School:
    """Upgrade an empty database and fill it: so many students who wait, so many at work, one proctor.

    `answered`: those at work have answered every question already (sequences 1 to 40).
    """
    given = {"database_url": database} if database else {}
    settings = load_settings({}, role="sekolah", data_dir=folder, host="127.0.0.1", port=port, **given)
    assert isinstance(settings, SekolahSettings)
    _make_tables(settings)
    paper = put_paper(settings)
    engine = create_engine(settings.database_url)
    guard_engine(engine)
    with Session(engine) as session:
        _add_sitting(session, paper)
        session.execute(insert(Attempt), list(_attempts(waiting, working)))
        if answered:
            _answer_all(session)
        staff_accounts.add_staff(
            session, SystemClock(), username="ratna", name="Ratna", role=Role.PROKTOR, password=STAFF_PASSWORD,
            place="sekolah", actor="bench",
        )  # fmt: skip
        session.commit()
        found = list(session.execute(select(Attempt.id, Attempt.number, Attempt.epoch).order_by(Attempt.id)))
    engine.dispose()
    keys = SeatKeys.of(settings.keys_dir)
    students = [
        Student(attempt, number, keys.seat(attempt, epoch, BINDING.sitting) if epoch else "")
        for attempt, number, epoch in found
    ]
    return School(
        settings, paper, [student for student in students if not student.seat], [s for s in students if s.seat]
    )


def environment(settings: SekolahSettings, inject: dict[str, Any] | None = None) -> dict[str, str]:
    """The environment that gives a program these settings, and what is to be injected into it."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GUYUB_")}
    plain |= {
        "GUYUB_ROLE": "sekolah",
        "GUYUB_DATA_DIR": str(settings.data_dir),
        "GUYUB_DATABASE_URL": settings.database_url,
        "GUYUB_HOST": settings.host,
        "GUYUB_PORT": str(settings.port),
        "GUYUB_LOG_LEVEL": "warning",
    }
    if inject:
        plain |= {"INJECTED": json.dumps(inject), "PYTHONPATH": str(INJECTED)}
    return plain


class Server:
    """`guyub serve` for a school. `inject` is for `bench/injected`; without it the program runs as it is."""

    def __init__(self, settings: SekolahSettings, inject: dict[str, Any] | None = None, kind: str = "nginx") -> None:
        self.settings = settings
        self.kind = kind
        self.log = settings.data_dir / "serve.log"
        self._inject = inject
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the watcher that started all others."""
        assert self.process is not None
        return self.process.pid

    def launch(self) -> None:
        """Start it without waiting."""
        line = [sys.executable, "-m", "app.cli", "serve", "--server", self.kind]
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                line, env=environment(self.settings, self._inject), stdout=sink, stderr=sink, cwd=ROOT
            )

    def start(self) -> float:
        """Start it and wait until the exam and the web part answer; gives the seconds that took."""
        began = time.monotonic()
        self.launch()
        while not (self.answers("/api/v1/attempts/1") and self.answers("/healthz")):
            if time.monotonic() > began + START_S or self.process is None or self.process.poll() is not None:
                self.stop()
                raise SystemExit(f"the server did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.05)
        return time.monotonic() - began

    def answers(self, path: str) -> bool:
        """Whether the part behind a path answers at all (503 is what stands in for one that is away)."""
        try:
            with socket.create_connection(("127.0.0.1", self.settings.port), 2) as connection:
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


@contextmanager
def serving(settings: SekolahSettings, inject: dict[str, Any] | None = None, kind: str = "nginx") -> Iterator[Server]:
    """A server for the time of a block."""
    server = Server(settings, inject, kind)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _make_tables(settings: SekolahSettings) -> None:
    """Upgrade the empty database; a SQLite file is made once per process and copied."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if settings.uses_sqlite:
        shutil.copyfile(_empty_database(), settings.data_dir / "guyub.sqlite")
    else:
        _upgrade(settings)


@cache
def _empty_database() -> Path:
    folder = tempfile.mkdtemp(prefix="guyub-empty-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = load_settings({}, role="sekolah", data_dir=Path(folder))
    assert isinstance(settings, SekolahSettings)
    _upgrade(settings)
    with closing(sqlite3.connect(Path(folder) / "guyub.sqlite")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(folder) / "guyub.sqlite"


def _upgrade(settings: SekolahSettings) -> None:
    line = [sys.executable, "-m", "app.cli", "db", "upgrade"]
    subprocess.run(line, env=environment(settings), check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


def _add_sitting(session: Session, paper: str) -> None:
    now = datetime.now(UTC)
    session.add(
        Identity(
            server_id=BINDING.server, server_name="Server 1", school_npsn="20104001", school_name="SMA Uji Beban",
            time_zone="Asia/Jakarta", centre_sign_public=b"", centre_box_public=b"", confirmed=True, activated_at=now,
        )
    )  # fmt: skip
    session.add(
        HeldSitting(
            id=BINDING.sitting, version=BINDING.version, title="Uji beban", subject="Uji beban", room="R1",
            starts_at=now, length_s=7200, minimum_s=0, time_zone="Asia/Jakarta", questions=QUESTIONS,
            state=HeldState.ACTIVE, device_share=bytes(32), release_secret=SECRET, paper_sha256=paper, detail={},
        )
    )  # fmt: skip
    session.flush()


def _answer_all(session: Session) -> None:
    """Forty answers each, in the journal and as what counts."""
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :most)"
    most = {"most": QUESTIONS}
    values = "a.id, 'q' || n.i, 1, n.i, '\"a\"', false, a.started_ms, a.started_ms"
    rows = "FROM attempt a, n WHERE a.epoch = 1"
    columns = "attempt_id, question_id, epoch, sequence, value, doubtful, written_ms, received_ms"
    for table, more, value in (("answer", "late", "false"), ("journal_entry", "outcome", "'kept'")):
        session.execute(
            text(f"INSERT INTO {table} ({columns}, {more}) {numbers} SELECT {values}, {value} {rows}"), most
        )
    session.execute(text("UPDATE attempt SET sequence = :most, answered = :most WHERE epoch = 1"), most)


def _attempts(waiting: int, working: int) -> Iterator[dict[str, Any]]:
    pepper, now_ms = login_pepper(SECRET, BINDING), int(time.time() * 1000)
    for place in range(waiting + working):
        number = f"U{place:06}"
        works = place >= waiting
        yield {
            "sitting_id": BINDING.sitting,
            "number": number,
            "name": f"Peserta {place}",
            "gender": "PL"[place % 2],
            "class_name": f"XII-{place % 9 + 1}",
            "seat": place + 1,
            "verifier": verifier(pepper, BINDING.sitting, number, PASSWORD),
            "seed": place * 2654435761 % 2**32,
            "state": AttemptState.WORKING if works else AttemptState.WAITING,
            "epoch": int(works),
            "seat_held": works,
            "started_ms": now_ms if works else None,
            "deadline_ms": now_ms + 2 * HOUR_MS if works else None,
        }
