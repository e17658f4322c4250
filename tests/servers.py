"""Real servers for tests: `guyub serve` as a program of its own on a free port, ended at the end."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import make_url

from app.settings import Settings, load_settings
from tests.ports import free_port

START_S = 60.0


@dataclass
class RunningServer:
    """A server that was started. `log` holds what it said."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def get(self, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers of a GET; error pages are answers too."""
        request = urllib.request.Request(self.url + path, headers=headers)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                return answer.status, answer.read(), {k.lower(): v for k, v in answer.headers.items()}
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(), {k.lower(): v for k, v in error.headers.items()}

    def wait_until_up(self, seconds: float = START_S, path: str = "/healthz") -> float:
        """Wait until the part that answers `path` does; gives the seconds it took."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            if self.process.poll() is not None:
                break
            try:
                if self.get(path)[0] != 503:
                    return time.monotonic() - began
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"the server did not come up:\n{self.log.read_text()[-3000:]}")

    def stop(self) -> int:
        """Ask it to end; gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment that gives a program these settings and no others."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GUYUB_")}
    return plain | {
        "GUYUB_ROLE": settings.role,
        "GUYUB_DATA_DIR": str(settings.data_dir),
        "GUYUB_DATABASE_URL": settings.database_url,
        "PYTHONWARNINGS": "default",
        **({"GUYUB_DISK_RESERVE_MB": "0"} if settings.role == "sekolah" else {}),  # a hundred tests would hold 10 GB
    }


def guyub(settings: Settings, *arguments: str, **more: object) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    line = [sys.executable, "-m", "app.cli", *arguments]
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        line, env=environment_of(settings), capture_output=True, text=True, check=False, timeout=120, **more
    )


def prepare_database(settings: Settings) -> None:
    """A database of this version. On SQLite a new one is upgraded once in a run, then copied: it costs seconds."""
    if settings.uses_sqlite:
        database = Path(str(make_url(settings.database_url).database))
        if not database.exists():
            shutil.copyfile(_upgraded(settings.role), database)
            return
    upgraded = guyub(settings, "db", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr


@cache
def _upgraded(role: str) -> Path:
    folder = tempfile.TemporaryDirectory(prefix="guyub-tests-")
    atexit.register(folder.cleanup)
    settings = load_settings({}, role=role, data_dir=Path(folder.name))
    upgraded = guyub(settings, "db", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
    (database,) = Path(folder.name).glob("*.sqlite*")  # one file: nothing waits beside it
    return database


def start(settings: Settings, server: str, port: int | None = None) -> RunningServer:
    """Bring the database to this version and serve."""
    prepare_database(settings)
    port = port or free_port()
    log = settings.data_dir / f"{server}.log"
    line = [sys.executable, "-m", "app.cli", "serve", "--server", server, "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as sink:
        process = subprocess.Popen(line, env=environment_of(settings), stdout=sink, stderr=sink)
    running = RunningServer(process, f"http://127.0.0.1:{port}", log)
    try:
        running.wait_until_up()
    except AssertionError:
        process.kill()
        process.wait()
        raise
    return running
