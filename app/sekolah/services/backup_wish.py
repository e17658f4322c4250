"""Says that a backup is wanted, by touching a file: on a box systemd watches it and begins one; elsewhere nobody does.

It is touched after the commit, so that what was done is in the backup. It never stands in the way of a deed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import event
from sqlalchemy.orm import Session, scoped_session

WISH = "backup-wanted"

_log = structlog.get_logger("guyub.backup")


def want_backup(session: Session, data_dir: Path) -> None:
    """Touch the file once this transaction is committed."""
    own = session() if isinstance(session, scoped_session) else session

    def touch(_session: Any) -> None:
        try:
            (data_dir / WISH).touch()
        except OSError as error:
            _log.warning("the wish for a backup was not noted", kind=type(error).__name__)

    event.listen(own, "after_commit", touch, once=True)
