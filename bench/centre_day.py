"""Thousands of school servers on one exam day: they wait for their release, then send their results.

Waiting is what the program does at a school: it asks for a small file again and again, at its own intervals, over a
connection of its own each time. Sending is the program's own client with signatures and receipts, one thread each.
Releases are checked with the school's code, receipts by the client; what the centre stored is counted in the end.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text

from app.domain import exchange_paths
from app.domain.documents import Manifest, read_document
from app.domain.package_opening import check_release
from app.domain.refusals import Refusal
from app.models import AttemptResult, QuestionResult, Upload
from app.rehearsal import machine
from app.rehearsal.load import Run, evenly, open_loop
from app.rehearsal.paper import QUESTIONS
from app.rehearsal.server import Server
from app.rehearsal.wire import Connection, GoneError
from app.sekolah.services.releasing import next_poll_s
from app.sync import exchange
from app.sync.http_client import HttpClient
from app.sync.uploading import CentreApi, upload
from bench.centre import Centre
from bench.centre_packages import STUDENTS, identity, server_id, sitting_id
from bench.postgres import OwnPostgres

SMALL = 1024 * 1024
CLIENTS = 12  # uploads at a time when it is to go as fast as it goes
THREADS = 128
MOST_WAIT_S = 420.0  # for a release; then it counts as not come


class Meter:
    """Processor time of the centre's parts and of its database."""

    def __init__(self, server: Server, database: OwnPostgres) -> None:
        self._parts = {name: pids for name, pids in machine.parts(server.pid).items() if pids}
        self._database = database
        self._before = self._now()

    def read(self, each: int = 1) -> dict[str, float]:
        """Milliseconds by part and in `all`, divided among so many."""
        spent = {name: 1000 * (after - self._before[name]) / each for name, after in self._now().items()}
        return {name: round(value, 2) for name, value in {**spent, "all": sum(spent.values())}.items()}

    def _now(self) -> dict[str, float]:
        found = {name: machine.processor_seconds(pids) for name, pids in self._parts.items()}
        return found | {"database": self._database.processor_seconds()}


class Waiting:
    """All schools wait for their release, each at its own intervals."""

    def __init__(self, centre: Centre, moment: datetime) -> None:
        self.centre, self.moment = centre, moment
        self.run = Run()
        self.came_s: list[float] = []
        self.held: dict[int, bytes] = {}

    async def wait(self) -> None:
        """Until everyone has it, or it is too late."""
        began = time.perf_counter()
        await asyncio.gather(*(self._school(place) for place in range(self.centre.servers)))
        self.run.seconds = time.perf_counter() - began

    async def _school(self, place: int) -> None:
        chance = random.Random(place)
        path = f"/exchange/{exchange_paths.release(server_id(place), sitting_id(place))}"
        pause, over = chance.uniform(0, next_poll_s(0, chance)), self.moment + timedelta(seconds=MOST_WAIT_S)
        while datetime.now(UTC) < over:
            due = time.perf_counter() + pause
            await asyncio.sleep(pause)
            self.run.lags.append(time.perf_counter() - due)
            try:
                connection = await Connection.connect(self.centre.settings.port)
                answer = await connection.request(
                    "GET", path, more="User-Agent: guyub\r\nAccept-Encoding: identity\r\nConnection: close\r\n"
                )
                connection.close()
            except (GoneError, OSError) as error:
                self.run.failures[type(error).__name__] += 1
            else:
                self.run.latencies.append(time.perf_counter() - due)
                if answer.status == 200:
                    self.came_s.append((datetime.now(UTC) - self.moment).total_seconds())
                    self.held[place] = answer.body
                    return
                if answer.status != 404:
                    self.run.failures[str(answer.status)] += 1
            pause = next_poll_s(0, chance)
        self.run.failures["no release"] += 1

    def check(self) -> int:
        """How many of the releases are what the school takes for one."""
        keys, good = self.centre.keys, 0
        tree = self.centre.settings.exchange_dir
        for place, data in self.held.items():
            signed = exchange.read(tree, exchange_paths.manifest(server_id(place), sitting_id(place)), SMALL)
            check_release(data, read_document(Manifest, signed, keys.signers), keys)
            good += 1
        return good


async def fetch(server: Server, database: OwnPostgres, centre: Centre, moment: datetime) -> dict[str, Any]:
    """Everybody waits; at `moment` the centre releases by plan."""
    meter, waiting = Meter(server, database), Waiting(centre, moment)
    await waiting.wait()
    came = sorted(waiting.came_s) or [MOST_WAIT_S]
    return waiting.run.summary() | {
        "servers": centre.servers,
        "releases": waiting.check(),
        "first_s": round(came[0], 1),
        "half_s": round(statistics.median(came), 1),
        "last_s": round(came[-1], 1),
        "cpu_ms_each": meter.read(centre.servers),
        "cpu_seconds": round(sum(meter.read().values()) / 2000, 1),
    }


class Uploads:
    """Schools that send their results with the program's own client."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self._pool = ThreadPoolExecutor(THREADS)
        self._client = HttpClient(f"http://127.0.0.1:{centre.settings.port}", timeout_s=120)

    async def act(self, place: int) -> str:
        """One school's upload, receipt checked."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._send, place)

    def _send(self, place: int) -> str:
        who = identity(place)
        api = CentreApi(self._client, who, lambda: int(time.time()))
        data = (self.centre.bundles / f"{place}.bundle").read_bytes()
        try:
            upload(api, who.server, sitting_id(place), data, self.centre.keys)
        except Refusal as refusal:
            return f"{refusal.code} {refusal.values}"[:200]
        return ""

    def close(self) -> None:
        self._pool.shutdown()


async def uploads_at_rate(
    server: Server, database: OwnPostgres, centre: Centre, places: range, per_second: float
) -> dict[str, Any]:
    """Results come at the rate of the goal, whether the earlier ones are answered or not."""
    meter, sending = Meter(server, database), Uploads(centre)
    run = await open_loop(evenly(len(places), len(places) / per_second), lambda number: sending.act(places[number]))
    sending.close()
    spent = meter.read()
    return run.summary() | {
        "cpu_ms_each": meter.read(len(places)),
        "cores": round(spent["all"] / 1000 / run.seconds, 2),
    }


async def uploads_as_fast_as_they_go(
    server: Server, database: OwnPostgres, centre: Centre, places: range, tell: Callable[[str], None]
) -> dict[str, Any]:
    """A few at a time, each the next one as soon as it has its receipt; the cost by tenths of the way."""
    sending, run, queue = Uploads(centre), Run(), list(reversed(places))
    began, whole, tenth = time.perf_counter(), Meter(server, database), Meter(server, database)
    tenths: list[float] = []
    part = max(1, len(places) // 10)

    async def client() -> None:
        nonlocal tenth
        while queue:
            place, sent = queue.pop(), time.perf_counter()
            failure = await sending.act(place)
            if failure:
                run.failures[failure] += 1
                continue
            run.latencies.append(time.perf_counter() - sent)
            if len(run.latencies) % part == 0:
                tenths.append(tenth.read(part)["all"])
                tenth = Meter(server, database)
                tell(f"{len(run.latencies)} of {len(places)} uploads, {tenths[-1]:.0f} ms of processor each")

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    run.seconds = time.perf_counter() - began
    sending.close()
    return run.summary() | {
        "servers": len(places),
        "seconds": round(run.seconds, 1),
        "cpu_ms_each": whole.read(len(places)),
        "cpu_ms_each_by_tenth": tenths,
    }


def stored(centre: Centre) -> dict[str, Any]:
    """What the centre has in the end, and how large its database is."""
    place = centre.place()
    with place.look() as session:
        found = {
            "uploads": session.scalar(select(func.count(Upload.sha256))) or 0,
            "attempts": session.scalar(select(func.count(AttemptResult.id))) or 0,
            "answers": session.scalar(select(func.count()).select_from(QuestionResult)) or 0,
            "database_mb": round((session.scalar(text("SELECT pg_database_size(current_database())")) or 0) / 1e6),
        }
    place.engine.dispose()
    found["whole"] = found["attempts"] == STUDENTS * found["uploads"]
    found["whole"] &= found["answers"] == QUESTIONS * found["attempts"]
    return found
