"""kill -9 under load: what was acknowledged is there, and the process serves again with nothing but a start."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from app.domain.attempt_states import AttemptState
from app.models import Answer, Attempt, JournalEntry, Outage
from app.sekolah.services.seats import SeatKeys
from app.settings import SekolahSettings
from tests.functional.sekolah.exam.conftest import SITTING, add_attempt, furnish

STUDENTS = 12
KILLS = 3


@dataclass
class ExamProcess:
    """gunicorn with the exam application, killed and started at will."""

    settings: SekolahSettings
    port: int
    child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = os.environ | {
            "GUYUB_ROLE": "sekolah",
            "GUYUB_DATA_DIR": str(self.settings.data_dir),
            "GUYUB_DATABASE_URL": self.settings.database_url,
            "GUYUB_LOG_LEVEL": "warning",
        }
        line = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}", "--worker-class", "gthread"]
        line += ["--threads", "32", "--no-control-socket", "--log-level", "error", "app.wsgi:exam()"]
        root = Path(__file__).resolve().parents[4]
        self.child = subprocess.Popen(line, env=environment, cwd=root, start_new_session=True)
        for _ in range(300):
            try:
                if self._status("/healthz") == 200:
                    return
            except OSError:
                pass
            threading.Event().wait(0.1)
        raise AssertionError("the exam process does not serve")

    def kill(self) -> None:
        """The whole process group at once, as a power cut would."""
        assert self.child is not None
        os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def _status(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()


@dataclass
class Browser:
    """Saves one answer after another, repeats until acknowledged, and remembers what was."""

    port: int
    attempt: int
    seat: str
    stop: threading.Event
    acknowledged: dict[int, str] = field(default_factory=dict)
    odd: list[tuple[int, str]] = field(default_factory=list)

    def run(self) -> None:
        sequence = 1
        while not self.stop.is_set():
            value = f"jawaban {sequence}"
            if self._save(sequence, value):
                self.acknowledged[sequence] = value
                sequence += 1

    def _save(self, sequence: int, value: str) -> bool:
        question = ("q5", "q6")[sequence % 2]
        body = json.dumps({"items": [{"sequence": sequence, "question": question, "value": value}]})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            headers = {"Authorization": f"Bearer {self.seat}", "Content-Type": "application/json"}
            connection.request("POST", f"/api/v1/attempts/{self.attempt}/answers", body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException):
            self.stop.wait(0.05)
            return False
        finally:
            connection.close()
        if answer.status != 200:
            if answer.status != 503:
                self.odd.append((answer.status, text))
            return False
        return json.loads(text)["acknowledged"] == [sequence]


@pytest.fixture
def process(settings_sekolah: SekolahSettings) -> Iterator[ExamProcess]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = ExamProcess(settings_sekolah, port)
    yield process
    if process.child is not None and process.child.poll() is None:
        process.kill()


def working_students(settings: SekolahSettings) -> list[int]:
    """Students in the middle of the exam."""
    furnish(settings)
    engine = create_engine(settings.database_url)
    now_ms = int(time.time() * 1000)
    with Session(engine) as session:
        made = [
            add_attempt(session, f"K{number:03}", f"Peserta {number}", number + 10, epoch=1, seat_held=True,
                        started_ms=now_ms, deadline_ms=now_ms + 3_600_000)
            for number in range(STUDENTS)
        ]  # fmt: skip
        for attempt in made:
            attempt.state = AttemptState.WORKING
        session.commit()
        ids = [attempt.id for attempt in made]
    engine.dispose()
    return ids


def test_no_acknowledged_answer_is_lost_when_the_process_is_killed(
    settings_sekolah: SekolahSettings, process: ExamProcess
) -> None:
    ids = working_students(settings_sekolah)
    keys = SeatKeys.of(settings_sekolah.keys_dir)
    stop = threading.Event()
    browsers = [Browser(process.port, attempt, keys.seat(attempt, 1, SITTING), stop) for attempt in ids]
    threads = [threading.Thread(target=browser.run) for browser in browsers]
    process.start()
    for thread in threads:
        thread.start()
    for _ in range(KILLS):
        before = sum(len(browser.acknowledged) for browser in browsers)
        while sum(len(browser.acknowledged) for browser in browsers) < before + 20 * STUDENTS:
            threading.Event().wait(0.02)
        process.kill()
        process.start()
    stop.set()
    for thread in threads:
        thread.join(20)
    process.kill()
    assert not [odd for browser in browsers for odd in browser.odd]
    engine = create_engine(settings_sekolah.database_url)
    with Session(engine) as session:
        for browser in browsers:
            journal = {
                row.sequence: json.loads(row.value)
                for row in session.scalars(select(JournalEntry).where(JournalEntry.attempt_id == browser.attempt))
            }
            assert browser.acknowledged.items() <= journal.items()
            assert len(journal) <= len(browser.acknowledged) + 1, "at most the one in flight is there besides"
            latest = session.scalars(select(Answer).where(Answer.attempt_id == browser.attempt)).all()
            assert max(row.sequence for row in latest) == max(journal)
            assert session.get_one(Attempt, browser.attempt).sequence == max(journal)
        assert session.scalars(select(Outage)).all() == [], "back within ten seconds is no outage"
    engine.dispose()
    assert sum(len(browser.acknowledged) for browser in browsers) >= KILLS * 20 * STUDENTS
