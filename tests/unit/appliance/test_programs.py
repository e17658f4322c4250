"""What root starts of ours runs as the owner of the data, and what it refuses is passed on in its own words."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from appliance import programs
from appliance.places import Places

NOBODY = 65534
TELL = 'echo "$(id -u) $(id -g) $(id -G) $(umask) $GUYUB_CONFIG"'


@pytest.fixture
def here(tmp_path: Path) -> Places:
    for folder in (tmp_path, *tmp_path.parents):  # whoever owns the data passes through to them
        if folder.stat().st_uid == os.getuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    made = Places(tmp_path)
    made.sekolah.mkdir(parents=True)
    return made


def test_a_program_of_ours_runs_as_the_owner_of_the_data_with_its_settings_and_no_other_groups(here: Places):
    assert os.geteuid() == 0, "Only root can give rights away."
    os.chown(here.sekolah, NOBODY, NOBODY)
    here.run.mkdir(parents=True)
    (here.run / "sekolah.toml").write_text("")
    said = programs.checked_for(here, "sekolah", ("/bin/sh", "-c", TELL))
    assert said.strip() == f"{NOBODY} {NOBODY} {NOBODY} 0027 {here.run}/sekolah.toml"


def test_what_fails_is_told_by_its_last_line(here: Places):
    with pytest.raises(OSError, match="the reason"):
        programs.checked_for(here, "sekolah", (sys.executable, "-c", "import sys; sys.exit('…\\nthe reason')"))


def test_a_secret_goes_through_the_pipe(here: Places):
    done = programs.run_for(here, "sekolah", (sys.executable, "-c", "print(input()[::-1])"), given="terces\n")
    assert done.stdout == "secret\n"


def test_what_the_program_refuses_is_passed_on_with_its_words():
    said = "a warning\nS-210: Tidak ada folder guyub di USB ini.\nPakai USB yang disiapkan pusat.\n"
    refusal = programs.refusal_in(said)
    assert refusal is not None
    assert (refusal.code, refusal.cause % refusal.values) == ("S-210", "Tidak ada folder guyub di USB ini.")
    assert refusal.remedy % refusal.values == "Pakai USB yang disiapkan pusat."


@pytest.mark.parametrize("said", ["", "Traceback …", "S-210: \nx", "S-21: a\nb", "one\ntwo"])
def test_anything_else_is_no_refusal(said: str):
    assert programs.refusal_in(said) is None


def test_a_look_at_the_machine_that_cannot_be_had_is_empty():
    assert programs.output("no-such-program", limit_s=5) == ""
    assert programs.output("sleep", "60", limit_s=0.1) == ""
