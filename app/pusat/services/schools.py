"""Schools as the centre knows them: NPSN, name, place and time zone.

A school is deleted only while nothing hangs on it; what has servers, participants or a past is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Participant, Room, School, Server
from app.services import audit

TIME_ZONES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
_NPSN = re.compile(r"[0-9]{8}")


@dataclass(frozen=True, slots=True)
class SchoolLine:
    """A school in the list with its counts."""

    school: School
    servers: int
    participants: int


@dataclass(frozen=True, slots=True)
class SchoolDetails:
    """What is told about a school, as typed."""

    npsn: str
    name: str
    city: str = ""
    province: str = ""
    time_zone: str = "Asia/Jakarta"


def list_schools(session: Session, text: str = "", province: str = "") -> list[SchoolLine]:
    """Schools by province, city and name; `text` looks into NPSN, name and city."""
    servers = select(func.count()).where(Server.school_npsn == School.npsn).scalar_subquery()
    participants = select(func.count()).where(Participant.school_npsn == School.npsn).scalar_subquery()
    query = select(School, servers, participants).order_by(School.province, School.city, School.name)
    if text.strip():
        like = f"%{text.strip()}%"
        query = query.where(or_(School.npsn.ilike(like), School.name.ilike(like), School.city.ilike(like)))
    if province:
        query = query.where(School.province == province)
    return [SchoolLine(*row) for row in session.execute(query)]


def list_provinces(session: Session) -> list[str]:
    """Provinces that have a school, in order."""
    query = select(School.province).where(School.province != "").distinct().order_by(School.province)
    return list(session.scalars(query))


def find_school(session: Session, npsn: str) -> School:
    """The school of this NPSN; Refusal P-610 if there is none."""
    school = session.get(School, npsn)
    if school is None:
        raise Refusal(
            "P-610",
            N_("Sekolah dengan NPSN %(npsn)s tidak terdaftar."),
            N_("Periksa NPSN-nya, atau tambahkan sekolahnya dahulu."),
            status=404,
            values={"npsn": npsn},
        )
    return school


def add_school(session: Session, clock: Clock, actor: str, details: SchoolDetails) -> School:
    """A new school; refuses a wrong or known NPSN."""
    npsn = details.npsn.strip()
    if not _NPSN.fullmatch(npsn):
        raise Refusal("P-611", N_("NPSN harus 8 angka."), N_("Lihat NPSN di referensi data sekolah, lalu ketik ulang."))
    if session.get(School, npsn) is not None:
        raise Refusal(
            "P-612",
            N_("Sekolah dengan NPSN %(npsn)s sudah terdaftar."),
            N_("Buka sekolah itu di daftar, lalu ubah datanya di sana."),
            status=409,
            values={"npsn": npsn},
        )
    school = School(npsn=npsn)
    _set(school, details)
    session.add(school)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.SCHOOL_SAVED, npsn, {"name": school.name})
    return school


def change_school(session: Session, clock: Clock, actor: str, school: School, details: SchoolDetails) -> School:
    """Change everything but the NPSN."""
    _set(school, details)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.SCHOOL_SAVED, school.npsn, {"name": school.name})
    return school


def delete_school(session: Session, clock: Clock, actor: str, school: School) -> None:
    """Delete a school without servers and participants; Refusal P-613 otherwise."""
    has_servers = session.scalar(select(Server.id).where(Server.school_npsn == school.npsn).limit(1))
    has_participants = session.scalar(select(Participant.number).where(Participant.school_npsn == school.npsn).limit(1))
    if has_servers or has_participants:
        raise Refusal(
            "P-613",
            N_("Sekolah ini masih punya server atau peserta."),
            N_("Hapus server dan pesertanya dahulu, atau biarkan sekolah ini terdaftar."),
            status=409,
        )
    session.delete(school)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.SCHOOL_DELETED, school.npsn, {"name": school.name})


def count_rooms(session: Session, school: School) -> tuple[int, int]:
    """(rooms, seats) of a school."""
    query = select(func.count(Room.id), func.coalesce(func.sum(Room.seats), 0)).join(Server)
    rooms, seats = session.execute(query.where(Server.school_npsn == school.npsn)).one()
    return rooms, seats


def _set(school: School, details: SchoolDetails) -> None:
    name = _line(details.name)
    if not name:
        raise Refusal("P-614", N_("Nama sekolah belum diisi."), N_("Isi nama sekolah."))
    if details.time_zone not in TIME_ZONES:
        raise Refusal("P-615", N_("Zona waktu ini tidak dikenal."), N_("Pilih WIB, WITA, atau WIT."))
    if len(name) > 200 or max(len(details.city), len(details.province)) > 100:
        raise Refusal("P-616", N_("Nama sekolah, kota, atau provinsi terlalu panjang."), N_("Singkat isiannya."))
    school.name, school.city, school.province = name, _line(details.city), _line(details.province)
    school.time_zone = details.time_zone


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
