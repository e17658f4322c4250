"""The whole exam day, from a Word file at the centre to scores that came back from the school.

Centre and school are programs of their own, people sit in front of Chromium. In the middle every process of the
school's server is killed with -9, and one student is moved to another PC.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.end_to_end import centre_desk, exam_content, school_desk
from tests.end_to_end.exam_content import ANSWERS, BUDI, POSSIBLE, SCORES, SITI, TONO, WAITING
from tests.end_to_end.machines import Machine
from tests.end_to_end.people import WAIT_MS, Staff, Student
from tests.end_to_end.results import scores_at

pytestmark = pytest.mark.timeout(280)
LAST = len(exam_content.QUESTIONS)


def test_scores_at_the_centre_equal_those_worked_out_by_hand_after_a_crash_and_a_move(
    pusat: Machine, sekolah: Machine, staff: Callable[..., Staff], student: Callable[..., Student]
) -> None:
    dewi = staff(pusat, "dewi")
    server, code = centre_desk.register_school(dewi)
    centre_desk.import_participants(dewi)
    centre_desk.import_questions(dewi, exam_content.word_file())
    centre_desk.make_paper(dewi)
    sitting = centre_desk.plan_sitting(dewi, datetime.now(UTC))

    anto = staff(sekolah, "anto")
    school_desk.activate(anto, pusat.url, server, code)
    centre_desk.publish(dewi, sitting)
    school_desk.sync(anto, sitting, sekolah)

    centre_desk.release(dewi, sitting)
    ratna = staff(sekolah, "ratna")
    school_desk.fetch_release(ratna)
    token = school_desk.activate_sitting(ratna)
    ratna.picture("sekolah-status-tes")
    cards = school_desk.login_cards(sekolah, sitting)

    siti, budi, tono = three = [student(sekolah, number, cards[number]) for number in (SITI, BUDI, TONO)]
    for one in three:
        one.start(token)
    for one in three:
        one.answer(ANSWERS[one.number], 1, 4)
    for one in three:
        one.is_saved()
    budi.picture("siswa-soal")
    left = siti.seconds_left()

    sekolah.kill()
    siti.press("Soal berikutnya")
    siti.answer(ANSWERS[SITI], 5, 5)
    expect(siti.page.locator(".saving")).to_contain_text("Menunggu server", timeout=WAIT_MS)
    siti.picture("siswa-server-putus")
    sekolah.start()
    siti.is_saved()
    assert siti.seconds_left() <= left

    tono.change_pc()
    tono.log_in()
    tono.press("Minta pindah komputer")
    tono.sees("Permintaan terkirim")
    school_desk.approve_reset(ratna, TONO)
    move_in(tono, school_desk.token(ratna))
    assert tono.place == 4  # where he stood

    for one, first in ((siti, 6), (budi, 5), (tono, 5)):
        one.press("Soal berikutnya")
        one.answer(ANSWERS[one.number], first, LAST)
        one.is_saved()
    ratna.go("/sekolah/status")
    ratna.picture("sekolah-status-peserta")
    for one in three:
        one.finish()
    siti.picture("siswa-selesai")
    assert len({tuple(one.order) for one in three}) == 3
    assert all(sorted(one.order) == sorted(exam_content.QUESTIONS) for one in three)

    school_desk.close(ratna, sitting)
    school_desk.upload(ratna)

    found = scores_at(pusat, sitting)
    assert {number: run.earned for number, run in found.items()} == pytest.approx(SCORES, abs=1e-5)
    assert {number: run.waits for number, run in found.items()} == WAITING
    assert {run.possible for run in found.values()} == {POSSIBLE}

    centre_desk.mark_essays(dewi, {"massa jenisnya": "1", "Es itu dingin": "0"})
    dewi.go(f"/hasil/{sitting}")
    dewi.picture("pusat-hasil")
    for name, shown in (("Siti Rahayu", "8"), ("Budi Santoso", "4,58"), ("Tono Wijaya", "1,5")):
        row = dewi.page.get_by_role("row").filter(has_text=name)
        expect(row.locator("td[data-label=Nilai] strong")).to_contain_text(shown)
    after = {number: run.earned for number, run in scores_at(pusat, sitting).items()}
    assert after == pytest.approx({**SCORES, SITI: SCORES[SITI] + 1}, abs=1e-5)


def move_in(student: Student, token: str) -> None:
    """The approved student comes in at the other PC, and goes on where he stood."""
    expect(student.page.get_by_label("Token")).to_be_visible(timeout=WAIT_MS)
    student.page.get_by_label("Token").fill(token)
    student.press("Lanjut")
    question, button = student.page.locator(".question"), student.page.get_by_role("button", name="Mulai", exact=True)
    expect(question.or_(button).first).to_be_visible(timeout=WAIT_MS)
    if button.is_visible():
        button.click()
    expect(question).to_be_visible(timeout=WAIT_MS)
