"""The centre's exchange tree: files on the disk, or in the database where the centre is several hosts.

Shared, a file changes in the transaction of the rows it goes with, so that every node offers the same at any moment; a
payload, which never changes, is laid on a node's own disk when the node is first asked for it. Alone, nothing of this
asks the database.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.orm import Session

from app.domain.protocol_refusals import ProtocolRefusal
from app.pusat.services import stored_files
from app.pusat.services.workplace import Workplace
from app.sync import exchange

SMALL = 16 * 1024 * 1024  # bytes: more than any file of the tree but payloads and bundles
_PIECE = 1 << 18


def read(place: Workplace, session: Session, path: str) -> bytes | None:
    """A small file's bytes; None if it is not there."""
    if place.shared:
        return stored_files.read(session, path)
    try:
        return exchange.read(place.exchange_dir, path, SMALL)
    except ProtocolRefusal as refusal:
        if refusal.reason == "not-found":
            return None
        raise


def write(place: Workplace, session: Session, path: str, data: bytes) -> None:
    """Put a file in the tree: durable at once, or with the transaction where it is shared."""
    if place.shared:
        stored_files.write(session, path, data, place.clock.now())
    else:
        exchange.write(place.exchange_dir, path, data)


def write_quickly(place: Workplace, session: Session, path: str, data: bytes) -> None:
    """The same without waiting for the disk, for what the database can give again: thousands may be due at once.

    What a power cut takes away is laid out again by the first tick after it.
    """
    if place.shared:
        stored_files.write(session, path, data, place.clock.now())
        return
    target = exchange.locate(place.exchange_dir, path)
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        beside.write_bytes(data)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def remove(place: Workplace, session: Session, path: str) -> None:
    """Take a file out of the tree; nothing happens if it is gone already."""
    if place.shared:
        stored_files.remove(session, path)
    else:
        exchange.locate(place.exchange_dir, path).unlink(missing_ok=True)


def is_there(place: Workplace, session: Session, path: str) -> bool:
    """Whether the tree has a file of this name."""
    if place.shared:
        return stored_files.find(session, path) is not None
    return exchange.locate(place.exchange_dir, path).is_file()


def receipts(place: Workplace, session: Session, server_id: str) -> list[str]:
    """The paths of all receipts of a server, by name."""
    folder = f"receipts/{server_id}/"
    if place.shared:
        return [file.path for file in stored_files.within(session, folder)]
    return sorted(f"{folder}{path.name}" for path in (place.exchange_dir / folder).glob("*.receipt"))


def share_from_disk(place: Workplace, session: Session, path: str) -> None:
    """Give all nodes a large file that was made in this node's tree."""
    if place.shared:
        stored_files.write(session, path, _pieces(exchange.locate(place.exchange_dir, path)), place.clock.now())


def share_what_lies_here(place: Workplace) -> int:
    """Give all nodes what a centre that was one host has on its disk; gives how many files they did not have yet."""
    done = 0
    for file in sorted(path for path in place.exchange_dir.rglob("*") if path.is_file() and path.name[0] != "."):
        path = file.relative_to(place.exchange_dir).as_posix()
        with place.transaction() as session:
            if place.shared and not is_there(place, session, path):
                share_from_disk(place, session, path)
                done += 1
    return done


def fetch_to_disk(place: Workplace, session: Session, path: str) -> None:
    """Lay a shared file that never changes on this node's disk; nothing happens if no node has it.

    Refuses `unsafe-path` and `storage`.
    """
    if stored_files.find(session, path) is not None:
        exchange.write(place.exchange_dir, path, stored_files.pieces(session, path))


def pieces(place: Workplace, session: Session, path: str) -> Iterator[bytes]:
    """A file's bytes, a piece in memory at a time; raises FileNotFoundError if it is not there."""
    if not place.shared:
        yield from _pieces(exchange.locate(place.exchange_dir, path))
        return
    if stored_files.find(session, path) is None:
        raise FileNotFoundError(path)
    yield from stored_files.pieces(session, path)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        yield from iter(lambda: stream.read(_PIECE), b"")
