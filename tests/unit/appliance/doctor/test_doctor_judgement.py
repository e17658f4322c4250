"""Each judgement of the doctor, as data: what was measured, and what is said of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.refusals import Refusal
from appliance.cards import Card, Choice
from appliance.doctor import care, hardware, network
from appliance.doctor.care import Synchronised, Target
from appliance.doctor.findings import Finding, worst_first
from appliance.doctor.hardware import Flushes
from appliance.doctor.network import Certificate

NOW = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
LAN = Card("02:00:00:00:00:01", "eth0", link=True, speed=1000)
GONE = Refusal("B-501", "USB atau disk ini tidak terpasang.", "Pasang perangkatnya.")


def flushes(ms: float, bus: str = "disk", *, turning: bool = False) -> Flushes:
    return Flushes(ms, ms * 3, bus, turning, "write back")


@pytest.mark.parametrize(
    ("found", "guest", "state"),
    [
        (flushes(8.3, turning=True), "none", "good"),  # a turn of a disk with 7,200 a minute
        (flushes(0.2, turning=True), "none", "bad"),  # no disk turns that fast: its cache keeps what was flushed
        (flushes(0.6), "none", "good"),
        (flushes(0.005), "none", "bad"),  # memory, not a disk
        (flushes(4.0, "usb"), "none", "good"),
        (flushes(0.1, "usb"), "none", "bad"),
        (flushes(0.9, "virtual"), "kvm", "good"),
        (flushes(0.03, "virtual"), "kvm", "bad"),  # cache=unsafe
        (flushes(0.9, "virtual"), "oracle", "warn"),  # ignores flushes unless told otherwise
        (flushes(0.9), "oracle", "warn"),
        (flushes(80.0), "none", "warn"),
        (flushes(900.0, "usb"), "none", "bad"),
        (flushes(0.9, ""), "none", "warn"),
    ],
)
def test_a_flush_that_is_too_fast_for_its_disk_is_a_lie(found: Flushes, guest: str, state: str):
    judged = hardware.judge_flushes(found, guest)
    assert judged.state == state
    assert bool(judged.remedy) is (state != "good")


@pytest.mark.parametrize(
    ("judged", "state"),
    [
        (hardware.judge_cores(1), "warn"),
        (hardware.judge_cores(2), "good"),
        (hardware.judge_memory(1_000_000_000), "bad"),
        (hardware.judge_memory(2_000_000_000), "warn"),
        (hardware.judge_memory(4_000_000_000), "good"),
        (hardware.judge_disk(10**11, 10**10, reserve_spent=False), "good"),
        (hardware.judge_disk(10**11, 10**10, reserve_spent=True), "bad"),
        (hardware.judge_disk(10**11, 4 * 10**8, reserve_spent=False), "bad"),
        (hardware.judge_disk(10**11, 10**9, reserve_spent=False), "warn"),
        (network.judge_conflict("192.168.0.200", True), "bad"),
        (network.judge_conflict("192.168.0.200", False), "good"),
        (network.judge_conflict("192.168.0.200", None), "warn"),
        (network.judge_names("none", False), "good"),
        (network.judge_names("dhcp", False), "warn"),
        (network.judge_ports(False, True), "bad"),
        (network.judge_ports(True, False), "bad"),
        (network.judge_ports(True, True), "good"),
        (care.judge_clock(NOW.replace(year=1970), None, "dhcp"), "bad"),
        (care.judge_clock(NOW, None, "dhcp"), "warn"),
        (care.judge_clock(NOW, Synchronised(True, 0.001), "dhcp"), "good"),
        (care.judge_clock(NOW, Synchronised(True, 40.0), "dhcp"), "warn"),
        (care.judge_clock(NOW, Synchronised(False, 0.0), "dhcp"), "warn"),
        (care.judge_clock(NOW, Synchronised(False, 0.0), "none"), "good"),
        (care.judge_zone("Asia/Jayapura", "Asia/Jakarta"), "warn"),
        (care.judge_zone("Asia/Jayapura", "Asia/Jayapura"), "good"),
        (care.judge_services([]), "good"),
        (care.judge_services(["guyub-exam"]), "bad"),
        (care.judge_target("none", None, None), "warn"),
        (care.judge_target("device", None, GONE), "bad"),
        (care.judge_target("device", None, None), "warn"),  # a backup has it just now
        (care.judge_target("device", Target("vfat", 10**10, True), None), "good"),
        (care.judge_target("device", Target("ext4", 10**10, False), None), "bad"),
        (care.judge_target("smb", Target("", 10**8, True), None), "warn"),
        (care.judge_guest("none", False), "good"),
        (care.judge_guest("oracle", False), "good"),
        (care.judge_guest("microsoft", True), "warn"),
        (care.judge_guest("qemu", False), "warn"),
        (care.judge_guest("something new", False), "good"),
        (care.judge_program(900, [], sealed=True), "good"),
        (care.judge_program(900, [], sealed=False), "warn"),
        (care.judge_program(900, ["app/cli.py"], sealed=True), "bad"),
        (care.judge_program(0, [], sealed=None), "warn"),
        (care.judge_settings(None), "good"),
        (care.judge_settings(GONE), "bad"),
    ],
)
def test_what_was_measured_is_judged_and_what_is_not_good_has_a_remedy(judged: Finding, state: str):
    assert judged.state == state
    assert bool(judged.remedy) is (state != "good")
    assert judged.text % judged.values
    assert not judged.remedy or judged.remedy % judged.values


@pytest.mark.parametrize(
    ("card", "state"),
    [
        (LAN, "good"),
        (Card(LAN.mac, "eth0", link=True), "good"),  # a virtual card tells no speed
        (Card(LAN.mac, "eth0", link=True, speed=100), "warn"),
        (Card(LAN.mac, "eth0", link=True, speed=10), "bad"),
        (Card(LAN.mac, "eth0"), "bad"),
    ],
)
def test_the_exam_rooms_card_is_connected_and_fast(card: Card, state: str):
    found = network.judge_cards(Choice(card, card), [card])
    assert [finding.state for finding in found] == [state]


def test_a_card_that_was_replaced_is_red_with_the_words_of_whoever_chose():
    note = Refusal("B-125", "Kartu %(mac)s tidak ada lagi.", "Pilih kartu.", values={"mac": "02:…"})
    found = network.judge_cards(Choice(LAN, None, note), [LAN])
    assert (found[0].state, found[0].values) == ("bad", {"mac": "02:…"})


def test_half_duplex_and_the_nat_of_virtualbox_are_told():
    assert network.judge_duplex("eth0", "half")[0].state == "warn"
    assert network.judge_duplex("eth0", "full") == []
    assert network.judge_nat(["10.0.2.15"], "oracle")[0].state == "warn"
    assert network.judge_nat(["10.0.2.15"], "kvm") == []
    assert network.judge_nat(["192.168.0.200"], "oracle") == []


@pytest.mark.parametrize(
    ("days", "addresses", "state"),
    [
        (400, "192.168.0.200", "good"),
        (10, "192.168.0.200", "warn"),
        (-1, "192.168.0.200", "bad"),
        (400, "10.0.0.1", "bad"),
    ],
)
def test_the_certificate_is_valid_and_made_for_the_addresses(days: int, addresses: str, state: str):
    found = Certificate(NOW + timedelta(days=days), NOW - timedelta(days=30), frozenset({addresses}))
    assert network.judge_certificate(found, ["192.168.0.200"], NOW).state == state
    assert network.judge_certificate(None, [], NOW).state == "bad"


@pytest.mark.parametrize(
    ("state", "judged"),
    [
        ({}, "warn"),
        ({"success": {"at": (NOW - timedelta(hours=3)).isoformat()}}, "warn"),  # never proved
        ({"success": {"at": (NOW - timedelta(hours=3)).isoformat()}, "check": {"at": NOW.isoformat()}}, "good"),
        ({"success": {"at": (NOW - timedelta(hours=40)).isoformat()}}, "warn"),
        ({"success": {"at": (NOW - timedelta(days=8)).isoformat()}}, "bad"),
        (
            {
                "success": {"at": (NOW - timedelta(hours=9)).isoformat()},
                "failure": {"at": NOW.isoformat(), "code": "B-306", "cause": "Penuh.", "remedy": "Kosongkan."},
            },
            "bad",
        ),
    ],
)
def test_an_old_a_failed_and_an_unproved_backup_are_told(state: dict[str, Any], judged: str):
    assert care.judge_backups(state, "device", NOW).state == judged


def test_the_worst_comes_first_and_else_the_order_stays():
    found = [Finding("a", "good", ""), Finding("b", "bad", ""), Finding("c", "warn", ""), Finding("d", "bad", "")]
    assert [finding.name for finding in worst_first(found)] == ["b", "d", "c", "a"]
