"""Rooms of a school and how many seats each has; a room belongs to the server that serves it.

A room that a sitting uses is never deleted, and never shrinks below a seat that is taken.
"""

from __future__ import annotations

import re

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Enrolment, Room, Server, Sitting
from app.services import audit

MOST_SEATS = 500


def find_room(session: Session, room_id: int) -> Room:
    """The room of this number; Refusal P-630 if there is none."""
    room = session.get(Room, room_id)
    if room is None:
        raise Refusal(
            "P-630", N_("Ruang ini tidak ada lagi."), N_("Muat ulang daftar ruang, lalu pilih ruang lain."), status=404
        )
    return room


def list_rooms(session: Session) -> list[Room]:
    """All rooms by school, server and name."""
    return list(session.scalars(select(Room).join(Server).order_by(Server.school_npsn, Server.id, Room.name)))


def add_room(session: Session, clock: Clock, actor: str, server: Server, name: str, seats: int) -> Room:
    """A new room on this server; names are unique per server."""
    room = Room(server_id=server.id, name=_name(session, server, name, None), seats=_seats(seats))
    session.add(room)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.ROOM_SAVED, f"{server.id}/{room.name}", {"seats": room.seats})
    return room


def change_room(session: Session, clock: Clock, actor: str, room: Room, name: str, seats: int) -> None:
    """Another name or number of seats."""
    query = select(func.max(Enrolment.seat)).join(Sitting).where(Sitting.room_id == room.id)
    highest = session.scalar(query) or 0
    if seats < highest:
        raise Refusal(
            "P-631",
            N_("Tempat nomor %(seat)s di ruang ini sudah dipakai dalam sebuah jadwal."),
            N_("Pindahkan pesertanya dahulu, atau isi jumlah tempat paling sedikit %(seat)s."),
            status=409,
            values={"seat": highest},
        )
    room.name, room.seats = _name(session, room.server, name, room), _seats(seats)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.ROOM_SAVED, f"{room.server_id}/{room.name}", {"seats": room.seats})


def delete_room(session: Session, clock: Clock, actor: str, room: Room) -> None:
    """Delete a room that no sitting uses; Refusal P-632 otherwise."""
    if session.scalar(select(Sitting.id).where(Sitting.room_id == room.id).limit(1)):
        raise Refusal(
            "P-632",
            N_("Ruang ini dipakai oleh jadwal ujian."),
            N_("Pindahkan atau hapus jadwalnya dahulu."),
            status=409,
        )
    session.delete(room)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.ROOM_DELETED, f"{room.server_id}/{room.name}")


def _name(session: Session, server: Server, name: str, own: Room | None) -> str:
    tidy = re.sub(r"\s+", " ", name).strip()
    if not tidy or len(tidy) > 100:
        raise Refusal("P-633", N_("Nama ruang kosong atau lebih dari 100 huruf."), N_("Isi misalnya “Lab 1”."))
    taken = session.scalar(select(Room.id).where(Room.server_id == server.id, Room.name == tidy))
    if taken is not None and (own is None or own.id != taken):
        raise Refusal(
            "P-634",
            N_("Server ini sudah punya ruang bernama %(name)s."),
            N_("Pakai nama lain untuk ruang ini."),
            status=409,
            values={"name": tidy},
        )
    return tidy


def _seats(seats: int) -> int:
    if not 1 <= seats <= MOST_SEATS:
        raise Refusal(
            "P-635",
            N_("Jumlah tempat harus 1 sampai %(limit)s."),
            N_("Isi jumlah komputer peserta di ruang itu."),
            values={"limit": MOST_SEATS},
        )
    return seats
