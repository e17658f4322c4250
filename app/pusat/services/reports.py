"""What a school's server says of itself at contact: kept as it was last said, never piled up.

The answer tells the centre's time, so that the server learns how far its clock is off, and what somebody there should
know. A report is a courtesy: no exam waits for it, and no person's data is in it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain import canonical
from app.domain.clock import Clock
from app.domain.documents import Report
from app.domain.protocol_refusals import ProtocolRefusal, refuse
from app.domain.records import from_body
from app.domain.wording import N_
from app.models import Publication, Server, Sitting, SittingState

LONGEST_REPORT = 256 * 1024  # bytes
_CLOCK_OFF_S = 60
_FREE_BYTES = 500_000_000


def read_report(body: bytes, server_id: str) -> Report:
    """The report of this server; refuses S-30x (400) and `foreign-server` (403)."""
    try:
        report = from_body(Report, canonical.loads(body, limit=LONGEST_REPORT))
    except ProtocolRefusal as refusal:
        refusal.status = 413 if refusal.reason == "too-large" else 400
        raise
    if report.server != server_id:
        foreign = refuse("foreign-server", found=report.server, expected=server_id)
        foreign.status = 403
        raise foreign
    return report


def keep_report(session: Session, clock: Clock, server_id: str, body: dict[str, Any]) -> None:
    """Remember when the server was heard of, and what it said last: one update by primary key."""
    session.execute(update(Server).where(Server.id == server_id).values(last_contact_at=clock.now(), last_report=body))


def answer_report(session: Session, report: Report, now: datetime) -> dict[str, Any]:
    """`{now, notices}`; a notice has a code, what is so, and what to do (Indonesian source text)."""
    return {"now": now.isoformat(), "notices": [*_notices(session, report, now)]}


def _notices(session: Session, report: Report, now: datetime) -> list[dict[str, str]]:
    found = []
    if abs((report.made_at - now).total_seconds()) > _CLOCK_OFF_S:
        found.append(
            {
                "code": "P-750",
                "text": N_("Jam server ini berbeda lebih dari satu menit dari jam pusat."),
                "remedy": N_("Setel jam dan tanggal server, atau sambungkan ke server waktu."),
            }
        )
    if report.free_bytes < _FREE_BYTES:
        found.append(
            {
                "code": "P-751",
                "text": N_("Sisa disk server ini kurang dari 500 MB."),
                "remedy": N_("Kosongkan disk sebelum hari ujian."),
            }
        )
    held = {sitting.sitting: sitting.version for sitting in report.sittings}
    query = select(Publication.sitting_id, Publication.version, Sitting.title).join(
        Sitting, (Sitting.id == Publication.sitting_id) & (Sitting.version == Publication.version)
    )
    query = query.where(Publication.server_id == report.server, Sitting.state == SittingState.PUBLISHED)
    behind = [title for sitting, version, title in session.execute(query) if held.get(sitting, 0) < version]
    if behind:
        found.append(
            {
                "code": "P-752",
                "text": N_("Ada paket ujian yang belum diunduh server ini."),
                "remedy": N_("Buka Status Download, lalu sinkronkan."),
            }
        )
    return found
