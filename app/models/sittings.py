"""Centre: when, where and what is sat, and by whom."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.bank import Paper
from app.models.base import Base, text_enum
from app.models.schools import Participant, Room


class SittingState(StrEnum):
    """How far a sitting has come at the centre."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RELEASED = "released"
    CLOSED = "closed"


class Sitting(Base):
    """A scheduled session in a room: paper, start, length. Its server is the room's server."""

    __tablename__ = "sitting"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)  # opaque, fit for a file name
    title: Mapped[str] = mapped_column(String(200))
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), index=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"), index=True)
    starts_at: Mapped[datetime]
    length_s: Mapped[int]
    minimum_s: Mapped[int] = mapped_column(default=0)  # before this much time *Selesai* is not offered
    time_zone: Mapped[str] = mapped_column(String(40))
    release_at: Mapped[datetime | None]  # planned; None means by hand only
    state: Mapped[SittingState] = mapped_column(text_enum(SittingState), default=SittingState.DRAFT)
    version: Mapped[int] = mapped_column(default=0)  # of the newest publication
    created_at: Mapped[datetime]
    paper: Mapped[Paper] = relationship()
    room: Mapped[Room] = relationship()
    enrolments: Mapped[list[Enrolment]] = relationship(
        back_populates="sitting", order_by="Enrolment.seat", cascade="all, delete-orphan"
    )


class Enrolment(Base):
    """A participant's place in a sitting; `seat` is the seat's number in the room."""

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("sitting_id", "seat"),)

    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    number: Mapped[str] = mapped_column(ForeignKey("participant.number"), primary_key=True)
    seat: Mapped[int]
    sitting: Mapped[Sitting] = relationship(back_populates="enrolments")
    participant: Mapped[Participant] = relationship()
