"""Centre: question banks, their media, and papers made from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, RowId


class Bank(Base):
    """A collection of questions of one subject."""

    __tablename__ = "bank"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(100))  # mata uji
    created_at: Mapped[datetime]
    questions: Mapped[list[BankQuestion]] = relationship(
        back_populates="bank", order_by="BankQuestion.position", cascade="all, delete-orphan"
    )


class BankQuestion(Base):
    """One question; `body` is `app.domain.questions.Question.to_dict()`, key included."""

    __tablename__ = "bank_question"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # the question's own opaque id
    bank_id: Mapped[int] = mapped_column(ForeignKey("bank.id"), index=True)
    position: Mapped[int]
    type: Mapped[str] = mapped_column(String(16))
    body: Mapped[dict[str, Any]]
    source: Mapped[str] = mapped_column(String(200), default="")  # file and place it came from
    source_hash: Mapped[str] = mapped_column(String(64), default="", index=True)  # the same file twice changes nothing
    revision: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    bank: Mapped[Bank] = relationship(back_populates="questions")


class Media(Base):
    """A picture or recording, named by its content: `<sha256>.<ext>`."""

    __tablename__ = "media"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    mime: Mapped[str] = mapped_column(String(64))
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    size: Mapped[int]
    created_at: Mapped[datetime]


class Paper(Base):
    """An exam paper: questions from the bank with their marks. Frozen once published (the publication keeps a copy)."""

    __tablename__ = "paper"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    questions: Mapped[list[PaperQuestion]] = relationship(
        back_populates="paper", order_by="PaperQuestion.position", cascade="all, delete-orphan"
    )


class PaperQuestion(Base):
    """A question's place on a paper."""

    __tablename__ = "paper_question"

    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), primary_key=True)
    question_id: Mapped[str] = mapped_column(ForeignKey("bank_question.id"), primary_key=True)
    position: Mapped[int]
    paper: Mapped[Paper] = relationship(back_populates="questions")
    question: Mapped[BankQuestion] = relationship()
