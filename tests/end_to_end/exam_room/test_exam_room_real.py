"""The exam room against the server as it is shipped: the page and the program keep to one contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect
from real_school import RealSchool
from sample_paper import make_paper
from sqlalchemy.orm import Session
from student import SITI, Student

from app.sekolah.services import attempts
from app.services.system_clock import SystemClock

pytestmark = pytest.mark.timeout(150)


@pytest.fixture
def real(tmp_path: Path) -> Iterator[RealSchool]:
    school = RealSchool(tmp_path, *make_paper())
    school.start()
    yield school
    school.kill()
    school.engine.dispose()


@pytest.fixture
def siti(real: RealSchool, new_pc: Callable[..., BrowserContext]) -> Iterator[Student]:
    student = Student(new_pc(), real)  # type: ignore[arg-type]
    yield student
    assert student.faults == []


def as_stored(values: dict[str, object]) -> dict[str, object]:
    """The server keeps the ids of a list in sorted order."""
    sort = {list: sorted, dict: lambda table: {row: as_stored({"": cell})[""] for row, cell in table.items()}}
    return {name: sort.get(type(value), lambda same: same)(value) for name, value in values.items()}  # type: ignore[operator]


def test_a_whole_exam_with_the_server_killed_in_the_middle(siti: Student, real: RealSchool) -> None:
    siti.start()
    siti.choose("q1", "a0")
    siti.holds({"q1": "a0"})
    before = siti.seconds_left()
    real.kill()
    expected = as_stored(siti.answer_everything())
    expect(siti.saving).to_contain_text("(10 menunggu)", timeout=20000)
    real.start()
    siti.holds(expected, seconds=30)
    siti.page.reload()
    expect(siti.page.locator(".question")).to_be_visible()
    assert before - 90 < siti.seconds_left() <= before
    siti.finish()
    expect(siti.page.get_by_text("10 dari 10 soal dijawab.")).to_be_visible(timeout=20000)
    assert real.values(SITI) == expected
    assert real.runs[SITI].state == "finished"


def test_moving_to_another_pc(siti: Student, real: RealSchool, new_pc: Callable[..., BrowserContext]) -> None:
    siti.start()
    siti.choose("q1", "a3")
    siti.holds({"q1": "a3"})
    there = Student(new_pc(), real)  # type: ignore[arg-type]
    there.log_in()
    there.press("Minta pindah komputer")
    expect(there.page.get_by_text("Permintaan terkirim.")).to_be_visible()
    there.page.wait_for_timeout(500)
    with Session(real.engine) as session:
        attempts.reset_seat(session, SystemClock(), real.runs[SITI].id, "ratna", now_ms=0)
        session.commit()
    there.enter_token()
    there.open("q1")
    expect(there.page.locator(".choice input:checked")).to_have_attribute("value", "a3")
    siti.choose("q4", "d0")
    expect(siti.heading).to_have_text("Anda dipindahkan ke komputer lain", timeout=15000)
    assert there.faults == []
