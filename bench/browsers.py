"""A proctor's browser as the load program speaks for it: sign-in and the board, over one keep-alive connection."""

from __future__ import annotations

import re
from collections import Counter

from app.rehearsal.school import STAFF_PASSWORD
from app.rehearsal.wire import GZIP, Answer, Connection


class Proctor:
    """A proctor who watches *Status Peserta*: asks for what changed as often as the page does."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.connection: Connection | None = None
        self.address, self.every_s, self.tag = "", 0.0, ""
        self.statuses: Counter[int] = Counter()
        self.received = 0

    async def sign_in(self) -> None:
        """Through the form, to the board."""
        page = await self._call("GET", "/staf/masuk")
        token = find(r'name="csrf_token" value="([^"]+)"', page.body.decode())
        form = f"username=ratna&password={STAFF_PASSWORD.replace(' ', '+')}&csrf_token={token}".encode()
        answer = await self._call("POST", "/staf/masuk", form, "Content-Type: application/x-www-form-urlencoded\r\n")
        if answer.status != 302:
            raise SystemExit(f"the proctor was not let in: {answer.status}")
        board = (await self._call("GET", "/sekolah/status")).body.decode()
        self.address = find(r'data-live="([^"]+)"', board).replace("&amp;", "&")
        self.every_s = int(find(r'data-every="(\d+)"', board)) / 1000
        self.tag = (re.findall(r'data-(?:tag|version)="([^"]*)"', board) or [""])[0]

    async def look(self) -> set[int]:
        """One refresh; gives whose rows came."""
        more = f'If-None-Match: "{self.tag}"\r\n' if self.tag else ""
        answer = await self._call("GET", self.address, more=more + GZIP)
        self.tag = answer.headers.get("etag", "").removeprefix("W/").strip('"') or self.tag
        self.statuses[answer.status] += 1
        if answer.status not in {200, 204, 304}:
            raise SystemExit(f"the board answered {answer.status}")
        return {row[0] for row in answer.json()["rows"]} if answer.status == 200 else set()

    async def _call(self, method: str, path: str, body: bytes | None = None, more: str = "") -> Answer:
        if self.connection is None or not self.connection.open:
            self.connection = await Connection.connect(self.port)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = f"Cookie: {cookies}\r\n{more}" if cookies else more
        before = self.connection.received
        answer = await self.connection.request(method, path, body, more=head)
        self.received += self.connection.received - before
        name, _sign, rest = answer.headers.get("set-cookie", "").partition("=")
        if name:
            self.cookies[name] = rest.partition(";")[0]
        return answer

    def close(self) -> None:
        """Close the connection."""
        if self.connection is not None:
            self.connection.close()


def find(pattern: str, page: str) -> str:
    """The one group of a pattern on a page; ends the run if it is not there."""
    match = re.search(pattern, page)
    if match is None:
        raise SystemExit(f"not on the page: {pattern}")
    return match.group(1)
