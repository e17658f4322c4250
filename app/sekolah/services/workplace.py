"""What long work (sync, release, upload) is given instead of one database session.

Such work talks to a slow network for minutes, and SQLite has one writer: it must never hold a transaction meanwhile.
So it gets a maker of short transactions, the clock, the random source and the folders, and keeps nothing open between
two steps. It decides nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.clock import Clock
from app.web.transactions import reading


@dataclass(frozen=True)
class Workplace:
    """Where long work happens. `random` is only used for seeds and jitter, never for keys."""

    engine: Engine
    clock: Clock
    random: random.Random
    data_dir: Path
    keys_dir: Path
    exchange_dir: Path
    open_dir: Path
    run_dir: Path
    centre_url: str

    @contextmanager
    def look(self) -> Iterator[Session]:
        """A session that only reads, and so waits for no writer and holds up none."""
        with reading(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A short transaction of its own: committed at the end, rolled back when anything is raised."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session
            session.commit()
