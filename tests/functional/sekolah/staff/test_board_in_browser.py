"""The board in a real browser: it changes by itself, the page does not jump, and the focus stays where it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect

from app.models import Attempt, db
from tests.conftest import PASSWORD, FakeClock
from tests.functional.sekolah.staff.conftest import SITTING
from tests.functional.sekolah.staff.test_day_at_the_desk import sit
from tests.functional.serving import served


@pytest.fixture
def page(running: FlaskClient, sekolah_app: Flask, staff_browser: Browser) -> Iterator[Page]:
    """Ratna's browser at the board."""
    with served(sekolah_app) as url:
        tab = staff_browser.new_page(viewport={"width": 1280, "height": 700}, locale="id-ID")
        tab.goto(f"{url}/staf/masuk")
        tab.fill("[name=username]", "ratna")
        tab.fill("[name=password]", PASSWORD)
        tab.press("[name=password]", "Enter")
        tab.goto(f"{url}/sekolah/status?sesi={SITTING}")
        yield tab
        tab.close()


def test_a_student_who_begins_shows_up_without_a_jump(page: Page, clock: FakeClock) -> None:
    row = page.locator("tr", has_text="Siti Aminah")
    expect(row).to_contain_text("Belum masuk")
    page.evaluate("scrollTo(0, 120); window.sameDocument = true")
    clock.advance(1)
    siti = sit(clock, "U001").id
    expect(row).to_contain_text("Mengerjakan 2 dari 3")
    expect(row).to_contain_text("ragu-ragu 1")
    expect(row.get_by_role("button", name="Reset")).to_be_visible()
    assert page.evaluate("[scrollY, window.sameDocument]") == [120, True]

    row.get_by_role("button", name="Reset").focus()
    clock.advance(1)
    found = db.session.get_one(Attempt, siti)
    found.answered = 3
    db.session.commit()
    expect(row).to_contain_text("Mengerjakan 3 dari 3")
    assert page.evaluate("document.activeElement.innerText") == "Reset"


def test_the_board_says_when_the_server_is_silent(page: Page) -> None:
    page.route("**/langsung", lambda route: route.abort())
    expect(page.get_by_role("alert")).to_contain_text("Server tidak menjawab")
    page.unroute("**/langsung")
    expect(page.locator("[data-lost]")).to_be_hidden()


def test_a_reset_by_keyboard_names_the_student(page: Page, clock: FakeClock) -> None:
    sit(clock, "U001")
    clock.advance(1)
    page.locator("tr", has_text="Siti Aminah").get_by_role("button", name="Reset").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Siti Aminah direset")
