"""Real Chromium, and a school's server that keeps to the contract and breaks on request."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from contract_server import ContractServer
from playwright.sync_api import Browser, BrowserContext, Playwright
from sample_paper import make_paper
from student import Student

from app.web.static_files import write_prepared

PAPER, MEDIA = make_paper()


@pytest.fixture(scope="session")
def exam_browser(playwright: Playwright) -> Iterator[Browser]:
    options = [
        "--no-sandbox",
        "--disable-background-networking",
        "--disable-quic",
        "--autoplay-policy=no-user-gesture-required",
    ]
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=options)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The static files in the form in which they are served."""
    folder = tmp_path_factory.mktemp("static") / "prepared"
    write_prepared(folder)
    return folder


@pytest.fixture
def make_school(prepared: Path) -> Iterator[Callable[..., ContractServer]]:
    made: list[ContractServer] = []

    def make(**options: Any) -> ContractServer:
        school = ContractServer(PAPER, MEDIA, prepared, **options)
        school.start()
        made.append(school)
        return school

    yield make
    for school in made:
        school.stop()


@pytest.fixture
def school(make_school: Callable[..., ContractServer]) -> ContractServer:
    return make_school()


@pytest.fixture
def new_pc(exam_browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Gives a PC of its own: a browser profile that shares nothing with another."""
    made: list[BrowserContext] = []

    def make(width: int = 1280, height: int = 800, **options: Any) -> BrowserContext:
        context = exam_browser.new_context(viewport={"width": width, "height": height}, **options)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def siti(school: ContractServer, new_pc: Callable[..., BrowserContext]) -> Iterator[Student]:
    student = Student(new_pc(), school)
    yield student
    assert student.faults == []
