"""`guyub serve` as real programs, behind nginx, by gunicorn and by waitress: what dies returns, what ends is gone."""

from __future__ import annotations

import gzip
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from app.models import AuditEntry
from app.serving import choose_server
from app.serving.nginx_front import configuration_text
from app.settings import PusatSettings, SekolahSettings, Settings, SettingsError, load_settings
from app.web.static_files import static_version
from tests.ports import free_port
from tests.servers import RunningServer, guyub, start

SERVERS = ("nginx", "gunicorn", "waitress")


@pytest.fixture(params=SERVERS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def school(settings_sekolah: SekolahSettings, kind: str) -> Iterator[RunningServer]:
    """A school's server, without the test's own application in the way."""
    running = start(settings_sekolah, kind)
    yield running
    assert running.stop() == 0
    assert children_of(running.process.pid) == []


def children_of(pid: int) -> list[int]:
    """Processes whose session was opened below this one and that still live."""
    listed = subprocess.run(
        ["ps", "-e", "-o", "pid=", "-o", "ppid="], capture_output=True, text=True, check=True
    ).stdout
    pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
    return [child for child, parent in pairs if parent == pid]


def test_pages_files_and_the_exam_part_answer_behind_one_port(school: RunningServer, kind: str):
    assert school.get("/staf/masuk")[0] == 200
    status, body, headers = school.get("/static/vendor/bootstrap/bootstrap.min.css", **{"Accept-Encoding": "gzip"})
    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert len(body) < 40_000
    assert b"--bs-blue" in gzip.decompress(body)
    status, body, headers = school.get("/api/v1/attempts/1")
    assert status == 401, body
    assert headers["content-type"] == "application/problem+json"
    assert kind in school.log.read_text()


def test_files_of_a_version_are_kept_for_ever_and_the_present_ones_are_asked_for_anew(school: RunningServer):
    named = [f"/static/{static_version()}/{name}" for name in ("icon.svg", "exam/exam.css", "exam/room.js")]
    page = school.get("/")[1].decode()
    assert re.findall(r'(?:src|href)="([^"]+)"', page) == named
    for address in named:
        status, versioned, headers = school.get(address, **{"Accept-Encoding": "gzip"})
        assert (status, headers["x-content-type-options"]) == (200, "nosniff")
        assert "immutable" in headers["cache-control"]
        status, present, headers = school.get(
            address.replace(f"/{static_version()}", ""), **{"Accept-Encoding": "gzip"}
        )
        assert (status, present, headers["cache-control"]) == (200, versioned, "no-cache")
    assert school.get("/static/0123456789abcdef/exam/room.js")[0] == 404


def test_idle_browser_connections_shut_nobody_out(school: RunningServer, kind: str):
    if kind == "gunicorn":
        return  # known to suffer; that is why `auto` never picks it
    with ExitStack() as open_sockets:
        host, port = school.url.removeprefix("http://").split(":")
        for _browser in range(150):
            open_sockets.enter_context(socket.create_connection((host, int(port)), timeout=5))
        began = time.monotonic()
        assert school.get("/healthz")[0] == 200
        assert time.monotonic() - began < 3


def replaced(running: RunningServer, killed: int) -> None:
    """Wait until the watcher has put another process in the place of the killed one."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        children = children_of(running.process.pid)
        if killed not in children and len(children) == 3:
            return
        time.sleep(0.05)
    raise AssertionError("the killed part was not started again")


def test_a_killed_part_is_back_within_ten_seconds(settings_sekolah: SekolahSettings):
    running = start(settings_sekolah, "nginx")
    try:
        for child in children_of(running.process.pid):
            os.kill(child, signal.SIGKILL)
            replaced(running, child)
            assert running.wait_until_up(10) < 10
            assert running.wait_until_up(10, "/api/v1/attempts/1") < 10
        assert "child died" in running.log.read_text()
    finally:
        assert running.stop() == 0


def test_when_the_watcher_is_killed_nothing_keeps_the_port(settings_sekolah: SekolahSettings):
    first = start(settings_sekolah, "nginx")
    port = int(first.url.rsplit(":", 1)[1])
    first.process.kill()
    first.process.wait()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            time.sleep(0.1)
            continue
        break
    second = start(settings_sekolah, "nginx", port)
    assert second.stop() == 0


def test_while_a_part_is_away_people_and_programs_are_told_to_wait(settings_sekolah: SekolahSettings):
    running = start(settings_sekolah, "nginx")
    try:
        for child in children_of(running.process.pid)[:2]:
            os.killpg(child, signal.SIGSTOP)
        for child in children_of(running.process.pid)[:2]:
            os.killpg(child, signal.SIGKILL)
        status, body, headers = running.get("/staf/masuk")
        assert (status, headers["retry-after"]) == (503, "2")
        assert b"N-503" in body
        status, body, headers = running.get("/api/v1/attempts/1")
        if status == 503:  # the exam part may be back already
            assert headers["content-type"] == "application/problem+json"
            assert b"retry_after_s" in body
        running.wait_until_up(10)
    finally:
        running.stop()


def test_a_forged_forwarding_header_does_not_reach_the_program(settings_sekolah: SekolahSettings):
    assert "X-Forwarded-For $remote_addr;" in configuration_text(settings_sekolah)


def test_the_centre_runs_too(settings_pusat: PusatSettings, kind: str):
    running = start(settings_pusat, kind)
    assert running.get("/readyz")[0] == 200
    counted = running.get("/metrics")[1].decode()  # of all processes together
    assert 'guyub_requests_total{method="GET",pattern="/readyz",status="200"} 1.0' in counted
    assert running.stop() == 0
    assert starts_in_the_log(settings_pusat) == 1


def starts_in_the_log(settings: Settings) -> int:
    engine = create_engine(settings.database_url)
    with engine.connect() as connection:
        found = connection.scalars(select(AuditEntry.event).where(AuditEntry.event == "server_started")).all()
    engine.dispose()
    return len(found)


def test_a_taken_port_and_an_old_database_stop_the_start_with_a_remedy(settings_pusat: PusatSettings):
    old = guyub(settings_pusat, "serve", "--port", str(free_port()))
    assert (old.returncode, "guyub db upgrade" in old.stderr) == (2, True)
    guyub(settings_pusat, "db", "upgrade")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = guyub(settings_pusat, "serve", "--server", "nginx", "--port", str(taken.getsockname()[1]))
    assert (refused.returncode, "--port" in refused.stderr) == (2, True)


def test_auto_picks_nginx_where_it_is_and_waitress_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    assert choose_server("auto") == "nginx"
    monkeypatch.setattr("app.serving.NGINX_PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert choose_server("auto") == "waitress"
    with pytest.raises(SettingsError):
        choose_server("nginx")


def test_nginx_accepts_the_configuration_without_root(settings_sekolah: SekolahSettings, tmp_path: Path):
    """nginx's own test of its configuration, as the user `nobody` where we are root."""
    settings: Settings = load_settings({}, role="sekolah", data_dir=tmp_path / "d", port=free_port())
    settings.run_dir.mkdir(parents=True)
    for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
        (settings.run_dir / "nginx" / name).mkdir(parents=True)
    text = "\n".join(line for line in configuration_text(settings).splitlines() if not line.startswith("user "))
    path = settings.run_dir / "nginx.conf"
    path.write_text(text, encoding="utf-8")
    line = ["/usr/sbin/nginx", "-t", "-e", "stderr", "-p", str(settings.run_dir), "-c", str(path)]
    if os.geteuid() == 0:
        for folder in [*tmp_path.parents, tmp_path]:
            with suppress(PermissionError):
                folder.chmod(folder.stat().st_mode | 0o055)
        subprocess.run(["chown", "-R", "nobody", str(tmp_path)], check=True)
        line = ["setpriv", "--reuid=nobody", "--clear-groups", "--", *line]
    tested = subprocess.run(line, capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
