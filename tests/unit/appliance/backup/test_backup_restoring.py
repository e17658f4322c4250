"""A backup is proved by restoring it, and a restore ends with a running server or with what was there before."""

from __future__ import annotations

import dataclasses
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.refusals import Refusal
from app.models import Answer, AuditEntry, HeldSitting, HeldState
from app.services import audit
from app.services.system_clock import SystemClock
from appliance import settings
from appliance.backup import restoring, state, swapping, targets
from appliance.backup.making import DATABASE
from appliance.places import Places
from appliance.programs import GUYUB, checked_for
from tests.unit.appliance.backup.conftest import STUDENTS, Told, make_box, with_session

BackUp = Callable[[Places], str]


@dataclasses.dataclass
class MachineWithoutSystemd:
    """Brings the tables up as a box does; parts are counted, and readiness is as the test wants it."""

    places: Places
    ready: bool = True
    deeds: list[str] = dataclasses.field(default_factory=list)

    def stop(self) -> None:
        self.deeds.append("stop")

    def render(self) -> None:
        self.deeds.append("render")

    def upgrade(self, role: str) -> None:

        checked_for(self.places, role, (*GUYUB, "db", "upgrade"))
        self.deeds.append("upgrade")

    def start(self) -> None:
        self.deeds.append("start")

    def is_ready(self) -> bool:
        return self.ready


def verify(places: Places, shelf: Path, backup: str, told: Told) -> dict[str, object]:
    return restoring.verify_in(places, shelf, SystemClock(), told, backup=backup)


def restore(
    places: Places, shelf: Path, told: Told, machine: MachineWithoutSystemd, code: str = "", backup: str = "latest"
) -> dict[str, object]:
    return restoring.restore_from(
        places, shelf, machine, SystemClock(), told, backup=backup, recovery_code=code
    )  # fmt: skip


def code_of(places: Places) -> str:
    return (places.box / "backup.key").read_text(encoding="ascii")


def answers(places: Places) -> int:
    with closing(sqlite3.connect(places.sekolah / DATABASE)) as connection:
        found: int = connection.execute("SELECT count(*) FROM answer").fetchone()[0]
    return found


def test_a_whole_backup_is_proved_by_restoring_it(school_box: Places, shelf: Path, back_up: BackUp, told: Told):
    found = verify(school_box, shelf, back_up(school_box), told)
    assert found["receipts"] == 1
    assert state.read(school_box)["check"]["receipts"] == 1
    assert not (school_box.box.parent / swapping.RESTORING).exists()


def test_what_belongs_to_the_programs_user_is_checked_where_only_root_may_look(
    school_box: Places, shelf: Path, back_up: BackUp, told: Told
):
    if os.geteuid() != 0:
        pytest.fail("this test gives files away: run it as root")
    for path in (school_box.sekolah, *school_box.sekolah.rglob("*")):
        os.chown(path, 65534, 65534)
    for folder in school_box.sekolah.parents[:9]:
        folder.chmod(folder.stat().st_mode | 0o011)
    assert verify(school_box, shelf, back_up(school_box), told)["receipts"] == 1
    scratch = school_box.box.parent / swapping.RESTORING
    scratch.mkdir(mode=0o700)
    targets.own(school_box, shelf).bring_back("latest", scratch, lambda _share: None)
    swapping.furnish(school_box, scratch)
    assert {path.stat().st_uid for path in (scratch / "sekolah").rglob("*")} == {65534}


def test_a_damaged_pack_is_found(school_box: Places, shelf: Path, back_up: BackUp, told: Told):
    backup = back_up(school_box)
    packs = sorted(targets.own(school_box, shelf).folder.glob("data/*/*"), key=lambda path: path.stat().st_size)
    content = bytearray(packs[-1].read_bytes())
    content[len(content) // 2] ^= 1
    packs[-1].chmod(0o600)
    packs[-1].write_bytes(content)
    with pytest.raises(Refusal) as refused:
        verify(school_box, shelf, backup, told)
    assert refused.value.code == "B-309"


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        ("UPDATE audit_entry SET actor = 'siti' WHERE id = 2", "B-318"),
        ("UPDATE bundle SET receipt = x'00'", "B-319"),
        ("UPDATE alembic_version SET version_num = '9999'", "B-317"),
    ],
)
def test_what_was_wrong_when_it_was_backed_up_is_found_too(
    school_box: Places, shelf: Path, back_up: BackUp, told: Told, damage: str, code: str
):
    with closing(sqlite3.connect(school_box.sekolah / DATABASE)) as connection:
        connection.execute(damage)
        connection.commit()
    backup = back_up(school_box)
    with pytest.raises(Refusal) as refused:
        verify(school_box, shelf, backup, told)
    assert refused.value.code == code


def test_results_whose_file_is_gone_are_found(school_box: Places, shelf: Path, back_up: BackUp, told: Told):
    next(school_box.sekolah.glob("exchange/uploads/*/*")).unlink()
    backup = back_up(school_box)
    with pytest.raises(Refusal) as refused:
        verify(school_box, shelf, backup, told)
    assert refused.value.code == "B-319"


def test_a_fresh_box_takes_over_with_the_recovery_code_alone(
    school_box: Places, fresh_box: Places, shelf: Path, back_up: BackUp, told: Told
):
    back_up(school_box)
    typed = code_of(school_box).lower().replace("-", " ")
    machine = MachineWithoutSystemd(fresh_box)
    found = restore(fresh_box, shelf, told, machine, typed)
    assert found["receipts"] == 1
    assert machine.deeds == ["stop", "render", "upgrade", "start"]
    assert answers(fresh_box) == STUDENTS * 40
    for name in ("keys/server-sign.key", "keys/server-box.key"):
        assert (fresh_box.sekolah / name).read_bytes() == (school_box.sekolah / name).read_bytes()
    assert settings.read(fresh_box.box).settings.general.school_name == "SMA Contoh"
    assert code_of(fresh_box) == code_of(school_box)  # it goes on with the same backups
    assert not (fresh_box.box / "setup-code").exists()
    assert (fresh_box.box / "machine-id").read_text() != (school_box.box / "machine-id").read_text()

    def look(session: Session) -> None:
        assert audit.verify(session) is None
        last = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert last is not None
        assert (last.event, last.actor) == ("box_backup_restored", "system")

    with_session(fresh_box, look)


def test_what_was_there_is_kept_aside_once(school_box: Places, shelf: Path, back_up: BackUp, told: Told):
    back_up(school_box)
    with_session(school_box, lambda session: session.query(Answer).delete())
    restore(school_box, shelf, told, MachineWithoutSystemd(school_box))
    restore(school_box, shelf, told, MachineWithoutSystemd(school_box))
    aside = list(school_box.box.parent.glob(f"{swapping.ASIDE}*"))
    assert len(aside) == 1
    assert answers(school_box) == STUDENTS * 40
    assert (aside[0] / "sekolah" / DATABASE).is_file()


def test_nginx_passes_through_what_was_put_back(school_box: Places, shelf: Path, back_up: BackUp, told: Told):
    school_box.sekolah.chmod(0o710)
    back_up(school_box)
    umask = os.umask(0o077)  # that of whoever restores
    try:
        restore(school_box, shelf, told, MachineWithoutSystemd(school_box))
    finally:
        os.umask(umask)
    assert school_box.sekolah.stat().st_mode & 0o777 == 0o710
    assert (school_box.sekolah / "run").stat().st_mode & 0o050 == 0o050


def test_a_centre_can_be_turned_on_after_a_backup_without_one_was_put_back(
    school_box: Places, fresh_box: Places, shelf: Path, back_up: BackUp, told: Told
):
    back_up(school_box)
    fresh_box.pusat.mkdir(parents=True, exist_ok=True)
    fresh_box.pusat.chmod(0o710)
    restore(fresh_box, shelf, told, MachineWithoutSystemd(fresh_box), code_of(school_box))
    assert list(fresh_box.pusat.iterdir()) == []
    assert fresh_box.pusat.stat().st_mode & 0o777 == 0o710


def test_a_server_that_does_not_become_ready_gets_back_what_was_there(
    school_box: Places, fresh_box: Places, shelf: Path, back_up: BackUp, told: Told
):
    back_up(school_box)
    before = {path.name: path.read_bytes() for path in fresh_box.box.iterdir() if path.is_file()}
    machine = MachineWithoutSystemd(fresh_box, ready=False)
    with pytest.raises(Refusal) as refused:
        restore(fresh_box, shelf, told, machine, code_of(school_box))
    assert refused.value.code == "B-322"
    assert machine.deeds[-1] == "start"
    assert answers(fresh_box) == 0
    assert {path.name: path.read_bytes() for path in fresh_box.box.iterdir() if path.is_file()} == before
    assert sorted(path.name for path in fresh_box.box.parent.iterdir() if "restor" in path.name) == []


def test_a_power_cut_in_any_place_of_the_exchange_is_put_right_at_the_next_boot(
    school_box: Places, fresh_box: Places, shelf: Path, tmp_path: Path, back_up: BackUp, told: Told
):
    back_up(school_box)
    before = {path.name: path.read_bytes() for path in fresh_box.box.iterdir() if path.is_file()}
    repository = targets.find(fresh_box, shelf, code_of(school_box))
    for cut in range(30):
        scratch = fresh_box.box.parent / swapping.RESTORING
        scratch.mkdir()
        repository.bring_back("latest", scratch, lambda _share: None)
        swapping.furnish(fresh_box, scratch)
        moves = swapping.plan(fresh_box, scratch, f"cut{cut}")
        done = cut_after(cut, lambda moves=moves: swapping.put_in_place(fresh_box, moves))
        assert swapping.settle(fresh_box)
        assert {path.name: path.read_bytes() for path in fresh_box.box.iterdir() if path.is_file()} == before
        assert answers(fresh_box) == 0
        assert not swapping.settle(fresh_box)
        if done:
            break
    assert done


def cut_after(renames: int, do: Callable[[], None]) -> bool:
    """Whether it came to its end before so many renames of data were done; the note of the moves counts as none."""

    class PowerCut(BaseException):
        pass

    left, rename = [renames], Path.rename

    def until_the_cut(self: Path, target: Path) -> Path:
        if not left[0]:
            raise PowerCut
        left[0] -= 1
        return rename(self, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "rename", until_the_cut)
        try:
            do()
        except PowerCut:
            return False
    return True


def test_a_wrong_recovery_code_is_refused_and_nothing_is_touched(
    school_box: Places, fresh_box: Places, shelf: Path, back_up: BackUp, told: Told
):
    back_up(school_box)
    machine = MachineWithoutSystemd(fresh_box)
    with pytest.raises(Refusal) as refused:
        restore(fresh_box, shelf, told, machine, "00000-00000-00000-00000")
    assert refused.value.code == "B-304"
    assert machine.deeds == []


def test_without_the_code_another_boxs_backups_are_not_there(
    school_box: Places, fresh_box: Places, shelf: Path, back_up: BackUp, told: Told
):
    back_up(school_box)
    with pytest.raises(Refusal) as refused:
        restore(fresh_box, shelf, told, MachineWithoutSystemd(fresh_box))
    assert refused.value.code == "B-303"


def test_nothing_is_restored_while_a_sitting_is_active(tmp_path: Path, shelf: Path, back_up: BackUp, told: Told):
    places = make_box(tmp_path / "box", HeldState.ACTIVE)
    back_up(places)
    machine = MachineWithoutSystemd(places)
    with pytest.raises(Refusal) as refused:
        restore(places, shelf, told, machine)
    assert refused.value.code == "B-320"
    assert machine.deeds == []
    with_session(places, lambda session: session.get_one(HeldSitting, "beban"))


@pytest.mark.parametrize("backup", ["", "--help", "../x", "ZZZZZZZZ", "ffffffffffff"])
def test_only_an_id_of_the_list_names_a_backup(
    school_box: Places, shelf: Path, back_up: BackUp, told: Told, backup: str
):
    back_up(school_box)
    with pytest.raises(Refusal) as refused:
        verify(school_box, shelf, backup, told)
    assert refused.value.code == "B-303"


def test_cards_of_another_machine_are_chosen_anew(
    school_box: Places, fresh_box: Places, shelf: Path, back_up: BackUp, told: Told
):
    known = settings.read(school_box.box).settings
    network = dataclasses.replace(known.network, lan_card="02:00:00:00:00:01")
    settings.write(school_box.box, dataclasses.replace(known, network=network))
    back_up(school_box)
    card = fresh_box.cards / "eth0"
    card.mkdir(parents=True)
    (card / "address").write_text("02:00:00:00:00:02\n")
    restore(fresh_box, shelf, told, MachineWithoutSystemd(fresh_box), code_of(school_box))
    assert settings.read(fresh_box.box).settings.network.lan_card == ""


def test_the_state_file_survives_damage(school_box: Places):
    (school_box.box / "backup-state.json").write_text("{", encoding="ascii")
    assert state.read(school_box) == {}
    state.note(school_box, "success", {"at": "2026-11-23T00:00:00+00:00"})
    assert json.loads((school_box.box / "backup-state.json").read_text())["success"]
    assert (school_box.box / "backup-state.json").stat().st_mode & 0o777 == 0o600
