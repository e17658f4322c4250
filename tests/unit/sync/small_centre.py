"""A real HTTP server on loopback that keeps the centre's side of the contract, and can be told to misbehave."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.domain import canonical
from app.domain.bundles import build_receipt, open_bundle
from app.domain.identities import CentreIdentity, ServerIdentity
from app.domain.protocol_refusals import ProtocolRefusal
from app.sync.requests_auth import check_authorization

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
NOW_S = int(NOW.timestamp())


@dataclass
class SmallCentre:
    """What the server has, what it saw, and how it misbehaves."""

    identity: CentreIdentity
    school: ServerIdentity
    files: dict[str, bytes] = field(default_factory=dict)
    chunks: dict[str, bytes] = field(default_factory=dict)
    receipts: dict[str, bytes] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    status: int = 0  # answer everything with this status
    cut_after: int = 0  # bytes of a file sent before the line breaks, once
    honour_range: bool = True
    refuse_chunks_after: int = -1  # break the line at the chunk after so many
    base_url: str = ""


class Handler(BaseHTTPRequestHandler):
    """Routes of the contract."""

    centre: SmallCentre
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.centre.seen.append(f"GET {self.path}")
        if self.centre.status:
            body = json.dumps({"code": "P-999", "detail": "Ditutup.", "remedy": "Tunggu."}).encode()
            self._answer(self.centre.status, body, {"Location": "http://127.0.0.1:9/elsewhere"})
        elif self.path.startswith("/exchange/"):
            self._file(self.centre.files.get(self.path.removeprefix("/exchange/")))
        elif self._authorized(b""):
            name = self.path.rsplit("/", 1)[1]
            receipt = self.centre.receipts.get(name)
            state = {"have": sorted(self.centre.chunks), "receipt": canonical.encode(receipt) if receipt else None}
            self._answer(200, json.dumps(state).encode())

    def do_PUT(self) -> None:
        body = self._body()
        self.centre.seen.append(f"PUT {self.path}")
        if len(self.centre.chunks) == self.centre.refuse_chunks_after:
            self.close_connection = True
            return
        if self._authorized(body):
            self.centre.chunks[hashlib.sha256(body).hexdigest()] = body
            self._answer(204, b"")

    def do_POST(self) -> None:
        body = self._body()
        self.centre.seen.append(f"POST {self.path}")
        if not self._authorized(body):
            return
        name, order = self.path.rsplit("/", 1)[1], json.loads(body)
        data = b"".join(self.centre.chunks[chunk] for chunk in order["chunks"])
        server = self.centre.school
        results, content = open_bundle(
            data, name, server.server, self.centre.identity, {server.server: server.public}.get
        )
        receipt = build_receipt(results, name, content, NOW, self.centre.identity)
        self._answer(200, self.centre.receipts.setdefault(name, receipt))

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _file(self, data: bytes | None) -> None:
        if data is None:
            self._answer(404, b"")
            return
        asked = self.headers.get("Range", "")
        self.centre.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.centre.honour_range else 0
        if start > len(data):
            self._answer(416, b"")
            return
        headers = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if start else {}
        self._answer(206 if start else 200, data[start:], headers, self.centre.cut_after)
        self.centre.cut_after = 0

    def _authorized(self, body: bytes) -> bool:
        keys = {self.centre.school.server: self.centre.school.sign.public_key()}
        digest = hashlib.sha256(body).hexdigest()
        try:
            check_authorization(self.headers["Authorization"], self.command, self.path, digest, keys.get, NOW_S)
        except ProtocolRefusal as refusal:
            self._answer(refusal.status, json.dumps({"code": refusal.code, "detail": refusal.cause}).encode())
            return False
        return True

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None, cut_after: int = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:cut_after] if cut_after else body)
        if cut_after:
            self.wfile.flush()
            self.close_connection = True


@contextmanager
def running(centre: SmallCentre) -> Iterator[SmallCentre]:
    """The server on a free port of loopback until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"centre": centre}))
    server.daemon_threads = True
    centre.base_url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield centre
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
