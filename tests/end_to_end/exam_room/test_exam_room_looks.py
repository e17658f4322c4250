"""Everyone can read and use the exam room: contrast, size, labels, phone width, zoom, pictures and recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from contract_server import ContractServer
from playwright.sync_api import BrowserContext, Page, expect
from student import SITI, Student

pytestmark = pytest.mark.timeout(150)

AXE = Axe()
# SMALL_TARGETS asks for more than axe's target-size, which also counts what the page would scroll clear of its foot.
RULES = {"rules": {"color-contrast-enhanced": {"enabled": True}, "target-size": {"enabled": False}}}
SMALL_TEXT = """() => { const small = []; const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) { const holder = walk.currentNode.parentElement;
    const unseen = !holder.checkVisibility() || holder.closest(".katex, noscript, .visually-hidden");
    if (!walk.currentNode.textContent.trim() || unseen) continue;
    if (parseFloat(getComputedStyle(holder).fontSize) < 18) small.push(walk.currentNode.textContent.trim()); }
  return small; }"""
SMALL_TARGETS = """() => [...document.querySelectorAll("button, .choice, label.cell, .doubt, .field, textarea")]
  .filter((target) => target.checkVisibility() && !target.closest(".prose"))
  .map((target) => [target.textContent.trim() || target.id, target.getBoundingClientRect()])
  .filter(([, box]) => box.height < 44 || box.width < 44).map(([name, box]) => `${name} ${box.width}x${box.height}`)"""
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(params=[(1280, 800), (1024, 600), (360, 740), (640, 400)], ids=["wide", "old", "phone", "zoomed"])
def anywhere(
    request: pytest.FixtureRequest, school: ContractServer, new_pc: Callable[..., BrowserContext]
) -> Iterator[Student]:
    """Siti at a lab PC, on a phone, and at 200 % zoom of a lab PC (the same as half of its width and height)."""
    student = Student(new_pc(*request.param), school)
    yield student
    assert student.faults == []


def problems(page: Page) -> dict[str, Any]:
    found = AXE.run(page, options=RULES)
    serious = [f"{rule['id']}: {[node['html'] for node in rule['nodes']][:3]}" for rule in found.response["violations"]]
    return {
        "axe": serious,
        "sideways": page.evaluate(SIDEWAYS),
        "small text": page.evaluate(SMALL_TEXT),
        "small targets": page.evaluate(SMALL_TARGETS),
    }


NOTHING: dict[str, Any] = {"axe": [], "sideways": 0, "small text": [], "small targets": []}


def test_every_screen_can_be_read_and_used_by_everyone(anywhere: Student) -> None:
    page, found = anywhere.page, {}
    page.goto(anywhere.school.url)
    expect(anywhere.heading).to_have_text("Masuk")
    found["login"] = problems(page)
    anywhere.log_in(password="salah")
    expect(page.get_by_role("alert")).to_be_visible()
    found["refusal"] = problems(page)
    anywhere.log_in()
    expect(page.get_by_label("Token")).to_be_visible()
    found["confirmation"] = problems(page)
    anywhere.enter_token()
    expect(page.get_by_role("button", name="Mulai")).to_be_visible()
    found["test"] = problems(page)
    anywhere.press("Mulai")
    for place, name in enumerate(anywhere.order):
        expect(page.locator(".question-number strong")).to_have_text(str(place + 1))
        if page.locator(".choice").count():
            page.locator(".choice").first.click()
        page.locator("label.doubt").click()
        found[name] = problems(page)
        if place + 1 < len(anywhere.order):
            anywhere.press("Soal berikutnya")
    anywhere.press("Daftar soal")
    found["list"] = problems(page)
    page.keyboard.press("Escape")
    page.locator("footer").get_by_role("button", name="Selesai").click()
    found["summary"] = problems(page)
    anywhere.press("Selesai")
    found["second confirmation"] = problems(page)
    page.get_by_label("Saya sudah memeriksa").check()
    anywhere.press("Selesai")
    expect(page.locator(".receipt-code")).to_be_visible()
    found["receipt"] = problems(page)
    assert found == dict.fromkeys(found, NOTHING)


def test_the_largest_letters_fit_a_phone(school: ContractServer, new_pc: Callable[..., BrowserContext]) -> None:
    siti = Student(new_pc(360, 740), school).start()
    siti.page.locator(".size-3").click()
    for name in siti.order:
        siti.open(name)
        assert siti.page.evaluate(SIDEWAYS) == 0, name


def test_lines_of_text_stay_short_on_a_wide_screen(
    school: ContractServer, new_pc: Callable[..., BrowserContext]
) -> None:
    siti = Student(new_pc(1920, 1080), school).start()
    siti.open("q3")
    width = "box => box.getBoundingClientRect().width / parseFloat(getComputedStyle(box).fontSize)"
    assert siti.page.locator(".stimulus p").first.evaluate(width) < 45


def test_a_picture_can_be_enlarged_and_left_by_keyboard(siti: Student) -> None:
    siti.start()
    siti.open("q1")
    siti.page.get_by_role("button", name="Perbesar gambar: Diagram batang penjualan buku").click()
    expect(siti.page.get_by_role("dialog", name="Gambar")).to_be_visible()
    siti.page.keyboard.press("Escape")
    expect(siti.page.locator("dialog.dialog")).to_have_count(0)


def test_a_recording_is_counted_and_keeps_the_student_until_its_end(siti: Student) -> None:
    siti.start()
    siti.open("q8")
    page = siti.page
    expect(page.get_by_text("Dapat diputar 2 kali lagi.")).to_be_visible()
    siti.press("Putar rekaman")
    expect(page.locator(".play-line")).to_contain_text("Sedang diputar")
    siti.press("Soal sebelumnya")
    expect(page.locator("dialog.dialog")).to_contain_text("Dengarkan sampai selesai")
    siti.press("Tetap di soal ini")
    expect(page.get_by_text("Dapat diputar 1 kali lagi.")).to_be_visible(timeout=10000)
    page.reload()
    expect(page.get_by_text("Dapat diputar 1 kali lagi.")).to_be_visible()
    siti.press("Putar rekaman")
    expect(page.get_by_text("Rekaman sudah diputar sebanyak yang dibolehkan.")).to_be_visible(timeout=10000)
    expect(page.get_by_role("button", name="Putar rekaman")).to_be_disabled()
    assert page.locator("audio").count() == 0, "no controls to seek with"


def test_a_recording_that_was_cut_off_goes_on_and_is_counted_once(siti: Student) -> None:
    siti.start()
    siti.open("q8")
    siti.press("Putar rekaman")
    expect(siti.page.locator(".play-line")).to_contain_text("Sedang diputar")
    siti.page.reload()
    expect(siti.page.get_by_text("Dapat diputar 1 kali lagi.")).to_be_visible()
    siti.press("Lanjutkan rekaman")
    expect(siti.page.get_by_role("button", name="Putar rekaman")).to_be_enabled(timeout=10000)
    expect(siti.page.get_by_text("Dapat diputar 1 kali lagi.")).to_be_visible()


@pytest.mark.parametrize(
    ("seconds", "words"), [(590, "Kurang dari 10 menit"), (290, "Kurang dari 5 menit"), (50, "Kurang dari 1 menit")]
)
def test_the_last_minutes_are_announced_in_words(siti: Student, seconds: int, words: str) -> None:
    siti.start()
    siti.school.set_remaining(SITI, seconds)
    siti.page.reload()
    expect(siti.page.locator(".time-label")).to_have_text(words)
    expect(siti.page.locator("#announcements")).to_have_text(f"{words}.")


def test_nothing_moves_by_itself(siti: Student) -> None:
    siti.start()
    moving = "() => document.getAnimations().length"
    styles = siti.page.evaluate("fetch('/static/exam/exam.css').then((answer) => answer.text())")
    assert siti.page.evaluate(moving) == 0
    assert "animation" not in styles
    assert "transition" not in styles


def test_the_preview_shows_a_question_as_the_room_does(siti: Student) -> None:
    siti.start()
    siti.open("q2")
    in_room = siti.page.locator(".question").inner_html()
    preview = siti.new_page()
    data = {"question": siti.question("q2"), "order": siti.offered("q2")}
    preview.goto(siti.school.url)
    preview.evaluate(
        """async (data) => { document.body.innerHTML = '<div class="exam" id="question-preview"></div>';
        const holder = document.createElement("script"); holder.type = "application/json"; holder.id = "question-data";
        holder.textContent = JSON.stringify(data); document.body.append(holder);
        await import("/static/exam/preview.js"); }""",
        data,
    )
    assert preview.locator(".question").inner_html() == in_room
    preview.locator(".choice").first.click()
    expect(preview.locator(".choice input").first).to_be_checked()


def test_what_has_the_focus_is_never_hidden_behind_the_buttons(
    school: ContractServer, new_pc: Callable[..., BrowserContext]
) -> None:
    siti = Student(new_pc(1024, 600), school).start()
    siti.open("q1")
    siti.press("Tutup")
    for _ in siti.offered("q1"):
        siti.page.keyboard.press("ArrowDown")
        low = siti.page.evaluate("document.activeElement.getBoundingClientRect().bottom")
        assert low <= siti.page.evaluate("document.querySelector('.foot').getBoundingClientRect().top")


def test_a_phone_shows_each_question_from_its_top_with_room_for_it(
    school: ContractServer, new_pc: Callable[..., BrowserContext]
) -> None:
    siti = Student(new_pc(360, 740), school).start()
    assert siti.page.evaluate("scrollY") == 0
    siti.page.mouse.wheel(0, 200)
    siti.press("Soal berikutnya")
    assert siti.page.evaluate("scrollY") == 0
    siti.page.locator("label.doubt").click()
    assert siti.page.evaluate("scrollY") == 0, "a tick in the foot moves nothing"
    room = "() => document.querySelector('.foot').getBoundingClientRect().top"
    assert siti.page.evaluate(room) - siti.page.evaluate("document.querySelector('.place').offsetTop") > 520
