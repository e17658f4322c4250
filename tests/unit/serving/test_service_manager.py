"""systemd is told of a part only while the part itself answers."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.serving import service_manager

TOLD = b"READY=1\nWATCHDOG=1"


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    """What listens where systemd would."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(20)
        yield channel


def answer(path: Path, status: str, ended: threading.Event) -> threading.Thread:
    """A part that gives one answer to everything."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    listener.settimeout(0.1)

    def serve() -> None:
        with listener:
            while not ended.is_set():
                try:
                    connection, _address = listener.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.recv(4096)
                    connection.sendall(f"HTTP/1.1 {status}\r\n\r\n".encode())

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def told_by(part: Path, systemd: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"NOTIFY_SOCKET": systemd.getsockname()}
    service_manager.keep_from_gunicorn(environment, part)
    assert "NOTIFY_SOCKET" not in environment, "gunicorn would call itself ready before it can answer"
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    service_manager.start_telling()


def test_a_part_that_answers_is_ready_and_alive(
    tmp_path: Path, systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
):
    ended = threading.Event()
    thread = answer(tmp_path / "part", "200 OK", ended)
    told_by(tmp_path / "part", systemd, monkeypatch)
    assert systemd.recv(100) == TOLD
    assert systemd.recv(100) == TOLD  # and again, as long as it lasts
    ended.set()
    thread.join()


def test_a_part_that_is_not_well_is_not_told(tmp_path: Path, systemd: socket.socket, monkeypatch: pytest.MonkeyPatch):
    ended = threading.Event()
    thread = answer(tmp_path / "part", "503 Service Unavailable", ended)
    told_by(tmp_path / "part", systemd, monkeypatch)
    systemd.settimeout(1.5)
    with pytest.raises(TimeoutError):
        systemd.recv(100)
    ended.set()
    thread.join()


def test_without_systemd_nothing_is_asked_and_nothing_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("NOTIFY_SOCKET", service_manager.KEPT):
        monkeypatch.delenv(name, raising=False)
    before = threading.active_count()
    service_manager.keep_from_gunicorn(dict(os.environ), tmp_path / "part")
    service_manager.start_telling()
    service_manager.tell()
    assert threading.active_count() == before


def test_an_address_without_a_file_is_reached(monkeypatch: pytest.MonkeyPatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(f"\0guyub-test-{os.getpid()}")
        channel.settimeout(20)
        service_manager.tell(f"@guyub-test-{os.getpid()}")
        assert channel.recv(100) == TOLD
