"""The demo as `make run` starts it: what it prints lets a student in, every question shows, a second start keeps
everything, and Ctrl-C leaves nothing running.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.demo.people import SCHOOL_STAFF
from app.sekolah.services import day
from app.sekolah.services.exam_time import exam_now_ms
from app.settings import load_settings
from tests.end_to_end.machines import Machine, descendants, is_alive, until
from tests.end_to_end.people import WAIT_MS, Person, Student
from tests.ports import free_port

pytestmark = pytest.mark.timeout(280)
QUESTIONS = 40
OUR_ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("GUYUB_")}
LOOKED_AT = (1, 8, 15, 22, 29, 36)


@dataclass
class Demo:
    """The running demo and what it printed."""

    process: subprocess.Popen[str]
    said: Path

    @property
    def text(self) -> str:
        return self.said.read_text(encoding="utf-8")

    @property
    def students(self) -> dict[str, tuple[str, str]]:
        """Number → (password, name)."""
        found = re.findall(r"^  (26-001-\d{3}) +([A-Z0-9]{8}) +(.+)$", self.text, re.MULTILINE)
        return {number: (password, name) for number, password, name in found}

    @property
    def token(self) -> str:
        found = re.search(r"Token saat ini: ([A-Z0-9]{6})", self.text)
        assert found is not None, self.text
        return found[1]


@contextmanager
def running_demo(folder: Path, ports: tuple[int, int], said: Path) -> Iterator[Demo]:
    """`guyub demo` until it says that it is ready; ended by Ctrl-C, after which nothing of it may live."""
    with said.open("wb") as sink:
        process = subprocess.Popen(line_of(folder, ports), env=OUR_ENVIRONMENT, stdout=sink, stderr=sink, text=True)
    demo = Demo(process, said)
    try:
        until(lambda: "Tekan Ctrl-C" in demo.text or process.poll() is not None, "the demo is ready", 150, said)
        assert process.poll() is None, demo.text
        yield demo
        family = descendants(process.pid)
        assert family
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0, demo.text
        until(lambda: not any(is_alive(pid) for pid in family), "everything of the demo ended", 10)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_the_demo_lets_siti_sit_the_exam_and_keeps_it_over_a_second_start(
    tmp_path: Path, chromium: Browser, people: list[Person]
) -> None:
    folder, ports = tmp_path / "demo", (free_port(), free_port(2))
    with running_demo(folder, ports, tmp_path / "first.txt") as demo:
        for colleague in SCHOOL_STAFF:
            assert f"{colleague.username:<12} {colleague.password}" in demo.text
        number, (password, name) = next(iter(demo.students.items()))
        assert name == "Siti Rahayu"
        siti = sit_down(chromium, people, folder, ports[1], number, password)
        siti.start(demo.token)
        expect(siti.page.locator(".number-of")).to_contain_text(str(QUESTIONS))
        look_at_every_question(siti)
        place = siti.place
        passwords = demo.students
    with running_demo(folder, ports, tmp_path / "second.txt") as demo:
        assert demo.students == passwords
        siti.page.reload()
        expect(siti.page.locator(".question")).to_be_visible(timeout=WAIT_MS)
        assert siti.place == place

    close_by_proctor(siti.machine)
    again = guyub_demo(folder, ports, "--no-serve")
    assert again.returncode == 0, again.stderr
    assert "Hasil 1 ujian sebelumnya diunggah" in again.stderr
    with siti.machine.office() as (_place, session):
        assert [one.state.value for one in day.held_sittings(session)].count("active") == 1


def guyub_demo(folder: Path, ports: tuple[int, int], *more: str) -> subprocess.CompletedProcess[str]:
    line = line_of(folder, ports, *more)
    return subprocess.run(line, env=OUR_ENVIRONMENT, capture_output=True, text=True, timeout=150, check=False)


def line_of(folder: Path, ports: tuple[int, int], *more: str) -> list[str]:
    given = ["--pusat-port", str(ports[0]), "--sekolah-port", str(ports[1]), *more]
    return [sys.executable, "-m", "app.cli", "--data-dir", str(folder), "demo", *given]


def close_by_proctor(sekolah: Machine) -> None:
    """End the open sitting, so that the next start has to make a new one."""
    with sekolah.office() as (place, _look), place.transaction() as session:
        active = next(one.id for one in day.held_sittings(session) if one.state.value == "active")
        day.close_sitting(session, place.clock, active, "ratna", now_ms=exam_now_ms(session, place.clock))


def sit_down(chromium: Browser, people: list[Person], folder: Path, port: int, number: str, password: str) -> Student:
    settings = load_settings({}, role="sekolah", data_dir=folder / "sekolah-1", port=port, host="127.0.0.1")
    siti = Student(chromium, Machine(settings), number, password)
    people.append(siti)
    return siti


def look_at_every_question(siti: Student) -> None:
    """Pictures loaded, formulas set, recordings there; some are kept as screenshots for people."""
    recordings = formulas = pictures = 0
    for place in range(1, QUESTIONS + 1):
        expect(siti.page.locator(".question-number strong")).to_have_text(str(place))
        question = siti.page.locator(".question")
        images = question.locator("img")
        for image in images.all():
            until(partial(image.evaluate, "one => one.naturalWidth > 0"), f"question {place} shows its picture", 10)
        pictures += images.count()
        formulas += question.locator(".katex").count()
        recordings += question.get_by_role("button", name="Putar rekaman").count()
        assert question.locator(".katex-error").count() == 0
        assert "$" not in question.inner_text()
        if place in LOOKED_AT:
            siti.picture(f"demo-soal-{place:02d}")
        if place < QUESTIONS:
            siti.press("Soal berikutnya")
    assert pictures == 8
    assert formulas > 10
    assert recordings == 3
