"""The verdict of a rehearsal: what makes a server ready, and which cause is told where it is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.rehearsal.day import NAMES, Pace, Phase
from app.rehearsal.load import Run, evenly
from app.rehearsal.verdict import Figures, Guest, judge
from app.rehearsal.watching import Use

QUIET = Use(server=0.2, load=0.1, others=0.05, busiest="cron", server_cpu_s=6.0)


def phase(name: str, seconds: float = 0.02, students: int = 500) -> Phase:
    due = evenly(students, 10)
    return Phase(name, students, Run([seconds] * students, due, [0.001] * students, seconds=10))


@pytest.fixture
def quiet() -> Figures:
    """A good server with five hundred students."""
    return Figures(500, [phase(name) for name in NAMES], QUIET, 4, 900.0, 3000, 8000, 350.0)


def line(record: dict, name: str) -> dict:
    return next(one for one in record["lines"] if one["name"] == name)


def test_a_good_server_is_ready_and_nothing_is_advised(quiet: Figures):
    record = judge(quiet)
    assert record["overall"] == "good"
    assert [one["remedy"] for one in record["lines"]] == [""] * 8


def test_slow_answers_on_a_slow_disk_are_blamed_on_the_disk(quiet: Figures):
    slow = [phase("save", 3.0) if name == "save" else phase(name) for name in NAMES]
    record = judge(replace(quiet, phases=slow, commits=8.0))
    assert record["overall"] == "bad"
    assert [one["name"] for one in record["lines"] if one["shape"] == "bad"] == ["save", "disk"]
    assert "SSD" in line(record, "save")["remedy"]


def test_the_disk_must_keep_up_with_the_students(quiet: Figures):
    assert line(judge(replace(quiet, commits=40.0)), "disk")["shape"] == "warn"
    assert line(judge(replace(quiet, commits=40.0, students=200)), "disk")["shape"] == "good"


def test_other_programs_are_named_and_blamed_where_answers_are_slow(quiet: Figures):
    busy = replace(quiet, use=replace(QUIET, others=0.6, busiest="chromium"))
    record = judge(busy)
    assert record["overall"] == "warn"
    assert line(record, "others")["values"]["name"] == "chromium"
    slow = replace(busy, phases=[phase("login", 6.0), *(phase(name) for name in NAMES[1:])])
    record = judge(slow)
    assert record["overall"] == "bad"
    assert "program lain" in line(record, "login")["remedy"]


def test_too_few_processors_and_too_little_memory_have_their_lines(quiet: Figures):
    record = judge(replace(quiet, use=replace(QUIET, server=0.9), lowest_mb=150))
    assert {one["name"] for one in record["lines"] if one["shape"] == "bad"} == {"processor", "memory"}


def test_one_student_who_cannot_save_is_enough_not_to_be_ready(quiet: Figures):
    quiet.phases[2].run.latencies.pop()
    quiet.phases[2].run.due.pop()
    quiet.phases[2].run.failures["save: 503"] = 1
    record = judge(quiet)
    assert record["overall"] == "bad"
    assert line(record, "save")["values"]["failed"] == 1


def test_the_graph_holds_every_phase_within_its_width(quiet: Figures):
    for drawn in judge(quiet)["graph"]:
        places = [point[0] for point in drawn["points"]]
        assert places == sorted(places)
        assert 0 < places[0] < places[-1] < 1


def with_pcs(figures: Figures, seconds: float) -> Figures:
    pcs = [Guest(number, f"192.168.1.{number}", 9, [phase("save", seconds, 9)]) for number in (7, 8)]
    return replace(figures, guests=pcs)


def test_what_only_the_pcs_wait_for_is_blamed_on_the_network(quiet: Figures):
    assert line(judge(with_pcs(quiet, 0.03)), "lan")["shape"] == "good"
    slow = line(judge(with_pcs(quiet, 3.0)), "lan")
    assert slow["shape"] == "bad"
    assert "switch" in slow["remedy"]


def test_a_busy_server_says_nothing_about_the_network(quiet: Figures):
    busy = replace(quiet, use=replace(QUIET, others=0.9))
    slow = line(judge(with_pcs(busy, 3.0)), "lan")
    assert slow["shape"] == "warn"
    assert "program lain" in slow["remedy"]


def test_a_pc_that_sends_nothing_is_told(quiet: Figures):
    figures = with_pcs(quiet, 0.03)
    figures.guests[1].phases.clear()
    record = judge(figures)
    assert record["overall"] == "bad"
    assert line(record, "lan")["values"]["sent"] == 1


@pytest.mark.parametrize(("students", "seconds"), [(20, 2.0), (100, 10.0), (500, 10.0)])
def test_all_come_within_ten_seconds_and_a_few_as_densely(students: int, seconds: float):
    assert Pace(students, 60).rush_s == seconds
