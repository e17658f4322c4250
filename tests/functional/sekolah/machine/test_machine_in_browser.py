"""The box's pages in a real browser: readable by all, no sideways scroll at any width, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect

from app.domain.refusals import Refusal
from tests.functional.sekolah.machine.conftest import finish
from tests.functional.sekolah.machine.root_side import GLANCE, RootSide
from tests.functional.sekolah.machine.test_machine_entry import WAITS
from tests.functional.sekolah.machine.test_machine_pages import FINDINGS
from tests.functional.serving import sign_in

SHOTS = Path("build/screenshots/machine")
PAGES = (
    "",
    "/pengaturan",
    "/cadangan",
    "/cadangan/pulihkan?cadangan=a1b2",
    "/pembaruan",
    "/perangkat",
    "/layanan",
    "/akses",
    "/tunggu",
)
BACKUP = {"id": "a1b2c3d4", "at": "2026-11-22T19:00:00+00:00", "size": 4_200_000_000, "version": "1.0.0"}


def complaints_of(page: Page, name: str, language: str) -> list[str]:
    """What is wrong with the page as it is shown, in words; its picture is kept."""
    said = []
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        page.screenshot(path=SHOTS / f"{name}-{language}-{width}.png", full_page=True)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            said.append(f"{name}: wider than {width}")
        if page.evaluate(
            "[...document.querySelectorAll('.stack .table-wrap')].some((w) => w.scrollWidth > w.clientWidth)"
        ):
            said.append(f"{name}: a list is cut off at {width}")
    found = Axe().run(page).response["violations"]
    said += [f"{name}: {item['id']} {node['target']}" for item in found for node in item["nodes"]]
    if page.evaluate("document.documentElement.lang") != language:
        said.append(f"{name}: another language")
    return said


@pytest.mark.parametrize(("language", "scheme"), [("id", "light"), ("en", "dark")])
def test_every_page_of_mesin_can_be_read_by_all(
    tab: Page, root_side: RootSide, sekolah_app: Flask, add_person, language: str, scheme: str
) -> None:
    add_person(sekolah_app, "anto", "teknisi")
    root_side.answers["doctor"] = {"findings": FINDINGS}
    root_side.answers["backup.list"] = {"backups": [BACKUP]}
    root_side.answers["entry.list"] = {"ssh": True, "keys": [WAITS], "proposals": [WAITS]}
    root_side.answers["backup.now"] = Refusal("B-399", "Disk %(name)s penuh.", "Pakai lain.", values={"name": "USB1"})
    root_side.answers["glance"] = {**GLANCE, "update": {"version": "1.1.0", "at": "", "outcome": "rolled_back"}}
    sign_in(tab, "anto")
    tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    tab.goto("/sekolah/mesin")
    for path, button in (("", "Periksa sekarang"), ("/cadangan", "Lihat daftar cadangan")):
        tab.goto(f"/sekolah/mesin{path}")
        tab.get_by_role("button", name=button).click()
        finish(sekolah_app)
    tab.goto("/sekolah/mesin/cadangan")
    tab.get_by_role("button", name="Buat cadangan sekarang").click()
    finish(sekolah_app)
    tab.goto(f"/bahasa/{language}")
    complaints = []
    for path in PAGES:
        tab.goto(f"/sekolah/mesin{path}")
        tab.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        complaints += complaints_of(tab, path.partition("?")[0].strip("/").replace("/", "-") or "state", language)
    assert complaints == []


@pytest.mark.parametrize(("language", "scheme"), [("id", "dark"), ("en", "light")])
def test_a_box_is_set_up_by_keyboard_and_the_page_says_when_it_is_ready(
    tab: Page, new_box: RootSide, sekolah_app: Flask, language: str, scheme: str
) -> None:
    tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    tab.goto(f"/bahasa/{language}")
    tab.goto("/")
    complaints = complaints_of(tab, "setup-code", language)
    expect(tab.locator("[name=code]")).to_be_focused()
    tab.keyboard.type("111 111")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("alert")).to_be_visible()
    expect(tab.locator("[name=code]")).to_be_focused()
    tab.keyboard.type("246 810")
    tab.keyboard.press("Enter")
    tab.locator("[name=school_name]").wait_for()
    for details in tab.locator("details > summary").all():
        details.click()
    tab.locator("[name=lan_address]").fill("kosong")
    typed = {
        "school_name": "SMA Nusa Harapan",
        "account_name": "Anto Supriyadi",
        "account": "anto",
        "password": "padi menguning di sawah",
        "again": "padi menguning di sawah",
    }
    for name, value in typed.items():
        tab.locator(f"[name={name}]").fill(value)
    tab.keyboard.press("Enter")
    tab.get_by_role("alert").wait_for()
    complaints += complaints_of(tab, "setup-form", language)
    tab.locator("[name=lan_address]").fill("127.0.0.1/8")
    tab.locator("[name=lan_address]").press("Enter")
    tab.locator("dl").wait_for()
    complaints += complaints_of(tab, "setup-check", language)
    tab.locator("main .btn-primary").click()
    tab.locator("main .btn-primary").wait_for()
    expect(tab.locator("#pemasangan-keadaan h2")).to_be_visible()
    complaints += complaints_of(tab, "setup-ready", language)
    assert complaints == []
    assert "setup.apply" in new_box.names()


def test_the_page_goes_to_the_new_address_by_itself_when_it_answers(
    tab: Page, root_side: RootSide, sekolah_app: Flask, add_person, at: str
) -> None:
    add_person(sekolah_app, "anto", "teknisi")
    sign_in(tab, "anto")
    tab.route("http://127.0.0.77/**", lambda route: route.fulfill(status=200, body="the box at its new address"))
    tab.goto("/sekolah/mesin/pengaturan?pindah=127.0.0.77")
    tab.wait_for_url("http://127.0.0.77/sekolah/mesin")
    expect(tab.get_by_text("the box at its new address")).to_be_visible()


def test_the_certificate_page_can_be_read_by_all(tab: Page, root_side: RootSide, tmp_path: Path) -> None:
    folder = tmp_path / "box/run/guyub"
    folder.mkdir(parents=True)
    (folder / "ca.crt").write_bytes(b"-----BEGIN CERTIFICATE-----\n")
    tab.goto("/sertifikat")
    assert complaints_of(tab, "certificate", "id") == []
