"""How files of the exchange tree come to a school: one interface for the network and for a USB stick.

A transport carries bytes and believes nothing: every file it brings is checked against signed hashes before use. A big
file is fetched into `<name>.part` and goes on there after a break; it gets its name only when its hash is right.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from app.domain import exchange_paths
from app.domain.protocol_refusals import ProtocolRefusal, refuse
from app.sync import exchange
from app.sync.http_client import HttpClient
from app.sync.pacing import Pace

PIECE = 256 * 1024
SMALL = 16 * 1024 * 1024  # bytes; the most a signed document may have

Progress = Callable[[int, int], None]  # bytes done, bytes in all


class Transport(Protocol):
    """Where files of the tree come from."""

    def read(self, path: str, limit: int = SMALL) -> bytes:
        """A small file's bytes; refuses `not-found`, `too-large`, `no-connection`, `centre-busy`."""

    def pieces(self, path: str, offset: int, limit: int) -> Iterator[bytes]:
        """A file's bytes from `offset` on, never more than `limit`; refuses as `read` does."""


class HttpTransport:
    """The centre's exchange tree (or a mirror of it) over the network; proxy and pace as `HttpClient` has them."""

    def __init__(self, base_url: str, timeout_s: float = 20.0, *, proxy: str = "", pace: Pace | None = None) -> None:
        self._client = HttpClient(base_url, timeout_s, proxy=proxy, pace=pace)

    def read(self, path: str, limit: int = SMALL) -> bytes:
        return b"".join(self.pieces(path, 0, limit))

    def pieces(self, path: str, offset: int, limit: int) -> Iterator[bytes]:
        exchange_paths.check_path(path)
        yield from self._client.download(f"/exchange/{path}", offset, limit)


class FolderTransport:
    """A stick or a folder. `root` holds a folder `guyub/`, or is that folder; refuses `no-stick` if neither."""

    def __init__(self, root: Path) -> None:
        self.root = stick_folder(root)

    def read(self, path: str, limit: int = SMALL) -> bytes:
        return exchange.read(self.root, path, limit)

    def pieces(self, path: str, offset: int, limit: int) -> Iterator[bytes]:
        try:
            with exchange.locate(self.root, path).open("rb") as stream:
                stream.seek(offset)
                yield from bounded(iter(lambda: stream.read(PIECE), b""), limit)
        except FileNotFoundError as error:
            raise refuse("not-found", path=path) from error
        except OSError as error:
            raise refuse("storage", detail=error.strerror or str(error)) from error


def stick_folder(root: Path, *, create: bool = False) -> Path:
    """The folder `guyub` on a stick mounted at `root`; made there if `create`, else refuses `no-stick`."""
    folder = root if root.name == exchange.STICK_FOLDER else root / exchange.STICK_FOLDER
    if create and root.is_dir():
        folder.mkdir(exist_ok=True)
    if not folder.is_dir():
        raise refuse("no-stick")
    return folder


def bring(transport: Transport, path: str, root: Path, limit: int = SMALL) -> bytes:
    """Fetch a small file into the tree at `root`, durably, and give its bytes.

    Where an unproven file must not replace a good one, `transport.read` it, check it, and only then `exchange.write`.
    """
    data = transport.read(path, limit)
    exchange.write(root, path, data)
    return data


def bring_big(
    transport: Transport, path: str, root: Path, sha256: str, size: int, progress: Progress | None = None
) -> Path:
    """Fetch a file of known hash and size into the tree at `root`, going on where an earlier try stopped.

    What is already there and right is not fetched again. Refuses `file-damaged` or `too-large` (the part is then thrown
    away, so that the next try starts afresh), `no-connection` when the bytes end early, and whatever the transport
    refuses (the part is kept).
    """
    place = exchange.locate(root, path)
    if place.is_file() and place.stat().st_size == size and _sha256(place) == sha256:
        if progress:
            progress(size, size)
        return place
    part = place.with_name(place.name + exchange.PART)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as stream:
            done = _append(transport, path, stream, size, progress)
            stream.flush()
            os.fsync(stream.fileno())
        if done < size:
            raise refuse("no-connection", detail="terputus")
        if _sha256(part) != sha256:
            raise refuse("file-damaged", path=path)
        exchange.put_in_place(part, place)
    except ProtocolRefusal as refusal:
        if refusal.reason in ("file-damaged", "too-large"):
            part.unlink(missing_ok=True)
        raise
    except OSError as error:
        raise refuse("storage", detail=error.strerror or str(error)) from error
    return place


def _append(transport: Transport, path: str, stream: BinaryIO, size: int, progress: Progress | None) -> int:
    done = stream.seek(0, os.SEEK_END)
    if done > size:
        stream.truncate(0)
        done = 0
    if done == size:
        return done
    for piece in transport.pieces(path, done, size - done):
        stream.write(piece)
        done += len(piece)
        if progress:
            progress(done, size)
    return done


def bounded(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """The same pieces; refuses `too-large` at the first byte beyond `limit`."""
    for piece in pieces:
        limit -= len(piece)
        if limit < 0:
            raise refuse("too-large")
        yield piece


def _sha256(place: Path) -> str:
    with place.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
