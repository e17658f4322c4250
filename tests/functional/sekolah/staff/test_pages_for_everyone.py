"""Every page of proctor and technician, in both languages: readable by all, no sideways scroll, usable by keyboard."""

from __future__ import annotations

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect

from app.models import db
from app.sekolah.services import lab_reports
from app.sekolah.services.workplace import Workplace
from tests.conftest import FakeClock
from tests.functional.sekolah.staff import lab_sample
from tests.functional.sekolah.staff.conftest import SITTING
from tests.functional.sekolah.staff.simulate import spread
from tests.functional.sekolah.staff.test_board_in_browser import page as page
from tests.functional.sekolah.staff.test_day_at_the_desk import sit

PAGES = (
    "",
    "tes",
    f"tes/{SITTING}/token",
    f"tes/{SITTING}/tutup",
    "status",
    "status?tampil=denah",
    "reset",
    "waktu",
    "unggah",
    "unduhan",
    "rilis",
    "peserta",
    "kelompok",
    "kesiapan",
    "kesiapan-lab",
    "usb",
    "aktivasi",
)


def address(page: Page, path: str) -> str:
    return page.evaluate("location.origin") + path


@pytest.mark.parametrize(("language", "scheme"), [("id", "light"), ("en", "dark")])
def test_every_page_can_be_read_by_all_and_fits_a_phone(
    page: Page, sekolah_app: Flask, language: str, scheme: str
) -> None:
    spread(sekolah_app)
    db.session.rollback()
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(address(page, f"/bahasa/{language}"))
    page.set_viewport_size({"width": 360, "height": 740})
    complaints = []
    for path in PAGES:
        page.goto(address(page, f"/sekolah/{path}"))
        found = Axe().run(page).response["violations"]
        complaints += [f"{path}: {item['id']} {node['target']}" for item in found for node in item["nodes"]]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            complaints.append(f"{path}: wider than the phone")
        if page.evaluate("document.documentElement.lang") != language:
            complaints.append(f"{path}: another language")
    assert complaints == []


@pytest.mark.parametrize(("language", "scheme"), [("id", "dark"), ("en", "light")])
def test_a_readiness_report_can_be_read_by_all_and_fits_a_phone(
    page: Page, place: Workplace, language: str, scheme: str
) -> None:
    told = lab_sample.report()
    kept, _new = lab_reports.put(place, json.dumps(told).encode(), lab_sample.screenshots(told), "Anto")
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(address(page, f"/bahasa/{language}"))
    page.set_viewport_size({"width": 360, "height": 740})
    complaints = []
    for path in (f"kesiapan-lab/{kept.id}", f"kesiapan-lab/{kept.id}/ruang/1"):
        page.goto(address(page, f"/sekolah/{path}"))
        page.evaluate("document.querySelectorAll('.main details').forEach((part) => { part.open = true; })")
        found = Axe().run(page).response["violations"]
        complaints += [f"{path}: {item['id']} {node['target']}" for item in found for node in item["nodes"]]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            complaints.append(f"{path}: wider than the phone")
    assert complaints == []


def test_the_board_is_used_by_keyboard_and_the_focus_is_seen(page: Page, sekolah_app: Flask) -> None:
    spread(sekolah_app)
    db.session.rollback()
    page.reload()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Langsung ke isi")).to_be_focused()
    reached = []
    for _press in range(60):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.innerText"))
        seen = "getComputedStyle(document.activeElement)"
        assert page.evaluate(f"{seen}.outlineStyle !== 'none' || {seen}.boxShadow !== 'none'"), reached[-1]
        if reached[-1] == "Selesaikan":
            break
    assert {"Status Peserta", "cari", "keadaan", "Reset", "Tambah waktu", "Selesaikan"} <= set(reached)


def test_a_student_is_found_among_many(page: Page, clock: FakeClock) -> None:
    rows = page.locator("table.board tbody tr:visible")
    expect(rows).to_have_count(3)
    page.get_by_label("Cari nama, nomor, atau tempat").press_sequentially("SITI")
    expect(rows).to_have_count(1)
    expect(page.locator("[data-found]").last).to_have_text("1 dari 3 peserta tampak")
    page.get_by_label("Cari nama, nomor, atau tempat").fill("")
    page.goto(f"{page.url}&keadaan=absent#semua")
    expect(page.get_by_label("Status", exact=True)).to_have_value("absent")
    expect(rows).to_have_count(3)
    page.get_by_label("Status", exact=True).select_option("working")
    expect(rows).to_have_count(0)
    sit(clock, "U001")
    clock.advance(1)
    expect(rows).to_have_count(1)
