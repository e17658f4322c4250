"""The cap on the line: what passes in a while is never more than it says, both ways, and proxies are really used."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from small_centre import NOW_S, SmallCentre, running

from app.domain import exchange_paths
from app.domain.identities import CentreIdentity, ServerIdentity
from app.domain.protocol_refusals import ProtocolRefusal
from app.sync.http_client import HttpClient
from app.sync.pacing import Pace, pace_of
from app.sync.transport import HttpTransport, bring_big
from app.sync.uploading import CentreApi

BIG = bytes(number * 7 % 256 for number in range(300_000))
SHA = hashlib.sha256(BIG).hexdigest()
PAYLOAD = exchange_paths.payload(SHA)


class Sundial:
    """A clock that only waiting moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def seconds(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def pace(self, bytes_per_s: int) -> Pace:
        return Pace(bytes_per_s, self.seconds, self.wait)


@pytest.fixture
def centre() -> Iterator[SmallCentre]:
    with running(SmallCentre(CentreIdentity.generate(), ServerIdentity.generate("P1"))) as centre:
        centre.files[PAYLOAD] = BIG
        yield centre


def test_a_download_takes_as_long_as_the_cap_says(centre: SmallCentre, tmp_path: Path) -> None:
    sundial = Sundial()
    transport = HttpTransport(centre.base_url, pace=sundial.pace(10_000))
    assert bring_big(transport, PAYLOAD, tmp_path, SHA, len(BIG)).read_bytes() == BIG
    assert 29.9 <= sundial.now <= 30.1  # 300 kB at 10 kB/s


def test_results_go_out_under_the_same_cap_and_arrive_whole(centre: SmallCentre) -> None:
    sundial = Sundial()
    client = HttpClient(centre.base_url, pace=sundial.pace(100_000))
    api = CentreApi(client, centre.school, lambda: NOW_S)
    api.call("PUT", f"/api/v1/servers/P1/uploads/{'0' * 64}/chunks/{SHA}", BIG)
    assert centre.chunks == {SHA: BIG}
    assert 2.9 <= sundial.now <= 3.1


def test_transfers_at_once_share_one_cap() -> None:
    sundial = Sundial()
    pace = sundial.pace(1_000)
    for _ in range(10):
        pace.take(500)
    assert sundial.now == pytest.approx(5.0)


def test_no_cap_is_no_pace_and_one_cap_is_one_pace_for_the_process() -> None:
    assert pace_of(0) is None
    assert pace_of(512) is pace_of(512)
    assert pace_of(512) is not None
    assert getattr(pace_of(512), "bytes_per_s", 0) == 64_000


class Proxy(BaseHTTPRequestHandler):
    """Answers what it is asked for by full address, as a proxy is."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"proxy")

    def do_CONNECT(self) -> None:
        self.asked.append(f"CONNECT {self.path}")
        self.send_error(403)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def proxy() -> Iterator[tuple[str, list[str]]]:
    handler = type("OneProxy", (Proxy,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", handler.asked  # type: ignore[attr-defined]
        server.shutdown()


def test_everything_goes_through_the_proxy_of_the_settings() -> None:
    with proxy() as (address, asked):
        assert HttpClient("http://pusat.test", proxy=address).call("GET", "/healthz") == b"proxy"
        with pytest.raises(ProtocolRefusal, check=lambda error: error.reason == "no-connection"):
            HttpClient("https://pusat.test", proxy=address).call("GET", "/healthz")
        assert asked == ["http://pusat.test/healthz", "CONNECT pusat.test:443"]
