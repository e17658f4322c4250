"""A technician's afternoon: a server, four PCs with a trouble each, what Ansible mends, what it finds, and an exam."""

from __future__ import annotations

import json
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Playwright

from tests.end_to_end.exam_content import ANSWERS, QUESTIONS, SITI
from tests.end_to_end.machines import Machine
from tests.end_to_end.people import Staff, Student
from tests.image.exam_day import open_sitting
from tests.lab import school
from tests.lab.exam_room import OPTIONS, KioskBrowser, Place, technicians_browser
from tests.lab.hosts import SERVER, TECHNICIAN, Host, Lab

PCS = tuple(school.planned(number) for number in range(1, 5))
LOST, LATE, SHARED, OFF = PCS
ELSEWHERE = "192.168.0.77"
MINUTES_5 = "+300s"
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"

pytestmark = pytest.mark.timeout(1800)


@dataclass
class Afternoon:
    """The lab as the technician finds it."""

    lab: Lab
    inventory: Path
    stranger: str
    report: Path

    @property
    def server(self) -> Host:
        return self.lab.hosts["server1"]

    def play(self, playbook: str, *more: str) -> Run:
        began = time.monotonic()
        done = self.lab.play(playbook, self.inventory, *more)
        return Run(done.stdout, done.stderr, done.returncode, time.monotonic() - began)

    def verify(self) -> tuple[Run, dict[str, Any]]:
        """What verify.yml says, and the verdict of the server."""
        run = self.play("verify.yml", "-e", f"verify_folder={self.report}")
        assert run.code == 0, run.said
        verdict: dict[str, Any] = json.loads((self.report / "server1/verdict.json").read_text(encoding="utf-8"))
        return run, verdict


@dataclass
class Run:
    """One call of ansible-playbook."""

    out: str
    err: str
    code: int
    seconds: float

    @property
    def said(self) -> str:
        return self.out[-8000:] + self.err[-2000:]

    def counts(self, host: str) -> dict[str, int]:
        """The host's line of the recap."""
        found = re.search(rf"^{host} +: (.+)$", self.out, re.MULTILINE)
        assert found, self.said
        return {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", found[1])}


@pytest.fixture(scope="module")
def afternoon(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Afternoon:
    """Server and PCs are unpacked; one PC is off, and somebody's machine has the address of another."""
    inventory = school.write_inventory(lab.folder / "inventory", PCS)
    server = lab.host("server1", "server", wait=False)
    lab.host(LOST.name, "pc with packages", ELSEWHERE, LOST.mac, wait=False)
    late = lab.host(LATE.name, "pc with packages", LATE.address, LATE.mac, wait=False)
    lab.host(SHARED.name, "pc with packages", SHARED.address, SHARED.mac, wait=False)
    for host in lab.hosts.values():
        host.wait()
    school.set_up(server)
    set_clock_wrong(late)
    stranger = lab.stranger(SHARED.address)
    return Afternoon(lab, inventory, stranger, Path(tmp_path_factory.mktemp("report")))


def set_clock_wrong(pc: Host) -> None:
    """A container shares the kernel's clock. So whatever somebody runs on this PC over SSH is lied to by a library; its
    own services are not, because logind does not live with that."""
    told = {"LD_PRELOAD": FAKETIME, "FAKETIME": MINUTES_5, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    text = "".join(f"{name}={value}\n" for name, value in told.items())
    (pc.root / "etc/environment").write_text(text, encoding="ascii")


def troubles(verdict: dict[str, Any]) -> list[tuple[str, str]]:
    """Place and code of everything that is not good and no property of the container."""
    found = [(one["place"], one["code"]) for one in verdict["troubles"]]
    return sorted(one for one in found if one[0] != "server" or one[1] not in school.OF_A_CONTAINER)


def test_what_can_be_brought_up_is_and_a_second_run_changes_nothing(
    afternoon: Afternoon, figures: dict[str, float]
) -> None:
    first = afternoon.play("site.yml")
    assert first.counts("server1")["failed"] == first.counts(LATE.name)["failed"] == 0, first.said
    assert first.counts("server1")["changed"] > 0
    for dead in (LOST, OFF):
        assert first.counts(dead.name)["unreachable"] == 1, first.said
    second = afternoon.play("site.yml")
    for there in ("server1", LATE.name):
        assert second.counts(there)["changed"] == second.counts(there)["failed"] == 0, second.said
    figures["site.yml, one PC of four reached"] = first.seconds
    figures["site.yml again"] = second.seconds


def test_exactly_the_four_troubles_are_told_with_their_remedies(
    afternoon: Afternoon, figures: dict[str, float]
) -> None:
    run, verdict = afternoon.verify()
    figures["verify.yml, four troubles"] = run.seconds
    assert troubles(verdict) == [
        (LOST.name, "address"),
        (LATE.name, "clock"),
        (SHARED.name, "duplicate"),
        (OFF.name, "reached"),
    ], verdict
    told = {one["place"]: one for one in verdict["troubles"]}
    assert told[LOST.name]["text"] == f"Alamatnya {ELSEWHERE}, seharusnya {LOST.address}."
    assert re.match(r"Jam berbeda (29|30)\d\.?\d* detik", told[LATE.name]["text"])
    assert SHARED.mac in told[SHARED.name]["text"]
    assert all(told[pc.name]["remedy"] for pc in PCS)


def test_after_mending_all_is_green_and_the_server_shows_it(afternoon: Afternoon, figures: dict[str, float]) -> None:
    lab = afternoon.lab
    lab.leave(afternoon.stranger)
    late = lab.hosts[LATE.name]
    late.off()
    (late.root / "etc/environment").write_text("", encoding="ascii")
    late.start()
    late.wait()
    off = lab.host(OFF.name, "pc with packages", OFF.address, OFF.mac)
    found = afternoon.play("clients.yml", "--limit", LOST.name, "-e", f"pc_address_reach={ELSEWHERE}")
    assert found.code == 0, found.said
    assert off.state() == "running"

    site = afternoon.play("site.yml")
    assert site.code == 0, site.said
    run, verdict = afternoon.verify()
    assert troubles(verdict) == [], verdict
    assert verdict["rooms"] == {"Lab 1": "good"}
    figures["site.yml after mending, 4 PCs"] = site.seconds
    figures["verify.yml, 4 PCs"] = run.seconds


def test_a_student_sits_an_exam_at_a_pc_under_the_kiosks_policies(
    afternoon: Afternoon, pusat: Machine, playwright: Playwright
) -> None:
    """The centre is elsewhere: what it gives travels as files."""
    lab, pc = afternoon.lab, afternoon.lab.hosts[OFF.name]
    box: Any = Place(f"http://{SERVER}")
    office, at_home = (
        technicians_browser(playwright, lab),
        playwright.chromium.launch(executable_path=shutil.which("chromium"), args=OPTIONS),
    )
    try:
        sitting = open_sitting(
            pusat, box, lambda place, name: Staff(at_home if place is pusat else office, place, name)
        )
        exam: Any = Place("https://ujian.lan")
        siti = Student(KioskBrowser(playwright, pc, lab.folder), exam, SITI, sitting.passwords[SITI])  # type: ignore[arg-type]
        siti.start(sitting.token)
        siti.answer(ANSWERS[SITI], 1, len(QUESTIONS))
        siti.finish()
        with pytest.raises(PlaywrightError, match="ERR_BLOCKED_BY_ADMINISTRATOR"):
            siti.page.goto(f"http://{TECHNICIAN}/")
        siti.leave()
        assert siti.faults == []
    finally:
        office.close()
        at_home.close()
