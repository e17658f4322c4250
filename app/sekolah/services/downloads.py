"""The rows of *Status Download*: one per kind of data, kept in the database so that a closed page loses nothing.

They tell what a sync did and are no proof of anything: whether a package is whole is decided by the sync itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Download, DownloadState, HeldSitting
from app.sekolah.services.kept_words import keep
from app.sekolah.services.workplace import Workplace

INDEX, MANIFEST, ROSTER, PAYLOAD, RELEASE = "index", "manifest", "roster", "payload", "release"
KINDS = (MANIFEST, ROSTER, PAYLOAD, RELEASE)
NO_SITTING = "-"
KIND_WORDS = {
    INDEX: N_("Daftar paket"),
    MANIFEST: N_("Jadwal"),
    ROSTER: N_("Peserta"),
    PAYLOAD: N_("Paket soal"),
    RELEASE: N_("Rilis"),
}
TELL_EVERY_MS = 300


class Rows:
    """Writes the rows while a sync runs, each in a transaction of its own."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._told_ms = 0

    def put(self, sitting: str, kind: str, state: DownloadState, done: int = 0, total: int = 0) -> None:
        """Set a row; an earlier cause is forgotten."""
        self._write(sitting, kind, state, done, total, "", "")

    def progress(self, sitting: str, kind: str, done: int, total: int) -> None:
        """Bytes so far; written a few times a second at most."""
        now_ms = self._place.clock.boot_ms()
        if now_ms - self._told_ms >= TELL_EVERY_MS:
            self._told_ms = now_ms
            self._write(sitting, kind, DownloadState.RUNNING, done, total, "", "")

    def fail(self, sitting: str, refusal: Refusal, kind: str | None = None) -> None:
        """Whatever of this sitting was on its way (or only `kind`) has failed, for this reason."""
        cause, remedy = keep(refusal)
        with self._place.transaction() as session:
            for row in _unfinished(session, sitting, kind):
                row.state, row.cause, row.remedy = DownloadState.FAILED, cause, remedy
                row.changed_at = self._place.clock.now()

    def forget_others(self, sittings: set[str]) -> None:
        """Drop the rows of sittings that are neither on offer nor held any more."""
        with self._place.transaction() as session:
            kept = sittings | {NO_SITTING} | set(session.scalars(select(HeldSitting.id)))
            session.execute(delete(Download).where(Download.sitting_id.not_in(kept)))

    def _write(
        self, sitting: str, kind: str, state: DownloadState, done: int, total: int, cause: str, remedy: str
    ) -> None:
        with self._place.transaction() as session:
            row = session.get(Download, (sitting, kind)) or Download(sitting_id=sitting, kind=kind)
            row.state, row.done, row.total, row.cause, row.remedy = state, done, total, cause, remedy
            row.changed_at = self._place.clock.now()
            session.add(row)


def interrupted(place: Workplace) -> None:
    """Rows of a sync that died with its process; called by whoever has the turn before it begins anew."""
    cause, remedy = keep(
        Refusal("S-214", N_("Unduhan terputus."), N_("Tekan Sinkronkan. Unduhan dilanjutkan dari yang sudah ada."))
    )
    with place.transaction() as session:
        going = select(Download).where(Download.state == DownloadState.RUNNING, Download.kind != RELEASE)
        for row in session.scalars(going):
            row.state, row.cause, row.remedy = DownloadState.FAILED, cause, remedy


@dataclass(frozen=True)
class Group:
    """The rows of one sitting, in the order in which they come."""

    sitting_id: str
    title: str
    starts_at: datetime | None
    time_zone: str | None
    rows: tuple[Download, ...]


def groups(session: Session) -> list[Group]:
    """All rows for the page: the list of packages first, then each sitting."""
    titles = {sitting.id: sitting for sitting in session.scalars(select(HeldSitting))}
    found: dict[str, list[Download]] = {}
    for row in session.scalars(select(Download)):
        found.setdefault(row.sitting_id, []).append(row)
    order = {kind: place for place, kind in enumerate((INDEX, *KINDS))}
    result = []
    for sitting_id, rows in found.items():
        sitting = titles.get(sitting_id)
        rows.sort(key=lambda row: order.get(row.kind, len(order)))
        result.append(
            Group(
                sitting_id,
                sitting.title if sitting else "",
                sitting.starts_at if sitting else None,
                sitting.time_zone if sitting else None,
                tuple(rows),
            )
        )
    return sorted(result, key=lambda group: (group.sitting_id != NO_SITTING, str(group.starts_at), group.sitting_id))


def running(session: Session) -> bool:
    """Whether a row says that something is on its way."""
    going = select(Download.kind).where(Download.state == DownloadState.RUNNING, Download.kind != RELEASE)
    return session.scalar(going.limit(1)) is not None


def any_running(place: Workplace) -> bool:
    """The same, for work outside a request."""
    with place.look() as session:
        return running(session)


def _unfinished(session: Session, sitting: str, kind: str | None) -> list[Download]:
    states = (DownloadState.RUNNING, DownloadState.WAITING)
    query = select(Download).where(Download.sitting_id == sitting, Download.state.in_(states))
    return list(session.scalars(query.where(Download.kind == kind if kind else Download.kind != RELEASE)))
