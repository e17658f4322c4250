"""`guyub lab scan`: a proposal from what the server knows, for a person to look through."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import guyub
from app.domain.refusals import Refusal
from appliance.lab import rows, scanning, workbook
from appliance.lab.plan import Computer, Plan

ADDR = [{"ifname": "eth0", "addr_info": [{"family": "inet", "local": "192.168.0.200", "prefixlen": 24}]}]
ROUTES = [{"dst": "default", "gateway": "192.168.0.1"}]
NEIGH = [
    {"dst": "192.168.0.1", "lladdr": "00:11:22:33:44:01", "state": ["REACHABLE"]},
    {"dst": "192.168.0.12", "lladdr": "00:11:22:33:44:12", "state": ["STALE"]},
    {"dst": "192.168.0.50", "state": ["FAILED"]},
    {"dst": "192.168.0.60", "lladdr": "da:a1:19:00:00:01", "state": ["STALE"]},
    {"dst": "fe80::1", "lladdr": "00:11:22:33:44:99", "state": ["STALE"]},
    {"dst": "10.0.0.7", "lladdr": "00:11:22:33:44:98", "state": ["STALE"]},
]
LEASES = """1790000000 00:11:22:33:44:55 192.168.0.215 lab-tua 01:00:11:22:33:44:55
1790000000 00:11:22:33:44:66 192.168.0.216 EPSON12AB34 *
1790000000 00:11:22:33:44:77 192.168.0.214 * *
duid 00:01:00:01
"""


def ask(line: Sequence[str]) -> str:
    told = {"addr": ADDR, "route": ROUTES, "neigh": NEIGH}
    return LEASES if line[0] == "cat" else json.dumps(told[line[2]])


def test_computers_are_numbered_by_address_and_get_addresses_that_may_be_planned() -> None:
    proposal = scanning.propose(scanning.look(ask, "", "192.168.0.200"), None)
    assert [(one.name, one.mac[-2:], one.address) for one, _note in proposal.computers] == [
        ("pc-01", "12", "192.168.0.12"),
        ("pc-02", "77", "192.168.0.13"),  # .12 is taken by then
        ("pc-03", "55", "192.168.0.14"),
    ]


def test_what_looks_like_no_pc_is_told_apart_with_the_reason() -> None:
    proposal = scanning.propose(scanning.look(ask, "eth0", ""), None)
    assert {one.address: reason for one, reason in proposal.others} == {
        "192.168.0.1": "gateway internet",
        "192.168.0.60": "MAC acak, biasanya ponsel",
        "192.168.0.216": "nama pencetak",
    }


def test_computers_of_the_plan_keep_what_they_have_and_missing_ones_are_told() -> None:
    there = Computer("pc-07", "00:11:22:33:44:55", "192.168.0.17", "windows", "Lab 1", "7", spare=True)
    gone = Computer("pc-08", "00:11:22:33:44:88", "192.168.0.18", "linux", "Lab 1", "8")
    proposal = scanning.propose(scanning.look(ask, "eth0", ""), Plan("192.168.0.200/24", (there, gone)))
    notes = {one.name: (one, note) for one, note in proposal.computers}
    assert notes["pc-07"] == (there, "di denah, alamatnya lain sekarang")
    assert notes["pc-08"] == (gone, "di denah, tidak terlihat")
    assert notes["pc-01"][1] == "baru"


def test_the_proposal_can_be_imported_as_it_is() -> None:
    proposal = scanning.propose(scanning.look(ask, "eth0", ""), None)
    table = workbook.read_sheet("usulan.xlsx", scanning.as_sheet(proposal))
    reading = rows.judge(table, {"server1": "192.168.0.200/24"}, None)
    assert reading.wrong == []
    assert {note.code for note in reading.notes} == {"B-724"}
    assert [one.mac for one in reading.plans["server1"].computers] == [one.mac for one, _ in proposal.computers]


def test_a_hostile_name_of_a_machine_becomes_no_formula() -> None:
    lan = scanning.Lan("192.168.0.200/24", (), (scanning.Seen("192.168.0.9", "00:11:22:33:44:09", "=cmd()|printer"),))
    proposal = scanning.propose(lan, None)
    import io

    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(scanning.as_sheet(proposal)))
    assert book["Bukan PC"]["C2"].value == "'=cmd()|printer"


@pytest.mark.parametrize(
    "words", [[], ["--card", "eth0", "--server", "root@10.0.0.1"], ["--server", "-oProxyCommand=x"]]
)
def test_a_scan_needs_one_place_to_look(words: list[str]) -> None:
    result = CliRunner().invoke(guyub, ["lab", "scan", *words])
    assert getattr(result.exception, "code", "") == "B-731"


def test_a_server_that_does_not_answer_is_told_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "ssh"
    fake.write_text("#!/bin/sh\necho 'Connection refused' >&2\nexit 255\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(Refusal) as refused:
        scanning.asker("root@192.0.2.1")(["ip", "-json", "addr", "show"])
    assert refused.value.code == "B-730"


def test_this_machines_own_card_is_read_for_real() -> None:
    lan = scanning.look(scanning.asker(""), "lo", "")
    assert lan.own == "127.0.0.1/8"
