"""The one writer: shared commits, no acknowledgement before them, a bad job fails alone, no endless wait."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text

from app.domain.refusals import Refusal
from app.sekolah.services import writer as writer_module
from app.sekolah.services.exam_office import make_engine
from app.sekolah.services.writer import Call, GroupWriter
from app.settings import SekolahSettings
from tests.functional.sekolah.exam.conftest import Room, Student


@pytest.fixture
def engine(settings_sekolah: SekolahSettings) -> Iterator[Engine]:
    engine = make_engine(settings_sekolah)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE note (word VARCHAR(20) PRIMARY KEY)"))
    yield engine
    engine.dispose()


@pytest.fixture
def commits(engine: Engine) -> list[int]:
    """One entry a commit."""
    seen: list[int] = []
    event.listen(engine, "commit", lambda _connection: seen.append(1))
    return seen


@pytest.fixture
def writer(engine: Engine) -> Iterator[GroupWriter]:
    writer = GroupWriter(engine, _no_bulk, lambda _connection: None)
    writer.start()
    assert writer.wait_ready(10)
    yield writer
    writer.stop()


def _no_bulk(_connection: Connection, _jobs: Sequence[Any]) -> None:
    raise AssertionError("there is no bulk work here")


def insert(word: str) -> Callable[[Connection], str]:
    def work(connection: Connection) -> str:
        connection.execute(text("INSERT INTO note (word) VALUES (:word)"), {"word": word})
        return word

    return work


def words(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(text("SELECT word FROM note")))


def together(writer: GroupWriter, works: list[Callable[[Connection], Any]]) -> list[Any]:
    """Hand in all while the writer is busy, so that they share a transaction; results or what was raised."""
    busy, go_on = threading.Event(), threading.Event()

    def block(_connection: Connection) -> None:
        busy.set()
        go_on.wait(10)

    results: list[Any] = [None] * (len(works) + 1)

    def submit(place: int, job: Call) -> None:
        try:
            results[place] = writer.submit(job)
        except Exception as error:  # noqa: BLE001 - the test looks at what was raised
            results[place] = error

    first = threading.Thread(target=submit, args=(len(works), Call(block)))
    first.start()
    assert busy.wait(10)
    threads = [threading.Thread(target=submit, args=(place, Call(work))) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    while writer.waiting < len(works):
        threading.Event().wait(0.001)
    go_on.set()
    for thread in [first, *threads]:
        thread.join(20)
    return results[:-1]


def test_what_has_gathered_shares_one_commit(writer: GroupWriter, engine: Engine, commits: list[int]) -> None:
    before = len(commits)
    assert together(writer, [insert(str(number)) for number in range(50)]) == [str(number) for number in range(50)]
    assert len(commits) - before == 2, "the one that blocked, and one for all"
    assert len(words(engine)) == 50


def test_one_bad_job_fails_alone(writer: GroupWriter, engine: Engine) -> None:
    def bug(_connection: Connection) -> None:
        raise ZeroDivisionError

    results = together(writer, [insert("a"), bug, insert("b"), insert("b"), insert("c")])
    assert results[0] == "a"
    assert isinstance(results[1], ZeroDivisionError)
    assert sum(isinstance(result, Refusal) for result in results[2:4]) == 1, "the second b breaks the key"
    assert results[4] == "c"
    assert words(engine) == {"a", "b", "c"}


def test_a_refusal_undoes_nobody_elses_work(writer: GroupWriter, engine: Engine) -> None:
    def refuse(_connection: Connection) -> None:
        raise Refusal("S-000", "sebab", "jalan keluar")

    results = together(writer, [insert("a"), refuse, insert("b")])
    assert isinstance(results[1], Refusal)
    assert words(engine) == {"a", "b"}


def test_if_the_commit_fails_nobody_is_acknowledged(writer: GroupWriter, engine: Engine) -> None:
    failing = True

    def fail(_connection: Connection) -> None:
        if failing:
            raise RuntimeError("the disk is gone")

    event.listen(engine, "commit", fail)
    results = together(writer, [insert("a"), insert("b")])
    failing = False
    assert all(isinstance(result, RuntimeError) for result in results)
    assert words(engine) == set()
    assert writer.call(insert("c")) == "c", "the writer goes on"


def test_an_overfull_queue_says_so_at_once(writer: GroupWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "MOST_WAITING", 0)
    with pytest.raises(Refusal) as refused:
        writer.call(insert("a"))
    assert (refused.value.code, refused.value.status) == ("S-140", 503)
    assert refused.value.extra["retry_after_s"]


def test_a_locked_database_is_waited_for_and_then_written(room: Room, siti: Student) -> None:
    siti.begin()
    lock = _lock(room)
    threading.Timer(1.5, lock.rollback).start()
    assert siti.answer("q1", "a").json["acknowledged"] == [1]
    lock.close()


def test_who_waits_too_long_for_a_locked_database_is_told_to_come_back(
    room: Room, siti: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    siti.begin()
    monkeypatch.setattr(writer_module, "PATIENCE_S", 0.5)
    lock = _lock(room)
    answer = siti.answer("q1", "a")
    assert (answer.status_code, answer.json["code"]) == (503, "S-141")
    assert answer.headers["Retry-After"]
    lock.rollback()
    lock.close()
    monkeypatch.setattr(writer_module, "PATIENCE_S", 8.0)
    assert siti.send([{"sequence": 1, "question": "q1", "value": "a"}]).json["acknowledged"] == [1]
    assert room.answers("0001") == {"q1": "a"}


def test_every_connection_of_the_writer_is_durable(settings_sekolah: SekolahSettings) -> None:
    engine = make_engine(settings_sekolah)
    with engine.connect() as connection:
        if settings_sekolah.uses_sqlite:
            assert connection.scalar(text("PRAGMA synchronous")) == 2
        else:
            assert connection.scalar(text("SHOW synchronous_commit")) == "on"
    engine.dispose()


def _lock(room: Room) -> Any:
    """Somebody else writes and does not end."""
    if room.settings.uses_sqlite:
        lock = sqlite3.connect(Path(room.settings.database_url.removeprefix("sqlite:///")), check_same_thread=False)
        lock.execute("BEGIN EXCLUSIVE")
        return lock
    connection = create_engine(room.settings.database_url, poolclass=NullPool).connect()
    connection.execute(text("SELECT id FROM attempt FOR UPDATE"))
    return connection
