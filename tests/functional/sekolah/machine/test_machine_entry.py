"""Anto lets Ansible in: the page proposes a key and takes rights away; letting in is done at the server's screen."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.domain.box_actions import ProposeKey, RemoveKey, TurnOffEntry
from app.domain.refusals import Refusal
from app.models import AuditEntry, db
from tests.functional.sekolah.machine.conftest import click
from tests.functional.sekolah.machine.root_side import RootSide

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA anto@laptop"
PRINT = "SHA256:abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
PAGE = "/sekolah/mesin/akses"
WAITS = {"fingerprint": PRINT, "comment": "anto@laptop", "by": "anto", "at": "2026-11-23T02:00:00+00:00"}


@pytest.fixture
def entry(root_side: RootSide) -> RootSide:
    root_side.answers["entry.list"] = {"ssh": False, "keys": [], "proposals": []}
    root_side.answers["entry.propose"] = {"fingerprint": PRINT, "comment": "anto@laptop"}
    return root_side


def lines(event: str) -> list[tuple[str, str, dict[str, object]]]:
    return [(row.actor, row.subject, row.detail) for row in db.session.query(AuditEntry).filter_by(event=event)]


def test_a_key_is_proposed_logged_and_waits_with_its_fingerprint(entry: RootSide, anto: FlaskClient) -> None:
    assert "Belum ada kunci." in anto.get(PAGE).text
    entry.answers["entry.list"] = {"ssh": False, "keys": [], "proposals": [WAITS]}
    text = click(anto, PAGE, PAGE, key=f"  {KEY}\r\n").text
    assert ProposeKey(key=KEY, by="anto") in entry.asked
    assert "Kunci menunggu. Izinkan di layar server" in text
    assert PRINT in text
    assert lines("box_key_proposed") == [("anto", PRINT, {"comment": "anto@laptop"})]


def test_the_page_has_no_button_that_lets_anybody_in(entry: RootSide, anto: FlaskClient) -> None:
    entry.answers["entry.list"] = {"ssh": False, "keys": [WAITS], "proposals": [WAITS]}
    text = anto.get(PAGE).text
    assert text.count('action="/sekolah/mesin/akses/hapus"') == 2
    assert "Menyalakannya lagi hanya di layar server" in text
    assert "izinkan</button>" not in text.lower()
    for path in ("izinkan", "nyalakan"):
        assert anto.post(f"{PAGE}/{path}").status_code == 404


def test_rights_are_taken_away_from_the_page_and_logged(entry: RootSide, anto: FlaskClient) -> None:
    entry.answers["entry.list"] = {"ssh": True, "keys": [WAITS], "proposals": []}
    assert "Kunci dihapus." in click(anto, PAGE, f"{PAGE}/hapus", fingerprint=PRINT).text
    assert "Akses SSH dimatikan." in click(anto, PAGE, f"{PAGE}/matikan").text
    assert RemoveKey(fingerprint=PRINT, by="anto") in entry.asked
    assert TurnOffEntry(by="anto") in entry.asked
    assert lines("box_key_removed") == [("anto", PRINT, {})]
    assert lines("box_entry_turned_off") == [("anto", "", {})]


def test_what_is_no_key_is_told_with_its_remedy_and_not_logged(entry: RootSide, anto: FlaskClient) -> None:
    entry.answers["entry.propose"] = Refusal("B-138", "Itu kunci rahasia.", "Buat pasangan kunci baru.")
    text = click(anto, PAGE, PAGE, key="-----BEGIN OPENSSH PRIVATE KEY-----").text
    assert "Itu kunci rahasia." in text
    assert "B-138" in text
    assert lines("box_key_proposed") == []
