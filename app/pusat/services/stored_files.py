"""Files in the database, for a centre whose nodes are several hosts: what one node wrote, each of them has.

A file is there when the transaction that wrote it is committed, together with all else that transaction says; with a
synchronous standby that is on two disks. Nothing is known here of what the files mean or who may have them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.models import StoredFile, StoredPiece

PIECE = 1024 * 1024  # bytes


def write(session: Session, path: str, content: bytes | Iterable[bytes], now: datetime) -> None:
    """Put a file under this name, in the place of what was there. Writers of one name must take turns elsewhere."""
    remove(session, path)
    session.execute(insert(StoredFile), {"path": path, "size": 0, "sha256": "", "changed_at": now})
    digest, size = hashlib.sha256(), 0
    for number, piece in enumerate(_in_pieces(content)):
        session.execute(insert(StoredPiece), {"path": path, "number": number, "data": piece})
        digest.update(piece)
        size += len(piece)
    session.execute(update(StoredFile).where(StoredFile.path == path).values(size=size, sha256=digest.hexdigest()))


def write_once(session: Session, path: str, content: bytes, now: datetime) -> None:
    """Put a file that is named by its bytes: whoever comes second, also at the same moment, finds it there."""
    if find(session, path) is not None:
        return
    try:
        with session.begin_nested():
            write(session, path, content, now)
    except IntegrityError:
        return


def find(session: Session, path: str) -> StoredFile | None:
    """What is known of a file, as it is now; None if there is none of this name."""
    return session.scalars(
        select(StoredFile).where(StoredFile.path == path).execution_options(populate_existing=True)
    ).one_or_none()


def read(session: Session, path: str) -> bytes | None:
    """A small file's bytes, of one moment; None if there is none of this name."""
    query = select(StoredPiece.data).where(StoredPiece.path == path).order_by(StoredPiece.number)
    found = session.scalars(query).all()
    return b"".join(found) if found else None


def pieces(session: Session, path: str) -> Iterator[bytes]:
    """The bytes of a file that never changes, a piece in memory at a time; none if there is no such file."""
    number = 0
    while True:
        one = select(StoredPiece.data).where(StoredPiece.path == path, StoredPiece.number == number)
        piece = session.scalar(one)
        if piece is None:
            return
        yield piece
        number += 1


def within(session: Session, folder: str) -> Sequence[StoredFile]:
    """The files under `folder` (ends with a slash), by name."""
    inside = StoredFile.path.startswith(folder, autoescape=True)
    return session.scalars(select(StoredFile).where(inside).order_by(StoredFile.path)).all()


def remove(session: Session, path: str) -> None:
    """Forget a file; nothing happens if it is gone already."""
    for table in (StoredPiece, StoredFile):
        session.execute(delete(table).where(table.path == path), execution_options={"synchronize_session": False})


def remove_within(session: Session, folder: str) -> None:
    """Forget everything under `folder` (ends with a slash)."""
    for table in (StoredPiece, StoredFile):
        inside = table.path.startswith(folder, autoescape=True)
        session.execute(delete(table).where(inside), execution_options={"synchronize_session": False})


def _in_pieces(content: bytes | Iterable[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for some in (content,) if isinstance(content, bytes) else content:
        waiting += some
        while len(waiting) >= PIECE:
            yield bytes(waiting[:PIECE])
            del waiting[:PIECE]
    if waiting:
        yield bytes(waiting)
