"""Centre: bundles that came back, and what they earned."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, RowId


class Upload(Base):
    """A bundle that was received, once; `receipt` is given again to whoever repeats it."""

    __tablename__ = "upload"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    server_id: Mapped[str] = mapped_column(ForeignKey("server.id"), index=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"), index=True)
    version: Mapped[int]
    size: Mapped[int]
    attempts: Mapped[int]
    received_at: Mapped[datetime]
    receipt: Mapped[bytes] = mapped_column(LargeBinary)
    detail: Mapped[dict[str, Any]]  # audit head, outages and credits as the school stated them


class AttemptResult(Base):
    """One student's run as uploaded and scored; a newer bundle of the same sitting replaces the answers."""

    __tablename__ = "attempt_result"
    __table_args__ = (UniqueConstraint("sitting_id", "number"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"), index=True)
    number: Mapped[str] = mapped_column(ForeignKey("participant.number"), index=True)
    upload_sha256: Mapped[str] = mapped_column(ForeignKey("upload.sha256"), index=True)
    state: Mapped[str] = mapped_column(String(16))  # the attempt's state at upload
    seed: Mapped[int] = mapped_column(BigInteger, default=0)  # of the order in which questions and options were shown
    closed_by: Mapped[str] = mapped_column(String(16), default="")
    started_ms: Mapped[int | None] = mapped_column(BigInteger)
    finished_ms: Mapped[int | None] = mapped_column(BigInteger)
    credit_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    earned: Mapped[float] = mapped_column(default=0.0)
    possible: Mapped[float] = mapped_column(default=0.0)
    waiting: Mapped[int] = mapped_column(default=0)  # essays not yet marked
    questions: Mapped[list[QuestionResult]] = relationship(
        back_populates="attempt", order_by="QuestionResult.position", cascade="all, delete-orphan"
    )


class QuestionResult(Base):
    """What one question earned; an essay's `earned` is None until a marker has read it."""

    __tablename__ = "question_result"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt_result.id"), primary_key=True)
    question_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    position: Mapped[int]
    value: Mapped[str] = mapped_column(default="null")  # JSON
    epoch: Mapped[int] = mapped_column(default=0)  # with `sequence`: which of two uploaded answers is the newer one
    sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    doubtful: Mapped[bool] = mapped_column(default=False)
    late: Mapped[bool] = mapped_column(default=False)
    earned: Mapped[float | None]
    possible: Mapped[float]
    marked_by: Mapped[str] = mapped_column(String(64), default="")
    marked_at: Mapped[datetime | None]
    attempt: Mapped[AttemptResult] = relationship(back_populates="questions")
