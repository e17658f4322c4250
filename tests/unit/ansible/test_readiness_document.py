"""What verify.yml makes of its measurements: causes, not their consequences, in the words' own codes."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from app.domain.lab_readiness import parse
from app.domain.lab_verdict import judge

REPOSITORY = Path(__file__).resolve().parents[3]
SERVER = {
    "name": "server1",
    "address": "192.168.0.200",
    "url": "https://ujian.lan/",
    "host": "ujian.lan",
    "known": ["192.168.0.200", "192.168.0.250"],
}
LIMITS = {
    "clock_s": 1,
    "page_ms": 5000,
    "latency_warn_ms": 1000,
    "latency_bad_ms": 3000,
    "throughput_warn_mbit_s": 2,
    "throughput_bad_mbit_s": 0.5,
}
FINDING = {"name": "cores", "state": "good", "text": "Baik.", "remedy": "", "values": {}}


@pytest.fixture(scope="module")
def plugin() -> ModuleType:
    """The filter, found as Ansible finds it: by its place."""
    path = REPOSITORY / "ansible/roles/verify/filter_plugins/readiness_document.py"
    spec = importlib.util.spec_from_file_location("readiness_document", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def mac(number: int) -> str:
    return f"02:00:00:00:00:{number:02x}"


def pc(number: int, **more: Any) -> dict[str, Any]:
    """A PC on which all is well."""
    address = f"192.168.0.{number}"
    page = {"ok": True, "status": "200", "ms": 90, "files": 14}
    look = {
        "address": address,
        "mac": mac(number),
        "name": SERVER["address"],
        "ping": True,
        "offset": 0.02,
        "page": page,
    }
    return {
        "name": f"pc-{number:02}",
        "address": address,
        "mac": mac(number),
        "room": "Lab 1",
        "seat": str(number),
        "spare": False,
        "entered": True,
        "look": look,
        "kiosk": {"state": "good", "shown": "", "picture": f"pc-{number:02}.png"},
        "load": {"begun": 10.0, "ended": 11.0, "bytes": 5_000_000, "times": [20.0] * 19 + [900.0], "failed": 0},
        **more,
    }


def census(**answers: list[str]) -> dict[str, Any]:
    """Four PCs at their places, but for what is given: number of the address → its MACs."""
    all_of_them = {str(number): [mac(number)] for number in range(1, 5)} | {
        name.lstrip("_"): macs for name, macs in answers.items()
    }
    there = {f"192.168.0.{number}": macs for number, macs in all_of_them.items() if macs}
    return {"answers": there, "pinged": list(there), "asked": 253, "seconds": 8.0}


def troubles(plugin: ModuleType, seen: dict[str, Any], *computers: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What the server would say of these and of the others of four: place, code, the sentence filled in."""
    named = {one["name"] for one in computers}
    computers += tuple(one for one in map(pc, range(1, 5)) if one["name"] not in named)
    told = plugin.readiness_document(seen, SERVER, list(computers), [FINDING], LIMITS, "2026-11-23T02:00:00Z")
    verdict = judge(parse(json.dumps(told).encode()))
    found = [
        (one.computer.name, line.code, line.text % line.values)
        for room in verdict.rooms
        for one in room.computers
        for line in one.troubles
    ]
    return found + [
        ("LAN", line.code, line.text % line.values if line.values else line.text)
        for line in (*verdict.lan, verdict.load)
        if line.state != "good"
    ]


def test_a_lab_without_trouble_is_green(plugin: ModuleType):
    assert troubles(plugin, census()) == []


def test_a_pc_that_is_off_is_told_once(plugin: ModuleType):
    off = pc(2, entered=False, look={}, kiosk={}, load={})
    assert troubles(plugin, census(_2=[]), off) == [("pc-02", "reached", "Tidak menjawab di 192.168.0.2.")]


def test_a_pc_at_a_wrong_address_is_found_by_its_card_and_nothing_else_is_told(plugin: ModuleType):
    lost = pc(2)
    lost["look"] |= {"address": "192.168.0.77", "name": ""}
    seen = census(_2=[], _77=[mac(2)])
    assert plugin.found_at(seen, "192.168.0.2", mac(2)) == "192.168.0.77"
    assert troubles(plugin, seen, lost) == [("pc-02", "address", "Alamatnya 192.168.0.77, seharusnya 192.168.0.2.")]


def test_of_an_address_that_a_stranger_shares_nothing_else_is_told(plugin: ModuleType):
    shared = census(_3=[mac(3), mac(99)])
    assert troubles(plugin, shared) == [
        ("pc-03", "duplicate", f"Alamat 192.168.0.3 dipakai lebih dari satu perangkat: {mac(3)}, {mac(99)}.")
    ]


def test_a_stranger_at_a_planned_address_is_told_by_the_card_that_is_not_the_plans(plugin: ModuleType):
    off = pc(2, entered=False, look={}, kiosk={}, load={})
    found = troubles(plugin, census(_2=[mac(99)]), off)
    assert ("pc-02", "mac", f"Alamat MAC {mac(99)}, di denah {mac(2)}.") in found
    assert not [one for one in found if one[1] == "stranger"]


def test_strangers_are_told_but_not_servers_and_not_the_technician(plugin: ModuleType):
    seen = census(_66=[mac(66)], _250=[mac(50)], _67=[mac(67), mac(68)])
    assert [one[1] for one in troubles(plugin, seen) if one[0] == "LAN"] == [
        "duplicate",
        "stranger",
        "stranger",
        "stranger",
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"offset": -300.2}, "clock"),
        ({"offset": None}, "clock"),
        ({"name": "10.0.0.1"}, "name"),
        ({"name": ""}, "name"),
        ({"page": {"ok": False, "status": "CERTIFICATE_VERIFY_FAILED", "ms": 0, "files": 0}}, "page"),
        ({"page": {"ok": True, "status": "200", "ms": 5001, "files": 9}}, "page"),
        ({"ping": False}, "ping_back"),
    ],
)
def test_each_thing_a_pc_sees_wrong_is_one_trouble(plugin: ModuleType, change: dict[str, Any], code: str):
    seen = pc(1)
    seen["look"] |= change
    assert [one[:2] for one in troubles(plugin, census(), seen)] == [("pc-01", code)]


def test_a_slow_pc_is_told_by_the_slowest_of_twenty_answers_and_by_what_it_received(plugin: ModuleType):
    slow = pc(1)
    slow["load"] = {"begun": 0.0, "ended": 20.0, "bytes": 500_000, "times": [20.0] * 18 + [3100.0, 3100.0], "failed": 1}
    assert [one[1] for one in troubles(plugin, census(), slow)] == ["latency", "throughput"]


def test_a_pc_whose_probe_broke_is_not_green(plugin: ModuleType):
    told = plugin.measured_computers(
        ["pc-01"],
        {
            "pc-01": {
                "ansible_host": "192.168.0.1",
                "lab_mac": mac(1),
                "lab_room": "Lab 1",
                "lab_seat": "1",
                "lab_spare": False,
                "verify_entered": {"ping": "pong"},
                "verify_look": {"msg": "MODULE FAILURE", "rc": 1},
            }
        },
    )
    assert {one[1] for one in troubles(plugin, census(), *told) if one[0] == "pc-01"} >= {"page", "clock", "address"}
