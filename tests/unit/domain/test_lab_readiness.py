"""The readiness report of a lab: read strictly, judged once, and nothing green that nobody measured."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.domain import lab_checks
from app.domain.lab_readiness import MAX_BYTES, parse
from app.domain.lab_verdict import Verdict, judge
from app.domain.refusals import Refusal

GOOD: dict[str, dict[str, Any]] = {
    "reached": {},
    "address": {"address": "192.168.0.1"},
    "mac": {"mac": "02:00:00:00:00:01"},
    "name": {"name": "ujian.lan"},
    "page": {"ms": 120},
    "clock": {"seconds": 0.1},
    "kiosk": {},
    "latency": {"ms": 40},
    "throughput": {"mbit_s": 90.5},
    "ping_back": {},
}


def check(code: str, state: str = "good", **values: Any) -> dict[str, Any]:
    return {"code": code, "state": state, "values": values}


def computer(number: int, *checks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A PC on which all is well, but for the checks given."""
    wrong = {one["code"] for one in checks}
    well = [check(code, **values) for code, values in GOOD.items() if code not in wrong]
    return {
        "name": f"pc-{number:02}",
        "address": f"192.168.0.{number}",
        "mac": f"02:00:00:00:00:{number:02x}",
        "room": "Lab 1",
        "seat": str(number),
        "spare": False,
        "checks": [*well, *checks],
        "screenshot": "",
        **more,
    }


def document(*computers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "version": 1,
        "made_at": "2026-11-23T02:00:00Z",
        "server": "server-1",
        "computers": list(computers) or [computer(1)],
        "lan": [check("duplicate"), check("stranger")],
        "doctor": [{"name": "cores", "state": "good", "text": "%(n)s inti.", "remedy": "", "values": {"n": 4}}],
        "load": {"computers": 4, "seconds": 2.5, "mbit_s": 310.0, "median_ms": 40, "slowest_ms": 95},
        **more,
    }


def verdict_of(told: dict[str, Any]) -> Verdict:
    return judge(parse(json.dumps(told).encode()))


def refused(told: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        parse(told if isinstance(told, bytes) else json.dumps(told).encode())
    return caught.value


def test_a_lab_on_which_everything_was_measured_and_well_is_green() -> None:
    verdict = verdict_of(document(computer(1), computer(2, room="Lab 2")))
    assert (verdict.state, [room.room for room in verdict.rooms]) == ("good", ["Lab 1", "Lab 2"])


def test_what_was_not_measured_is_not_green() -> None:
    half = computer(1)
    half["checks"] = [one for one in half["checks"] if one["code"] != "kiosk"]
    [room] = verdict_of(document(half)).rooms
    assert [(line.code, line.text) for line in room.computers[0].troubles] == [("kiosk", "Belum diukur.")]
    assert room.state == "bad"


def test_of_a_dead_computer_only_its_death_is_told() -> None:
    dead = computer(1, checks=[check("reached", "bad", address="192.168.0.1")])
    [room] = verdict_of(document(dead)).rooms
    assert [line.code for line in room.computers[0].troubles] == ["reached"]


def test_of_an_address_that_two_share_nothing_else_is_told() -> None:
    twice = check("duplicate", "bad", address="192.168.0.1", macs="02:00:00:00:00:01, 02:00:00:00:00:99")
    [room] = verdict_of(document(computer(1, checks=[twice]))).rooms
    assert [line.code for line in room.computers[0].troubles] == ["duplicate"]


def test_of_an_address_that_two_answer_for_nothing_else_needs_to_be_told() -> None:
    twice = computer(1, checks=[check("duplicate", "bad", address="192.168.0.1", macs="a, b")])
    [room] = verdict_of(document(twice)).rooms
    assert [line.code for line in room.computers[0].troubles] == ["duplicate"]


@pytest.mark.parametrize(
    ("missing", "state"),
    [({"doctor": []}, "bad"), ({"lan": []}, "bad"), ({"load": {}}, "warn"), ({"computers": []}, "bad")],
)
def test_a_report_without_one_of_its_parts_is_not_green(missing: dict[str, Any], state: str) -> None:
    assert verdict_of(document() | missing).state == state


def test_a_dead_spare_is_said_but_does_not_stop_the_room() -> None:
    dead = computer(2, checks=[check("reached", "bad", address="192.168.0.2")], spare=True)
    [room] = verdict_of(document(computer(1), dead)).rooms
    assert (room.state, room.computers[1].state) == ("warn", "bad")


def test_the_worst_line_of_a_computer_stands_first() -> None:
    wrong = computer(1, check("page", "warn", ms=4000), check("clock", "bad", seconds=300))
    [room] = verdict_of(document(wrong)).rooms
    assert [line.code for line in room.computers[0].troubles] == ["clock", "page"]


@pytest.mark.parametrize(
    ("code", "state"), [(code, state) for code, words in lab_checks.WORDS.items() for state in words]
)
def test_every_outcome_has_a_sentence_that_can_be_filled_in_and_a_remedy_unless_it_is_good(
    code: str, state: lab_checks.State
) -> None:
    words = lab_checks.WORDS[code][state]
    values = dict.fromkeys(words.values, "7")
    assert "%" not in words.text % values + words.remedy % values
    assert bool(words.remedy) == (state != "good")


def test_an_empty_value_is_said_in_words() -> None:
    wrong = computer(1, check("kiosk", "bad", shown=""))
    [line] = verdict_of(document(wrong)).rooms[0].computers[0].troubles
    assert line.text % line.values == "Kios tidak menampilkan halaman login (yang tampak: tidak ada)."


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"version": 2}, "version"),
        ({"version": True}, "version"),
        ({"more": 1}, "more"),
        ({"made_at": "2026-11-23T02:00:00"}, "made_at"),
        ({"made_at": 3}, "made_at"),
        ({"made_at": "0001-01-01T00:00:00+14:00"}, "made_at"),
        ({"server": ""}, "server"),
        ({"server": "a\x1b[2J"}, "server"),
        ({"computers": {}}, "computers"),
        ({"computers": [computer(1, name="PC 1")]}, "computers[0].name"),
        ({"computers": [computer(1, mac="02-00-00-00-00-01")]}, "computers[0].mac"),
        ({"computers": [computer(1, address="192.168.0.300")]}, "computers[0].address"),
        ({"computers": [computer(1, spare="no")]}, "computers[0].spare"),
        ({"computers": [computer(1, screenshot="../../keys/server.png")]}, "computers[0].screenshot"),
        ({"computers": [computer(1, checks=[])]}, "computers[0].checks"),
        ({"computers": [computer(1), computer(1)]}, "computers[].name"),
        ({"computers": [computer(1, screenshot="a.png"), computer(2, screenshot="a.png")]}, "computers[].screenshot"),
        ({"computers": [computer(1, check("stranger"))]}, "computers[0].checks[10].code"),
        ({"lan": [check("page", ms=3)]}, "lan[0].code"),
        ({"lan": [check("stranger", "bad")]}, "lan[0].state"),
        ({"lan": [check("stranger", "warn", mac="02:00:00:00:00:01")]}, "lan[0].values"),
        ({"lan": [check("duplicate", text="Semua baik.")]}, "lan[0].values"),
        ({"load": {"computers": 4}}, "load"),
        ({"load": dict.fromkeys(("computers", "seconds", "mbit_s", "median_ms", "slowest_ms"), -1)}, "load"),
    ],
)
def test_a_report_of_another_shape_is_refused_at_its_place(change: dict[str, Any], place: str) -> None:
    refusal = refused(document() | change)
    assert (refusal.code, refusal.values) == ("B-762", {"place": place})


@pytest.mark.parametrize("text", ["%(n)999999999s", "%(m)s", "100 %", "%s", "%(n)d"])
def test_a_sentence_of_the_doctor_that_could_not_be_filled_in_safely_is_refused(text: str) -> None:
    line = {"name": "cores", "state": "good", "text": text, "remedy": "", "values": {"n": 4}}
    assert refused(document(doctor=[line])).values == {"place": "doctor[0].text"}


def test_what_is_no_json_or_too_large_is_refused() -> None:
    assert refused(b"{").code == "B-761"
    assert refused(b'{"version": NaN}').code == "B-761"
    assert refused(b" " * (MAX_BYTES + 1)).code == "B-760"


def test_forty_computers_in_two_rooms_are_judged_each() -> None:
    rooms = [computer(n, room=f"Lab {1 + (n > 20)}") for n in range(1, 41)]
    rooms[6] = computer(7, checks=[check("reached", "bad", address="192.168.0.7")])
    verdict = verdict_of(document(*rooms))
    assert (verdict.count("good"), verdict.count("bad")) == (39, 1)
    assert [room.state for room in verdict.rooms] == ["bad", "good"]
