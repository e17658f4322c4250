"""Centre: what was sealed, what was released, and every offline code that was issued."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, RowId
from app.models.sittings import Sitting


class Publication(Base):
    """One sealed version of a sitting. `snapshot` is the paper with its key as it was sealed, for scoring."""

    __tablename__ = "publication"

    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    server_id: Mapped[str] = mapped_column(ForeignKey("server.id"), index=True)
    release_secret: Mapped[bytes] = mapped_column(LargeBinary)  # R, sealed under the centre's data key
    release_code: Mapped[bytes] = mapped_column(LargeBinary)  # sealed under the centre's data key
    snapshot: Mapped[dict[str, Any]] = mapped_column(deferred=True)  # large: read only for scoring and sheets
    payload_sha256: Mapped[str] = mapped_column(String(64))
    payload_size: Mapped[int]
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(64))
    sitting: Mapped[Sitting] = relationship()


class Release(Base):
    """The moment a publication was released, and how."""

    __tablename__ = "release"

    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    released_at: Mapped[datetime]
    released_by: Mapped[str] = mapped_column(String(64))  # an account, or "jadwal" for the planned time


class CodeIssue(Base):
    """An offline release code that two officers read out to a school. Never deleted."""

    __tablename__ = "code_issue"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"), index=True)
    version: Mapped[int]
    issued_at: Mapped[datetime]
    officer: Mapped[str] = mapped_column(String(64))
    second_officer: Mapped[str] = mapped_column(String(64))
    caller: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(500))
