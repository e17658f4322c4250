"""What is committed gets from SQLite's log into the database file beside the saving, and never within a save."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from app.sekolah.services.checkpoints import carry_over
from app.web.transactions import guard_engine

PAGES_BY_ITSELF = 1_000  # where SQLite would carry the log over within a commit


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'guyub.sqlite'}")
    guard_engine(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE line (id INTEGER PRIMARY KEY, value TEXT)"))
    yield engine
    engine.dispose()


def write(engine: Engine, pages: int) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO line (value) VALUES (:value)"), [{"value": "a" * 4_000} for _ in range(pages)]
        )


def test_a_commit_leaves_the_log_to_the_thread(engine: Engine, tmp_path: Path):
    write(engine, 2 * PAGES_BY_ITSELF)
    assert (tmp_path / "guyub.sqlite").stat().st_size < PAGES_BY_ITSELF * 4_096


def test_the_log_is_carried_over_whole_and_begins_anew(engine: Engine, tmp_path: Path):
    write(engine, 2 * PAGES_BY_ITSELF)
    pages, carried = carry_over(engine)
    assert carried == pages > 2 * PAGES_BY_ITSELF
    before = (tmp_path / "guyub.sqlite-wal").stat().st_size
    write(engine, PAGES_BY_ITSELF)
    assert (tmp_path / "guyub.sqlite-wal").stat().st_size == before  # written over from its beginning


def test_carrying_over_waits_for_no_writer_and_holds_none_up(engine: Engine):
    write(engine, 10)
    with engine.connect() as writing:
        writing.execute(text("INSERT INTO line (value) VALUES ('open')"))
        pages, carried = carry_over(engine)
        assert carried == pages
        writing.commit()
