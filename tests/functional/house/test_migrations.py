"""The migration line: from nothing to the models of today, forward with data, with a copy made before."""

from __future__ import annotations

from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from sqlalchemy import text

from app.domain.refusals import Refusal
from app.factory import create_app
from app.models import Attempt, StateEntry, db
from app.pusat.services import stored_files
from app.services import audit
from app.services.database_upgrade import (
    current_revision,
    newest_revision,
    require_current,
    upgrade_database,
)
from app.settings import PusatSettings
from app.web.current import Given
from tests.conftest import FakeClock


@pytest.fixture
def empty_app(settings_pusat: PusatSettings, clock: FakeClock):
    app = create_app(settings_pusat, Given(settings_pusat, clock=clock))
    with app.app_context():
        yield app
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


def versions() -> list[str]:
    folder = Path(__file__).parents[3] / "app" / "migrations" / "versions"
    return sorted(path.name.split("_", 1)[0] for path in folder.glob("0*.py"))


def test_migrations_are_numbered_without_gaps():
    assert versions() == [f"{number:04}" for number in range(1, len(versions()) + 1)]


def test_from_nothing_the_line_ends_at_the_models_of_today(empty_app: Flask):
    flask_migrate.upgrade()
    with db.engine.connect() as connection:
        known = {"ix_attempt_changed"} if connection.dialect.name != "sqlite" else set()  # an index of SQLite alone

        def compared(_item: object, name: str | None, _kind: str, _reflected: bool, _other: object) -> bool:
            return name not in known

        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": compared})
        assert compare_metadata(context, db.metadata) == []
    assert current_revision(db.engine) == newest_revision() == versions()[-1]


def test_each_migration_runs_on_the_data_of_the_one_before(empty_app: Flask, clock: FakeClock):
    """Rows written at each version are still there at the end."""
    flask_migrate.upgrade(revision=versions()[0])
    from app.domain.audit_events import AuditEvent

    audit.record(db.session, clock, "dewi", AuditEvent.STAFF_CREATED, "ratna", {"role": "proktor"})
    db.session.commit()
    for version in versions()[1:]:
        flask_migrate.upgrade(revision=version)
    assert audit.verify(db.session) is None
    assert audit.head(db.session).number == 1


def test_an_attempt_of_the_first_version_is_kept_and_marked_at_its_next_change(empty_app: Flask):
    flask_migrate.upgrade(revision="0001")
    with db.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO held_sitting (id, version, title, subject, room, starts_at, length_s, minimum_s, "
                "time_zone, questions, state, device_share, released_how, detail) VALUES "
                "('sit-1', 1, 'Matematika', 'Matematika', 'R1', '2026-11-23 00:30:00', 5400, 0, "
                "'Asia/Jakarta', 3, 'active', :bytes, '', '{}')"
            ),
            {"bytes": b"x"},
        )
        connection.execute(
            text(
                "INSERT INTO attempt (id, sitting_id, number, name, gender, class_name, seat, verifier, seed, "
                "assigned, state, epoch, seat_held, claimed_by, credit_ms, address, answered, doubtful, sequence, "
                "position) VALUES (7, 'sit-1', 'U001', 'Siti Aminah', 'P', '', 1, :bytes, 5, true, 'working', 1, true, "
                "'', 0, '', 2, 0, 2, '')"
            ),
            {"bytes": b"x"},
        )
    flask_migrate.upgrade()
    siti = db.session.get_one(Attempt, 7)
    assert (siti.name, siti.answered, siti.changed) == ("Siti Aminah", 2, 0)
    siti.answered = 3
    db.session.commit()
    assert siti.changed > 0


def test_a_centre_of_the_version_before_keeps_its_receipts_and_can_share_files(empty_app: Flask, clock: FakeClock):
    flask_migrate.upgrade(revision="0002")
    with db.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO state_entry (name, value, changed_at) VALUES ('pusat', :value, '2026-11-23 00:30:00')"),
            {"value": '{"n": 7}'},
        )
    flask_migrate.upgrade()
    assert db.session.get_one(StateEntry, "pusat").value == {"n": 7}
    stored_files.write(db.session, "receipts/x", b"tanda terima", clock.now())
    db.session.commit()
    assert stored_files.read(db.session, "receipts/x") == b"tanda terima"
    db.session.rollback()


def test_the_line_can_be_walked_back_on_a_test_database(empty_app: Flask):
    flask_migrate.upgrade()
    flask_migrate.downgrade(revision="base")
    left = set(sqlalchemy.inspect(db.engine).get_table_names())
    assert left == {"alembic_version"}


def test_a_database_of_another_version_is_not_served(empty_app: Flask):
    with pytest.raises(Refusal) as refused:
        require_current(db.engine)
    assert "guyub db upgrade" in refused.value.remedy
    flask_migrate.upgrade()
    require_current(db.engine)


def test_an_upgrade_copies_the_sqlite_file_first(empty_app: Flask, clock: FakeClock, tmp_path: Path):
    def upgrade() -> Path | None:
        return upgrade_database(db.engine, tmp_path / "backups", clock, flask_migrate.upgrade)

    assert upgrade() is None, "an empty database needs no copy"
    assert upgrade() is None, "an up-to-date database is left alone"
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    if db.engine.dialect.name != "sqlite":
        return
    made = []
    backup = upgrade_database(db.engine, tmp_path / "backups", clock, lambda: made.append(True))
    assert made == [True]
    copy = sqlalchemy.create_engine(f"sqlite:///{backup}")
    assert current_revision(copy) == "0000"
    copy.dispose()
