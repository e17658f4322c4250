"""A backup is made while answers are written, holds one moment, and leaves out what is not worth keeping."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.domain.refusals import Refusal
from app.sekolah.services.backup_wish import WISH
from app.services.system_clock import SystemClock
from appliance.backup import database, making, restic, state, targets
from appliance.backup.making import DATABASE
from appliance.places import Places
from tests.conftest import FakeClock
from tests.unit.appliance.backup.conftest import Told

BackUp = Callable[[Places], str]


def listing(places: Places, shelf: Path) -> set[str]:
    return set(targets.own(places, shelf).run("ls", "latest").split())


def test_a_backup_holds_databases_keys_results_and_the_box_and_nothing_that_can_be_made_again(
    school_box: Places, shelf: Path, back_up: BackUp
):
    back_up(school_box)
    there = listing(school_box, shelf)
    assert "/staging/sekolah/guyub.sqlite" in there
    assert "/sekolah/keys/server-sign.key" in there
    assert "/box/box.toml" in there
    assert "/box/backup.key" in there
    assert any(path.startswith("/sekolah/exchange/uploads/") for path in there)
    assert not [path for path in there if "left-out" in path or path.startswith("/sekolah/guyub.sqlite")]
    assert "/box/machine-id" not in there
    assert not (school_box.box.parent / "staging").exists()


def test_a_writer_never_waits_for_the_copy_and_the_copy_holds_one_moment(school_box: Places, tmp_path: Path):
    path = school_box.sekolah / DATABASE
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE pairs (left_side INTEGER, right_side INTEGER, filler BLOB)")
        connection.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000)"
                           " INSERT INTO pairs SELECT i, i, randomblob(4000) FROM n")  # fmt: skip
    slices: list[int] = []
    written: list[int] = []
    begun, ended = threading.Event(), threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as connection:
            begun.wait()
            while not ended.is_set():
                connection.execute("BEGIN IMMEDIATE")  # with no patience at all: it would fail if it had to wait
                connection.execute("INSERT INTO pairs (left_side) VALUES (?)", (len(written),))
                connection.execute("UPDATE pairs SET right_side = left_side WHERE right_side IS NULL")
                connection.execute("COMMIT")
                written.append(len(slices))

    writer = threading.Thread(target=write)
    writer.start()

    def on_slice(done: int, _of: int) -> None:
        slices.append(done)
        begun.set()

    facts = database.ask("copy", path, tmp_path / "copy.sqlite", on_slice=on_slice)
    ended.set()
    writer.join()
    assert slices == sorted(slices)  # it never had to begin again
    assert len(slices) > 10
    assert len([moment for moment in written if 0 < moment < len(slices)]) > 0  # saves while slices were still to come
    with closing(sqlite3.connect(tmp_path / "copy.sqlite")) as copy:
        torn = copy.execute("SELECT count(*) FROM pairs WHERE left_side IS NOT right_side").fetchone()[0]
        rows = copy.execute("SELECT count(*) FROM pairs").fetchone()[0]
    assert torn == 0
    assert facts["rows"]["pairs"] == rows == 8000
    assert database.ask("intact", tmp_path / "copy.sqlite") == {"faults": []}


def test_the_database_is_opened_with_the_rights_of_its_owner(school_box: Places, told: Told):
    if os.geteuid() != 0:
        pytest.fail("this test gives files away: run it as root")
    for path in (school_box.sekolah, *school_box.sekolah.iterdir()):
        os.chown(path, 65534, 65534)
    for folder in school_box.sekolah.parents[:9]:
        folder.chmod(folder.stat().st_mode | 0o011)
    role = making.roles(school_box)[0]
    staging = school_box.box.parent / "staging"
    staging.mkdir(mode=0o755)
    making.copy_database(role, staging / "sekolah", told)
    left = [staging / "sekolah" / DATABASE, *school_box.sekolah.glob("guyub.sqlite*")]
    assert {path.stat().st_uid for path in left} == {65534}


def test_a_second_backup_is_small_and_old_ones_are_given_up_by_the_rule(
    school_box: Places, shelf: Path, back_up: BackUp, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(making, "KEEP", ("--keep-last", "2"))
    first, _second, last = (back_up(school_box) for _ in range(3))
    repository = targets.own(school_box, shelf)
    records = [making.record_of(item) for item in repository.backups()]
    assert records[-1]["id"] == last
    assert first not in {record["id"] for record in records}
    assert len(records) == 2
    assert records[-1]["size"] > 0
    assert records[-1]["version"]


def test_a_backup_that_would_run_over_another_is_refused(school_box: Places):
    with state.alone(school_box), pytest.raises(Refusal) as refused, state.alone(school_box):
        pass
    assert refused.value.code == "B-301"


def test_the_timers_backup_waits_for_who_looks_at_the_list(school_box: Places):
    taken = threading.Event()

    def take() -> None:
        with state.alone(school_box, wait=True):
            taken.set()

    timer = threading.Thread(target=take)
    with state.alone(school_box):
        timer.start()
        assert not taken.wait(0.3)
    timer.join(20)
    assert taken.is_set()


def test_a_full_target_is_refused_with_a_remedy_and_the_old_backup_stays_whole(
    school_box: Places, tmp_path: Path, back_up: BackUp, told: Told, monkeypatch: pytest.MonkeyPatch
):
    if os.geteuid() != 0:
        pytest.fail("this test mounts a small file system: run it as root")
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6M", "tmpfs", small], check=True)
    try:
        monkeypatch.setattr(making, "TARGET_KEPT_FREE", 0)
        folder = small / "guyub-cadangan"
        kept = making.save_into(school_box, folder, SystemClock(), told, reason="test")["id"]
        (school_box.box / "grown").write_bytes(os.urandom(8_000_000))
        monkeypatch.setattr(making, "_require_room", lambda _folder, _size: None)  # it fills up while restic writes
        with pytest.raises(Refusal) as refused:
            making.save_into(school_box, folder, SystemClock(), told, reason="test")
        assert refused.value.code == "B-306"
        (school_box.box / "grown").unlink()
        repository = targets.own(school_box, folder)
        assert [making.record_of(item)["id"] for item in repository.backups()] == [kept]
        repository.run("check", "--read-data", "--no-lock")
    finally:
        subprocess.run(["umount", "-l", small], check=True)


def test_too_little_room_on_the_target_is_told_before_anything_is_written(
    school_box: Places, shelf: Path, back_up: BackUp, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(making, "TARGET_KEPT_FREE", 10**15)
    with pytest.raises(Refusal) as refused:
        back_up(school_box)
    assert refused.value.code == "B-306"
    assert not shelf.exists()


def test_a_copy_never_takes_the_room_that_the_data_disk_needs(
    school_box: Places, back_up: BackUp, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(making, "KEPT_FREE", 10**15)
    with pytest.raises(Refusal) as refused:
        back_up(school_box)
    assert refused.value.code == "B-314"


def test_a_target_that_vanishes_is_a_refusal_that_is_remembered(
    school_box: Places, told: Told, monkeypatch: pytest.MonkeyPatch
):
    with pytest.raises(Refusal) as refused:
        making.make_backup(school_box, SystemClock(), told, device="0000-DEAD")
    assert refused.value.code == "B-501"
    assert state.read(school_box)["failure"]["code"] == "B-501"


def test_what_a_power_cut_left_behind_gives_its_room_back(school_box: Places):
    for name in ("staging", "restoring", "update"):
        (school_box.box.parent / name).mkdir()
        (school_box.box.parent / name / "half").write_bytes(bytes(1000))
    making.clear_remains(school_box)
    assert sorted(path.name for path in school_box.box.parent.iterdir()) == ["box", "sekolah"]


def test_what_restic_says_becomes_the_refusal_with_its_remedy():
    said = {
        "Fatal: wrong password or no key found": "B-304",
        "Save(<data/1>) returned error, retrying after 1s: write: no space left on device": "B-306",
        "open /mnt/x: input/output error": "B-305",
        "mkdir data: read-only file system": "B-307",
        "something nobody has seen": "B-310",
    }
    for text, code in said.items():
        assert restic.refusal_of(1, text).code == code
    assert restic.refusal_of(12, "").code == "B-304"


def test_the_timer_has_reason_when_the_hour_has_passed_or_a_sitting_was_closed_since(
    school_box: Places, clock: FakeClock
):
    def due(after: timedelta) -> bool:
        return state.is_due(school_box, clock.now() + after, "02:00", ZoneInfo("Asia/Jakarta"))

    assert due(timedelta(0))
    state.note(school_box, "success", {"at": clock.now().isoformat()})  # 07.30 in Jakarta
    assert not due(timedelta(hours=2))
    assert not due(timedelta(hours=18))  # 01.30
    assert due(timedelta(hours=19))  # 02.30
    assert due(timedelta(days=-400))  # a clock that was set back
    wish = school_box.sekolah / WISH
    wish.touch()
    closed = clock.now().timestamp() + 60
    os.utime(wish, (closed, closed))
    assert due(timedelta(hours=2))
