"""The exam day of a school whose centre is away from one hour before the start: the package came days before, the code
comes over the telephone, the results go up when the centre is back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from app.models.attempts import Attempt
from tests.end_to_end import centre_desk, exam_content, school_desk, town
from tests.end_to_end.exam_content import ANSWERS, SCORES, STUDENTS, WAITING
from tests.end_to_end.machines import PASSWORD, Machine
from tests.end_to_end.people import WAIT_MS, Staff, Student
from tests.end_to_end.results import scores_at

HOUR_S = 3600
pytestmark = pytest.mark.timeout(280)


def first_start(sekolah: Machine) -> datetime:
    """When the first student pressed *Mulai*, by the school's clock."""
    with sekolah.office() as (_place, session):
        earliest = session.scalar(select(func.min(Attempt.started_ms)))
    assert earliest is not None
    return datetime.fromtimestamp(earliest / 1000, UTC)


def test_a_school_without_centre_opens_by_telephone_and_uploads_later(
    pusat: Machine, sekolah: Machine, staff: Callable[..., Staff], student: Callable[..., Student]
) -> None:
    server, code = town.fill_centre(pusat, exam_content.word_file())
    start = datetime.now(UTC) + timedelta(seconds=HOUR_S)
    sitting = town.plan_sitting(pusat, start)
    town.pair(pusat, sekolah, server, code)
    town.publish(pusat, sitting)
    school_desk.sync(staff(sekolah, "anto"), sitting, sekolah)
    groups = centre_desk.phone_code(staff(pusat, "dewi"), sitting, "maria", PASSWORD)

    pusat.stop()  # an hour before the start
    ratna = staff(sekolah, "ratna")
    misheard = [*groups[:1], groups[1][::-1], *groups[2:]]
    school_desk.type_code(ratna, misheard)
    ratna.sees("Salah ketik")
    school_desk.release_by_code(ratna, groups)
    sekolah.stop()
    sekolah.start(later_s=HOUR_S)
    token = school_desk.activate_sitting(ratna)
    cards = school_desk.login_cards(sekolah, sitting)
    three = [student(sekolah, number, cards[number]) for number in STUDENTS]
    for one in three:
        one.start(token)
        one.answer(ANSWERS[one.number], 1, len(exam_content.QUESTIONS))
    for one in three:
        one.is_saved()
        one.finish()
    assert first_start(sekolah) >= start.replace(second=0, microsecond=0)
    assert len({tuple(one.order) for one in three}) > 1
    school_desk.close(ratna, sitting)

    ratna.go("/sekolah/unggah")
    ratna.press("Unggah sekarang")
    expect(ratna.page.get_by_text("Server mencoba lagi sendiri.")).to_be_visible(timeout=WAIT_MS)
    ratna.picture("sekolah-unggah-tanpa-pusat")
    pusat.start(later_s=HOUR_S)
    assert scores_at(pusat, sitting) == {}
    school_desk.upload(ratna)
    found = scores_at(pusat, sitting)
    assert {number: run.earned for number, run in found.items()} == pytest.approx(SCORES, abs=1e-5)
    assert {number: run.waits for number, run in found.items()} == WAITING
