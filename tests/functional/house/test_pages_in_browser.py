"""The visual language in a real browser: `/gaya` and the sign-in at every width, in light and dark, readable by all."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

SHOTS = Path("build/screenshots/house")


def faults_of(page: Page) -> list[str]:
    """What axe finds, in words."""
    found = Axe().run(page).response["violations"]
    return [f"{item['id']}: {node['target']}" for item in found for node in item["nodes"]]


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_component_fits_and_can_be_read(ratnas_pc: BrowserContext, width: int, scheme: str):
    page = ratnas_pc.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/gaya")
    page.screenshot(path=SHOTS / f"gaya-{scheme}-{width}.png", full_page=True)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"the page is {overflow} px too wide"
    assert faults_of(page) == []
    assert complaints == [], "the content rules block something of our own"


def test_a_page_is_light(ratnas_pc: BrowserContext):
    """Under 100 KB on the wire as nginx sends it: what is compressible is counted compressed."""
    import gzip

    page = ratnas_pc.new_page()
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(gzip.compress(answer.body()))) if answer.ok else None)
    page.goto("/gaya", wait_until="networkidle")
    assert sum(sizes) < 100_000
    assert len(sizes) <= 6


def test_sign_in_works_by_keyboard_and_says_what_is_wrong(staff_browser: Browser, school_url: str):
    context = staff_browser.new_context(base_url=school_url)
    page = context.new_page()
    page.goto("/staf/masuk")
    expect(page.get_by_label("Nama akun")).to_be_focused()
    page.keyboard.type("siapa")
    page.keyboard.press("Tab")
    page.keyboard.type("bukan ini")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Nama akun atau kata sandi tidak cocok. Periksa lalu coba lagi.")
    assert faults_of(page) == []
    context.close()


def test_failure_pages_can_be_read_without_anything_else(staff_browser: Browser, school_url: str):
    context = staff_browser.new_context(base_url=school_url, viewport={"width": 360, "height": 640})
    page = context.new_page()
    page.goto("/tidak-ada")
    expect(page.get_by_role("heading")).to_have_text("Halaman ini tidak ada.")
    expect(page.get_by_text("H-404")).to_be_visible()
    page.screenshot(path=SHOTS / "failure-360.png")
    assert faults_of(page) == []
    context.close()
