"""The front as a part of its own: real nginx, http and https, in a folder of its own, with nothing else to write to."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path
from typing import NamedTuple

import pytest

from app.serving.nginx_front import configuration_text
from app.settings import Settings, load_settings
from app.web.static_files import static_version, write_prepared
from appliance.certificates import CA_CERTIFICATE, CERTIFICATE, KEY, make_certificates
from tests.ports import free_port

LIMIT_S = 60


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A school's authority and certificate."""
    folder = tmp_path_factory.mktemp("box")
    make_certificates(folder, [IPv4Address("192.168.0.200")], "0" * 32, datetime.now(UTC))
    return folder


class Answer(NamedTuple):
    """What came back; names of headers in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


def asked(connection: http.client.HTTPConnection, path: str, **headers: str) -> Answer:
    """One question over a connection of its own."""
    with closing(connection):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, body)


class Front:
    """`guyub serve --part front`, told where systemd would listen."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.folder, self.port, self.tls_port = folder, free_port(), free_port()
        self.own = folder / "own"
        self.own.mkdir()
        (folder / "data/run/static").mkdir(parents=True, exist_ok=True)
        if not (folder / "data/run/static" / static_version()).exists():
            write_prepared(folder / "data/run/static" / static_version())
        self.channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.channel.bind(str(folder / "notify"))
        self.channel.settimeout(LIMIT_S)
        self.environment = {
            "GUYUB_ROLE": "sekolah",
            "GUYUB_DATA_DIR": str(folder / "data"),
            "GUYUB_HOST": "127.0.0.1",
            "GUYUB_PORT": str(self.port),
            "GUYUB_TLS_PORT": str(self.tls_port),
            "GUYUB_SOCKETS_DIR": str(folder),
            **more,
        }
        plain = {name: value for name, value in os.environ.items() if not name.startswith("GUYUB_")}
        systemd = {"RUNTIME_DIRECTORY": str(self.own), "NOTIFY_SOCKET": str(folder / "notify")}
        line = [sys.executable, "-m", "app.cli", "serve", "--part", "front"]
        self.process = subprocess.Popen(line, env=plain | systemd | self.environment)
        assert self.channel.recv(100) == b"READY=1\nWATCHDOG=1"

    @property
    def settings(self) -> Settings:
        """The settings it was started with."""
        return load_settings(self.environment)

    def get(self, path: str, **headers: str) -> Answer:
        """By http."""
        return asked(http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S), path, **headers)

    def get_securely(self, path: str, authority: Path) -> Answer:
        """By https, under the name of the school's server."""
        context = ssl.create_default_context(cafile=str(authority))
        plain = socket.create_connection(("127.0.0.1", self.tls_port), timeout=LIMIT_S)
        connection = http.client.HTTPConnection("ujian.lan", self.tls_port, timeout=LIMIT_S)
        connection.sock = context.wrap_socket(plain, server_hostname="ujian.lan")
        return asked(connection, path)

    def worker(self) -> int:
        """nginx's one worker."""
        master = int((self.own / "nginx.pid").read_text())
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        assert len(children) == 1, "another worker would answer for one that hangs"
        return int(children[0])

    def stop(self) -> int:
        """Its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(LIMIT_S)
        finally:
            self.channel.close()


@pytest.fixture
def front(tmp_path: Path, certificates: Path) -> Iterator[Front]:
    """A front with http and https."""
    tls = {"TLS_CERTIFICATE": str(certificates / CERTIFICATE), "TLS_KEY": str(certificates / KEY)}
    running = Front(tmp_path, **{f"GUYUB_{name}": value for name, value in tls.items()})
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def address_front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """One front for many questions; pages by https only, which no maker's question may be sent on to."""
    folder = tmp_path_factory.mktemp("front")
    make_certificates(folder / "box", [IPv4Address("192.168.0.200")], "0" * 32, datetime.now(UTC))
    files = {"CERTIFICATE": folder / "box" / CERTIFICATE, "KEY": folder / "box" / KEY}
    running = Front(folder, GUYUB_HTTPS_ONLY="true", **{f"GUYUB_TLS_{name}": str(path) for name, path in files.items()})
    yield running
    assert running.stop() == 0


def test_the_same_pages_come_by_http_and_by_https(front: Front, certificates: Path):
    assert front.get("/static/icon.svg").status == 200
    answer = front.get_securely("/static/icon.svg", certificates / CA_CERTIFICATE)
    assert (answer.status, answer.headers["content-type"]) == (200, "image/svg+xml")


def test_while_the_parts_are_away_it_says_so_instead_of_failing(front: Front):
    answer = front.get("/masuk")
    assert answer.status == 503
    assert answer.headers["retry-after"] == "2"


@pytest.mark.parametrize(
    ("address", "status", "body"),
    [
        ("connectivitycheck.gstatic.com/generate_204", 204, b""),
        ("clients3.google.com/gen_204", 204, b""),
        ("www.msftconnecttest.com/connecttest.txt", 200, b"Microsoft Connect Test"),
        ("www.msftncsi.com/ncsi.txt", 200, b"Microsoft NCSI"),
        ("detectportal.firefox.com/success.txt?ipv4", 200, b"success\n"),
        (
            "detectportal.firefox.com/canonical.html",
            200,
            b'<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>',
        ),
        ("network-test.debian.org/nm", 200, b"NetworkManager is online\n"),
        ("connectivity-check.ubuntu.com/", 204, b""),
        (
            "captive.apple.com/hotspot-detect.html",
            200,
            b"<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>",
        ),
        ("www.gstatic.com/masuk", 404, None),
    ],
)
def test_a_pc_that_asks_whether_it_is_online_hears_what_its_maker_would_say(
    address_front: Front, address: str, status: int, body: bytes | None
):
    host, slash, path = address.partition("/")
    answer = address_front.get(slash + path, Host=host)
    assert answer.status == status
    assert body is None or answer.body == body


def test_what_a_pc_asks_of_its_maker_means_nothing_at_the_exams_own_address(front: Front):
    assert front.get("/generate_204").status == 503, "the program answers there, and it is away"


def test_it_writes_to_its_own_folder_only(front: Front):
    front.get("/masuk")
    assert (front.own / "nginx.conf").is_file()
    assert [path.name for path in (front.folder / "data/run").iterdir()] == ["static"]


def test_a_worker_that_hangs_is_started_again(front: Front):
    worker = front.worker()
    os.kill(worker, signal.SIGSTOP)
    latest = time.monotonic() + LIMIT_S
    with suppress(FileNotFoundError):
        while Path(f"/proc/{worker}/stat").read_text().split()[2] not in {"Z", "X"}:
            assert time.monotonic() < latest, "nobody noticed"
            time.sleep(0.1)
    while True:
        with suppress(OSError, http.client.HTTPException):
            if front.get("/static/icon.svg").status == 200:
                break
        assert time.monotonic() < latest, "it did not come back"
        time.sleep(0.1)


def test_with_https_only_http_sends_on_to_the_same_page(tmp_path: Path, certificates: Path):
    front = Front(
        tmp_path,
        GUYUB_TLS_CERTIFICATE=str(certificates / CERTIFICATE),
        GUYUB_TLS_KEY=str(certificates / KEY),
        GUYUB_HTTPS_ONLY="true",
    )
    try:
        answer = front.get("/masuk?kembali=1")
        assert answer.status == 308
        assert answer.headers["location"] == f"https://127.0.0.1:{front.tls_port}/masuk?kembali=1"
        assert front.get_securely("/static/icon.svg", certificates / CA_CERTIFICATE).status == 200
        assert front.settings.secure_cookies
    finally:
        front.stop()


def test_without_a_certificate_http_is_served_all_the_same(tmp_path: Path):
    stand_in = tmp_path / "none"
    stand_in.write_text("none")
    front = Front(tmp_path, GUYUB_TLS_CERTIFICATE=str(stand_in), GUYUB_TLS_KEY=str(stand_in), GUYUB_HTTPS_ONLY="true")
    try:
        assert front.get("/static/icon.svg").status == 200
    finally:
        front.stop()


def test_a_server_without_these_settings_listens_at_one_port_as_before(tmp_path: Path):
    text = configuration_text(load_settings({"GUYUB_ROLE": "sekolah", "GUYUB_DATA_DIR": str(tmp_path)}))
    assert len(set(re.findall(r"listen ([^ ;]+)", text))) == 1
    assert "ssl" not in text
