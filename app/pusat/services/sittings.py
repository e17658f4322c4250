"""Sittings as they are planned: paper, room, time, length, release.

A change to a published sitting makes it a draft again: what schools hold no longer says what is planned, and only
publishing again brings the two together. A draft is never released, not even at the planned time. What was released is
never changed here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.sealing import RandomBytes
from app.domain.wording import N_
from app.models import Enrolment, Paper, Room, Server, Sitting, SittingState
from app.services import audit

LONGEST_MINUTES = 24 * 60
CHANGEABLE = (SittingState.DRAFT, SittingState.PUBLISHED)


@dataclass(frozen=True, slots=True)
class SittingPlan:
    """What is decided about a sitting. Times are UTC; `release_at` None means by hand."""

    title: str
    paper_id: int
    room_id: int
    starts_at: datetime
    minutes: int
    minimum_minutes: int = 0
    release_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SittingLine:
    """A sitting in the list and how many have a seat in it."""

    sitting: Sitting
    placed: int


def list_sittings(session: Session, npsn: str = "", state: str = "") -> list[SittingLine]:
    """Sittings by start, of one school and one state if given; an unknown state filters nothing."""
    placed = select(func.count()).where(Enrolment.sitting_id == Sitting.id).scalar_subquery()
    query = select(Sitting, placed).join(Room, Room.id == Sitting.room_id).join(Server, Server.id == Room.server_id)
    if npsn:
        query = query.where(Server.school_npsn == npsn)
    if state in set(SittingState):
        query = query.where(Sitting.state == SittingState(state))
    return [SittingLine(*row) for row in session.execute(query.order_by(Sitting.starts_at, Room.name, Sitting.id))]


def find_sitting(session: Session, sitting_id: str) -> Sitting:
    """The sitting of this id; Refusal P-440 if there is none."""
    sitting = session.get(Sitting, sitting_id)
    if sitting is None:
        raise Refusal("P-440", N_("Jadwal ini tidak ada lagi."), N_("Kembali ke daftar jadwal."), status=404)
    return sitting


def add_sitting(session: Session, clock: Clock, actor: str, plan: SittingPlan, random_bytes: RandomBytes) -> Sitting:
    """A new sitting, as a draft without participants."""
    sitting = Sitting(id=f"u{random_bytes(6).hex()}", state=SittingState.DRAFT, version=0, created_at=clock.now())
    _put(session, sitting, plan)
    session.add(sitting)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.SITTING_SAVED, sitting.id, {"title": sitting.title})
    return sitting


def change_sitting(session: Session, clock: Clock, actor: str, sitting: Sitting, plan: SittingPlan) -> None:
    """Change a sitting that was not released; its participants keep their seats, which must still fit.

    The same plan again changes nothing: a published sitting stays published.
    """
    refuse_unchangeable(session, sitting)
    before = _facts(sitting)
    _put(session, sitting, plan)
    if _facts(sitting) == before:
        return
    sitting.state = SittingState.DRAFT
    session.flush()
    _check_seats(session, sitting)
    clashes = clashing_numbers(session, sitting)
    if clashes:
        raise Refusal(
            "P-441",
            N_("Pada waktu itu %(n)s peserta sudah punya jadwal lain, misalnya %(number)s."),
            N_("Pilih waktu lain, atau keluarkan pesertanya dari salah satu jadwal dahulu."),
            status=409,
            values={"n": len(clashes), "number": clashes[0]},
        )
    audit.record(session, clock, actor, AuditEvent.SITTING_SAVED, sitting.id, {"title": sitting.title})


def delete_sitting(session: Session, clock: Clock, actor: str, sitting: Sitting) -> None:
    """Delete a sitting that was never published; Refusal P-442 otherwise."""
    if sitting.version or sitting.state is not SittingState.DRAFT:
        raise Refusal(
            "P-442",
            N_("Jadwal ini sudah pernah diterbitkan ke sekolah."),
            N_("Jadwal yang sudah terbit tetap disimpan; ubah waktunya bila perlu."),
            status=409,
        )
    session.delete(sitting)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.SITTING_DELETED, sitting.id, {"title": sitting.title})


def refuse_unchangeable(session: Session, sitting: Sitting) -> None:
    """Lock the sitting against a release in the same moment; Refusal P-443 for what was released or closed."""
    session.refresh(sitting, with_for_update=True)
    if sitting.state not in CHANGEABLE:
        raise Refusal(
            "P-443",
            N_("Ujian ini sudah dirilis; jadwal dan pesertanya tidak dapat diubah lagi."),
            N_("Buat jadwal susulan untuk peserta yang belum terdaftar."),
            status=409,
        )


def overlapping_sittings(session: Session, sitting: Sitting) -> Sequence[Sitting]:
    """Other sittings whose time meets this one's."""
    ends = sitting.starts_at + timedelta(seconds=sitting.length_s)
    earliest = sitting.starts_at - timedelta(minutes=LONGEST_MINUTES)
    query = select(Sitting).where(Sitting.id != sitting.id, Sitting.starts_at < ends, Sitting.starts_at > earliest)
    return [
        other
        for other in session.scalars(query)
        if other.starts_at + timedelta(seconds=other.length_s) > sitting.starts_at
    ]


def clashing_numbers(session: Session, sitting: Sitting) -> list[str]:
    """Participants of this sitting who sit elsewhere at the same time."""
    others = [other.id for other in overlapping_sittings(session, sitting)]
    own = select(Enrolment.number).where(Enrolment.sitting_id == sitting.id)
    query = select(Enrolment.number).where(Enrolment.sitting_id.in_(others), Enrolment.number.in_(own))
    return list(session.scalars(query.distinct().order_by(Enrolment.number))) if others else []


def _facts(sitting: Sitting) -> tuple[object, ...]:
    """All that a plan decides."""
    times = (sitting.starts_at, sitting.length_s, sitting.minimum_s, sitting.release_at, sitting.time_zone)
    return (sitting.title, sitting.paper_id, sitting.room_id, *times)


def _put(session: Session, sitting: Sitting, plan: SittingPlan) -> None:
    title = re.sub(r"\s+", " ", plan.title).strip()
    room, paper = session.get(Room, plan.room_id), session.get(Paper, plan.paper_id)
    if room is None or paper is None:
        raise Refusal("P-444", N_("Paket soal atau ruangnya tidak ada lagi."), N_("Pilih yang lain di daftar."))
    if not title or len(title) > 200:
        raise Refusal("P-445", N_("Nama ujian kosong atau lebih dari 200 huruf."), N_("Isi misalnya “Matematika”."))
    if not 1 <= plan.minutes <= LONGEST_MINUTES:
        raise Refusal(
            "P-446",
            N_("Lama ujian harus 1 sampai %(limit)s menit."),
            N_("Isi lamanya dalam menit, misalnya 90."),
            values={"limit": LONGEST_MINUTES},
        )
    if not 0 <= plan.minimum_minutes <= plan.minutes:
        raise Refusal(
            "P-447",
            N_("Waktu minimum tidak boleh lebih dari lama ujian."),
            N_("Isi 0 jika peserta boleh selesai kapan saja."),
        )
    if plan.release_at is not None and plan.release_at > plan.starts_at:
        raise Refusal(
            "P-448", N_("Rilis direncanakan sesudah ujian mulai."), N_("Pilih waktu rilis sebelum ujian mulai.")
        )
    sitting.title, sitting.paper_id, sitting.room_id = title, paper.id, room.id
    sitting.starts_at, sitting.release_at = plan.starts_at, plan.release_at
    sitting.length_s, sitting.minimum_s = plan.minutes * 60, plan.minimum_minutes * 60
    sitting.time_zone = room.server.school.time_zone


def _check_seats(session: Session, sitting: Sitting) -> None:
    room = session.get_one(Room, sitting.room_id)
    highest = session.scalar(select(func.max(Enrolment.seat)).where(Enrolment.sitting_id == sitting.id)) or 0
    if highest > room.seats:
        raise Refusal(
            "P-449",
            N_("Ruang %(room)s hanya punya %(seats)s tempat, sedangkan tempat nomor %(highest)s sudah terisi."),
            N_("Keluarkan atau pindahkan pesertanya dahulu, atau pilih ruang yang lebih besar."),
            status=409,
            values={"room": room.name, "seats": room.seats, "highest": highest},
        )
