"""Writes what the box did into the program's own audit log, as the owner of its database.

Only events of the catalogue can be written, and only through the chain. `note` starts this module as a child.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from appliance.places import Places
from appliance.programs import checked_for

DATABASE = "guyub.sqlite"


def note(places: Places, role: str, event: str, subject: str, detail: dict[str, Any]) -> None:
    """A line by the system in this role's log. Raises OSError when it could not be written."""
    folder = {"sekolah": places.sekolah, "pusat": places.pusat}[role]
    line = ("-m", "appliance.audit_lines", str(folder / DATABASE), event, subject, json.dumps(detail))
    checked_for(places, role, (sys.executable, *line))


def write(database: str, event: str, subject: str, detail: dict[str, Any]) -> None:
    """Append the line and commit it."""
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session

    from app.domain.audit_events import AuditEvent
    from app.services import audit
    from app.services.system_clock import SystemClock
    from app.web.transactions import guard_engine

    engine = create_engine(f"sqlite:///{database}")
    guard_engine(engine)
    try:
        with Session(engine) as session:
            audit.record(session, SystemClock(), audit.SYSTEM, AuditEvent(event), subject, detail)
            session.commit()
    finally:
        engine.dispose()


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4]))
