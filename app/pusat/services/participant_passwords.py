"""A new password for one participant whose card was lost or seen by others.

A published package has the password sealed inside (ADR 0003): the new one reaches a school only with a new version, and
what is released keeps the old one. So a new password is refused while an exam of the participant is out and not over:
the card from the centre would then show what opens nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.sealing import RandomBytes
from app.domain.student_passwords import new_password
from app.domain.wording import N_
from app.models import Enrolment, Participant, Sitting, SittingState
from app.pusat.services.secrets_box import SecretsBox, password_place
from app.services import audit

OVER_AFTER = timedelta(hours=12)  # after the planned end: outages and late starts are behind then


def renew_password(
    session: Session, clock: Clock, actor: str, box: SecretsBox, participant: Participant, random_bytes: RandomBytes
) -> None:
    """Give the participant another password; Refusal P-324 while a released exam of theirs is not over."""
    out = running_sitting(session, participant.number, clock.now())
    if out is not None:
        raise Refusal(
            "P-324",
            N_("“%(title)s” sudah dirilis dengan kata sandi yang sekarang; di sana yang baru tidak akan berlaku."),
            N_("Minta proktor mencetak ulang kartu loginnya di sekolah. Kata sandi dapat diganti sesudah ujian itu."),
            status=409,
            values={"title": out.title},
        )
    session.refresh(participant, with_for_update=True)
    participant.password = box.seal(password_place(participant.number), new_password(random_bytes).encode())
    session.flush()
    audit.record(session, clock, actor, AuditEvent.PARTICIPANT_CHANGED, participant.number, {"fields": ["password"]})


def running_sitting(session: Session, number: str, now: datetime) -> Sitting | None:
    """A released sitting of this participant that is not surely over; its package holds the password for good."""
    for sitting in _sittings(session, number, SittingState.RELEASED):
        if now < sitting.starts_at + timedelta(seconds=sitting.length_s) + OVER_AFTER:
            return sitting
    return None


def sealed_in(session: Session, number: str) -> Sequence[Sitting]:
    """Published sittings whose package holds a password of this participant: each would have to be published again."""
    return _sittings(session, number, SittingState.PUBLISHED)


def _sittings(session: Session, number: str, state: SittingState) -> Sequence[Sitting]:
    query = select(Sitting).join(Enrolment).where(Enrolment.number == number, Sitting.state == state)
    return session.scalars(query.order_by(Sitting.starts_at, Sitting.id)).all()
