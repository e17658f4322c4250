"""School: attempts, their answers and journal. Written by the exam process' one writer (and by proctors' actions).

Columns ending in `_ms` are exam time in milliseconds (`app.domain.timing`).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.attempt_states import AttemptState, ClosedBy
from app.models.base import Base, RowId, text_enum
from app.models.held import HeldSitting
from app.models.marks import NextMark


class Attempt(Base):
    """A participant's one run of a sitting, made at sync; the counters are kept at each save, never counted."""

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("sitting_id", "number"),
        Index("ix_attempt_sitting_state", "sitting_id", "state"),
        # Not on PostgreSQL: an index on what every save changes would make it write all indexes of the row anew.
        Index("ix_attempt_changed", "sitting_id", "changed").ddl_if(dialect="sqlite"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("held_sitting.id"))
    number: Mapped[str] = mapped_column(String(32), index=True)
    name: Mapped[str] = mapped_column(String(200))
    gender: Mapped[str] = mapped_column(String(1))
    class_name: Mapped[str] = mapped_column(String(32), default="")
    seat: Mapped[int]  # the seat's number in the room
    verifier: Mapped[bytes] = mapped_column(LargeBinary)  # keyed hash of the password; its pepper comes with R
    seed: Mapped[int] = mapped_column(BigInteger)  # unsigned 32 bit; order of questions and options
    assigned: Mapped[bool] = mapped_column(default=True)  # Kelompok Tes
    state: Mapped[AttemptState] = mapped_column(text_enum(AttemptState), default=AttemptState.WAITING)
    epoch: Mapped[int] = mapped_column(default=0)  # of the seat that may write; 0 before the first claim
    seat_held: Mapped[bool] = mapped_column(default=False)  # a claim is active: another PC needs a reset first
    claimed_by: Mapped[str] = mapped_column(String(32), default="")  # the claiming ticket: a repeat claims nothing
    epoch_ended_ms: Mapped[int | None] = mapped_column(BigInteger)  # when the last reset ended the epoch before
    logged_in_ms: Mapped[int | None] = mapped_column(BigInteger)
    started_ms: Mapped[int | None] = mapped_column(BigInteger)
    deadline_ms: Mapped[int | None] = mapped_column(BigInteger, index=True)  # credits included
    credit_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    finished_ms: Mapped[int | None] = mapped_column(BigInteger)
    closed_by: Mapped[ClosedBy | None] = mapped_column(text_enum(ClosedBy))
    last_seen_ms: Mapped[int | None] = mapped_column(BigInteger)
    address: Mapped[str] = mapped_column(String(64), default="")  # of the PC last seen, for the proctor only
    answered: Mapped[int] = mapped_column(default=0)
    doubtful: Mapped[int] = mapped_column(default=0)
    sequence: Mapped[int] = mapped_column(BigInteger, default=0)  # the highest seen
    position: Mapped[str] = mapped_column(String(32), default="")  # id of the question last on screen
    changed: Mapped[int] = mapped_column(BigInteger, server_default="0", onupdate=NextMark())
    sitting: Mapped[HeldSitting] = relationship()


class Answer(Base):
    """The answer that counts now: the highest (epoch, sequence) of its question."""

    __tablename__ = "answer"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    question_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    epoch: Mapped[int]
    sequence: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[str] = mapped_column(Text)  # canonical JSON
    doubtful: Mapped[bool]
    written_ms: Mapped[int] = mapped_column(BigInteger)
    received_ms: Mapped[int] = mapped_column(BigInteger)
    late: Mapped[bool] = mapped_column(default=False)  # written in time, delivered after the deadline


class SavedOutcome(StrEnum):
    """What became of a journal entry."""

    KEPT = "kept"  # it counts, or did until a newer one came
    OLDER = "older"  # a newer answer was already there
    ASIDE = "aside"  # from a seat whose epoch had ended; merged only where no newer answer existed
    REFUSED = "refused"  # written after the deadline: kept as evidence, never counted


class JournalEntry(Base):
    """Every save as it came, in order of arrival; append only."""

    __tablename__ = "journal_entry"
    __table_args__ = (UniqueConstraint("attempt_id", "epoch", "sequence"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    epoch: Mapped[int]
    sequence: Mapped[int] = mapped_column(BigInteger)
    question_id: Mapped[str] = mapped_column(String(32))
    value: Mapped[str] = mapped_column(Text)
    doubtful: Mapped[bool]
    written_ms: Mapped[int] = mapped_column(BigInteger)
    received_ms: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[SavedOutcome] = mapped_column(text_enum(SavedOutcome))


class RequestState(StrEnum):
    """A student's request to move to another PC."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"


class ResetRequest(Base):
    """Asked on screen by a student whose seat is held elsewhere; answered by the proctor."""

    __tablename__ = "reset_request"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    state: Mapped[RequestState] = mapped_column(text_enum(RequestState), default=RequestState.WAITING)
    address: Mapped[str] = mapped_column(String(64), default="")
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(String(64), default="")
    attempt: Mapped[Attempt] = relationship()


class Outage(Base):
    """Time in which this server did not serve, measured by itself; the proctor may credit it."""

    __tablename__ = "outage"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    started_ms: Mapped[int] = mapped_column(BigInteger)
    ended_ms: Mapped[int] = mapped_column(BigInteger)
    cause: Mapped[str] = mapped_column(String(100))
    uncertain: Mapped[bool] = mapped_column(default=False)  # the wall clock could not be believed across the gap
    credited: Mapped[bool] = mapped_column(default=False)


class Credit(Base):
    """Time given back, with its reason; `attempt_id` None means everyone of the sitting who was working."""

    __tablename__ = "credit"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("held_sitting.id"), index=True)
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempt.id"), index=True)
    outage_id: Mapped[int | None] = mapped_column(ForeignKey("outage.id"))
    amount_ms: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(500))
    given_at: Mapped[datetime]
    given_by: Mapped[str] = mapped_column(String(64))
