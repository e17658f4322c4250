"""What runs as root does what is on the list and nothing else, says who asked, and keeps secrets out of the journal."""

from __future__ import annotations

import json
import os
import socket
from typing import Any

import pytest

from app.domain.box_actions import ACTIONS, ChangeSettings, CheckStaff, Glance, ReadSettings, TurnOff
from app.domain.refusals import Refusal
from app.services import box
from appliance import settings
from appliance.actions.run import ROOMS
from tests.box_of_files import CARD, BoxOfFiles


def said(box_of_files: BoxOfFiles, request: bytes) -> list[dict[str, Any]]:
    """The lines that come back."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(box_of_files.socket))
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as lines:
            return [json.loads(line) for line in lines]


def test_every_action_of_the_list_has_its_room() -> None:
    assert sorted(ROOMS) == sorted(ACTIONS)


@pytest.mark.parametrize(
    "request_line",
    [
        b"",
        b"\n",
        b"glance\n",
        b'{"action": "shell", "arguments": {"command": "id"}}\n',
        b'{"action": "glance", "arguments": {"root": "/etc"}}\n',
        b'{"action": "power", "arguments": {"again": "yes"}}\n',
        b'{"action": "power", "arguments": {}}\n',
        b'{"action": "glance", "arguments": {}, "more": 1}\n',
        b"x" * 70_000,
    ],
)
def test_what_is_not_on_the_list_is_refused(box_of_files: BoxOfFiles, request_line: bytes) -> None:
    assert [line["refusal"]["code"] for line in said(box_of_files, request_line)] == ["B-101"]


def test_a_glance_tells_state_in_words_and_the_addresses(box_of_files: BoxOfFiles) -> None:
    told = box.ask(Glance())
    assert told["set_up"] is False
    assert told["addresses"] == ["192.168.0.200"]
    assert [(card["mac"], card["role"], card["link"]) for card in told["cards"]] == [(CARD, "lan", True)]
    assert told["state"] == "bad"
    assert told["text"] == "Layanan ujian tidak menjawab.", "nothing listens behind this box"
    assert told["remedy"]
    assert told["disk"]["size"] > told["disk"]["free"] > 0


def test_a_glance_never_tells_the_setup_code(box_of_files: BoxOfFiles) -> None:
    code = (box_of_files.places.box / "setup-code").read_text().strip()
    assert code not in json.dumps(box.ask(Glance()))
    assert (box_of_files.places.run / "setup-code").read_text().strip() == code, "the console reads it from its file"


def test_a_change_is_kept_and_rendered_at_once(box_of_files: BoxOfFiles) -> None:
    assert box.ask(ChangeSettings(table="network", values={"lan_address": "10.1.2.3/24"})) == {"address": "10.1.2.3"}
    assert box.ask(ReadSettings())["network"]["lan_address"] == "10.1.2.3/24"
    rendered = (box_of_files.places.networkd / "10-guyub-lan.network").read_text()
    assert "Address=10.1.2.3/24" in rendered


def test_a_saved_network_names_its_cards_from_then_on(box_of_files: BoxOfFiles) -> None:
    box.ask(ChangeSettings(table="network", values={"lan_address": "10.1.2.3/24"}))
    assert box.ask(ReadSettings())["network"]["lan_card"] == CARD


@pytest.mark.parametrize(
    ("table", "values", "code"),
    [
        ("general", {"set_up": True}, "B-130"),
        ("general", {"mode": "mandiri"}, "B-131"),
        ("network", {"lan_address": "10.1.2.255/24"}, "B-115"),
        ("nothing", {}, "B-110"),
        ("backup", {"smb_password": 7}, "B-112"),
    ],
)
def test_a_refused_change_changes_nothing(
    box_of_files: BoxOfFiles, table: str, values: dict[str, Any], code: str
) -> None:
    before = settings.read(box_of_files.places.box)
    with pytest.raises(Refusal) as refused:
        box.ask(ChangeSettings(table=table, values=values))
    assert refused.value.code == code
    assert settings.read(box_of_files.places.box) == before


def test_who_asks_for_a_key_of_ssh_does_not_become_root_by_it(box_of_files: BoxOfFiles) -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA anto"
    with pytest.raises(Refusal) as refused:
        box.ask(ChangeSettings(table="remote", values={"ssh": True, "keys": [key]}))
    assert refused.value.code == "B-135"
    assert not settings.read(box_of_files.places.box).settings.remote.ssh


def test_the_shares_password_is_kept_beside_and_never_told(box_of_files: BoxOfFiles) -> None:
    values = {"target": "smb", "smb_share": "//192.168.0.10/cadangan", "smb_user": "anto", "smb_password": "rahasia-1"}
    box.ask(ChangeSettings(table="backup", values=values))
    assert box.ask(ReadSettings())["backup"]["smb_password_set"] is True
    box.ask(ChangeSettings(table="backup", values={"at": "03:00", "smb_password": ""}))
    kept = box_of_files.places.box / "smb-password"
    assert kept.read_text() == "rahasia-1"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "rahasia-1" not in json.dumps(box.ask(ReadSettings())) + box_of_files.journal()


def test_the_journal_says_who_asked_and_no_password(box_of_files: BoxOfFiles) -> None:
    with pytest.raises(Refusal):
        box.ask(CheckStaff(account="anto", password="sandi-rahasia-sekali"))
    journal = [json.loads(line) for line in box_of_files.journal().splitlines() if line.startswith("{")]
    assert {"action": "staff.check", "peer_uid": os.getuid()}.items() <= journal[0].items()
    assert "sandi-rahasia-sekali" not in box_of_files.journal()


def test_a_fault_goes_to_the_journal_with_its_trace_and_out_with_its_code(box_of_files: BoxOfFiles) -> None:
    (box_of_files.places.box / "box.toml").mkdir()
    with pytest.raises(Refusal) as refused:
        box.ask(ChangeSettings(table="web", values={"https_only": True}))
    assert refused.value.code == "B-104"
    assert "Traceback" not in refused.value.cause
    assert "Traceback" in box_of_files.journal()


def test_an_action_goes_on_when_whoever_asked_is_gone(box_of_files: BoxOfFiles) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(box_of_files.socket))
        connection.sendall(
            b'{"action": "settings.change", "arguments": {"table": "web", "values": {"https_only": true}}}\n'
        )
    box_of_files.stop()
    assert settings.read(box_of_files.places.box).settings.web.https_only


def test_turning_off_takes_a_yes_or_no_only() -> None:
    assert [field for field in TurnOff.__annotations__ if field != "name"] == ["again"]
