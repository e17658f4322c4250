"""The exam day at the school: which sitting is next, what may be activated, and what stands in the way.

A sitting goes locked → open → active → closed → uploaded. A sitting of another day is not activated while results of an
earlier day wait for their receipt: that is how results were left behind on servers. Where the line to the centre is
gone all day the way out is the USB stick, or a reason that a proctor writes down and that the log keeps.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import HeldSitting, HeldState
from app.sekolah.services import attempts, disk_reserve, groups
from app.services import audit

QUOTA_BYTES = 500_000_000  # free space without which no sitting starts (a full disk ended exams elsewhere)
SHORTEST_REASON = 10  # characters


@dataclass(frozen=True)
class Space:
    """Free bytes on the data disk, how many there must be before a sitting is activated, and if the reserve is gone."""

    free: int
    quota: int = QUOTA_BYTES
    reserve_spent: bool = False

    @classmethod
    def of(cls, data_dir: Path) -> Space:
        """As it is now."""
        return cls(shutil.disk_usage(data_dir).free, reserve_spent=disk_reserve.is_spent(data_dir))

    @property
    def enough(self) -> bool:
        """Whether a sitting may be activated."""
        return self.free >= self.quota and not self.reserve_spent


def held_sittings(session: Session) -> list[HeldSitting]:
    """All sittings that this server holds, in the order of their start."""
    return list(session.scalars(select(HeldSitting).order_by(HeldSitting.starts_at, HeldSitting.id)))


def find_sitting(session: Session, sitting_id: str) -> HeldSitting:
    """The sitting; refuses (S-230) one that is not held here."""
    sitting = session.get(HeldSitting, sitting_id)
    if sitting is None:
        raise unknown_sitting()
    return sitting


def unknown_sitting() -> Refusal:
    """S-230: this server holds no such sitting."""
    return Refusal(
        "S-230",
        N_("Sesi ujian ini tidak ada di server ini."),
        N_("Buka Status Tes, lalu pilih sesi dari daftar."),
        status=404,
    )


def lock_sittings(session: Session) -> None:
    """Deeds on sittings take turns until the transaction ends: of two proctors who click at once the second sees what
    the first did. On SQLite whoever writes has the database alone already."""
    every = select(HeldSitting).order_by(HeldSitting.id).with_for_update()
    session.scalars(every.execution_options(populate_existing=True)).all()


def sitting_in_focus(sittings: list[HeldSitting]) -> HeldSitting | None:
    """The sitting the day is about: an active one, else the first that is not uploaded, else the last."""
    for states in ({HeldState.ACTIVE}, {HeldState.CLOSED, HeldState.OPEN, HeldState.LOCKED}):
        for sitting in sittings:
            if sitting.state in states:
                return sitting
    return sittings[-1] if sittings else None


def local_date(sitting: HeldSitting) -> date:
    """The day of the sitting where the school is."""
    return sitting.starts_at.astimezone(ZoneInfo(sitting.time_zone)).date()


def waiting_uploads(session: Session, sitting: HeldSitting) -> list[HeldSitting]:
    """Closed sittings of earlier days whose results have no receipt yet."""
    closed = session.scalars(select(HeldSitting).where(HeldSitting.state == HeldState.CLOSED))
    return [other for other in closed if other.id != sitting.id and local_date(other) < local_date(sitting)]


def activate_sitting(
    session: Session, clock: Clock, sitting_id: str, actor: str, *, space: Space, reason: str = ""
) -> HeldSitting:
    """Let students in. `reason` lifts only the wait for an earlier day's receipt, and is written into the log.

    Refuses: not released (S-231), closed already (S-232), nobody assigned (S-233), the room has another active sitting
    (S-234), too little disk (S-235), its reserve used up (S-238), an earlier day's results have no receipt (S-236).
    """
    lock_sittings(session)  # all of them: the room must be free of every other one
    sitting = find_sitting(session, sitting_id)
    if sitting.state is HeldState.ACTIVE:
        return sitting
    _require_open(sitting)
    if not groups.assigned_count(session, sitting.id):
        raise Refusal(
            "S-233",
            N_("Belum ada peserta dalam kelompok tes ini."),
            N_("Buka Kelompok Tes, lalu pilih Masukkan semua."),
            status=409,
        )
    _require_free_room(session, sitting)
    _require_space(space)
    waived = _require_receipts(session, sitting, reason)
    sitting.state, sitting.activated_at = HeldState.ACTIVE, clock.now()
    detail: dict[str, object] = {"room": sitting.room}
    if waived:
        detail |= {"reason": reason.strip(), "without_receipt": waived}
    audit.record(session, clock, actor, AuditEvent.SITTING_ACTIVATED, sitting.id, detail)
    session.flush()
    return sitting


def close_sitting(session: Session, clock: Clock, sitting_id: str, actor: str, *, now_ms: int) -> int:
    """End a sitting: every attempt is closed, nothing more is accepted. Returns how many had to be closed.

    Refuses (S-237) a sitting that is not active.
    """
    lock_sittings(session)
    sitting = find_sitting(session, sitting_id)
    if sitting.state is not HeldState.ACTIVE:
        raise Refusal(
            "S-237",
            N_("Tes ini tidak sedang berlangsung."),
            N_("Buka Status Tes untuk melihat keadaan setiap sesi."),
            status=409,
        )
    closed = attempts.close_sitting(session, clock, sitting.id, actor, now_ms=now_ms)
    sitting.state, sitting.closed_at = HeldState.CLOSED, clock.now()
    session.flush()
    return closed


def _require_open(sitting: HeldSitting) -> None:
    if sitting.state is HeldState.LOCKED:
        raise Refusal(
            "S-231",
            N_("Paket %(title)s belum dirilis."),
            N_("Tunggu rilis dari pusat, atau minta kode rilis lewat telepon dan ketik di halaman Rilis."),
            status=409,
            values={"title": sitting.title},
        )
    if sitting.state is not HeldState.OPEN:
        raise Refusal(
            "S-232",
            N_("Tes %(title)s sudah ditutup."),
            N_("Tes yang sudah ditutup tidak dibuka lagi. Hubungi pusat bila perlu sesi susulan."),
            status=409,
            values={"title": sitting.title},
        )


def _require_free_room(session: Session, sitting: HeldSitting) -> None:
    other = session.scalar(
        select(HeldSitting).where(
            HeldSitting.state == HeldState.ACTIVE, HeldSitting.room == sitting.room, HeldSitting.id != sitting.id
        )
    )
    if other is not None:
        raise Refusal(
            "S-234",
            N_("Di ruang %(room)s masih berlangsung %(title)s."),
            N_("Tutup tes itu dahulu, lalu aktifkan tes ini."),
            status=409,
            values={"room": other.room, "title": other.title},
        )


def _require_space(space: Space) -> None:
    if space.reserve_spent:
        raise Refusal(
            "S-238",
            N_("Disk pernah penuh dan cadangannya sudah dipakai. Tes tidak dapat diaktifkan."),
            N_("Kosongkan disk sampai %(quota)s MB. Cadangan dibuat lagi sendiri, lalu tes dapat diaktifkan."),
            status=409,
            values={"quota": space.quota // 1_000_000},
        )
    if not space.enough:
        raise Refusal(
            "S-235",
            N_("Sisa disk %(free)s MB, sedangkan tes memerlukan paling sedikit %(quota)s MB."),
            N_("Hapus berkas yang tidak perlu atau perbesar disk, lalu aktifkan lagi. Data ujian jangan dihapus."),
            status=409,
            values={"free": space.free // 1_000_000, "quota": space.quota // 1_000_000},
        )


def _require_receipts(session: Session, sitting: HeldSitting, reason: str) -> list[str]:
    """The earlier sittings that the reason lets pass; refuses S-236 if there is any and no reason."""
    waiting = waiting_uploads(session, sitting)
    if waiting and len(reason.strip()) < SHORTEST_REASON:
        raise Refusal(
            "S-236",
            N_("Hasil %(titles)s belum mempunyai tanda terima dari pusat."),
            N_("Unggah dahulu di Upload Hasil, lewat jaringan atau USB. Jika tidak mungkin, tulis alasannya."),
            status=409,
            values={"titles": ", ".join(other.title for other in waiting)},
        )
    return [other.id for other in waiting]


def starts_in_minutes(sitting: HeldSitting, now: datetime) -> int:
    """Whole minutes until the planned start; negative once it has passed."""
    return int((sitting.starts_at - now).total_seconds() // 60)
