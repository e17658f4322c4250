"""The edge of a request owns the transaction, and SQLite runs as durable as we say it does."""

from __future__ import annotations

import pytest
import sqlalchemy
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool

from app.models import db
from app.web.transactions import guard_engine, reading


def test_every_sqlite_connection_is_durable(tmp_path):
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'x.sqlite'}")
    guard_engine(engine)
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")
        }
        assert found == {"journal_mode": "wal", "synchronous": 2}
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()


def test_nobody_else_of_the_machine_reads_the_database_nor_what_sqlite_keeps_beside_it(tmp_path):
    place = tmp_path / "x.sqlite"
    place.touch(mode=0o644)  # as an earlier program left it
    engine = sqlalchemy.create_engine(f"sqlite:///{place}")
    guard_engine(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (n INTEGER)")
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"x.sqlite": 0o600, "x.sqlite-wal": 0o600, "x.sqlite-shm": 0o600}
    engine.dispose()


def test_a_disk_that_cannot_do_wal_stops_the_start(tmp_path):
    engine = sqlalchemy.create_engine(
        f"sqlite:///file:{tmp_path / 'x.sqlite'}?mode=memory&uri=true", poolclass=StaticPool
    )
    guard_engine(engine)
    with pytest.raises(RuntimeError, match="journal_mode"):
        engine.connect()
    engine.dispose()


def test_writers_take_turns_from_their_first_statement_and_readers_wait_for_nobody(tmp_path):
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'x.sqlite'}")
    guard_engine(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (n INTEGER)")
    with engine.connect() as writer, engine.connect() as other:
        writer.exec_driver_sql("SELECT 1")  # has begun: holds the write lock
        other.rollback()
        with reading():
            assert other.exec_driver_sql("SELECT count(*) FROM t").scalar() == 0
        other.rollback()
        raw = other.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA busy_timeout=0")
        other.rollback()
        with pytest.raises(OperationalError, match="locked"):
            other.exec_driver_sql("SELECT 1")
    engine.dispose()


def test_a_time_without_a_zone_never_reaches_the_database(pusat_app: Flask):
    from datetime import datetime

    from app.models import StateEntry

    db.session.add(StateEntry(name="x", value={}, changed_at=datetime(2026, 11, 23)))  # noqa: DTZ001 - the point
    with pytest.raises(sqlalchemy.exc.StatementError, match="without a zone"):
        db.session.flush()
    db.session.rollback()
