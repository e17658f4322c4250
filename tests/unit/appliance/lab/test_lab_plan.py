"""lab.toml: what is written is what is read, and an odd plan is refused by the name of the PC."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.refusals import Refusal
from appliance.lab import plan
from appliance.lab.plan import Computer, Plan

FIRST = Computer("pc-01", "52:54:00:12:34:01", "192.168.0.11", "linux", "Lab 1", "A1")
SECOND = Computer("pc-02", "52:54:00:12:34:02", "192.168.0.12", "windows", 'Lab "2"', "A1", spare=True)
GOOD = Plan("192.168.0.200/24", (FIRST, SECOND))


def test_what_is_written_is_what_is_read() -> None:
    for one in (GOOD, replace(GOOD, guests=True)):
        assert plan.parse(plan.as_toml(one).encode()) == one


def test_seats_may_be_left_empty_and_repeat_in_another_room() -> None:
    plan.check(Plan(GOOD.server_address, (replace(FIRST, seat=""), replace(SECOND, seat="", room="Lab 1"))))
    plan.check(GOOD)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "komputer"}, "B-702"),
        ({"name": "pc-00"}, "B-702"),
        ({"mac": "01:00:5e:00:00:01"}, "B-703"),
        ({"mac": "00:00:00:00:00:00"}, "B-703"),
        ({"mac": "ff:ff:ff:ff:ff:ff"}, "B-703"),
        ({"mac": "52-54-00-12-34-02"}, "B-703"),
        ({"address": "192.168.1.12"}, "B-704"),
        ({"address": "192.168.0"}, "B-704"),
        ({"address": "192.168.0.200"}, "B-705"),
        ({"address": "192.168.0.0"}, "B-705"),
        ({"address": "192.168.0.255"}, "B-705"),
        ({"address": "192.168.0.201"}, "B-705"),
        ({"address": "192.168.0.249"}, "B-705"),
        ({"system": "macos"}, "B-706"),
        ({"seat": "A\n1"}, "B-707"),
        ({"name": "pc-01"}, "B-708"),
        ({"mac": FIRST.mac}, "B-708"),
        ({"address": FIRST.address}, "B-708"),
        ({"room": "LAB 1", "seat": "a1"}, "B-708"),
    ],
)
def test_an_odd_computer_is_refused_by_its_name(change: dict[str, str], code: str) -> None:
    odd = replace(SECOND, **change)
    with pytest.raises(Refusal) as refused:
        plan.parse(plan.as_toml(Plan(GOOD.server_address, (FIRST, odd))).encode())
    assert refused.value.code == code
    assert refused.value.values["where"] == odd.name
    assert refused.value.cause % refused.value.values
    assert refused.value.remedy % refused.value.values


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff", "B-700"),
        (b"server_address = ", "B-700"),
        (b"#" * 500_001, "B-700"),
        (b'server_address = "192.168.0.200/24"\nrouter = 1', "B-701"),
        (b'server_address = "192.168.0.200/24"\ncomputer = 1', "B-701"),
        (b'server_address = "192.168.0.200/24"\n[[computer]]\nname = 1', "B-701"),
        (plan.as_toml(GOOD).replace("spare = true", "spare = 1").encode(), "B-701"),
        (plan.as_toml(GOOD).replace("spare = true", 'colour = "red"').encode(), "B-701"),
        (plan.as_toml(replace(GOOD, guests=True)).replace("guests = true", "guests = 1").encode(), "B-701"),
        (b'server_address = "192.168.0.200/24"', "B-709"),
        (b'server_address = "192.168.0.200"', "B-114"),
        (b'server_address = "192.168.0.255/24"', "B-115"),
    ],
)
def test_a_damaged_plan_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        plan.parse(content)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("server", "first", "last"),
    [
        ("192.168.0.200/24", "192.168.0.201", "192.168.0.249"),
        ("10.9.0.1/22", "10.9.3.36", "10.9.3.228"),
        ("10.9.0.1/29", "10.9.0.6", "10.9.0.6"),
    ],
)
def test_strangers_have_a_range_of_their_own_in_every_network(server: str, first: str, last: str) -> None:
    assert plan.dynamic_range(server) == (first, last)


def test_problems_are_told_all_at_once() -> None:
    odd = Plan(GOOD.server_address, (replace(FIRST, mac="?", system=""), replace(SECOND, address="1.1.1.1")))
    assert [(problem.at, problem.field) for problem in plan.problems(odd)] == [
        (0, "mac"),
        (0, "system"),
        (1, "address"),
    ]
