"""School: who this server is, what it has downloaded, and what it has sent back."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, text_enum


class Identity(Base):
    """The one row that says which server this is, written at activation. Private keys lie in files, not here."""

    __tablename__ = "identity"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    server_id: Mapped[str] = mapped_column(String(32))
    server_name: Mapped[str] = mapped_column(String(100))
    school_npsn: Mapped[str] = mapped_column(String(8))
    school_name: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str] = mapped_column(String(40))
    centre_sign_public: Mapped[bytes] = mapped_column(LargeBinary)
    centre_box_public: Mapped[bytes] = mapped_column(LargeBinary)
    confirmed: Mapped[bool] = mapped_column(default=False)  # the technician agreed that the school's name is right
    activated_at: Mapped[datetime]
    index_version: Mapped[int] = mapped_column(default=0)  # the highest seen; an older list is refused


class DownloadState(StrEnum):
    """A row of *Status Download*."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Download(Base):
    """One kind of data of one sitting on its way here (`kind`: index, manifest, roster, payload, release)."""

    __tablename__ = "download"

    sitting_id: Mapped[str] = mapped_column(String(16), primary_key=True)  # "-" for the index
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    state: Mapped[DownloadState] = mapped_column(text_enum(DownloadState), default=DownloadState.WAITING)
    done: Mapped[int] = mapped_column(BigInteger, default=0)  # bytes
    total: Mapped[int] = mapped_column(BigInteger, default=0)  # bytes
    cause: Mapped[str] = mapped_column(String(500), default="")
    remedy: Mapped[str] = mapped_column(String(500), default="")
    changed_at: Mapped[datetime]


class HeldState(StrEnum):
    """How far a sitting has come at the school."""

    LOCKED = "locked"  # synced and checked, not released
    OPEN = "open"  # released; the paper can be read
    ACTIVE = "active"  # the proctor lets students in; the entry token is shown
    CLOSED = "closed"  # ended; every attempt is closed
    UPLOADED = "uploaded"  # the centre's receipt is here


class HeldSitting(Base):
    """A sitting as this server holds it."""

    __tablename__ = "held_sitting"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)  # the centre's sitting id
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(100))
    room: Mapped[str] = mapped_column(String(100))
    starts_at: Mapped[datetime]
    length_s: Mapped[int]
    minimum_s: Mapped[int]
    time_zone: Mapped[str] = mapped_column(String(40))
    questions: Mapped[int]  # how many the paper has
    state: Mapped[HeldState] = mapped_column(text_enum(HeldState), default=HeldState.LOCKED)
    device_share: Mapped[bytes] = mapped_column(LargeBinary)  # D, unboxed at sync
    release_secret: Mapped[bytes | None] = mapped_column(LargeBinary)  # R, once released
    released_at: Mapped[datetime | None]
    released_how: Mapped[str] = mapped_column(String(16), default="")  # network, file or code
    paper_sha256: Mapped[str | None] = mapped_column(String(64))  # of the opened paper file
    activated_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    detail: Mapped[dict[str, Any]]  # what else the manifest said


class Bundle(Base):
    """A result bundle made here; nothing is deleted before `receipt` is there."""

    __tablename__ = "bundle"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("held_sitting.id"), index=True)
    size: Mapped[int]
    sent: Mapped[int] = mapped_column(default=0)  # bytes the centre has
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    receipt: Mapped[bytes | None] = mapped_column(LargeBinary)
    receipt_at: Mapped[datetime | None]
    cause: Mapped[str] = mapped_column(String(500), default="")
    remedy: Mapped[str] = mapped_column(String(500), default="")
