"""Login cards of a sitting at the centre, for those who print them before the exam day.

These are passwords in clear, so reading them is a deed of its own: only for who may print, and a line of the audit log
each time. Where cards are printed at the school, they come out of the opened package instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.models import Enrolment, Participant, Sitting
from app.pusat.services.secrets_box import SecretsBox, password_place
from app.services import audit


@dataclass(frozen=True)
class Card:
    """One participant's card; `password` in two groups of four, as it is easiest to type."""

    participant: Participant
    seat: int
    password: str


def read_cards(
    session: Session, clock: Clock, actor: str, box: SecretsBox, sitting: Sitting, number: str = ""
) -> list[Card]:
    """The cards in the order of seats, or only that of one number, and the line in the log that says who took them."""
    cards = [
        Card(place.participant, place.seat, _grouped(_password(box, place.participant)))
        for place in _places(session, sitting)
        if number in ("", place.number)
    ]
    detail = {"document": "login_cards", "cards": len(cards), **({"number": number} if number else {})}
    audit.record(session, clock, actor, AuditEvent.SHEET_PRINTED, sitting.id, detail)
    return cards


def read_attendance(session: Session, sitting: Sitting) -> list[Enrolment]:
    """Who is to sign, in the order of seats; no secret is in it."""
    return _places(session, sitting)


def _places(session: Session, sitting: Sitting) -> list[Enrolment]:
    query = (
        select(Enrolment)
        .where(Enrolment.sitting_id == sitting.id)
        .options(joinedload(Enrolment.participant).joinedload(Participant.school))
        .order_by(Enrolment.seat)
    )
    return list(session.scalars(query))


def _password(box: SecretsBox, participant: Participant) -> str:
    return box.open(password_place(participant.number), participant.password).decode("ascii")


def _grouped(password: str) -> str:
    return " ".join(password[start : start + 4] for start in range(0, len(password), 4))
