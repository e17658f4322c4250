"""Is this server ready for an exam: each thing it depends on, with its state and what helps.

The same findings stand on the technician's page and in `/readyz`; red ones come first. It changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.wording import N_
from app.models import Download, DownloadState, HeldSitting, HeldState, StateEntry
from app.sekolah.services import contact, day, identity
from app.sekolah.services.contact import LARGEST_OFFSET_MS
from app.sekolah.services.day import Space
from app.sekolah.services.exam_time import CLOCK_NAME
from app.sekolah.services.kept_words import parts
from app.sekolah.services.workplace import Workplace

BUILT = datetime(2026, 1, 1, tzinfo=UTC)  # a clock before this has lost its battery
SOON_MINUTES = 30
STILL_AFTER_S = 20


@dataclass(frozen=True)
class Finding:
    """One dependency. `blocks` says whether an exam cannot begin like this; texts are sources with `values`."""

    name: str
    ready: bool
    state: str
    remedy: str = ""
    values: dict[str, object] | None = None
    endpoint: str = ""  # of the page where it can be put right
    blocks: bool = True


def findings(session: Session, place: Workplace) -> list[Finding]:
    """Everything, what is not ready first."""
    space = Space.of(place.data_dir)
    found = [
        _identity(session),
        _clock(session, place.clock.now()),
        _disk(space),
        _reserve(space),
        _centre(session),
        _packages(session),
        _release(session, place.clock.now()),
    ]
    return sorted(found, key=lambda finding: (finding.ready, not finding.blocks))


def room_health(session: Session, now: datetime, space: Space) -> Finding:
    """What a proctor has to know of this server while students work: is it keeping answers, is there room for them.

    The exam process notes its clock every two seconds while anybody works; if it has not for a while, it stands still.
    """
    for finding in (_reserve(space), _disk(space)):
        if not finding.ready:
            return finding
    beat = session.get(StateEntry, CLOCK_NAME)
    frozen = beat is not None and bool(beat.value.get("frozen"))
    if beat is not None and frozen and abs((now - beat.changed_at).total_seconds()) > STILL_AFTER_S:
        return Finding(
            "exam",
            False,
            N_("Proses ujian tidak menjawab."),
            N_("Panggil teknisi untuk menyalakan ulang layanan. Jawaban tetap aman di komputer peserta."),
        )
    return Finding("exam", True, N_("Ruang ini dilayani"))


def _identity(session: Session) -> Finding:
    known = identity.find_identity(session)
    if known is None or not known.confirmed:
        return Finding(
            "identity",
            False,
            N_("Server belum diaktifkan."),
            N_("Buka Aktivasi Server, lalu masukkan ID Server dan kode aktivasi."),
            endpoint="sekolah.activation",
        )
    return Finding(
        "identity",
        True,
        N_("Aktif sebagai %(server)s untuk %(school)s."),
        values={"server": known.server_id, "school": known.school_name},
    )


def _clock(session: Session, now: datetime) -> Finding:
    if now < BUILT:
        return Finding(
            "clock",
            False,
            N_("Jam server menunjukkan tahun %(year)s."),
            N_("Setel jam dan tanggal server. Ganti baterai papan induk bila terulang."),
            {"year": now.year},
        )
    offset_ms = contact.read(session).offset_ms
    if offset_ms is None:
        return Finding("clock", True, N_("Jam server belum pernah dicocokkan dengan pusat."), blocks=False)
    seconds = abs(offset_ms) // 1000
    if abs(offset_ms) > LARGEST_OFFSET_MS:
        return Finding(
            "clock",
            False,
            N_("Jam server berbeda %(seconds)s detik dari pusat."),
            N_("Setel jam dan tanggal server, lalu sinkronkan lagi."),
            {"seconds": seconds},
        )
    return Finding(
        "clock", True, N_("Jam server sama dengan pusat (selisih %(seconds)s detik)."), values={"seconds": seconds}
    )


def _disk(space: Space) -> Finding:
    values: dict[str, object] = {"free": space.free // 1_000_000, "quota": space.quota // 1_000_000}
    if space.free < space.quota:
        return Finding(
            "disk_quota",
            False,
            N_("Sisa disk %(free)s MB, kurang dari %(quota)s MB. Tes tidak dapat diaktifkan."),
            N_("Hapus berkas yang tidak perlu atau perbesar disk. Data ujian jangan dihapus."),
            values,
        )
    return Finding("disk_quota", True, N_("Sisa disk %(free)s MB, cukup untuk tes."), values=values)


def _reserve(space: Space) -> Finding:
    if space.reserve_spent:
        return Finding(
            "disk_reserve",
            False,
            N_("Disk penuh: cadangan dipakai agar jawaban tetap tersimpan. Sisa %(free)s MB."),
            N_("Panggil teknisi untuk mengosongkan disk sekarang. Data ujian jangan dihapus."),
            {"free": space.free // 1_000_000},
        )
    return Finding("disk_reserve", True, N_("Cadangan disk tidak terpakai."))


def _centre(session: Session) -> Finding:
    said = contact.read(session)
    if said.well:
        return Finding("centre", True, N_("Pusat dapat dihubungi."), blocks=False)
    return Finding("centre", False, said.cause, said.remedy, endpoint="sekolah.downloads", blocks=False)


def _packages(session: Session) -> Finding:
    failed = session.scalar(select(Download).where(Download.state == DownloadState.FAILED).limit(1))
    if failed is not None:
        (cause, values, _code), (remedy, more, _none) = parts(failed.cause), parts(failed.remedy)
        return Finding(
            "packages", False, cause, remedy, endpoint="sekolah.downloads", blocks=False, values=values | more or None
        )
    number = len(day.held_sittings(session))
    if not number:
        return Finding("packages", False, N_("Belum ada paket."), N_("Sinkronkan dulu."), endpoint="sekolah.downloads")
    return Finding("packages", True, N_("%(number)s paket sudah di sini dan utuh."), values={"number": number})


def _release(session: Session, now: datetime) -> Finding:
    for sitting in day.held_sittings(session):
        stored = sitting.release_secret is not None
        if sitting.state is HeldState.LOCKED and stored:
            return _stuck(sitting)
        if sitting.state is HeldState.LOCKED and day.starts_in_minutes(sitting, now) <= SOON_MINUTES:
            return Finding(
                "release",
                False,
                N_("%(title)s mulai sebentar lagi dan belum dirilis."),
                N_("Server memeriksa sendiri. Tanpa internet, minta kode rilis lewat telepon."),
                {"title": sitting.title},
                endpoint="sekolah.release",
            )
    return Finding("release", True, N_("Tidak ada tes yang menunggu rilis sekarang."))


def _stuck(sitting: HeldSitting) -> Finding:
    return Finding(
        "release",
        False,
        N_("Rilis %(title)s sudah disimpan, tetapi paketnya belum terbuka."),
        N_("Lihat sebabnya di Status Download, lalu buka lagi dari halaman Rilis."),
        {"title": sitting.title},
        endpoint="sekolah.release",
    )
