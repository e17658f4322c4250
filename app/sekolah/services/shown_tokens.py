"""Writes into the log who was shown an entry token: once per person and token, however often a page asks.

A page that shows the token only reads, so the line has a transaction of its own. If it cannot be written (a full disk)
the token is shown all the same: the room waits for it.
"""

from __future__ import annotations

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.domain.audit_events import AuditEvent
from app.models import AuditEntry
from app.sekolah.services.workplace import Workplace
from app.services import audit

MOST_REMEMBERED = 1_000

_log = structlog.get_logger("guyub.tokens")


class ShownTokens:
    """What this process has written or found already; the log itself is asked only about what is new here."""

    def __init__(self) -> None:
        self._noted: set[tuple[str, str, int]] = set()

    def note(self, place: Workplace, actor: str, sitting_id: str, until_ms: int) -> None:
        """`until_ms` is when the token ends; it tells the tokens of a sitting apart without naming them."""
        shown = (actor, sitting_id, until_ms)
        if shown in self._noted:
            return
        try:
            with place.transaction() as session:
                audit.take_turn(session)
                if not _is_logged(session, actor, sitting_id, until_ms):
                    detail = {"until_ms": until_ms}
                    audit.record(session, place.clock, actor, AuditEvent.TOKEN_SHOWN, sitting_id, detail)
        except DBAPIError:
            _log.warning("token_not_noted", exc_info=True)
            return
        if len(self._noted) >= MOST_REMEMBERED:
            self._noted.clear()
        self._noted.add(shown)


def _is_logged(session: Session, actor: str, sitting_id: str, until_ms: int) -> bool:
    query = (
        select(AuditEntry.detail)
        .where(AuditEntry.event == AuditEvent.TOKEN_SHOWN, AuditEntry.actor == actor, AuditEntry.subject == sitting_id)
        .order_by(AuditEntry.id.desc())
    )
    detail = session.scalar(query.limit(1))
    return detail is not None and detail.get("until_ms") == until_ms
