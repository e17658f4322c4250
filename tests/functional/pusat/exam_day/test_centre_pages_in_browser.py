"""Every page of the centre in a real browser: readable by all, in both languages, and no wider than a phone.

The list of pages is the program's own; a new page is looked at without being named here, and one that needs what the
example has not is named in NOT_SHOWN with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.models import AttemptResult, Enrolment, Participant, Room, Sitting, SittingState
from app.pusat.services import publishing_runs, releasing
from app.pusat.views import BLUEPRINTS
from tests.conftest import EXAM_DAY
from tests.functional.pusat.exam_day.conftest import BUDI, NPSN, SITI, Day, three_runs
from tests.functional.serving import served, sign_in

SHOTS = Path("build/screenshots/pusat")
LONG_NAME = "Raden Ajeng Siti Maharani Kusumawardhani Prawirodirdjo binti Abdurrahman"
NOT_SHOWN = {
    "participants.preview": "needs an upload; its parts are those of other pages",
    "bank.preview": "needs an upload; its parts are those of other pages",
    "questions.student_view": "is the exam room's page, looked at with the exam room",
}
VALUES = {
    "sitting_id": "sesi-1",
    "number": SITI,
    "npsn": NPSN,
    "server_id": f"P{NPSN}-01",
    "bank_id": "1",
    "paper_id": "1",
    "question_id": "q1",
    "kind": "single",
}


@pytest.fixture
def busy(active: Day) -> Day:
    """A centre after an exam: an essay waits to be marked, and a second sitting changed since it was sealed."""
    session = active.session
    first = session.get_one(Sitting, "sesi-1")
    session.get_one(Participant, SITI).name = LONG_NAME
    session.add(
        Sitting(
            id="sesi-2",
            title="IPA, sesi 2 (susulan)",
            paper_id=first.paper_id,
            room_id=first.room_id,
            starts_at=EXAM_DAY + timedelta(days=1),
            length_s=3600,
            time_zone=first.time_zone,
            state=SittingState.DRAFT,
            created_at=active.clock.now(),
        )
    )
    session.flush()
    session.add(Enrolment(sitting_id="sesi-2", number=BUDI, seat=1))
    session.commit()
    run = publishing_runs.begin_run(active.place, ["sesi-1", "sesi-2", "tidak-ada"], "dewi")
    publishing_runs.do_run(active.place, run)
    releasing.release_sitting(active.place, "sesi-1", "dewi")
    active.clock.wall = EXAM_DAY + timedelta(hours=14)
    active.forget()
    assert active.send(three_runs(active)).status_code == 200
    active.forget()
    session.get_one(Participant, BUDI).name = "Budi Santosa"
    session.commit()
    return active


@pytest.fixture
def dewis_pc(
    busy: Day, staff_browser: Browser, add_person: Callable[..., Any], pusat_app: Flask
) -> Iterator[BrowserContext]:
    """Dewi's browser, signed in through the form."""
    add_person(pusat_app, "dewi", "administrator")
    with served(pusat_app) as url:
        context = staff_browser.new_context(base_url=url, locale="id-ID")
        context.set_default_timeout(10_000)
        page = context.new_page()
        sign_in(page, "dewi")
        page.close()
        yield context
        context.close()


def pages_of(app: Flask, day: Day) -> list[str]:
    """The address of every page that the centre shows."""
    day.forget()
    values = {
        **VALUES,
        "room_id": day.session.query(Room).one().id,
        "run_id": publishing_runs.newest_runs(day.session)[0].id,
        "attempt_id": day.session.query(AttemptResult).filter_by(number=SITI).one().id,
    }
    day.forget()
    ours = {blueprint.name for blueprint in BLUEPRINTS} - {"machine_api"}
    found = ["/jadwal/sesi-2", "/terbit/sesi-2", "/rilis/sesi-2", "/cetak/sesi-2/kartu-login"]
    for rule in app.url_map.iter_rules():
        plain = "GET" in (rule.methods or ()) and not rule.rule.endswith((".pdf", ".xlsx", ".zip", "/media/<name>"))
        if rule.endpoint.partition(".")[0] in ours and plain and rule.endpoint not in NOT_SHOWN:
            mine = values | ({"question_id": "q6"} if rule.endpoint.startswith("marking.") else {})
            missing = rule.arguments - mine.keys()
            assert not missing, f"{rule.endpoint} needs {missing}: give it a value, or a reason in NOT_SHOWN"
            address = rule.rule
            for name in rule.arguments:
                address = re.sub(rf"<(\w+:)?{name}>", str(mine[name]), address)
            found.append(address)
    return sorted(found)


def unreadable(page: Page) -> list[str]:
    """What axe finds."""
    found = Axe().run(page).response["violations"]
    return [f"{item['id']} {node['target']}" for item in found for node in item["nodes"]]


def too_wide(page: Page, width: int) -> list[str]:
    """What sticks out of a window of this width, the page itself or a table in it."""
    page.set_viewport_size({"width": width, "height": 800})
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    cut = page.evaluate(
        "[...document.querySelectorAll('.table-wrap')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
    )
    return [f"{over} px too wide at {width}"] * (over > 0) + [f"{cut} tables cut at {width}"] * (cut > 0)


@pytest.mark.timeout(900)  # sixty pages, each at three widths
@pytest.mark.parametrize(("language", "last"), [("id", 1280), ("en", 360)])
def test_every_page_of_the_centre_fits_and_can_be_read(
    dewis_pc: BrowserContext, busy: Day, pusat_app: Flask, language: str, last: int
) -> None:
    """Both languages at three widths; axe looks at Indonesian on a desk and at English on a phone."""
    page = dewis_pc.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto("/beranda/")
    if language == "en":
        page.get_by_role("link", name="English").click()
    found = {}
    for address in pages_of(pusat_app, busy):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        faults = [fault for width in (1280, 1024, 360) for fault in too_wide(page, width)]
        too_wide(page, last)
        if language == "id":
            page.screenshot(path=SHOTS / f"{address.strip('/').replace('/', '-')}-{last}.png", full_page=True)
        if faults := faults + unreadable(page):
            found[address] = faults
    assert found == {}
    assert complaints == []


def test_a_password_is_renewed_and_its_card_printed_by_keyboard_alone(dewis_pc: BrowserContext) -> None:
    page = dewis_pc.new_page()
    page.goto(f"/peserta/nomor/{BUDI}")
    page.get_by_role("link", name="Buat kata sandi baru").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Buat kata sandi baru").wait_for()
    page.get_by_role("button", name="Buat kata sandi baru").focus()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none", "whoever uses the keyboard must see where they are"
    page.keyboard.press("Enter")
    expect(page.get_by_text("punya kata sandi baru")).to_be_visible()
    page.get_by_role("row", name="sesi 2").get_by_role("button", name="Cetak kartu").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Budi Santosa")).to_have_count(1)
    expect(page.locator(".card")).to_have_count(1)
