"""Participants: planned from a sheet, imported whole or not at all, listed, changed one by one.

A participant is known by the *nomor peserta*. A sheet may correct name, class and the like; it may not give a number or
an NISN that belongs to somebody else, because an exam may already hang on it. The same sheet twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.sealing import RandomBytes
from app.domain.student_passwords import new_password
from app.domain.wording import N_
from app.models import Enrolment, Participant, School, Sitting
from app.pusat.services.participant_sheets import Finding, ParticipantRow, SheetReading
from app.pusat.services.secrets_box import SecretsBox, password_place
from app.services import audit

PER_PAGE = 50
_AT_ONCE = 500  # values in one IN list


@dataclass(frozen=True, slots=True)
class Change:
    """What a sheet would change on a known participant: field → (now, then)."""

    row: ParticipantRow
    fields: dict[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do. Nothing is done while `errors` is not empty."""

    new: list[ParticipantRow]
    changed: list[Change]
    same: int
    errors: list[Finding]
    warnings: list[Finding]
    ignored: list[str]
    school_of: dict[str, str] = field(default_factory=dict)  # number → NPSN


@dataclass(frozen=True, slots=True)
class ParticipantFilter:
    """What the list shows; `text` looks into number, NISN and name."""

    npsn: str = ""
    class_name: str = ""
    text: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class ParticipantPage:
    """One page of the list, and how many there are in all."""

    items: Sequence[Participant]
    total: int
    page: int
    pages: int


def plan_import(session: Session, reading: SheetReading, npsn: str) -> ImportPlan:
    """Compare a sheet with what is known. `npsn` is the school of rows that name none; empty: each names its own."""
    errors = list(reading.errors)
    schools = set(session.scalars(select(School.npsn)))
    known = _known(session, [row.number for row in reading.rows])
    owners = _nisn_owners(session, [row.nisn for row in reading.rows])
    school_of: dict[str, str] = {}
    new, changed, same = [], [], 0
    for row in reading.rows:
        school = row.npsn or npsn
        found = known.get(row.number)
        problem = _school_problem(row, school, schools, npsn) or _identity_problem(row, school, found, owners)
        if problem:
            errors.append(problem)
            continue
        school_of[row.number] = school
        if found is None:
            new.append(row)
            continue
        fields = _differences(found, row)
        if fields:
            changed.append(Change(row, fields))
        else:
            same += 1
    errors.sort(key=lambda finding: finding.row)
    return ImportPlan(new, changed, same, errors, reading.warnings, reading.ignored, school_of)


def apply_import(
    session: Session, clock: Clock, actor: str, plan: ImportPlan, box: SecretsBox, random_bytes: RandomBytes
) -> None:
    """Do what the plan says, in the caller's one transaction. Refusal P-320 while it has errors."""
    if plan.errors:
        raise Refusal(
            "P-320",
            N_("Berkas ini masih berisi %(n)s kesalahan; tidak ada yang diimpor."),
            N_("Betulkan sel yang disebut, simpan, lalu unggah lagi."),
            values={"n": len(plan.errors)},
        )
    for row in plan.new:
        sealed = box.seal(password_place(row.number), new_password(random_bytes).encode())
        school = plan.school_of[row.number]
        session.add(Participant(number=row.number, school_npsn=school, password=sealed, **row.details()))
    for change in plan.changed:
        participant = session.get_one(Participant, change.row.number)
        for name, (_now, then) in change.fields.items():
            setattr(participant, name, then)
    session.flush()
    if plan.new or plan.changed:
        counts = {"new": len(plan.new), "changed": len(plan.changed), "same": plan.same}
        audit.record(
            session,
            clock,
            actor,
            AuditEvent.PARTICIPANTS_IMPORTED,
            ", ".join(sorted(set(plan.school_of.values())))[:200],
            counts,
        )


def find_participants(session: Session, wanted: ParticipantFilter) -> ParticipantPage:
    """A page of participants by number."""
    query = _filtered(wanted)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    pages = max(1, -(-total // PER_PAGE))
    page = min(max(1, wanted.page), pages)
    query = query.order_by(Participant.number).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    return ParticipantPage(items=session.scalars(query).all(), total=total, page=page, pages=pages)


def all_participants(session: Session, wanted: ParticipantFilter) -> Sequence[Participant]:
    """All participants that the filter shows, by number; its page does not count."""
    return session.scalars(_filtered(wanted).order_by(Participant.number)).all()


def sittings_of(session: Session, number: str) -> Sequence[Enrolment]:
    """The participant's places, the next sitting first."""
    query = select(Enrolment).join(Sitting).where(Enrolment.number == number).order_by(Sitting.starts_at)
    return session.scalars(query).all()


def list_classes(session: Session, npsn: str = "") -> list[tuple[str, int]]:
    """(class, participants) of one school or of all, in order."""
    query = select(Participant.class_name, func.count()).group_by(Participant.class_name)
    if npsn:
        query = query.where(Participant.school_npsn == npsn)
    return [(name, count) for name, count in session.execute(query.order_by(Participant.class_name))]


def find_participant(session: Session, number: str) -> Participant:
    """The participant of this number; Refusal P-321 if there is none."""
    participant = session.get(Participant, number)
    if participant is None:
        raise Refusal(
            "P-321",
            N_("Peserta dengan nomor %(number)s tidak terdaftar."),
            N_("Periksa nomor pesertanya, atau cari di daftar peserta."),
            status=404,
            values={"number": number},
        )
    return participant


def change_participant(
    session: Session, clock: Clock, actor: str, participant: Participant, row: ParticipantRow
) -> None:
    """Take over the details of a checked row; an NISN that somebody else has is refused."""
    owner = session.scalar(select(Participant).where(Participant.nisn == row.nisn))
    if owner is not None and owner.number != participant.number:
        raise Refusal(
            "P-322",
            N_("NISN %(nisn)s sudah dipakai oleh peserta %(number)s."),
            N_("Periksa NISN kedua siswa itu."),
            status=409,
            values={"nisn": row.nisn, "number": owner.number},
        )
    fields = _differences(participant, row)
    for name, (_now, then) in fields.items():
        setattr(participant, name, then)
    session.flush()
    if fields:
        audit.record(
            session, clock, actor, AuditEvent.PARTICIPANT_CHANGED, participant.number, {"fields": sorted(fields)}
        )


def delete_participant(session: Session, clock: Clock, actor: str, participant: Participant) -> None:
    """Delete a participant who is in no sitting; Refusal P-323 otherwise."""
    if session.scalar(select(Enrolment.sitting_id).where(Enrolment.number == participant.number).limit(1)):
        raise Refusal(
            "P-323",
            N_("Peserta ini sudah ditempatkan dalam jadwal ujian."),
            N_("Keluarkan dahulu dari jadwalnya, lalu hapus."),
            status=409,
        )
    session.delete(participant)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.PARTICIPANT_DELETED, participant.number)


def _filtered(wanted: ParticipantFilter) -> Select[Participant]:
    query = select(Participant)
    if wanted.npsn:
        query = query.where(Participant.school_npsn == wanted.npsn)
    if wanted.class_name:
        query = query.where(Participant.class_name == wanted.class_name)
    if wanted.text.strip():
        like = f"%{wanted.text.strip()}%"
        columns = (Participant.number, Participant.nisn, Participant.name)
        query = query.where(or_(*(column.ilike(like) for column in columns)))
    return query


def _known(session: Session, numbers: Sequence[str]) -> dict[str, Participant]:
    return {
        participant.number: participant
        for part in _parts(numbers)
        for participant in session.scalars(select(Participant).where(Participant.number.in_(part)))
    }


def _nisn_owners(session: Session, nisns: Sequence[str]) -> dict[str, str]:
    return {
        nisn: number
        for part in _parts(nisns)
        for nisn, number in session.execute(
            select(Participant.nisn, Participant.number).where(Participant.nisn.in_(part))
        )
    }


def _parts(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))


def _school_problem(row: ParticipantRow, school: str, schools: set[str], chosen: str) -> Finding | None:
    if not school:
        return Finding(row.row, "NPSN", "", N_("Sekolahnya belum disebut. Pilih sekolah, atau isi kolom NPSN."))
    if school not in schools:
        return Finding(row.row, "NPSN", school, N_("Sekolah dengan NPSN ini belum terdaftar."))
    if chosen and row.npsn and row.npsn != chosen:
        return Finding(row.row, "NPSN", row.npsn, N_("NPSN di baris ini berbeda dari sekolah yang dipilih."))
    return None


def _identity_problem(
    row: ParticipantRow, school: str, found: Participant | None, owners: dict[str, str]
) -> Finding | None:
    owner = owners.get(row.nisn)
    if owner is not None and owner != row.number:
        text = N_("NISN ini sudah terdaftar dengan nomor peserta %(number)s.")
        return Finding(row.row, "NISN", row.nisn, text, {"number": owner})
    if found is None:
        return None
    if found.school_npsn != school:
        text = N_("Nomor peserta ini sudah dipakai di sekolah dengan NPSN %(npsn)s.")
        return Finding(row.row, "NOMOR PESERTA", row.number, text, {"npsn": found.school_npsn})
    if found.nisn != row.nisn:
        text = N_("Nomor peserta ini milik siswa dengan NISN %(nisn)s. Ubah di halaman pesertanya jika memang keliru.")
        return Finding(row.row, "NOMOR PESERTA", row.number, text, {"nisn": found.nisn})
    return None


def _differences(found: Participant, row: ParticipantRow) -> dict[str, tuple[Any, Any]]:
    return {
        name: (getattr(found, name), value) for name, value in row.details().items() if getattr(found, name) != value
    }
