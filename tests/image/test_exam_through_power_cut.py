"""The power goes in the middle of an exam; the box comes back by itself, and nobody needs the centre for that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.end_to_end import school_desk
from tests.end_to_end.exam_content import ANSWERS, BUDI, SITI, TONO
from tests.end_to_end.machines import Machine, until
from tests.end_to_end.people import Staff, Student
from tests.faults.history import History
from tests.image.exam_day import copy_of_the_database, open_sitting
from tests.image.figures import Figures
from tests.image.hardware import Box
from tests.image.pc import QuickPc

pytestmark = pytest.mark.timeout(2400)
FEW = 40  # acknowledged saves before the power goes


def test_after_a_power_cut_everybody_goes_on_without_centre_and_internet_and_nothing_acknowledged_is_lost(
    box: Box,
    pusat: Machine,
    staff: Callable[..., Staff],
    student: Callable[..., Student],
    figures: Figures,
    tmp_path: Path,
) -> None:
    with figures.seconds("exam prepared, by files"):
        sitting = open_sitting(pusat, box, staff)
    history = History()
    tono = QuickPc(box.url, history).sit_down(TONO, sitting.passwords[TONO], sitting.token)
    siti = student(box, SITI, sitting.passwords[SITI])
    with figures.seconds("Siti logs in and begins"):
        siti.start(sitting.token)
    tono.begin_saving()
    siti.answer(ANSWERS[SITI], 1, 4)
    siti.is_saved()
    until(lambda: len(history.acknowledged) >= FEW, "saves are acknowledged", 120)
    order = list(siti.order)

    box.pull_the_plug()
    pusat.stop()
    kept = len(history.acknowledged)
    box.switch_on(replace(box.hardware, internet=False))
    figures.note("power back to page", box.wait_until_served())
    until(lambda: tono.acknowledged_at > box.began, "Tono's PC saves again", 120)
    figures.note("power back to the first save", tono.acknowledged_at - box.began)

    siti.is_saved()
    siti.answer(ANSWERS[SITI], 4, 8)
    assert siti.order[-5] == order[-1], "she is where she was"
    ratna = staff(box, "ratna")
    budi = student(box, BUDI, sitting.passwords[BUDI])
    budi.start(school_desk.token(ratna))
    siti.finish()
    tono.stop()

    found = history.compare(f"sqlite:///{copy_of_the_database(box, tmp_path / 'after.sqlite')}")
    figures.note("saves acknowledged before the cut", float(kept), "")
    figures.note("acknowledged saves lost", float(len(found.lost)), "")
    assert found.whole, found
