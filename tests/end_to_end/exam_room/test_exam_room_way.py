"""The student's way from the login card to the receipt, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from contract_server import ContractServer
from playwright.sync_api import BrowserContext, expect
from student import BUDI, SITI, Student

pytestmark = pytest.mark.timeout(150)


def test_every_type_of_question_is_answered_by_mouse_and_received(siti: Student) -> None:
    siti.start()
    expected = siti.answer_everything()
    siti.holds(expected)
    siti.finish()
    expect(siti.page.locator(".receipt-code")).to_have_text("GUYUB-0001-7QXM")
    expect(siti.page.get_by_text("10 dari 10 soal dijawab.")).to_be_visible()
    assert siti.school.values(SITI) == expected
    assert siti.school.most_in_flight == 1


def test_every_type_of_question_is_answered_by_keyboard_alone(siti: Student) -> None:
    page = siti.page
    page.goto(siti.school.url)
    expect(page.get_by_label("Nomor peserta")).to_be_focused()
    page.keyboard.type(SITI)
    page.keyboard.press("Tab")
    page.keyboard.type(siti.school.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Token")).to_be_focused()
    page.keyboard.type(siti.school.TOKEN.lower())
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Mulai")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".question")).to_be_visible()
    expected: dict[str, object] = {}
    for place, name in enumerate(siti.order, 1):
        expect(page.locator(".question-number strong")).to_have_text(str(place))
        expected[name] = answer_by_keyboard(siti, name)
        if place < len(siti.order):
            page.locator(".question-number").focus()
            page.keyboard.press("ArrowRight")
    siti.holds(expected)


def answer_by_keyboard(siti: Student, name: str) -> object:
    page, kind = siti.page, siti.question(name)["type"]
    if kind == "single":
        page.keyboard.press("b")
        page.keyboard.press("ArrowDown")
        return siti.offered(name)[2]
    if kind == "multiple":
        page.keyboard.press("A")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Space")
        return siti.offered(name)[:2]
    if kind in {"category", "matching"}:
        return fill_rows_by_keyboard(siti, name)
    page.get_by_label("Jawaban").focus()
    page.keyboard.type("seratus 180 abc")
    page.keyboard.press("Tab")
    return "seratus 180 abc"


def fill_rows_by_keyboard(siti: Student, name: str) -> dict[str, object]:
    rows = [row["id"] for row in siti.question(name)["rows"]]
    second = siti.offered(name)[1]
    siti.page.keyboard.press("ArrowDown")
    siti.page.keyboard.press("ArrowRight")
    for _ in rows:
        siti.page.keyboard.press("Space")
        siti.page.keyboard.press("ArrowDown")
    return {row: second if siti.question(name)["type"] == "category" else [second] for row in rows}


def test_two_students_see_the_same_paper_in_orders_of_their_own(
    siti: Student, school: ContractServer, new_pc: Callable[..., BrowserContext]
) -> None:
    budi = Student(new_pc(), school, BUDI)
    for student in (siti, budi):
        student.start()
        student.open("q1")
        shown = student.page.locator(".choice-text").all_inner_texts()
        texts = {option["id"]: option["html"] for option in student.question("q1")["options"]}
        assert shown == [texts[option] for option in student.offered("q1")]
    assert siti.order != budi.order


def test_a_wrong_password_says_why_and_keeps_the_number(siti: Student) -> None:
    siti.log_in(password="salah")
    expect(siti.page.get_by_role("alert")).to_contain_text("Nomor peserta atau kata sandi salah.")
    expect(siti.page.get_by_role("alert")).to_contain_text("S-101")
    expect(siti.page.get_by_label("Nomor peserta")).to_have_value(SITI)


def test_a_wrong_token_says_why_and_can_be_typed_again(siti: Student) -> None:
    siti.log_in()
    siti.enter_token("SALAH1")
    expect(siti.page.get_by_role("alert")).to_contain_text("Token salah.")
    siti.enter_token()
    expect(siti.heading).to_have_text("Konfirmasi Tes")


def test_the_data_to_confirm_are_complete(siti: Student) -> None:
    siti.log_in()
    facts = siti.page.locator(".facts")
    for fact in (SITI, "Siti Nurhaliza Rahmawati", "Perempuan", "Literasi dan Numerasi", "23 November 2026, 07.30 WIB"):
        expect(facts).to_contain_text(fact)


def test_a_queue_shows_the_place_and_goes_on_by_itself(siti: Student) -> None:
    siti.school.queue_place = 2
    siti.log_in()
    expect(siti.page.locator(".queue-place strong")).to_have_text("2")
    expect(siti.page.get_by_text("Menunggu di sini tidak menguranginya.")).to_be_visible()
    expect(siti.page.get_by_label("Token")).to_be_visible(timeout=10000)


def test_a_server_that_is_away_at_login_is_waited_for(siti: Student) -> None:
    siti.page.goto(siti.school.url)
    siti.school.stop()
    siti.page.get_by_label("Nomor peserta").fill(SITI)
    siti.page.get_by_label("Kata sandi", exact=True).fill(siti.school.PASSWORD)
    siti.press("Masuk")
    expect(siti.heading).to_have_text("Menunggu server")
    siti.school.start()
    expect(siti.page.get_by_label("Token")).to_be_visible(timeout=15000)


def test_selesai_waits_for_the_minimum_time_and_says_how_long(
    make_school: Callable[..., ContractServer], new_pc: Callable[..., BrowserContext]
) -> None:
    siti = Student(new_pc(), make_school(minimum_s=6)).start()
    siti.open(siti.order[-1])
    finish = siti.page.locator("footer").get_by_role("button", name="Selesai")
    expect(finish).to_be_disabled()
    expect(siti.page.locator("footer .finish-later")).to_contain_text("Selesai dapat ditekan")
    expect(finish).to_be_enabled(timeout=10000)


def test_the_summary_leads_to_what_is_open_and_a_second_confirmation_is_needed(siti: Student) -> None:
    siti.start()
    siti.choose("q1", "a0")
    siti.page.locator("label.doubt").click()
    siti.open(siti.order[-1])
    siti.page.locator("footer").get_by_role("button", name="Selesai").click()
    expect(siti.page.get_by_text("Belum dijawab (9)")).to_be_visible()
    expect(siti.page.get_by_text("Masih ragu-ragu (1)")).to_be_visible()
    siti.press("Selesai")
    siti.press("Selesai")
    expect(siti.page.get_by_role("alert")).to_have_text("Centang dulu pernyataan di atas.")
    assert siti.run.state == "working"
    siti.press("Kembali ke soal")
    expect(siti.page.locator(".question")).to_be_visible()


def test_the_list_says_how_each_question_stands_by_letter_and_word(siti: Student) -> None:
    siti.start()
    siti.choose("q1", siti.offered("q1")[2])
    siti.page.locator("label.doubt").click()
    siti.choose("q4", siti.offered("q4")[1])
    squares = siti.page.locator("dialog.list .squares .square")
    doubtful, answered = (squares.nth(siti.order.index(name)) for name in ("q1", "q4"))
    expect(doubtful).to_have_attribute("aria-label", f"{siti.order.index('q1') + 1}, ragu-ragu, sudah dijawab, C")
    expect(answered).to_contain_text("B")
    siti.until(lambda: siti.run.answers.get("q1", {}).get("doubtful") is True, "doubt is saved")


def test_an_answer_can_be_taken_back(siti: Student) -> None:
    siti.start()
    siti.choose("q1", "a0")
    siti.holds({"q1": "a0"})
    siti.press("Kosongkan jawaban")
    siti.holds({"q1": None})


def test_every_word_is_there_in_both_languages_with_the_same_places(siti: Student) -> None:
    siti.page.goto(siti.school.url)
    catalogues = siti.page.evaluate("import('/static/exam/words.js').then((words) => words.CATALOGUES)")
    places = {
        language: {name: sorted(part.split("}")[0] for part in text.split("{")[1:]) for name, text in words.items()}
        for language, words in catalogues.items()
    }
    assert places["id"] == places["en"]
    assert all(text.strip() for words in catalogues.values() for text in words.values())


def test_english_is_one_click_away_and_stays(siti: Student) -> None:
    siti.start()
    siti.press("English")
    expect(siti.page.get_by_role("button", name="Question list")).to_be_visible()
    siti.page.reload()
    expect(siti.page.get_by_role("button", name="Question list")).to_be_visible()
    assert siti.page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_size_of_the_letters_stays_after_a_reload(siti: Student, size: int) -> None:
    siti.start()
    siti.page.locator(f".size-{size}").click()
    siti.page.reload()
    expect(siti.page.locator(f".size-{size}")).to_have_attribute("aria-pressed", "true")
    expect(siti.page.locator(".place")).to_have_class(f"place letters-{size}")
