"""A real browser for the pages that every staff member meets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext

from tests.functional.serving import served, sign_in


@pytest.fixture
def school_url(sekolah_app: Flask) -> Iterator[str]:
    """The school's pages on a port, in a thread of the test."""
    with served(sekolah_app) as address:
        yield address


@pytest.fixture
def ratnas_pc(staff_browser: Browser, school_url: str, sekolah_app: Flask, add_person) -> Iterator[BrowserContext]:
    """Ratna's browser, signed in through the form."""
    add_person(sekolah_app, "ratna", "proktor")
    context = staff_browser.new_context(base_url=school_url, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(10_000)
    page = context.new_page()
    sign_in(page, "ratna")
    yield context
    context.close()
