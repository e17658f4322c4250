"""Whatever breaks between a student and the server: what was written is kept, arrives once, and the student is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from contract_server import ContractServer
from playwright.sync_api import BrowserContext, expect
from student import SITI, Student

pytestmark = pytest.mark.timeout(150)


def test_a_reload_leads_back_to_the_same_question_with_the_same_time(siti: Student) -> None:
    siti.start()
    expected = siti.answer_everything()
    siti.open("q5")
    before = siti.seconds_left()
    siti.page.reload()
    expect(siti.page.locator(".question-number strong")).to_have_text(str(siti.order.index("q5") + 1))
    assert before - 5 <= siti.seconds_left() <= before
    expect(siti.page.locator(".cell input:checked")).to_have_count(4)
    siti.holds(expected)


def test_text_typed_just_before_a_reload_is_not_lost(siti: Student) -> None:
    siti.start()
    siti.open("q7")
    siti.page.get_by_label("Jawaban").press_sequentially("Garam dari batuan")
    siti.page.reload()
    expect(siti.page.get_by_label("Jawaban")).to_have_value("Garam dari batuan")
    siti.holds({"q7": "Garam dari batuan"})


def test_an_essay_is_saved_while_it_is_typed(siti: Student) -> None:
    siti.start()
    siti.open("q7")
    siti.page.get_by_label("Jawaban").press_sequentially("Air laut")
    siti.holds({"q7": "Air laut"})
    expect(siti.page.get_by_text("8 karakter")).to_be_visible()


def test_answers_written_while_the_server_is_away_arrive_when_it_is_back(siti: Student) -> None:
    siti.start()
    siti.choose("q1", "a0")
    siti.holds({"q1": "a0"})
    siti.school.stop()
    expected = siti.answer_everything()
    expect(siti.saving).to_contain_text("Menunggu server – jawaban aman di komputer ini (10 menunggu)")
    assert siti.school.values(SITI) == {"q1": "a0"}
    siti.school.start()
    siti.holds(expected, seconds=25)
    expect(siti.saving).to_have_text("Tersimpan", timeout=20000)
    sequences = [item["sequence"] for item in siti.run.arrivals]
    assert sequences == sorted(sequences), "delivered in the order of writing"


def test_several_changes_of_one_question_travel_as_the_newest_alone(siti: Student) -> None:
    siti.start()
    siti.school.stop()
    for option in ("a0", "a1", "a2", "a3"):
        siti.choose("q1", option)
    siti.school.start()
    siti.holds({"q1": "a3"}, seconds=25)
    assert [item["value"] for item in siti.run.arrivals] == ["a3"]
    kept = siti.page.evaluate(
        """() => new Promise((done) => { const opening = indexedDB.open("guyub-exam"); opening.onsuccess = () => {
        opening.result.transaction("journal").objectStore("journal").getAll().onsuccess = (all) =>
        done(all.target.result.map((entry) => entry.value)); }; })"""
    )
    assert kept == ["a0", "a1", "a2", "a3"], "the journal keeps every change"


def test_a_reload_while_answers_wait_still_delivers_them(siti: Student) -> None:
    siti.start()
    siti.school.forbid_answers = True
    siti.choose("q1", "a2")
    siti.choose("q4", "d0")
    expect(siti.saving).to_contain_text("(2 menunggu)")
    siti.page.reload()
    expect(siti.page.locator(".choice input:checked")).to_have_count(1)
    siti.school.forbid_answers = False
    siti.holds({"q1": "a2", "q4": "d0"}, seconds=25)


def test_lost_acknowledgements_lead_to_repeats_that_change_nothing(siti: Student) -> None:
    siti.start()
    siti.school.drop_replies = 2
    siti.choose("q1", "a0")
    siti.until(lambda: siti.school.drop_replies == 0, "two replies were dropped", 15)
    expected = siti.answer_everything()
    siti.holds(expected, seconds=20)
    expect(siti.saving).to_have_text("Tersimpan", timeout=20000)
    repeats = [item for item in siti.run.arrivals if item["question"] == "q1"]
    assert len(repeats) > len({item["sequence"] for item in repeats}), "the fault was really made"
    by_sequence: dict[int, object] = {}
    for item in siti.run.arrivals:
        assert by_sequence.setdefault(item["sequence"], (item["question"], item["value"])) == (
            item["question"],
            item["value"],
        )


def test_one_request_is_in_flight_however_fast_a_student_clicks(siti: Student) -> None:
    siti.start()
    siti.school.slow_s = 0.3
    siti.open("q1")
    for turn in range(12):
        siti.page.locator(".choice").nth(turn % 5).click()
    last = siti.offered("q1")[11 % 5]
    siti.holds({"q1": last})
    assert siti.school.most_in_flight == 1
    assert len(siti.run.arrivals) < 12


@pytest.mark.parametrize("hours", [5, -9])
def test_setting_the_clock_of_the_pc_changes_neither_the_time_left_nor_the_age(siti: Student, hours: float) -> None:
    siti.start()
    before = siti.seconds_left()
    siti.school.forbid_answers = True
    siti.choose("q1", "a0")
    siti.jump_clock(hours)
    siti.until(lambda: siti.seconds_left() < before, "the time goes on")
    assert before - 20 <= siti.seconds_left()
    siti.school.forbid_answers = False
    siti.holds({"q1": "a0"}, seconds=20)
    assert 0 <= siti.run.arrivals[-1]["age_ms"] < 20_000


def test_the_age_of_an_answer_survives_a_reload(siti: Student) -> None:
    siti.start()
    siti.school.forbid_answers = True
    siti.choose("q1", "a0")
    expect(siti.saving).to_contain_text("(1 menunggu)")
    siti.page.wait_for_timeout(2000)
    siti.page.reload()
    siti.school.forbid_answers = False
    siti.holds({"q1": "a0"}, seconds=20)
    assert 2000 <= siti.run.arrivals[-1]["age_ms"] < 20_000


def test_when_time_is_up_input_is_locked_what_waits_is_sent_and_the_server_closes(siti: Student) -> None:
    siti.start()
    siti.choose("q1", "a0")
    siti.holds({"q1": "a0"})
    siti.school.forbid_answers = True
    siti.choose("q4", "d1")
    siti.school.set_remaining(SITI, 4)
    siti.page.reload()
    expect(siti.page.locator(".time-label")).to_have_text("Kurang dari 1 menit")
    expect(siti.heading).to_have_text("Waktu habis", timeout=10000)
    expect(siti.page.locator(".question")).to_have_count(0)
    expect(siti.page.get_by_text("1 jawaban masih dikirim.")).to_be_visible()
    siti.school.forbid_answers = False
    expect(siti.heading).to_have_text("Tes selesai", timeout=30000)
    assert siti.school.values(SITI) == {"q1": "a0", "q4": "d1"}


def test_time_that_is_given_back_opens_the_questions_again(siti: Student) -> None:
    siti.start()
    siti.school.forbid_answers = True
    siti.school.set_remaining(SITI, 2)
    siti.page.reload()
    expect(siti.heading).to_have_text("Waktu habis", timeout=10000)
    siti.school.set_remaining(SITI, 600)
    siti.school.forbid_answers = False
    expect(siti.page.locator(".question")).to_be_visible(timeout=20000)
    assert siti.seconds_left() > 500


def test_a_student_who_was_moved_is_told_and_what_waited_is_kept_aside(siti: Student) -> None:
    siti.start()
    siti.school.forbid_answers = True
    siti.choose("q1", "a0")
    expect(siti.saving).to_contain_text("(1 menunggu)")
    siti.school.move(SITI)
    siti.school.forbid_answers = False
    expect(siti.heading).to_have_text("Anda dipindahkan ke komputer lain", timeout=20000)
    expect(siti.page.get_by_text("Semua jawaban dari komputer ini sudah diterima server.")).to_be_visible()
    assert [item["value"] for item in siti.run.aside] == ["a0"]
    assert siti.page.locator(".question").count() == 0


def test_moving_to_another_pc_takes_an_approval_and_then_goes_on_by_itself(
    siti: Student, school: ContractServer, new_pc: Callable[..., BrowserContext]
) -> None:
    siti.start()
    siti.choose("q1", "a3")
    siti.holds({"q1": "a3"})
    there = Student(new_pc(), school)
    there.log_in()
    expect(there.heading).to_have_text("Anda masih tercatat di komputer lain")
    there.press("Minta pindah komputer")
    expect(there.page.get_by_text("Permintaan terkirim.")).to_be_visible()
    there.until(lambda: school.runs[SITI].reset == "waiting", "the request arrived")
    school.move(SITI)
    expect(there.page.get_by_label("Token")).to_be_visible(timeout=10000)
    there.enter_token()
    expect(there.page.locator(".question")).to_be_visible()
    there.open("q1")
    expect(there.page.locator(".choice input:checked")).to_have_attribute("value", "a3")


def test_coming_back_to_the_first_pc_gives_its_old_answers_to_the_server_first(siti: Student) -> None:
    siti.start()
    siti.school.forbid_answers = True
    siti.choose("q1", "a0")
    siti.choose("q4", "d0")
    expect(siti.saving).to_contain_text("(2 menunggu)")
    siti.school.move(SITI)
    siti.run.answers["q4"] = {"sequence": 1, "value": "d3", "doubtful": False}  # written at the other PC meanwhile
    siti.page.reload()
    expect(siti.heading).to_have_text("Anda dipindahkan ke komputer lain", timeout=15000)
    expect(siti.page.get_by_text("(2 menunggu)")).to_be_visible()
    siti.press("Masuk lagi di komputer ini")
    siti.page.get_by_label("Kata sandi", exact=True).fill(siti.school.PASSWORD)
    siti.press("Masuk")
    siti.page.get_by_label("Token").fill(siti.school.TOKEN)
    siti.school.forbid_answers = False
    siti.press("Lanjut")
    siti.open("q4")
    expect(siti.page.locator(".choice input:checked")).to_have_attribute("value", "d3")
    siti.open("q1")
    expect(siti.page.locator(".choice input:checked")).to_have_attribute("value", "a0")
    siti.holds({"q1": "a0", "q4": "d3"})


def test_a_second_tab_takes_over_and_the_first_says_so(siti: Student) -> None:
    siti.start()
    siti.choose("q1", "a0")
    siti.open("q7")
    siti.page.get_by_label("Jawaban").press_sequentially("belum selesai diketik")
    first, siti.page = siti.page, siti.new_page()
    siti.page.goto(siti.school.url)
    expect(first.locator("h1")).to_have_text("Ujian dibuka di tab lain")
    expect(siti.page.locator(".notice")).to_contain_text("Sekarang dilanjutkan di sini")
    siti.open("q7")
    expect(siti.page.get_by_label("Jawaban")).to_have_value("belum selesai diketik")
    siti.choose("q4", "d1")
    siti.holds({"q1": "a0", "q7": "belum selesai diketik", "q4": "d1"})


def test_two_tabs_that_write_at_once_never_share_a_number(siti: Student) -> None:
    siti.page.goto(siti.school.url)
    other = siti.new_page()
    other.goto(siti.school.url)
    write = """async (tab) => { const { openStore } = await import("/static/exam/storage.js");
        const store = await openStore(); const made = [];
        for (let turn = 0; turn < 60; turn += 1) made.push(store.append({ attempt: 7, question: tab }, 1));
        window.numbers = Promise.all(made).then((all) => all.map((entry) => entry.sequence)); }"""
    siti.page.evaluate(write, "a")
    other.evaluate(write, "b")
    numbers = siti.page.evaluate("window.numbers") + other.evaluate("window.numbers")
    assert sorted(numbers) == list(range(1, 121))


def test_a_server_restored_from_an_older_copy_is_repaired_from_the_browser(siti: Student) -> None:
    siti.start()
    siti.choose("q1", "a0")
    siti.holds({"q1": "a0"})
    older = siti.school.copy_of(SITI)
    expected = siti.answer_everything()
    siti.holds(expected)
    siti.school.stop()
    siti.school.restore(SITI, older)
    siti.choose("q1", "a1")
    expect(siti.saving).to_contain_text("menunggu", timeout=20000)
    siti.page.wait_for_timeout(2500)
    siti.school.start()
    siti.holds({**expected, "q1": "a1"}, seconds=30)


def test_the_last_answers_are_delivered_before_the_attempt_is_closed(siti: Student) -> None:
    siti.start()
    expected = siti.answer_everything()
    siti.holds(expected)
    siti.school.forbid_answers = True
    siti.choose("q1", "a1")
    siti.finish()
    expect(siti.page.get_by_text("1 jawaban masih dikirim.")).to_be_visible()
    expect(siti.page.get_by_text("Server belum menjawab.")).to_be_visible(timeout=15000)
    siti.school.forbid_answers = False
    expect(siti.page.locator(".receipt-code")).to_be_visible(timeout=30000)
    assert siti.school.values(SITI) == {**expected, "q1": "a1"}
    assert siti.run.after_finish == []


def test_a_server_away_at_the_end_is_waited_for(siti: Student) -> None:
    siti.start()
    siti.school.stop()
    siti.choose("q1", "a1")
    siti.finish()
    expect(siti.page.get_by_text("Server belum menjawab.")).to_be_visible(timeout=15000)
    siti.school.start()
    expect(siti.page.locator(".receipt-code")).to_be_visible(timeout=30000)
    assert siti.school.values(SITI) == {"q1": "a1"}


def test_what_waits_at_a_pc_one_was_moved_from_is_delivered_after_a_reload(siti: Student) -> None:
    siti.start()
    siti.school.forbid_answers = True
    siti.choose("q1", "a0")
    expect(siti.saving).to_contain_text("(1 menunggu)")
    siti.school.move(SITI)
    siti.page.reload()
    expect(siti.page.get_by_text("(1 menunggu)")).to_be_visible(timeout=15000)
    siti.school.forbid_answers = False
    expect(siti.page.get_by_text("Semua jawaban dari komputer ini sudah diterima server.")).to_be_visible(timeout=15000)
    assert [item["value"] for item in siti.run.aside] == ["a0"]


def test_a_seat_the_server_does_not_know_leads_to_the_login_and_keeps_the_answers(siti: Student) -> None:
    siti.start()
    siti.school.forbid_answers = True
    siti.choose("q1", "a0")
    expect(siti.saving).to_contain_text("(1 menunggu)")
    real, siti.run.id = siti.run.id, 999
    siti.school.forbid_answers = False
    expect(siti.page.get_by_text("Jawaban Anda aman di komputer ini.")).to_be_visible(timeout=20000)
    siti.run.id, siti.run.held = real, False
    siti.log_in()
    siti.enter_token()
    siti.open("q1")
    siti.holds({"q1": "a0"})


def test_an_answer_the_server_cannot_take_does_not_hold_up_the_others(siti: Student) -> None:
    siti.start()
    siti.school.forbid_answers = True
    siti.choose("q1", "a0")
    siti.choose("q4", "d0")
    taken = next(question for question in siti.school.paper["questions"] if question["id"] == "q1")
    taken["id"] = "gone"
    try:
        siti.school.forbid_answers = False
        siti.holds({"q4": "d0"}, seconds=20)
        expect(siti.saving).to_contain_text("1 jawaban ditolak server (S-122)", timeout=10000)
    finally:
        taken["id"] = "q1"


def test_what_one_student_left_on_a_pc_is_delivered_while_the_next_logs_in(siti: Student) -> None:
    siti.start()
    siti.school.forbid_answers = True
    siti.choose("q1", "a0")
    expect(siti.saving).to_contain_text("(1 menunggu)")
    siti.page.evaluate(
        """() => new Promise((done) => { const opening = indexedDB.open("guyub-exam"); opening.onsuccess = () => {
        const work = opening.result.transaction("keep", "readwrite"); work.objectStore("keep").delete("session");
        work.oncomplete = done; }; })"""
    )
    siti.school.forbid_answers = False
    siti.page.goto("about:blank")
    siti.run.answers.clear()
    siti.page.goto(siti.school.url)
    expect(siti.page.get_by_label("Nomor peserta")).to_be_visible()
    siti.holds({"q1": "a0"})


@pytest.fixture
def without_database(school: ContractServer, new_pc: Callable[..., BrowserContext]) -> Iterator[Student]:
    context = new_pc()
    context.add_init_script("Object.defineProperty(self, 'indexedDB', { value: undefined });")
    student = Student(context, school)
    yield student
    assert student.faults == []


def test_without_a_browser_database_answers_are_kept_in_local_storage_and_it_is_said(without_database: Student) -> None:
    student = without_database
    student.start()
    expect(student.page.locator(".notice")).to_contain_text("beri tahu pengawas")
    student.school.forbid_answers = True
    student.choose("q1", "a4")
    expect(student.saving).to_contain_text("(1 menunggu)")
    student.page.reload()
    expect(student.page.locator(".choice input:checked")).to_have_attribute("value", "a4")
    student.school.forbid_answers = False
    student.holds({"q1": "a4"}, seconds=20)


def test_a_database_that_breaks_in_the_middle_does_not_stop_the_exam(siti: Student) -> None:
    siti.start()
    siti.choose("q1", "a0")
    siti.holds({"q1": "a0"})
    siti.page.evaluate(
        "() => { IDBDatabase.prototype.transaction = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
    )
    siti.choose("q4", "d2")
    siti.holds({"q1": "a0", "q4": "d2"})
    expect(siti.page.locator(".notice")).to_contain_text("beri tahu pengawas")


def test_a_choice_made_in_the_very_moment_of_a_reload_is_not_lost(siti: Student) -> None:
    siti.start()
    siti.open("q1")
    siti.page.evaluate("() => { document.querySelectorAll('.choice')[1].click(); location.reload(); }")
    siti.holds({"q1": siti.offered("q1")[1]})
    expect(siti.page.locator(".question")).to_be_visible()


def test_time_given_back_after_the_server_closed_reopens_the_questions(siti: Student) -> None:
    siti.start()
    siti.choose("q1", "a0")
    siti.holds({"q1": "a0"})
    siti.school.set_remaining(SITI, 2)
    siti.page.reload()
    expect(siti.heading).to_have_text("Tes selesai", timeout=20000)
    siti.run.state = "working"
    siti.school.set_remaining(SITI, 600)
    expect(siti.page.locator(".question")).to_be_visible(timeout=30000)
    siti.open("q1")
    expect(siti.page.locator(".choice input:checked")).to_have_attribute("value", "a0")
    siti.choose("q4", "d0")
    siti.holds({"q1": "a0", "q4": "d0"})


def test_a_server_restored_from_before_the_start_is_started_again(siti: Student) -> None:
    siti.start()
    siti.choose("q1", "a0")
    siti.holds({"q1": "a0"})
    siti.run.state = "admitted"
    siti.run.answers.clear()
    siti.run.highest = 0
    siti.choose("q4", "d0")
    siti.press("Mulai")
    siti.holds({"q1": "a0", "q4": "d0"})


# A database that takes nothing any more and does not say so, as in the last moment before a page goes away.
HANG = """() => { const real = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (stores, mode, ...more) {
        if (mode !== "readwrite" || !stores.includes("journal")) return real.call(this, stores, mode, ...more);
        return { objectStore: () => ({ get: () => ({}), put: () => ({}), add: () => ({}) }) };
    }; }"""


def test_a_choice_the_database_no_longer_took_survives_the_reload_and_counts_once(siti: Student) -> None:
    siti.start()
    siti.choose("q1", "a0")
    siti.holds({"q1": "a0"})
    siti.page.evaluate(HANG)
    siti.choose("q1", "a1")
    siti.choose("q4", "d0")
    siti.page.wait_for_timeout(1000)
    siti.page.reload()
    siti.holds({"q1": "a1", "q4": "d0"})
    siti.open("q1")
    expect(siti.page.locator(".choice input:checked")).to_have_attribute("value", "a1")
    assert siti.run.arrivals[1]["age_ms"] >= 1000, "it is as old as the click"
    siti.page.reload()
    expect(siti.page.locator(".question")).to_be_visible()
    assert siti.page.evaluate("localStorage.getItem('guyub.exam.drafts')") is None
    assert {item["sequence"]: item["value"] for item in siti.run.arrivals} == {1: "a0", 2: "a1", 3: "d0"}


def test_a_choice_the_database_took_without_a_word_is_not_taken_over_again(siti: Student) -> None:
    siti.start()
    siti.open("q1")
    siti.page.evaluate("Object.defineProperty(IDBTransaction.prototype, 'oncomplete', { set() {} })")
    siti.choose("q1", "a1")
    siti.page.wait_for_timeout(500)
    siti.page.reload()
    siti.choose("q4", "d0")
    siti.holds({"q1": "a1", "q4": "d0"})
    assert {item["sequence"]: item["value"] for item in siti.run.arrivals} == {1: "a1", 2: "d0"}


def test_a_choice_of_a_seat_that_ended_never_stands_in_for_a_newer_one(
    siti: Student, school: ContractServer, new_pc: Callable[..., BrowserContext]
) -> None:
    siti.start()
    siti.choose("q1", "a0")
    siti.holds({"q1": "a0"})
    siti.page.evaluate(HANG)
    siti.choose("q1", "a1")
    siti.choose("q4", "d0")
    siti.page.goto("about:blank")
    school.move(SITI)
    there = Student(new_pc(), school)
    there.start_again()
    there.choose("q1", "a3")
    there.holds({"q1": "a3"})
    school.move(SITI)
    siti.log_in_again()
    siti.open("q1")
    expect(siti.page.locator(".choice input:checked")).to_have_attribute("value", "a3")
    siti.open("q4")
    expect(siti.page.locator(".choice input:checked")).to_have_attribute("value", "d0")
    siti.holds({"q1": "a3", "q4": "d0"})
    assert {(item["value"], item["epoch"]) for item in siti.run.arrivals} == {
        ("a0", 1), ("a1", 1), ("d0", 1), ("a3", 2),
    }  # fmt: skip


def test_a_request_to_move_is_called_sent_once_the_server_has_it(
    siti: Student, school: ContractServer, new_pc: Callable[..., BrowserContext]
) -> None:
    siti.start()
    there = Student(new_pc(), school)
    there.log_in()
    expect(there.heading).to_have_text("Anda masih tercatat di komputer lain")
    school.stop()
    there.press("Minta pindah komputer")
    expect(there.heading).to_have_text("Menunggu server")
    expect(there.page.get_by_text("Permintaan terkirim.")).to_have_count(0)
    assert school.runs[SITI].reset is None
    school.start()
    expect(there.page.get_by_text("Permintaan terkirim.")).to_be_visible(timeout=20000)
    assert school.runs[SITI].reset == "waiting"
    assert there.faults == []
