"""`/readyz` of the centre says what would fail: a write, a file, a release."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from app.models import Sitting, StateEntry, db
from app.pusat.services.readiness import TRIAL
from tests.functional.pusat.exam_day.conftest import Day


def ask(day: Day) -> tuple[int, dict[str, Any]]:
    day.forget()
    db.session.remove()
    answer = day.machine().get("/readyz")
    return answer.status_code, answer.get_json()["dependencies"]


def run(day: Day, lines: list[str]) -> None:
    with day.place.transaction() as session:
        for line in lines:
            session.execute(text(line))


def test_a_centre_in_order_is_ready_and_nothing_stays_of_the_trial(day: Day) -> None:
    status, found = ask(day)
    assert (status, [name for name, one in found.items() if not one["ready"]]) == (200, [])
    assert {"database", "disk", "writes", "migrations", "folders", "releases"} <= found.keys()
    assert day.session.get(StateEntry, TRIAL) is None
    assert not list(day.tree.glob(".*")) + list(day.place.incoming_dir.glob(".*"))


def test_a_database_that_takes_no_write_is_not_ready_although_it_answers(day: Day) -> None:
    before = "CREATE TRIGGER refusing BEFORE INSERT ON state_entry"
    made, undone = [f"{before} BEGIN SELECT RAISE(ABORT, 'hanya baca'); END"], ["DROP TRIGGER refusing"]
    if day.place.engine.dialect.name == "postgresql":
        body = "BEGIN RAISE EXCEPTION 'hanya baca'; END"
        made = [
            f"CREATE FUNCTION refuse() RETURNS trigger AS $$ {body} $$ LANGUAGE plpgsql",
            f"{before} FOR EACH ROW EXECUTE FUNCTION refuse()",
        ]
        undone = ["DROP TRIGGER refusing ON state_entry", "DROP FUNCTION refuse"]
    run(day, made)
    try:
        status, found = ask(day)
    finally:
        run(day, undone)
    assert (status, found["database"]["ready"], found["writes"]["ready"]) == (503, True, False)
    assert found["writes"]["remedy"]


def test_a_database_of_another_version_is_not_ready(day: Day) -> None:
    with day.place.transaction() as session:
        kept = session.scalar(text("SELECT version_num FROM alembic_version"))
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    status, found = ask(day)
    with day.place.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :kept"), {"kept": kept})
    assert (status, found["migrations"]["ready"]) == (503, False)
    assert "guyub db upgrade" in found["migrations"]["remedy"]


def test_a_folder_that_is_no_folder_is_not_ready(day: Day) -> None:
    """Not a question of rights: root may write everywhere."""
    day.place.incoming_dir.parent.mkdir(parents=True, exist_ok=True)
    if day.place.incoming_dir.exists():
        day.place.incoming_dir.rmdir()
    day.place.incoming_dir.write_bytes(b"")
    status, found = ask(day)
    assert (status, found["folders"]["ready"]) == (503, False)
    assert "incoming" in found["folders"]["state"]


def test_a_release_that_is_overdue_is_told(published: Day) -> None:
    due = published.session.get_one(Sitting, published.sitting).release_at
    published.clock.wall = due + timedelta(minutes=1)
    assert ask(published)[0] == 200
    published.clock.wall = due + timedelta(minutes=3)
    status, found = ask(published)
    assert (status, found["releases"]["ready"]) == (503, False)
