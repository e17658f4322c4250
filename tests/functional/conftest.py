"""One real browser for all functional tests that look at a page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright


@pytest.fixture(scope="session")
def staff_browser(playwright: Playwright) -> Iterator[Browser]:
    options = ["--no-sandbox", "--disable-background-networking"]
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=options)
    yield browser
    browser.close()
