"""What a disk does without us: durable commits of a bare database, single and grouped."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

ROW = "INSERT INTO line (attempt, question, value) VALUES (?, ?, ?)"
VALUE = "Karena air laut menguap dan menjadi awan."


def commits_per_second(folder: Path, together: int, seconds: float) -> float:
    """Rows per second that SQLite takes durably (WAL, synchronous=FULL), so many rows in one commit."""
    place = folder / f"reference-{together}.sqlite"
    with closing(sqlite3.connect(place, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, attempt INTEGER, question TEXT, value TEXT)")
        rows, began = 0, time.perf_counter()
        while time.perf_counter() < began + seconds:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(ROW, [(rows + place, "q1", VALUE) for place in range(together)])
            connection.execute("COMMIT")
            rows += together
        passed = time.perf_counter() - began
    place.unlink()
    return rows / passed
