"""The deeds as console, page, timer and terminal ask for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.box_actions import BackUp, ListBackups, RestoreBackup, ShowRecoveryCode, VerifyBackup
from app.domain.refusals import Refusal
from app.rehearsal.school import STAFF_PASSWORD
from appliance.actions.run import ROOMS
from appliance.backup import ACTIONS, state
from appliance.places import Places
from tests.unit.appliance.backup.conftest import Told


def guyub(places: Places, *line: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GUYUB_BOX_ROOT": str(places.root)}
    return subprocess.run(
        [sys.executable, "-m", "app.cli", "backup", *line], env=environment, capture_output=True, text=True, check=False
    )


def test_every_action_of_backups_is_found_where_the_root_side_looks():
    kinds = (BackUp, ListBackups, VerifyBackup, RestoreBackup, ShowRecoveryCode)
    assert set(ACTIONS) == set(kinds)
    assert {ROOMS[kind.name] for kind in kinds} == {"appliance.backup"}


def test_without_a_target_people_are_told_and_the_timer_is_quiet(school_box: Places):
    told = guyub(school_box, "now")
    assert told.returncode == 2
    assert "B-311" in told.stderr
    assert state.read(school_box)["failure"]["code"] == "B-311"
    quiet = guyub(school_box, "now", "--if-due")
    assert (quiet.returncode, quiet.stderr) == (0, "")


def test_the_recovery_code_is_shown_to_who_gives_the_right_password(
    school_box: Places, told: Told, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GUYUB_BOX_ROOT", str(school_box.root))
    school_box.run.mkdir(parents=True)
    config = f'role = "sekolah"\ndata_dir = "{school_box.sekolah}"\n'
    (school_box.run / "sekolah.toml").write_text(config, encoding="ascii")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[4]))
    show = ACTIONS[ShowRecoveryCode]
    code = (school_box.box / "backup.key").read_text(encoding="ascii").strip()
    assert show(ShowRecoveryCode(account="ratna", password=STAFF_PASSWORD), told) == {"code": code}
    with pytest.raises(Refusal) as refused:
        show(ShowRecoveryCode(account="ratna", password="salah sama sekali"), told)
    assert refused.value.code == "B-323"
