"""Centre on several hosts: the files that all of its nodes must have, kept where everything else is kept.

Named as they are named on the disk of a centre that has only one host (`servers/…`, `payloads/…`, `incoming/…`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class StoredFile(Base):
    """A file's name and what it is; its bytes are in pieces, so that nobody needs a whole one in memory."""

    __tablename__ = "stored_file"

    path: Mapped[str] = mapped_column(String(200), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)  # bytes
    sha256: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[datetime]


class StoredPiece(Base):
    """Some bytes of a file, numbered from 0."""

    __tablename__ = "stored_piece"

    path: Mapped[str] = mapped_column(ForeignKey("stored_file.path", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
