"""How many durable saves the exam process takes, against a Flask handler that does nothing, on the same settings.

Saturated: as many connections as given, each sending the next request as soon as its answer is there; both servers in
turn, several rounds, same client, same bytes. Prints the ratio first. With `--rate` it is open-loop instead: requests
leave at their time whether or not earlier ones were answered, and latency counts from when they should have left.

    python bench/saves.py [--seconds 5] [--rounds 3] [--connections 64] [--rate 0] [--students 500] [--port 18620]
"""

from __future__ import annotations

import argparse
import json
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask, Response, request
from sqlalchemy import create_engine, text

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.sekolah.services.seats import SeatKeys  # noqa: E402
from app.serving.gunicorn_lines import exam_line  # noqa: E402
from app.settings import SekolahSettings, load_settings  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
QUESTIONS = ("q1", "q2", "q5", "q6")
VALUES = ("a", ["a", "b"], "tiga puluh dua", "Karena air laut menguap dan menjadi awan.")


def bare() -> Flask:
    """The reference: reads the body and answers 204."""
    app = Flask("bare", static_folder=None)

    @app.post("/<path:_path>")
    def handler(_path: str) -> Response:
        request.get_data(cache=False)
        return Response(status=204)

    return app


@dataclass
class Run:
    """One run's latencies in seconds and what the server's processes used of the processor."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    cpu: float = 0.0
    failures: int = 0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    def show(self) -> str:
        each = 1000 * self.cpu / max(1, len(self.latencies))
        return (
            f"{self.rate:7.0f}/s  p50 {self.percentile(0.5):6.1f} ms  p99 {self.percentile(0.99):6.1f} ms  "
            f"CPU {each:5.3f} ms each  failures {self.failures}"
        )


class Browsers:
    """Students' browsers, one connection each, who never wait for each other."""

    def __init__(self, port: int, students: list[tuple[int, str]], connections: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._students = deque((attempt, seat, 0) for attempt, seat in students)
        self._sockets = []
        for _ in range(connections):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(connection, selectors.EVENT_READ)
            self._sockets.append(connection)

    def saturate(self, seconds: float) -> Run:
        run, sent = Run(seconds), {}
        end = time.perf_counter() + seconds
        for connection in self._sockets:
            self._send(connection)
            sent[connection] = time.perf_counter()
        while sent:
            for key, _events in self._selector.select(1):
                connection = key.fileobj
                now = time.perf_counter()
                run.failures += not self._read(connection)
                if now <= end:
                    run.latencies.append(now - sent[connection])
                    self._send(connection)
                    sent[connection] = now
                else:
                    del sent[connection]
            if time.perf_counter() > end + 20:
                raise SystemExit("answers are missing")
        return run

    def at_rate(self, seconds: float, rate: float) -> Run:
        run, due = Run(seconds), {}
        free, began, number = deque(self._sockets), time.perf_counter(), 0
        while number < seconds * rate or due:
            now = time.perf_counter()
            while free and number < seconds * rate and began + number / rate <= now:
                connection = free.popleft()
                due[connection] = began + number / rate
                self._send(connection)
                number += 1
            pause = max(0.0, began + number / rate - time.perf_counter()) if free and number < seconds * rate else 0.05
            for key, _events in self._selector.select(pause):
                connection = key.fileobj
                run.failures += not self._read(connection)
                run.latencies.append(time.perf_counter() - due.pop(connection))
                free.append(connection)
        return run

    def close(self) -> None:
        for connection in self._sockets:
            connection.close()
        self._selector.close()

    def _send(self, connection: socket.socket) -> None:
        attempt, seat, sequence = self._students.popleft()
        which = sequence % len(QUESTIONS)
        item = {
            "sequence": sequence + 1,
            "question": QUESTIONS[which],
            "value": VALUES[which],
            "doubtful": False,
            "age_ms": 3,
        }
        body = json.dumps({"items": [item], "position": QUESTIONS[which]}).encode()
        head = (
            f"POST /api/v1/attempts/{attempt}/answers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {seat}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + body)
        self._students.append((attempt, seat, sequence + 1))

    @staticmethod
    def _read(connection: socket.socket) -> bool:
        data = connection.recv(65536)
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        head, _gap, body = data.partition(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                while len(body) < int(line[15:]):
                    body += connection.recv(65536)
        good = head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 204"))
        if not good:
            print(head.split(b"\r\n")[0].decode(), body[:120].decode(), file=sys.stderr)
        return good


def processor_seconds(leader: int) -> float:
    """What a process and its children have used so far."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parts = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(stat.parent.name) == leader or int(parts[1]) == leader:
            total += (int(parts[11]) + int(parts[12])) / TICKS
    return total


def serve(settings: SekolahSettings, application: str, port: int) -> subprocess.Popen[bytes]:
    """gunicorn exactly as `guyub serve` runs the exam process, but on a loopback port."""
    line = exam_line(settings)
    line[line.index("--bind") + 1] = f"127.0.0.1:{port}"
    line[-1] = application
    line[line.index("--config") : line.index("--config") + 2] = []
    environment = {
        **os.environ,
        "GUYUB_ROLE": "sekolah",
        "GUYUB_DATA_DIR": str(settings.data_dir),
        "GUYUB_DATABASE_URL": settings.database_url,
        "GUYUB_LOG_LEVEL": "warning",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'bench'}",
    }
    child = subprocess.Popen(line, env=environment, cwd=ROOT)
    for _ in range(200):
        if child.poll() is not None:
            raise SystemExit(f"the server did not start: is port {port} free?")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            time.sleep(1)
            return child
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def prepare(settings: SekolahSettings, students: int) -> list[tuple[int, str]]:
    """A sitting with so many students at work; their attempts and seats."""
    from tests.functional.sekolah.exam import conftest as exam_day

    exam_day.furnish(settings)
    engine = create_engine(settings.database_url)
    keys = SeatKeys.of(settings.keys_dir)
    now = int(time.time() * 1000)
    with exam_day.Session(engine) as session:
        made = [
            exam_day.add_attempt(
                session, f"B{number:05}", f"Peserta {number}", number, epoch=1, seat_held=True, started_ms=now,
                deadline_ms=now + 7_200_000,
            )
            for number in range(10, 10 + students)
        ]  # fmt: skip
        session.execute(text("UPDATE attempt SET state = 'working' WHERE number LIKE 'B%'"))
        session.commit()
        ids = [attempt.id for attempt in made]
    engine.dispose()
    return [(attempt, keys.seat(attempt, 1, exam_day.SITTING)) for attempt in ids]


def measure(child: subprocess.Popen[bytes], browsers: Browsers, options: argparse.Namespace) -> Run:
    before = processor_seconds(child.pid)
    run = browsers.at_rate(options.seconds, options.rate) if options.rate else browsers.saturate(options.seconds)
    run.cpu = processor_seconds(child.pid) - before
    return run


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--students", type=int, default=500)
    parser.add_argument("--port", type=int, default=18620)
    parser.add_argument("--database", default="")
    parser.add_argument("--threads", type=int, default=64)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="guyub-bench-") as folder:
        given = {"database_url": options.database} if options.database else {}
        settings = load_settings({}, role="sekolah", data_dir=Path(folder), exam_threads=options.threads, **given)
        assert isinstance(settings, SekolahSettings)
        students = prepare(settings, options.students)
        servers: dict[str, subprocess.Popen[bytes]] = {}
        try:
            servers["bare"] = serve(settings, "saves:bare()", options.port)
            servers["exam"] = serve(settings, "app.wsgi:exam()", options.port + 1)
            compare(servers, students, options)
        finally:
            for child in servers.values():
                child.terminate()
                child.wait(15)


def compare(
    servers: dict[str, subprocess.Popen[bytes]], students: list[tuple[int, str]], options: argparse.Namespace
) -> None:
    browsers = {
        name: Browsers(options.port + place, students, options.connections) for place, name in enumerate(servers)
    }
    runs: dict[str, list[Run]] = {name: [] for name in servers}
    for _ in range(options.rounds):
        for name, child in servers.items():
            runs[name].append(measure(child, browsers[name], options))
    middle = {name: sorted(those, key=lambda run: run.rate)[len(those) // 2] for name, those in runs.items()}
    print(f"exam / bare: {middle['exam'].rate / middle['bare'].rate:.2f} of the rate")
    for name, those in runs.items():
        for run in those:
            print(f"{name:5} {run.show()}")
    for those in browsers.values():
        those.close()


if __name__ == "__main__":
    main()
