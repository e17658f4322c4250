"""A backup is wanted when a sitting was closed, and only once that is committed."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from app.sekolah.services.backup_wish import WISH, want_backup


def test_the_wish_is_noted_by_the_commit_and_not_before(tmp_path: Path):
    engine = create_engine(f"sqlite:///{tmp_path / 'any.sqlite'}")
    with Session(engine) as session:
        session.execute(text("CREATE TABLE t (n INTEGER)"))
        want_backup(session, tmp_path)
        assert not (tmp_path / WISH).exists()
        session.commit()
        assert (tmp_path / WISH).exists()
        (tmp_path / WISH).unlink()
        session.execute(text("INSERT INTO t VALUES (1)"))
        session.commit()
        assert not (tmp_path / WISH).exists()
    engine.dispose()


def test_what_is_taken_back_wants_no_backup(tmp_path: Path):
    engine = create_engine(f"sqlite:///{tmp_path / 'any.sqlite'}")
    with Session(engine) as session:
        session.execute(text("SELECT 1"))
        want_backup(session, tmp_path)
        session.rollback()
    assert not (tmp_path / WISH).exists()
    engine.dispose()


def test_a_folder_that_cannot_be_written_stands_in_nobodys_way(tmp_path: Path):
    engine = create_engine(f"sqlite:///{tmp_path / 'any.sqlite'}")
    with Session(engine) as session:
        session.execute(text("SELECT 1"))
        want_backup(session, tmp_path / "gone")
        session.commit()
    engine.dispose()
