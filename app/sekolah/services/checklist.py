"""The day's steps as a checklist: done, now, later. The first step that is not done is the one for now.

It is derived from what is in the database each time and stored nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.audit_events import AuditEvent
from app.domain.wording import N_
from app.models import AuditEntry, HeldSitting, HeldState
from app.sekolah.services import day, identity


@dataclass(frozen=True)
class Step:
    """One step: source text, whether it is done, and the endpoint of the page where it is done."""

    label: str
    done: bool
    endpoint: str
    with_sitting: bool = False


@dataclass(frozen=True)
class Checklist:
    """The steps, and the sitting they are about (None while nothing is synced)."""

    steps: tuple[Step, ...]
    sitting: HeldSitting | None

    def states(self) -> list[tuple[Step, str]]:
        """Each step with `done`, `now` or `later`."""
        found, reached = [], False
        for step in self.steps:
            if step.done:
                found.append((step, "done"))
            else:
                found.append((step, "later" if reached else "now"))
                reached = True
        return found

    @property
    def now(self) -> Step | None:
        """The step for now; None when the day is done."""
        return next((step for step in self.steps if not step.done), None)


_AFTER = {
    HeldState.LOCKED: 0,
    HeldState.OPEN: 1,
    HeldState.ACTIVE: 2,
    HeldState.CLOSED: 3,
    HeldState.UPLOADED: 4,
}


def read_checklist(session: Session) -> Checklist:
    """The checklist of the sitting the day is about."""
    sitting = day.sitting_in_focus(day.held_sittings(session))
    reached = _AFTER[sitting.state] if sitting else -1
    return Checklist(
        steps=(
            Step(N_("Aktifkan server"), identity.is_active(session), "sekolah.activation"),
            Step(N_("Sinkronkan paket"), sitting is not None, "sekolah.downloads"),
            Step(N_("Terima rilis"), reached >= 1, "sekolah.release"),
            Step(N_("Cetak kartu login"), reached >= 2 or _printed(session, sitting), "sekolah.participants", True),
            Step(N_("Aktifkan tes, bacakan token"), reached >= 2, "sekolah.sittings"),
            Step(N_("Awasi, lalu tutup tes"), reached >= 3, "sekolah.board", True),
            Step(N_("Unggah hasil"), reached >= 4, "sekolah.uploads"),
        ),
        sitting=sitting,
    )


def _printed(session: Session, sitting: HeldSitting | None) -> bool:
    if sitting is None:
        return False
    query = select(AuditEntry.id).where(AuditEntry.event == AuditEvent.SHEET_PRINTED, AuditEntry.subject == sitting.id)
    return session.scalar(query.limit(1)) is not None
