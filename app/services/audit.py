"""Writes the hash-chained audit log: who did what to whom, each line bound to the one before.

The rule of the chain is `app.domain.audit_chain`; this file only stores lines in order and reads them back. A line is
written in the same transaction as the deed it tells of. No passwords, codes, keys or answers go into `detail`, and
nothing here is ever changed or deleted.
"""

from __future__ import annotations

import secrets
from collections.abc import Generator, Iterable
from contextlib import closing
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain import audit_chain
from app.domain.audit_chain import Anchor, Break, ChainedEntry, Entry
from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.models import AuditEntry, StateEntry

SYSTEM = "system"  # the actor of what the program does by itself
_LOG_NAME = "audit_log"  # state entry that names this log, so that its first line is bound to this server
_POSTGRESQL_LOCK = 0x6775_7975  # any fixed number: writers of the log take turns


def record(
    session: Session,
    clock: Clock,
    actor: str,
    event: AuditEvent,
    subject: str = "",
    detail: dict[str, Any] | None = None,
) -> AuditEntry:
    """Append a line and flush it. `actor` is a username or SYSTEM; `subject` what it was done to."""
    take_turn(session)
    last = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).first()
    number = last.id + 1 if last else 1
    previous = last.hash if last else _first_hash(session, clock)
    row = audit_chain.chain(previous, Entry(number, clock.now(), actor, str(event), subject, detail or {}))
    entry = AuditEntry(
        id=number,
        at=row.entry.at,
        actor=actor,
        event=str(event),
        subject=subject,
        detail=row.entry.detail,
        previous=previous,
        hash=row.hash,
    )
    session.add(entry)
    session.flush()
    return entry


def head(session: Session) -> Anchor | None:
    """Number and hash of the newest line, to be kept elsewhere; None while the log is empty."""
    last = session.execute(select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)).first()
    return Anchor(last.id, last.hash) if last else None


def verify(session: Session, anchors: Iterable[Anchor] = ()) -> Break | None:
    """The first line at which the log does not hold, or None."""
    named = session.get(StateEntry, _LOG_NAME)
    with closing(_rows(session)) as rows:
        return audit_chain.verify(rows, _genesis(named), anchors)


def entries(session: Session, *, newest: int = 200) -> list[AuditEntry]:
    """The newest lines, newest first."""
    return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(newest)))


def _rows(session: Session) -> Generator[ChainedEntry, None, None]:
    """All lines in order, a few hundred in memory at a time; closing it closes the database's cursor."""
    with closing(session.scalars(select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=500))) as found:
        for row in found:
            entry = Entry(row.id, row.at, row.actor, row.event, row.subject, row.detail)
            yield ChainedEntry(entry, row.previous, row.hash)


def _first_hash(session: Session, clock: Clock) -> bytes:
    """What stands before line 1: bound to a name that this server gives itself when its log begins."""
    named = session.get(StateEntry, _LOG_NAME)
    if named is None:
        named = StateEntry(name=_LOG_NAME, value={"name": secrets.token_hex(16)}, changed_at=clock.now())
        session.add(named)
    return _genesis(named)


def _genesis(named: StateEntry | None) -> bytes:
    return audit_chain.genesis_hash(str(named.value["name"]) if named else "")


def take_turn(session: Session) -> None:
    """Wait until nobody else writes the log, until this transaction ends; `record` does it by itself.

    SQLite's write lock is already ours; on PostgreSQL two writers must not both follow the same line.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _POSTGRESQL_LOCK})
