"""Whether the centre can do its work now, not only answer: take a write, hold files, release on time.

Every finding is tried and not remembered. Nothing here changes anything: what is written to try is taken back.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.domain.wording import N_
from app.models import Sitting, SittingState, StateEntry
from app.pusat.services.workplace import Workplace
from app.services.database_upgrade import current_revision, newest_revision
from app.web.transactions import writing

OVERDUE = timedelta(minutes=2)  # a release is made within seconds; ten thousand at once take a minute
TRIAL = "readiness_trial"


@dataclass(frozen=True)
class Finding:
    """How one thing stands, and what helps if it is not ready (Indonesian source texts with `values`)."""

    ready: bool
    state: str
    remedy: str = ""
    values: dict[str, Any] = field(default_factory=dict)


def writable_database(place: Workplace) -> Finding:
    """Whether the database takes a write; a standby or a full disk answers questions and takes none."""
    try:
        with writing(), Session(place.engine) as session:
            session.merge(StateEntry(name=TRIAL, value={}, changed_at=place.clock.now()))
            session.flush()
            session.rollback()
    except SQLAlchemyError as error:
        return Finding(
            False,
            N_("Basis data tidak menerima tulisan (%(kind)s)."),
            N_("Periksa sisa disk dan apakah basis datanya hanya-baca, mis. server cadangan."),
            {"kind": type(error).__name__},
        )
    return Finding(True, N_("Basis data menerima tulisan."))


def migration_level(place: Workplace) -> Finding:
    """Whether the database has the version of this program; an update may have been done by halves."""
    try:
        found = current_revision(place.engine)
    except SQLAlchemyError:
        found = None
    wanted = newest_revision()
    values = {"found": found or "-", "wanted": wanted}
    if found != wanted:
        state = N_("Basis data berada pada versi %(found)s; program memerlukan %(wanted)s.")
        return Finding(False, state, N_("Jalankan: guyub db upgrade"), values)
    return Finding(True, N_("Basis data berada pada versi %(found)s."), values=values)


def writable_folders(place: Workplace) -> Finding:
    """Whether packages, receipts and chunks of uploads can be put where they belong."""
    for folder in (place.exchange_dir, place.incoming_dir):
        trial = folder / f".{TRIAL}.{secrets.token_hex(4)}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _write(trial)
        except OSError as error:
            return Finding(
                False,
                N_("Folder %(folder)s tidak dapat ditulisi (%(detail)s)."),
                N_("Periksa disk dan hak akses folder data."),
                {"folder": folder.name, "detail": error.strerror or type(error).__name__},
            )
    return Finding(True, N_("Folder pertukaran dan kiriman dapat ditulisi."))


def releases_on_time(place: Workplace) -> Finding:
    """Whether what is due is released: the work without a request may have died while pages still answer."""
    due = select(func.count(Sitting.id)).where(
        Sitting.state == SittingState.PUBLISHED, Sitting.release_at < place.clock.now() - OVERDUE
    )
    try:
        with place.look() as session:
            late = session.scalar(due) or 0
    except SQLAlchemyError as error:
        state = N_("Rilis tidak dapat diperiksa (%(kind)s).")
        return Finding(False, state, N_("Periksa layanan basis data."), {"kind": type(error).__name__})
    if late:
        return Finding(
            False,
            N_("%(n)s rilis sudah lewat waktunya dan belum terbit."),
            N_("Jalankan ulang layanan guyub, atau rilis dengan tangan dari halaman Rilis."),
            {"n": late},
        )
    return Finding(True, N_("Tidak ada rilis yang terlambat."))


FINDINGS: dict[str, Callable[[Workplace], Finding]] = {
    "writes": writable_database,
    "migrations": migration_level,
    "folders": writable_folders,
    "releases": releases_on_time,
}


def _write(trial: Path) -> None:
    try:
        trial.write_bytes(b"-")
    finally:
        trial.unlink(missing_ok=True)
