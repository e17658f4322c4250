"""Mode mandiri: the centre is made, started and paired by the program's own commands, again and again without harm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.refusals import Refusal
from app.settings import load_settings
from appliance import mandiri, programs
from appliance.mandiri import Account
from appliance.places import Places
from tests import servers
from tests.ports import free_port

ANTO = Account("anto", "Anto Supriyadi", "padi menguning di sawah")
SCHOOL = "SMA Nusa Harapan"


class Machine:
    """Starts and stops the centre in the place of systemd, by the same file of settings."""

    def __init__(self, here: Places, port: int) -> None:
        self.here, self.port = here, port
        self.address = f"http://127.0.0.1:{port}"
        self.running: servers.RunningServer | None = None

    def control(self, verb: str) -> None:
        if verb == "start" and self.running is None:
            settings = load_settings({"GUYUB_CONFIG": str(self.here.run / "pusat.toml")})
            self.running = servers.start(settings, "waitress", self.port)
        elif verb == "stop" and self.running is not None:
            self.running.stop()
            self.running = None

    def guyub(self, role: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": "/usr/bin:/bin", "GUYUB_CONFIG": str(self.here.run / f"{role}.toml")}
        line = [sys.executable, "-m", "app.cli", *arguments]
        return subprocess.run(line, env=environment, capture_output=True, text=True, check=False, timeout=60)

    def said(self, role: str, *arguments: str):
        done = self.guyub(role, *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A box in a folder, as rendered for mode mandiri, its school's database made."""
    here, port = Places(tmp_path), free_port()
    here.run.mkdir(parents=True)
    for role, folder in (("sekolah", here.sekolah), ("pusat", here.pusat)):
        folder.mkdir(parents=True)
        lines = {"role": role, "data_dir": str(folder), "host": "127.0.0.1"}
        text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in lines.items())
        (here.run / f"{role}.toml").write_text(text + f"port = {port}\n")
    found = Machine(here, port)
    upgraded = found.guyub("sekolah", "db", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
    yield found
    found.control("stop")


def pair(machine: Machine, account: Account = ANTO, npsn: str = "") -> dict[str, object]:
    told: list[tuple[str, int, int]] = []
    answer = mandiri.pair(
        machine.here,
        SCHOOL,
        account,
        lambda text, done=0, of=0: told.append((text, done, of)),
        npsn,
        address=machine.address,
        control=machine.control,
    )
    assert [done for _text, done, _of in told] == [1, 2, 3, 4, 5, 6]
    return answer


def test_a_box_becomes_its_own_centre_and_doing_it_again_changes_nothing(machine: Machine) -> None:
    assert pair(machine) == {"server_id": "P00000000-01", "administrator": True}
    school = machine.said("sekolah", "sekolah", "status", "--json")["server"]
    assert (school["active"], school["id"], school["school"]) == (True, "P00000000-01", SCHOOL)
    assert [(one["username"], one["role"]) for one in machine.said("pusat", "staff", "list", "--json")] == [
        ("anto", "administrator")
    ]
    before = machine.said("pusat", "audit", "verify", "--json")
    assert before["intact"]
    assert pair(machine) == {"server_id": "P00000000-01", "administrator": True}
    assert machine.said("pusat", "audit", "verify", "--json")["lines"] == before["lines"]
    assert machine.guyub("sekolah", "sekolah", "sync").returncode == 0  # the line between the two works


def test_the_front_may_pass_through_the_centres_tree_whatever_root_keeps_to_itself(machine: Machine) -> None:
    before = os.umask(0o077)
    try:
        mandiri._guyub(machine.here, "pusat", "db", "upgrade")
    finally:
        os.umask(before)
    assert (machine.here.pusat / "exchange").stat().st_mode & 0o777 == 0o750


def test_cut_in_the_middle_it_is_taken_up_again(machine: Machine) -> None:
    """The code was issued and used, but the school's server never heard the answer; then the power came back."""
    mandiri._guyub(machine.here, "pusat", "db", "upgrade")
    paired = json.loads(mandiri._guyub(machine.here, "pusat", "pusat", "pair", "--school", SCHOOL, "--json"))
    machine.control("start")
    line = ("sekolah", "activate", paired["server"], "--centre", machine.address)
    mandiri._guyub(machine.here, "sekolah", *line, given=f"{paired['code']}\nn\n")
    assert not machine.said("sekolah", "sekolah", "status", "--json")["server"]["active"]
    machine.control("stop")
    assert pair(machine)["server_id"] == paired["server"]
    assert machine.said("sekolah", "sekolah", "status", "--json")["server"]["active"]


def test_a_school_may_have_its_npsn(machine: Machine) -> None:
    assert pair(machine, npsn="20104001")["server_id"] == "P20104001-01"


def test_a_server_that_has_another_centre_is_left_to_it(machine: Machine) -> None:
    pair(machine)
    machine.control("stop")
    (machine.here.pusat / "guyub.sqlite").unlink()  # this centre knows nothing of the activation
    with pytest.raises(Refusal) as refused:
        pair(machine)
    assert refused.value.code == "P-797"


def test_what_a_command_refuses_is_passed_on_with_its_code(machine: Machine) -> None:
    with pytest.raises(Refusal) as refused:
        pair(machine, Account("anto", "Anto", "pendek"))
    assert refused.value.code == "W-114"
    assert refused.value.values["remedy"].startswith("Pilih kata sandi")


def test_no_secret_is_named_on_a_command_line(machine: Machine, tmp_path: Path) -> None:
    """Everybody on a machine may read the command lines of all processes."""
    seen = tmp_path / "seen"
    watcher = tmp_path / "python"
    watcher.write_text(f'#!/bin/sh\necho "$@" >> {seen}\nexec {sys.executable} "$@"\n')
    watcher.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(programs, "GUYUB", (str(watcher), *programs.GUYUB[1:]))
        pair(machine)
    lines = seen.read_text()
    assert "staff add anto" in lines
    assert "activate P00000000-01" in lines
    assert ANTO.password not in lines
    assert "--code" not in lines
