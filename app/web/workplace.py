"""What long work (sealing, sync, release, upload) is given instead of one database session.

Such work computes or talks to a slow network for minutes, and SQLite has one writer: it must never hold a transaction
meanwhile. So it gets a maker of short transactions, the clock and the folders; each role adds what its own work needs.
It decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.clock import Clock
from app.web.transactions import reading, writing


@dataclass(frozen=True)
class Workplace:
    """Where long work happens. `engine` is guarded (`transactions.guard_engine`)."""

    engine: Engine
    clock: Clock
    exchange_dir: Path
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
