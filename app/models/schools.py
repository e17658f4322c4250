"""Centre: schools, their servers and rooms, and who may sit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, RowId


class School(Base):
    """A school, known by its NPSN (eight digits)."""

    __tablename__ = "school"

    npsn: Mapped[str] = mapped_column(String(8), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    city: Mapped[str] = mapped_column(String(100), default="")
    province: Mapped[str] = mapped_column(String(100), default="")
    time_zone: Mapped[str] = mapped_column(String(40), default="Asia/Jakarta")
    servers: Mapped[list[Server]] = relationship(back_populates="school", order_by="Server.id")
    participants: Mapped[list[Participant]] = relationship(back_populates="school", order_by="Participant.number")


class Server(Base):
    """A school's server; `id` is the *ID Server* that a technician types at activation."""

    __tablename__ = "server"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # e.g. P20104001-01
    school_npsn: Mapped[str] = mapped_column(ForeignKey("school.npsn"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    activation_code: Mapped[bytes | None] = mapped_column(
        LargeBinary
    )  # sealed by the centre's data key; gone once used
    activated_at: Mapped[datetime | None]
    activation_request_hash: Mapped[str | None] = mapped_column(String(64))  # a replay gets the same answer
    registration: Mapped[bytes | None] = mapped_column(LargeBinary)  # the signed answer itself
    sign_public: Mapped[bytes | None] = mapped_column(LargeBinary)
    box_public: Mapped[bytes | None] = mapped_column(LargeBinary)
    index_version: Mapped[int] = mapped_column(default=0)
    last_contact_at: Mapped[datetime | None]
    last_report: Mapped[dict[str, Any] | None]  # what the server last said of itself
    created_at: Mapped[datetime]
    school: Mapped[School] = relationship(back_populates="servers")
    rooms: Mapped[list[Room]] = relationship(back_populates="server", order_by="Room.name")


class Room(Base):
    """A room of a school, served by one of its servers."""

    __tablename__ = "room"
    __table_args__ = (UniqueConstraint("server_id", "name"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    server_id: Mapped[str] = mapped_column(ForeignKey("server.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    seats: Mapped[int]
    server: Mapped[Server] = relationship(back_populates="rooms")


class Participant(Base):
    """A student who may sit; `number` is the *nomor peserta*, unique in the country."""

    __tablename__ = "participant"

    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    school_npsn: Mapped[str] = mapped_column(ForeignKey("school.npsn"), index=True)
    nisn: Mapped[str] = mapped_column(String(10), unique=True)  # leading zeros matter
    nis: Mapped[str] = mapped_column(String(32), default="")
    name: Mapped[str] = mapped_column(String(200))
    gender: Mapped[str] = mapped_column(String(1))  # L or P
    birth_place: Mapped[str] = mapped_column(String(100), default="")
    birth_date: Mapped[date | None]
    class_name: Mapped[str] = mapped_column(String(32), default="")
    password: Mapped[bytes] = mapped_column(LargeBinary)  # sealed under the centre's data key
    school: Mapped[School] = relationship(back_populates="participants")
