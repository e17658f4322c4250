"""`guyub lab scan` at the technician's: the server's own neighbour table and leases, read over SSH."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from appliance.lab import rows, workbook
from tests.lab.hosts import SERVER, Lab

PC, PHONE = ("192.168.0.77", "00:16:3e:00:00:77"), ("192.168.0.78", "da:a1:19:00:00:78")


def test_who_is_on_the_lan_becomes_a_proposal_that_can_be_imported(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    server = lab.host("server-1", "server")
    for address, mac in (PC, PHONE):
        lab.stranger(address, mac)
        server.says("ping", "-c", "1", "-W", "5", address)
    programs = lab.folder / "programs"
    programs.mkdir()
    ssh = programs / "ssh"
    ssh.write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F {lab.folder}/ssh_config "$@"\n', encoding="ascii")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    proposal = lab.folder / "usulan.xlsx"
    guyub = str(Path(sys.executable).parent / "guyub")
    told = lab.run(guyub, "lab", "scan", "--server", f"root@{SERVER}", "--into", str(proposal))
    assert f"pc-01  {PC[1]}  {PC[0]}" in told
    assert "MAC acak, biasanya ponsel" in told
    reading = rows.judge(workbook.read_sheet(proposal.name, proposal.read_bytes()), {"server1": f"{SERVER}/24"}, None)
    assert PC[1] in {computer.mac for computer in reading.plans["server1"].computers}
    assert PHONE[1] not in {computer.mac for computer in reading.plans["server1"].computers}
    assert reading.wrong == []
