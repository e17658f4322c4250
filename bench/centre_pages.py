"""The centre's pages that list everything, as an officer opens them: how long they take and what they cost."""

from __future__ import annotations

import time
from typing import Any

from app.rehearsal.server import Server
from app.rehearsal.wire import GZIP
from bench.browsers import Proctor, find
from bench.centre import STAFF_PASSWORD, Centre
from bench.centre_day import Meter
from bench.centre_packages import server_id
from bench.postgres import OwnPostgres

TIMES = 8
PAGES = {
    "servers": "/armada/",
    "servers, last page": "/armada/?halaman={pages}",
    "servers, a search": "/armada/?q={last}",
    "one server": "/armada/{last}",
    "releases": "/rilis/",
    "results": "/hasil/",
}


class Officer(Proctor):
    """Dewi at the centre."""

    async def sign_in(self) -> None:
        """Through the form."""
        page = await self._call("GET", "/staf/masuk")
        token = find(r'name="csrf_token" value="([^"]+)"', page.body.decode())
        form = f"username=dewi&password={STAFF_PASSWORD.replace(' ', '+')}&csrf_token={token}".encode()
        answer = await self._call("POST", "/staf/masuk", form, "Content-Type: application/x-www-form-urlencoded\r\n")
        if answer.status != 302:
            raise SystemExit(f"the officer was not let in: {answer.status}")

    async def open(self, path: str) -> int:
        """One page; gives its size on the wire."""
        answer = await self._call("GET", path, more=GZIP)
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")
        return len(answer.body)


async def pages(server: Server, database: OwnPostgres, centre: Centre) -> dict[str, Any]:
    """Each page a few times: milliseconds until the whole answer is there (middle), of processor, and KB."""
    officer = Officer(centre.settings.port)
    await officer.sign_in()
    known = {"pages": -(-centre.servers // 100), "last": server_id(centre.servers - 1)}
    found = {}
    for name, path in PAGES.items():
        path = path.format(**known)
        await officer.open(path)
        meter, took, size = Meter(server, database), [], 0
        for _turn in range(TIMES):
            began = time.perf_counter()
            size = await officer.open(path)
            took.append(time.perf_counter() - began)
        found[name] = {
            "ms": round(1000 * sorted(took)[TIMES // 2], 1),
            "cpu_ms_each": meter.read(TIMES)["all"],
            "kb": round(size / 1000, 1),
        }
    officer.close()
    return found
