"""The door: an entry token typed in the room turns a login into a seat, and *Mulai* starts the attempt's clock.

A seat is claimed only if none is held or the proctor has reset it; a claim that is repeated (its answer got lost) is
the same claim. Starting twice changes nothing. The sitting must be active at both steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, update
from sqlalchemy.orm import Session

from app.domain import deadlines, entry_token
from app.domain.attempt_states import AttemptState
from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Attempt
from app.sekolah.services.attempt_state import read_row, seat_row
from app.sekolah.services.exam_time import ClockKeeper
from app.sekolah.services.seats import Seat, Ticket
from app.sekolah.services.sitting_book import OpenSitting, is_active
from app.services import audit


@dataclass(frozen=True, slots=True)
class Claim:
    """A seat that was claimed."""

    attempt: int
    epoch: int
    state: str


def check_token(sitting: OpenSitting, typed: object, now_ms: int) -> bool:
    """Whether `typed` is the entry token of this or the last quarter of an hour."""
    return isinstance(typed, str) and entry_token.accepts(sitting.token_key, typed, now_ms)


def wrong_token() -> Refusal:
    """The entry token was another one."""
    return Refusal(
        "S-111",
        N_("Token ini tidak berlaku."),
        N_("Ketik token yang sekarang tertulis di depan kelas. Token berganti setiap 15 menit."),
        status=403,
    )


def claim_seat(connection: Connection, clock: Clock, ticket: Ticket, address: str, now_ms: int) -> Claim:
    """Give the ticket's browser the seat. Refuses: not active (S-113), not assigned (S-102), finished (S-105), held by
    another PC (S-106)."""
    row = admissible_row(connection, ticket, lock=True)
    if row["seat_held"] and row["claimed_by"] != ticket.nonce:
        raise seat_in_use()
    if row["seat_held"]:
        return Claim(row["id"], row["epoch"], row["state"].value)
    epoch = row["epoch"] + 1
    state = AttemptState.ADMITTED if row["state"] is AttemptState.WAITING else row["state"]
    connection.execute(
        update(Attempt)
        .where(Attempt.id == row["id"])
        .values(
            epoch=epoch,
            seat_held=True,
            claimed_by=ticket.nonce,
            state=state,
            address=address[:64],
            last_seen_ms=now_ms,
        )
    )
    if epoch > 1:  # the first seat is the ordinary case and stands in the attempt itself
        detail = {"sitting": row["sitting_id"], "epoch": epoch}
        with Session(connection) as session:
            audit.record(session, clock, audit.SYSTEM, AuditEvent.SEAT_CLAIMED, row["number"], detail)
    return Claim(row["id"], epoch, state.value)


def admissible_row(connection: Connection, ticket: Ticket, *, lock: bool = False) -> RowMapping:
    """The attempt of a ticket if it may come in now; refusals as in `claim_seat`."""
    row = read_row(connection, ticket.attempt, lock=lock)
    if row is None or row["sitting_id"] != ticket.sitting:
        raise Refusal(
            "S-110",
            N_("Tanda masuk Anda tidak berlaku lagi."),
            N_("Masuk sekali lagi dengan nomor peserta dan kata sandi."),
            status=401,
        )
    require_admissible(row)
    return row


def require_admissible(row: RowMapping) -> None:
    """Refuse (S-105, S-102, S-113) an attempt that may not come in now."""
    if row["state"] is AttemptState.FINISHED:
        raise Refusal(
            "S-105",
            N_("Anda sudah menyelesaikan tes ini."),
            N_("Jawaban Anda sudah tersimpan. Jika ini tidak benar, hubungi proktor."),
            status=409,
        )
    if not row["assigned"]:
        raise Refusal(
            "S-102",
            N_("Tidak ada tes untuk Anda pada sesi ini."),
            N_("Hubungi proktor: Anda belum dimasukkan ke Kelompok Tes."),
            status=403,
        )
    if not is_active(row["sitting_state"]):
        raise not_active()


def not_active() -> Refusal:
    """The proctor has not let anybody in yet, or has closed the sitting."""
    return Refusal(
        "S-113",
        N_("Username belum diaktifkan: tes Anda tidak sedang dibuka."),
        N_("Tunggu sampai proktor mengaktifkan tes, lalu coba lagi."),
        status=403,
    )


def seat_in_use() -> Refusal:
    """Another PC holds the seat; the student may ask to move."""
    return Refusal(
        "S-106",
        N_("Tes Anda masih terbuka di komputer lain."),
        N_("Lanjutkan di komputer itu, atau minta pindah: proktor akan menyetujuinya."),
        status=409,
        extra={"reset_request": True},
    )


def start_attempt(connection: Connection, keeper: ClockKeeper, seat: Seat, sitting: OpenSitting) -> None:
    """Start the attempt's clock; a repeat changes nothing. Refuses S-114, S-131, and S-113 when not active."""
    row = seat_row(connection, seat, lock=True)
    if row["state"] is not AttemptState.ADMITTED:
        return
    if not is_active(row["sitting_state"]):
        raise not_active()
    keeper.freeze(connection)
    now_ms = keeper.now_ms()
    values: dict[str, Any] = {
        "state": AttemptState.WORKING,
        "started_ms": now_ms,
        "deadline_ms": deadlines.deadline_ms(now_ms, sitting.length_s * 1000),
        "last_seen_ms": now_ms,
    }
    connection.execute(update(Attempt).where(Attempt.id == row["id"]).values(**values))
