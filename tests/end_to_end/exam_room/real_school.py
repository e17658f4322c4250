"""A school's server as it is shipped, in a process of its own, with the small sample paper opened and active.

What sync and release bring on a real day is put straight into its database; from there on it is the program itself.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from app.domain.entry_token import current_token
from app.domain.package_keys import Binding, entry_token_key, login_pepper
from app.domain.student_passwords import verifier
from app.models import Answer, Attempt, HeldSitting, HeldState, Identity
from app.settings import SekolahSettings, load_settings
from app.web.transactions import guard_engine
from tests.ports import free_port
from tests.servers import prepare_database

SECRET = bytes(range(32))
BINDING = Binding("P20104001-01", "uji1", 1)
PEOPLE = {"P20104001-0001": ("Siti Nurhaliza Rahmawati", "P"), "P20104001-0002": ("Budi Santoso", "L")}


class RealSchool:
    """`guyub serve` on a free port, with what the tests' student asks of a school."""

    PASSWORD = "ABCD2345"

    def __init__(self, folder: Path, paper: dict[str, Any], media: dict[str, bytes]) -> None:
        self.paper, self.port = paper, free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GUYUB_")},
            "GUYUB_ROLE": "sekolah",
            "GUYUB_DATA_DIR": str(folder),
            "GUYUB_PORT": str(self.port),
            "GUYUB_HOST": "127.0.0.1",
        }
        settings = load_settings(self.environment)
        assert isinstance(settings, SekolahSettings)
        self.settings = settings
        self.engine = create_engine(settings.database_url)
        guard_engine(self.engine)
        self._furnish(media)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def TOKEN(self) -> str:  # noqa: N802 - the same name as the contract server's
        """The entry token of this quarter of an hour."""
        return current_token(entry_token_key(SECRET, BINDING), int(time.time() * 1000))[0]

    @property
    def runs(self) -> dict[str, Attempt]:
        with Session(self.engine, expire_on_commit=False) as session:
            return {attempt.number: attempt for attempt in session.scalars(select(Attempt))}

    def values(self, number: str) -> dict[str, Any]:
        with Session(self.engine) as session:
            rows = session.scalars(
                select(Answer).join(Attempt, Attempt.id == Answer.attempt_id).where(Attempt.number == number)
            )
            return {row.question_id: json.loads(row.value) for row in rows}

    def start(self) -> None:
        command = [sys.executable, "-m", "app.cli", "serve", "--part", "both", "--server", "waitress"]
        with (self.settings.data_dir / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        end = time.monotonic() + 40
        while not self._answers():
            assert time.monotonic() < end, (self.settings.data_dir / "serve.log").read_text()[-3000:]
            assert self.process.poll() is None, (self.settings.data_dir / "serve.log").read_text()[-3000:]
            time.sleep(0.1)

    def kill(self) -> None:
        """As a power cut: nothing gets a chance to tidy up."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:  # noqa: S310 - our own server
                return bool(answer.status == 200)
        except OSError:
            return False

    def _furnish(self, media: dict[str, bytes]) -> None:
        data = json.dumps(self.paper).encode()
        sha256 = hashlib.sha256(data).hexdigest()
        for folder in ("papers", "media"):
            (self.settings.open_dir / folder).mkdir(parents=True, exist_ok=True)
        (self.settings.open_dir / "papers" / f"{sha256}.json.gz").write_bytes(gzip.compress(data))
        for name, content in media.items():
            (self.settings.open_dir / "media" / name).write_bytes(content)
        prepare_database(self.settings)
        now = datetime.now(UTC)
        with Session(self.engine) as session:
            session.add(
                Identity(
                    server_id=BINDING.server,
                    server_name="Server 1",
                    school_npsn="20104001",
                    school_name="SMA Uji",
                    time_zone="Asia/Jakarta",
                    centre_sign_public=b"",
                    centre_box_public=b"",
                    confirmed=True,
                    activated_at=now,
                )
            )
            session.add(
                HeldSitting(
                    id=BINDING.sitting,
                    version=BINDING.version,
                    title=self.paper["title"],
                    subject=self.paper["subject"],
                    room="Lab 1",
                    starts_at=now,
                    length_s=5400,
                    minimum_s=0,
                    time_zone="Asia/Jakarta",
                    questions=len(self.paper["questions"]),
                    state=HeldState.ACTIVE,
                    device_share=bytes(32),
                    release_secret=SECRET,
                    paper_sha256=sha256,
                    detail={},
                )
            )
            for seat, (number, (name, gender)) in enumerate(PEOPLE.items(), 1):
                check = verifier(login_pepper(SECRET, BINDING), BINDING.sitting, number, self.PASSWORD)
                session.add(
                    Attempt(
                        sitting_id=BINDING.sitting,
                        number=number,
                        name=name,
                        gender=gender,
                        class_name="IX-A",
                        seat=seat,
                        verifier=check,
                        seed=20231123 * seat,
                    )
                )
            session.commit()
