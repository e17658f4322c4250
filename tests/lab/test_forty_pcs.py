"""How long forty PCs take. Only when it is asked for (GUYUB_LAB_FORTY=1): all forty, their server and the technician
share one machine, so what is measured is the most that it can take.

The PCs are booted containers with SSH, address and name of their own. In the place of the kiosk's compositor sleeps a
program: forty browsers would measure this machine's memory.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import school
from tests.lab.hosts import Lab

FORTY = tuple(school.planned(number) for number in range(1, 41))
AT_ONCE = 8
NO_BROWSER = "printf '#!/bin/sh\\nexec sleep infinity\\n' >/usr/bin/cage"

WATCHES = Path("/proc/sys/fs/inotify/max_user_instances")  # of all hosts together; each systemd wants several
ENOUGH = 2048
PATIENT = ("--timeout", "120")  # forty machines on two cores answer later than forty machines

pytestmark = [pytest.mark.forty, pytest.mark.timeout(3600)]


@pytest.fixture
def watches() -> Iterator[None]:
    """The kernel's limit is wide enough for the time of the test."""
    before = WATCHES.read_text()
    WATCHES.write_text(str(max(ENOUGH, int(before))))
    yield
    WATCHES.write_text(before)


@pytest.mark.usefixtures("watches")
def test_forty_pcs_are_set_up_and_measured_in_one_go(lab: Lab, figures: dict[str, float], tmp_path: Path) -> None:
    server = lab.host("server1", "server")
    school.set_up(server)
    began = time.monotonic()
    for first in range(0, len(FORTY), AT_ONCE):
        booting = [
            lab.host(one.name, "pc with packages", one.address, one.mac, wait=False)
            for one in FORTY[first : first + AT_ONCE]
        ]
        for pc in booting:
            pc.wait()
            pc.says("sh", "-c", NO_BROWSER)
    figures["forty PCs booted"] = time.monotonic() - began
    inventory = school.write_inventory(lab.folder / "inventory", FORTY)
    for playbook in ("server.yml", "lan.yml"):
        assert lab.play(playbook, inventory).returncode == 0

    for name, more in (("clients.yml, 40 PCs", []), ("clients.yml again, 40 PCs", []), ("in check mode", ["--check"])):
        began = time.monotonic()
        done = lab.play("clients.yml", inventory, *PATIENT, *more, limit_s=1800)
        figures[name] = time.monotonic() - began
        assert done.returncode == 0, done.stdout[-4000:]
    began = time.monotonic()
    done = lab.play("verify.yml", inventory, *PATIENT, "-e", f"verify_folder={tmp_path}", limit_s=1800)
    figures["verify.yml, 40 PCs"] = time.monotonic() - began
    assert done.returncode == 0, done.stdout[-4000:]

    report = json.loads((tmp_path / "server1/readiness.json").read_text(encoding="utf-8"))
    assert report["load"]["computers"] == len(FORTY)
    for name, value in report["load"].items():
        figures[f"load of 40 PCs: {name}"] = value
    verdict = json.loads((tmp_path / "server1/verdict.json").read_text(encoding="utf-8"))
    found = {one["code"] for one in verdict["troubles"] if re.fullmatch(r"pc-\d+", one["place"])}
    assert found <= {"kiosk", "latency", "throughput"}, verdict
