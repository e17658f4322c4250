"""Real servers, real Chromium, and a town of one centre and one school for the tests of whole exam days."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from tests.end_to_end.machines import Machine, machine
from tests.end_to_end.people import Person, Staff, Student


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    options = ["--no-sandbox", "--disable-background-networking", "--disable-quic"]
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=options)
    yield browser
    browser.close()


@pytest.fixture
def pusat(tmp_path: Path) -> Iterator[Machine]:
    """The centre, running."""
    made = machine(tmp_path / "pusat", "pusat").start()
    yield made
    made.stop()


@pytest.fixture
def sekolah(tmp_path: Path) -> Iterator[Machine]:
    """The school's server, running and not activated."""
    made = machine(tmp_path / "sekolah", "sekolah").start()
    yield made
    made.stop()


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember failures, so that the screens of that moment are kept."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture
def people(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[list[Person]]:
    """Everybody who sat down; whoever met a fault of a page fails the test."""
    seated: list[Person] = []
    yield seated
    for place, person in enumerate(seated):
        if request.node.stash.get(FAILED, False):
            person.picture(f"failure-{request.node.name[:40]}-{place}")
        person.leave()
    assert [fault for person in seated for fault in person.faults] == []


@pytest.fixture
def staff(chromium: Browser, people: list[Person]) -> Callable[..., Staff]:
    """Signs somebody in at a machine."""

    def sit_down(at: Machine, username: str) -> Staff:
        person = Staff(chromium, at, username)
        people.append(person)
        return person

    return sit_down


@pytest.fixture
def student(chromium: Browser, people: list[Person]) -> Callable[..., Student]:
    """Seats a student with a login card."""

    def sit_down(at: Machine, number: str, password: str) -> Student:
        person = Student(chromium, at, number, password)
        people.append(person)
        return person

    return sit_down
