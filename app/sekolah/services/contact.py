"""What this server knows of its line to the centre, in the words that proctors and technicians already know.

AKTIF, STANDBY and OFFLINE come from the last attempt to reach the centre; each names its cause and what to do. An exam
needs none of it: the words say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import StateEntry
from app.sekolah.services import identity
from app.sekolah.services.kept_words import keep, tell
from app.sekolah.services.workplace import Workplace

CONTACT_NAME = "centre_contact"
LARGEST_OFFSET_MS = 120_000


class ServerState(StrEnum):
    """The word in front."""

    NEW = "new"
    ACTIVE = "active"
    STANDBY = "standby"
    OFFLINE = "offline"


STATE_WORDS = {
    ServerState.NEW: N_("BELUM AKTIF"),
    ServerState.ACTIVE: N_("AKTIF"),
    ServerState.STANDBY: N_("STANDBY"),
    ServerState.OFFLINE: N_("OFFLINE"),
}


@dataclass(frozen=True)
class Contact:
    """How the server stands with the centre. `cause` and `remedy` are source texts; empty when all is well."""

    state: ServerState
    cause: str = ""
    remedy: str = ""
    at: datetime | None = None  # of the last try
    good_at: datetime | None = None  # of the last one that succeeded
    offset_ms: int | None = None  # our clock minus the centre's, when it was last told

    @property
    def well(self) -> bool:
        """Whether nothing needs doing."""
        return self.state is ServerState.ACTIVE and not self.cause


_BY_REASON = {
    "no-connection": (
        ServerState.OFFLINE,
        N_("Tidak ada sambungan internet ke pusat."),
        N_("Periksa kabel dan internet sekolah. Ujian tetap dapat berjalan: rilis dapat diminta lewat telepon."),
    ),
    "centre-busy": (
        ServerState.STANDBY,
        N_("Akses ke server pusat masih ditutup atau pusat sedang sibuk."),
        N_("Tunggu jadwal dari pusat. Server ini mencoba lagi sendiri."),
    ),
    "not-found": (
        ServerState.OFFLINE,
        N_("ID Server tidak sama dengan yang ada di pusat, atau pusat belum menyiapkan apa pun untuk server ini."),
        N_("Cocokkan ID Server dengan surat dari pusat, lalu hubungi pusat."),
    ),
    "authorization": (
        ServerState.STANDBY,
        N_("ID Server dipakai di komputer lain, atau server ini pernah dipasang ulang."),
        N_("Pastikan hanya satu komputer memakai ID ini. Minta kode aktivasi baru dari pusat bila perlu."),
    ),
    "clock": (
        ServerState.STANDBY,
        N_("Jam server ini berbeda dari jam pusat."),
        N_("Setel jam dan tanggal server, lalu coba lagi."),
    ),
}


def note(place: Workplace, refusal: Refusal | None, offset_ms: int | None = None) -> None:
    """Remember how the last try to reach the centre ended; None means well."""
    now = place.clock.now()
    with place.transaction() as session:
        before = session.get(StateEntry, CONTACT_NAME)
        known = dict(before.value) if before else {}
        value = {
            "at": now.isoformat(),
            "good_at": now.isoformat() if refusal is None else known.get("good_at"),
            "offset_ms": offset_ms if offset_ms is not None else known.get("offset_ms"),
            "reason": "" if refusal is None else _reason(refusal),
            "told": None if refusal is None else list(keep(refusal)),
        }
        session.merge(StateEntry(name=CONTACT_NAME, value=value, changed_at=now))


def read(session: Session) -> Contact:
    """How the server stands now."""
    if not identity.is_active(session):
        return Contact(
            ServerState.NEW,
            N_("Server ini belum diaktifkan."),
            N_("Buka Aktivasi Server, lalu masukkan ID Server dan kode aktivasi dari pusat."),
        )
    entry = session.get(StateEntry, CONTACT_NAME)
    if entry is None:
        return Contact(ServerState.ACTIVE)
    value = entry.value
    offset_ms = value.get("offset_ms")
    times = {name: datetime.fromisoformat(value[name]) if value.get(name) else None for name in ("at", "good_at")}
    if value["reason"]:
        told = value["told"] or ["", ""]
        state, cause, remedy = _BY_REASON.get(value["reason"], (ServerState.STANDBY, tell(told[0]), tell(told[1])))
        return Contact(state, cause, remedy, times["at"], times["good_at"], offset_ms)
    if offset_ms is not None and abs(offset_ms) > LARGEST_OFFSET_MS:
        state, cause, remedy = _BY_REASON["clock"]
        return Contact(state, cause, remedy, times["at"], times["good_at"], offset_ms)
    return Contact(ServerState.ACTIVE, "", "", times["at"], times["good_at"], offset_ms)


def _reason(refusal: Refusal) -> str:
    """The keyword of a refusal; what the centre itself refused is told apart by the code it gave."""
    reason = str(refusal.extra.get("reason", "")) or refusal.code
    detail = str(refusal.values.get("detail", ""))
    if reason == "centre-refused" and detail.startswith("P-356"):
        return "clock"
    if reason == "centre-refused" and detail.startswith("P-355"):
        return "authorization"
    return reason
