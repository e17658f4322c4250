"""The demo's servers as programs of their own: `guyub serve` on each data folder, watched and ended together.

Each server's settings lie in its folder (`guyub.toml`), so that any other command works on it with `--data-dir`.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from flask import Flask

from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.services.database_upgrade import upgrade_database
from app.services.system_clock import SystemClock
from app.settings import Settings, load_settings

HOST = "127.0.0.1"  # the passwords of the demo are known to everybody
START_S, STOP_S, POLL_S = 60.0, 30.0, 0.1
_PR_SET_PDEATHSIG = 1


def configure(folder: Path, role: str, port: int, **more: str) -> Settings:
    """The settings of one server of the demo, written into its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    values: dict[str, str | int] = {"role": role, "host": HOST, "port": port, **more}
    lines = [f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}" for name, value in values.items()]
    text = "# Ditulis oleh guyub demo\n" + "\n".join(lines) + "\n"
    (folder / "guyub.toml").write_text(text, encoding="utf-8")
    return load_settings({}, data_dir=folder, **values)


@contextmanager
def application(settings: Settings) -> Iterator[Flask]:
    """The role's application in this process, on an up-to-date database, for the services behind its pages."""
    import flask_migrate

    from app.factory import create_app
    from app.models import db
    from app.web.jobs import JOBS

    app = create_app(settings)
    with app.app_context():
        upgrade_database(db.engine, settings.data_dir / "backups", SystemClock(), flask_migrate.upgrade)
        try:
            yield app
        finally:
            app.extensions[JOBS].join()
            db.session.remove()  # type: ignore[attr-defined]
            for engine in db.engines.values():
                engine.dispose()


@dataclass
class Server:
    """One `guyub serve`."""

    settings: Settings
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.settings.host}:{self.settings.port}"

    @property
    def log(self) -> Path:
        """What it says."""
        return self.settings.data_dir / "serve.log"

    def start(self) -> None:
        """Start it; `wait_until_up` tells when it answers. Refuses D-101 if the port is taken."""
        _refuse_taken_port(self.settings.port)
        plain = {name: value for name, value in os.environ.items() if not name.startswith("GUYUB_")}
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "app.cli", "--data-dir", str(self.settings.data_dir), "serve"],
                env=plain,
                stdout=sink,
                stderr=sink,
                start_new_session=True,  # Ctrl-C reaches only us: we end the servers in order
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )

    def wait_until_up(self) -> None:
        """Wait until it answers; refuses D-102 if it ends instead."""
        latest = time.monotonic() + START_S
        while time.monotonic() < latest and not self.died():
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:  # noqa: S310 - loopback
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(POLL_S)
        raise Refusal(
            "D-102",
            N_("Server %(role)s tidak dapat dijalankan."),
            N_("Baca sebabnya di %(log)s, betulkan, lalu jalankan demo lagi."),
            values={"role": self.settings.role, "log": str(self.log)},
        )

    def died(self) -> bool:
        """Whether it ended although nobody asked."""
        return self.process is not None and self.process.poll() is not None

    def ask_to_stop(self) -> None:
        """Ask it to end what it does; `stop` waits for that."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def stop(self) -> None:
        """End it with everything it started."""
        if self.process is None:
            return
        self.ask_to_stop()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def stop_at_end(servers: list[Server]) -> Iterator[Event]:
    """Ends the servers with the block, also on Ctrl-C and SIGTERM; gives the event that those set."""
    asked = Event()

    def stop(_number: int, _frame: object) -> None:
        if asked.is_set():
            return
        asked.set()
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    except KeyboardInterrupt:
        asked.set()
    finally:
        asked.set()  # a second Ctrl-C must not leave servers behind
        for server in servers:
            server.ask_to_stop()
        for server in servers:
            server.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for_the_end(servers: list[Server], tell: Callable[[str], None]) -> None:
    """Wait until somebody presses Ctrl-C, or a server is gone for good."""
    while True:
        time.sleep(POLL_S * 5)
        for server in servers:
            if server.died():
                tell(f"Server {server.settings.role} di {server.url} berhenti; sebabnya ada di {server.log}.")
                return


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Refusal(
                "D-101",
                N_("Port %(port)s sedang dipakai program lain, mungkin demo yang masih berjalan."),
                N_("Hentikan program itu dahulu, lalu jalankan demo lagi."),
                values={"port": port},
            ) from error


def _end_with_parent() -> None:
    """If the demo is killed, the kernel asks its servers to end."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
