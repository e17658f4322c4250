"""Question banks: a title, a subject, and how many questions of each kind lie in one.

A bank is deleted only while none of its questions is on a paper.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Bank, BankQuestion, PaperQuestion
from app.services import audit


@dataclass(frozen=True, slots=True)
class BankLine:
    """A bank in the list."""

    bank: Bank
    questions: int


def list_banks(session: Session) -> list[BankLine]:
    """Banks by subject and title, with the number of their questions."""
    count = select(func.count()).where(BankQuestion.bank_id == Bank.id).scalar_subquery()
    query = select(Bank, count).order_by(Bank.subject, Bank.title, Bank.id)
    return [BankLine(*row) for row in session.execute(query)]


def find_bank(session: Session, bank_id: int) -> Bank:
    """The bank of this number; Refusal P-410 if there is none."""
    bank = session.get(Bank, bank_id)
    if bank is None:
        raise Refusal("P-410", N_("Bank soal ini tidak ada lagi."), N_("Pilih bank lain di daftar."), status=404)
    return bank


def add_bank(session: Session, clock: Clock, actor: str, title: str, subject: str) -> Bank:
    """A new, empty bank."""
    bank = Bank(title=_line(title), subject=_line(subject), created_at=clock.now())
    _check(bank.title, bank.subject)
    session.add(bank)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.BANK_SAVED, str(bank.id), {"title": bank.title})
    return bank


def change_bank(session: Session, clock: Clock, actor: str, bank: Bank, title: str, subject: str) -> None:
    """Another title or subject."""
    _check(_line(title), _line(subject))
    bank.title, bank.subject = _line(title), _line(subject)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.BANK_SAVED, str(bank.id), {"title": bank.title})


def delete_bank(session: Session, clock: Clock, actor: str, bank: Bank) -> None:
    """Delete a bank with its questions; Refusal P-411 while a paper uses one of them."""
    query = select(PaperQuestion.paper_id).join(BankQuestion).where(BankQuestion.bank_id == bank.id).limit(1)
    if session.scalar(query) is not None:
        raise Refusal(
            "P-411",
            N_("Ada soal di bank ini yang dipakai dalam paket soal."),
            N_("Keluarkan soalnya dari paket itu dahulu."),
            status=409,
        )
    detail = {"title": bank.title, "questions": len(bank.questions)}
    session.delete(bank)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.BANK_DELETED, str(bank.id), detail)


def _check(title: str, subject: str) -> None:
    if not title or not subject or len(title) > 200 or len(subject) > 100:
        raise Refusal(
            "P-412",
            N_("Judul atau mata uji kosong, atau terlalu panjang."),
            N_("Isi judul (paling banyak 200 huruf) dan mata uji (paling banyak 100 huruf)."),
        )


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
