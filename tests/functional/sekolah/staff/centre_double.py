"""A small centre made of the protocol's own functions, on a real loopback server: it activates, publishes, releases,
receives. It keeps no database and knows only what these tests ask of it."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from app.domain import activation, bundles, canonical, codes, exchange_paths, package_keys, payloads
from app.domain.documents import IndexEntry, Schedule
from app.domain.identities import CentreIdentity, ServerPublic
from app.domain.package_building import Candidate, PackageOrder, build_index, build_package, build_release
from app.domain.package_keys import Binding, PackageSecrets, Stretching
from app.domain.protocol_refusals import ProtocolRefusal
from app.domain.student_passwords import new_password
from app.sync import exchange
from app.sync.requests_auth import check_authorization

CHEAP = Stretching(memory_kib=64, passes=1)  # tests dictate codes all day
MARKER = "Berapakah tujuh kali delapan?"
STUDENTS = (("U001", "Siti Aminah", "P"), ("U002", "Budi Santoso", "L"), ("U003", "=cmd()", "L"))


def paper(questions: int = 3) -> bytes:
    """A gzipped paper of single-choice questions."""
    body = {
        "schema": 1,
        "title": "Matematika",
        "subject": "Matematika",
        "questions": [
            {
                "id": f"q{number}",
                "type": "single",
                "stem": f"<p>{MARKER} ({number})</p>",
                "stimulus": None,
                "options": [{"id": "a", "html": "56"}, {"id": "b", "html": "54"}],
                "columns": [],
                "rows": [],
                "shuffle": True,
                "audio_plays": 0,
            }
            for number in range(1, questions + 1)
        ],
        "stimuli": {},
        "media": {},
    }
    return gzip.compress(json.dumps(body).encode(), mtime=0)


@dataclass
class Published:
    """What the centre keeps of a package."""

    keys: PackageSecrets
    version: int
    entry: IndexEntry
    passwords: dict[str, str]
    paper_sha256: str


@dataclass
class CentreDouble:
    """The centre. `now` is its clock; `tree` its exchange tree."""

    tree: Path
    now: datetime
    identity: CentreIdentity = field(default_factory=CentreIdentity.generate)
    codes: dict[str, bytes] = field(default_factory=dict)
    servers: dict[str, ServerPublic] = field(default_factory=dict)
    published: dict[tuple[str, str], Published] = field(default_factory=dict)
    index_version: int = 0
    chunks: dict[str, bytes] = field(default_factory=dict)
    receipts: dict[str, bytes] = field(default_factory=dict)
    results: list[bundles.Results] = field(default_factory=list)
    reports: list[dict[str, object]] = field(default_factory=list)
    broken_after: int | None = None  # bytes of a payload after which the line breaks, once
    closed: bool = False
    school: str = "SMA Negeri 1 Contoh"
    httpd: ThreadingHTTPServer | None = None

    @property
    def address(self) -> str:
        assert self.httpd is not None
        return f"http://127.0.0.1:{self.httpd.server_address[1]}"

    def issue_code(self, server: str) -> str:
        """An activation code as it is told to the technician."""
        self.codes[server] = codes.new_code()
        return codes.format_code(self.codes[server])

    def answer_activation(self, request: bytes) -> bytes:
        found = activation.read_request(request)
        code = self.codes[found.server]
        self.servers[found.server] = activation.check_request(found, code)
        school = activation.School("20104001", self.school, "Server 1", "Asia/Jakarta")
        return activation.make_response(request, code, school, self.identity, self.now)

    def publish(
        self,
        server: str,
        sitting: str,
        *,
        version: int = 1,
        starts_at: datetime | None = None,
        title: str = "Matematika",
        room: str = "Ruang 1",
        students: tuple[tuple[str, str, str], ...] = STUDENTS,
        media: int = 0,
        length_s: int = 5400,
    ) -> Published:
        """Seal a package and put it on offer."""
        gzipped = paper()
        sha = hashlib.sha256(gzip.decompress(gzipped)).hexdigest()
        passwords = {number: new_password() for number, _name, _gender in students}
        keys = package_keys.new_secrets()
        order = PackageOrder(
            server=self.servers[server],
            schedule=Schedule(
                sitting=sitting,
                title=title,
                subject="Matematika",
                starts_at=starts_at or self.now + timedelta(minutes=20),
                length_s=length_s,
                minimum_s=600,
                time_zone="Asia/Jakarta",
                room=room,
            ),
            version=version,
            issued_at=self.now,
            expires_at=self.now + timedelta(days=30),
            questions=3,
            candidates=[
                Candidate(number, name, gender, "XII-1", seat, passwords[number])
                for seat, (number, name, gender) in enumerate(students, 1)
            ],
        )
        sources = [payloads.source_of(payloads.paper_name(sha), gzipped)]
        if media:
            data = hashlib.sha256(b"picture").digest() * (media // 32)
            sources.append(payloads.source_of(payloads.media_name(f"{hashlib.sha256(data).hexdigest()}.png"), data))
        draft = self.tree / "draft.seal"
        with draft.open("wb") as sink:
            built = build_package(order, sources, self.identity, sink, keys, stretching=CHEAP)
        place = exchange.locate(self.tree, built.payload_path)
        place.parent.mkdir(parents=True, exist_ok=True)
        draft.rename(place)
        for path, data in built.files.items():
            exchange.write(self.tree, path, data)
        kept = Published(keys, version, built.entry, passwords, sha)
        self.published[server, sitting] = kept
        self.write_index(server)
        return kept

    def write_index(self, server: str) -> None:
        """Offer everything that is published for the server."""
        self.index_version += 1
        entries = [kept.entry for (owner, _sitting), kept in self.published.items() if owner == server]
        expiry = self.now + timedelta(days=30)
        data = build_index(server, self.index_version, self.now, expiry, entries, self.identity)
        exchange.write(self.tree, exchange_paths.index(server), data)

    def release(self, server: str, sitting: str) -> bytes:
        """Put the release where the school looks for it."""
        kept = self.published[server, sitting]
        data = build_release(Binding(server, sitting, kept.version), kept.keys.release, self.now, self.identity)
        exchange.write(self.tree, exchange_paths.release(server, sitting), data)
        return data

    def spoken_code(self, server: str, sitting: str) -> str:
        """The offline release code as it is dictated."""
        return codes.format_code(self.published[server, sitting].keys.code)

    def receive(self, server: str, data: bytes) -> bytes:
        """Open a bundle and give its receipt; the same one again on a replay."""
        name = hashlib.sha256(data).hexdigest()
        if name not in self.receipts:
            results, content = bundles.open_bundle(data, name, server, self.identity, self.servers.get)
            self.results.append(results)
            self.receipts[name] = bundles.build_receipt(results, name, content, self.now, self.identity)
            exchange.write(self.tree, exchange_paths.receipt(server, name), self.receipts[name])
        return self.receipts[name]

    def start(self, port: int = 0) -> None:
        """Serve on loopback."""
        double = self

        class Handler(_Handler):
            centre = double

        self.httpd = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self.httpd.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        if self.httpd is not None:
            self.httpd.shutdown()
            self.httpd.server_close()


class _Handler(BaseHTTPRequestHandler):
    centre: CentreDouble
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.centre.closed:
            return self._send(503, b"")
        if self.path.startswith("/exchange/"):
            return self._file(self.path.removeprefix("/exchange/"))
        server, name = self._caller(b""), self.path.split("/")[-1]
        receipt = self.centre.receipts.get(name)
        state = {"have": sorted(self.centre.chunks), "receipt": canonical.encode(receipt) if receipt else None}
        assert server
        return self._send(200, json.dumps(state).encode())

    def do_PUT(self) -> None:
        body = self._body()
        self._caller(body)
        self.centre.chunks[hashlib.sha256(body).hexdigest()] = body
        self._send(204, b"")

    def do_POST(self) -> None:
        body = self._body()
        if self.centre.closed:
            return self._send(503, b"")
        if self.path == "/api/v1/activation":
            return self._activation(body)
        server = self._caller(body)
        if self.path.endswith("/report"):
            self.centre.reports.append(json.loads(body))
            return self._send(200, json.dumps({"now": self.centre.now.isoformat(), "notices": []}).encode())
        data = b"".join(self.centre.chunks[name] for name in json.loads(body)["chunks"])
        return self._send(200, self.centre.receive(server, data))

    def _activation(self, body: bytes) -> None:
        try:
            if activation.read_request(body).server not in self.centre.codes:
                return self._send(404, b"{}")
            self._send(200, self.centre.answer_activation(body))
        except ProtocolRefusal as refusal:
            problem = {"code": refusal.code, "detail": refusal.cause, "remedy": refusal.remedy}
            self._send(403, json.dumps(problem).encode())

    def _file(self, path: str) -> None:
        try:
            data = exchange.locate(self.centre.tree, path).read_bytes()
        except (FileNotFoundError, ProtocolRefusal):
            return self._send(404, b"")
        asked = self.headers.get("Range", "")
        offset = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        headers = {"Content-Range": f"bytes {offset}-{len(data) - 1}/{len(data)}"} if offset else {}
        cut = self.centre.broken_after
        if path.startswith("payloads/") and cut is not None:
            self.centre.broken_after = None
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[:cut])
            self.close_connection = True
            return None
        return self._send(206 if offset else 200, data[offset:], headers)

    def _caller(self, body: bytes) -> str:
        return check_authorization(
            self.headers["Authorization"],
            self.command,
            self.path,
            hashlib.sha256(body).hexdigest(),
            lambda server: self.centre.servers[server].sign,
            int(self.centre.now.timestamp()),
        )

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Tests are quiet."""
