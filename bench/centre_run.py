"""The centre's day at one size, from an empty PostgreSQL to what is stored in the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.rehearsal.server import Server
from bench import centre, centre_day, centre_pages
from bench.postgres import own_postgres

GOAL_RATE = 10_000 / 1800  # uploads a second: ten thousand within half an hour
SETTLED_S = 15.0  # the schools wait already when the releases come


def measure(folder: Path, port: int, servers: int, uploads: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Releases for all, results of so many: a part of them at the goal's rate, the rest as fast as it goes."""
    place = folder / f"centre-{servers}"
    place.mkdir()
    with own_postgres() as database:
        there = centre.furnish(place, port, servers, min(uploads, servers), database(), tell)
        server = Server(there.settings)
        try:
            server.start()
            return asyncio.run(_day(server, database, there, min(uploads, servers), tell))
        finally:
            server.stop()


async def _day(
    server: Server, database: Any, there: centre.Centre, uploads: int, tell: Callable[[str], None]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    moment = datetime.now(UTC) + timedelta(seconds=SETTLED_S)
    centre.release_at(there, moment)
    tell(f"{there.servers} servers wait for their release")
    found["fetch"] = await centre_day.fetch(server, database, there, moment)
    tell(f"all have it after {found['fetch']['last_s']} s, {found['fetch']['cpu_ms_each']} ms each; pages")
    found["pages"] = await centre_pages.pages(server, database, there)
    slowly = min(uploads // 2, int(60 * GOAL_RATE))
    tell(f"{slowly} uploads at {GOAL_RATE:.2f} a second")
    found["at rate"] = await centre_day.uploads_at_rate(server, database, there, range(slowly), GOAL_RATE)
    tell(f"p99 {found['at rate']['p99_ms']} ms, {found['at rate']['cpu_ms_each']} ms each; the rest as fast as it goes")
    rest = range(slowly, uploads)
    found["fast"] = await centre_day.uploads_as_fast_as_they_go(server, database, there, rest, tell)
    found["stored"] = centre_day.stored(there)
    return found
