"""Exam PCs in a rehearsal: fair shares, and nothing believed that does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.refusals import Refusal
from app.sekolah.services import rehearsal_guests as guests

RESULT = {phase: {"answers": [[0.5, 0.02]], "failed": 0} for phase in guests.PHASES}


@pytest.mark.parametrize(
    ("students", "pcs", "each", "own"),
    [(500, 0, 0, 500), (500, 20, 22, 60), (500, 3, 50, 350), (20, 2, 9, 2), (1, 5, 0, 1)],
)
def test_every_pc_gets_the_same_and_a_tenth_stays_here_to_compare(students: int, pcs: int, each: int, own: int):
    assert guests.shares(students, pcs) == (each, own)


def test_a_pc_gets_only_its_own_students_and_the_time_left(tmp_path: Path):
    guests.invite(tmp_path)
    assert [guests.join(tmp_path, "192.168.1.7"), guests.join(tmp_path, "192.168.1.8")] == [1, 2]
    assert guests.plan_for(tmp_path, 1, 0.0) is None
    guests.write_plan(tmp_path, {"begins_at": 1000.0, "students": {"1": ["Siti"], "2": ["Budi"]}})
    assert guests.plan_for(tmp_path, 2, 998.5) == {"students": ["Budi"], "in_ms": 1500}


@pytest.mark.parametrize("odd", [None, [], {}, {**RESULT, "save": {"answers": [["x", 1]], "failed": 0}},
                                 {**RESULT, "save": {"answers": [[0, -1]], "failed": 0}}])  # fmt: skip
def test_odd_results_are_refused(tmp_path: Path, odd: object):
    guests.invite(tmp_path)
    number = guests.join(tmp_path, "192.168.1.7")
    with pytest.raises(Refusal, match="S-258"):
        guests.keep_result(tmp_path, number, odd)
    guests.keep_result(tmp_path, number, RESULT)
    assert list(guests.results(tmp_path)) == [1]


def test_nobody_joins_where_nobody_was_invited(tmp_path: Path):
    with pytest.raises(Refusal, match="S-257"):
        guests.join(tmp_path, "192.168.1.7")
