"""What must not be done to the machine while students work: some never, some only with a reason that is logged."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.attempt_states import AttemptState
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Attempt, HeldSitting, HeldState
from app.sekolah.services.day import SHORTEST_REASON


def open_attempts(session: Session) -> int:
    """How many students are at work in an active sitting."""
    at_work = Attempt.state.in_((AttemptState.ADMITTED, AttemptState.WORKING))
    query = select(func.count()).select_from(Attempt).join(HeldSitting, Attempt.sitting_id == HeldSitting.id)
    return session.scalar(query.where(at_work, HeldSitting.state == HeldState.ACTIVE)) or 0


def require_reason(session: Session, reason: str) -> str:
    """The reason, tidied; refuses B-602 if students are at work and none was given."""
    tidy = " ".join(reason.split())[:200]
    students = open_attempts(session)
    if students and len(tidy) < SHORTEST_REASON:
        raise Refusal(
            "B-602",
            N_("%(number)s peserta sedang mengerjakan tes."),
            N_("Tunggu sampai tes ditutup. Bila tidak dapat menunggu, tulis alasannya (sedikitnya 10 huruf)."),
            status=409,
            values={"number": students},
        )
    return tidy


def require_no_sitting(session: Session) -> None:
    """Refuses B-603 while a sitting is active."""
    title = session.scalar(select(HeldSitting.title).where(HeldSitting.state == HeldState.ACTIVE).limit(1))
    if title is not None:
        raise Refusal(
            "B-603",
            N_("Tes %(title)s sedang berlangsung; ini tidak boleh dilakukan sekarang."),
            N_("Tutup tes itu dahulu di Status Tes, lalu ulangi."),
            status=409,
            values={"title": title},
        )
