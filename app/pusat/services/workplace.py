"""What long work at the centre (sealing, releasing, receiving) is given instead of one database session.

Such work writes files and computes for seconds, and SQLite has one writer: it must never hold a transaction meanwhile.
So it gets a maker of short transactions, the clock, the keys and the folders. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.clock import Clock
from app.domain.identities import CentreIdentity
from app.pusat.services.secrets_box import SecretsBox
from app.web.transactions import reading, writing


@dataclass(frozen=True)
class Workplace:
    """Where long work happens. `exchange_dir` is the tree the schools fetch from, `incoming_dir` holds chunks."""

    engine: Engine
    clock: Clock
    centre: CentreIdentity
    box: SecretsBox
    exchange_dir: Path
    incoming_dir: Path
    run_dir: Path

    @contextmanager
    def look(self) -> Iterator[Session]:
        """A session that only reads, and so waits for no writer and holds up none."""
        with reading(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A short transaction of its own: committed at the end, rolled back when anything is raised."""
        with writing(), Session(self.engine, expire_on_commit=False) as session:
            yield session
            session.commit()
