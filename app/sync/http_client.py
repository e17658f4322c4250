"""The few HTTP calls a school makes to the centre: each with a time limit, a size limit, and a refusal in words.

It follows no redirect (a signed request is for one address only), speaks only http and https, and keeps no cookie.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

from app.domain.protocol_refusals import ProtocolRefusal, refuse
from app.sync.pacing import Pace

PIECE = 64 * 1024
ANSWER = 16 * 1024 * 1024  # bytes

_BROKEN = (OSError, http.client.HTTPException, ssl.SSLError)
_BUSY = (408, 425, 429, 500, 502, 503, 504)


class HttpClient:
    """Calls to one base address, e.g. `https://pusat.example.id` or `http://127.0.0.1:8100`.

    `proxy` (`http://host:port`) carries all of them; without one the environment's counts. `pace` slows bodies down,
    both ways.
    """

    def __init__(self, base_url: str, timeout_s: float = 20.0, *, proxy: str = "", pace: Pace | None = None) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an http address: {base_url}")
        self.base_url = base_url.rstrip("/")
        self._timeout_s = timeout_s
        self._pace = pace
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler({"http": proxy, "https": proxy} if proxy else None),
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
        ):
            self._opener.add_handler(handler)

    def call(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
        """The answer's body for a status of 2xx; refuses `no-connection`, `not-found`, `centre-busy`,
        `centre-refused`, `too-large`."""
        with closing(self._open(method, path, body, headers or {})) as answer:
            try:
                data: bytes = answer.read(ANSWER + 1)
            except _BROKEN as error:
                raise refuse("no-connection", detail=_words(error)) from error
        if len(data) > ANSWER:
            raise refuse("too-large")
        _must_be_whole(answer)
        return data

    def download(self, path: str, offset: int, limit: int) -> Iterator[bytes]:
        """A file's bytes from `offset` on; refuses as `call`, and `too-large` beyond `limit` bytes.

        A server that ignores `Range` sends everything: what was asked to be left out is read and dropped.
        """
        headers = {"Range": f"bytes={offset}-"} if offset else {}
        with closing(self._open("GET", path, None, headers)) as answer:
            skip = 0 if _starts_at(answer, offset) else offset
            while piece := self._read_piece(answer):
                kept = piece[skip:]
                skip = max(0, skip - len(piece))
                limit -= len(kept)
                if limit < 0:
                    raise refuse("too-large")
                if kept:
                    yield kept
            _must_be_whole(answer)

    def _read_piece(self, answer: http.client.HTTPResponse) -> bytes:
        try:
            piece = answer.read1(min(PIECE, self._pace.slice) if self._pace else PIECE)
        except _BROKEN as error:
            raise refuse("no-connection", detail=_words(error)) from error
        if self._pace:
            self._pace.take(len(piece))
        return piece

    def _open(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> http.client.HTTPResponse:
        given = self._pace.slices(body) if self._pace and body else body
        request = urllib.request.Request(self.base_url + path, data=given, method=method)  # noqa: S310 - http(s) only
        for name, value in {"User-Agent": "guyub", "Accept-Encoding": "identity", **headers}.items():
            request.add_header(name, value)
        if body is not None and not request.has_header("Content-type"):
            request.add_header("Content-Type", "application/octet-stream")
        if body is not None:
            request.add_header("Content-Length", str(len(body)))
        try:
            answer: http.client.HTTPResponse = self._opener.open(request, timeout=self._timeout_s)
        except urllib.error.HTTPError as error:
            with closing(error):
                raise _refused(error, path) from error
        except urllib.error.URLError as error:
            raise refuse("no-connection", detail=_words(error.reason)) from error
        except _BROKEN as error:
            raise refuse("no-connection", detail=_words(error)) from error
        return answer


def _starts_at(answer: http.client.HTTPResponse, offset: int) -> bool:
    if offset == 0:
        return True
    return answer.status == http.HTTPStatus.PARTIAL_CONTENT and (
        answer.headers.get("Content-Range", "").startswith(f"bytes {offset}-")
    )


def _must_be_whole(answer: http.client.HTTPResponse) -> None:
    if answer.length:  # what the headers promised and the line did not bring
        raise refuse("no-connection", detail="terputus")


def _refused(error: urllib.error.HTTPError, path: str) -> ProtocolRefusal:
    if error.code == http.HTTPStatus.NOT_FOUND:
        return refuse("not-found", path=path.removeprefix("/exchange/"))
    if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return refuse("file-damaged", path=path.removeprefix("/exchange/"))
    if error.code in _BUSY:
        return refuse("centre-busy", status=error.code)
    return refuse("centre-refused", status=error.code, detail=_problem(error))


def _problem(error: urllib.error.HTTPError) -> str:
    """What an `application/problem+json` says: code and detail, else the status line's words."""
    try:
        problem = json.loads(error.read(PIECE))
        return f"{problem['code']}: {problem['detail']} {problem.get('remedy', '')}".strip()[:400]
    except (*_BROKEN, ValueError, KeyError, TypeError):
        return str(error.reason)[:100]


def _words(error: object) -> str:
    if isinstance(error, TimeoutError | socket.timeout):
        return "tidak menjawab"
    if isinstance(error, ConnectionRefusedError):
        return "sambungan ditolak"
    if isinstance(error, socket.gaierror):
        return "alamat tidak ditemukan"
    return (getattr(error, "strerror", None) or type(error).__name__)[:100]
