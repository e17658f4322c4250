"""The plan in the box: kept whole, turned into addresses, names, time and open ports; refused where it does not fit."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import guyub
from appliance import settings
from appliance.booting import boot, renew
from appliance.cards import Card
from appliance.doctor import lab as judging
from appliance.lab import foreign_dhcp, keeping
from appliance.lab.foreign_dhcp import Foreign
from appliance.lab.plan import Computer, Plan, as_toml
from appliance.lan_files import dnsmasq_text
from appliance.places import Places
from appliance.render import Facts, commands_for, render
from appliance.settings import BoxSettings, Network
from tests.unit.appliance.test_render import NOW

FIRST = Computer("pc-01", "52:54:00:12:34:01", "192.168.0.11", "linux", "Lab 1", "A1")
SECOND = Computer("pc-02", "52:54:00:12:34:02", "192.168.0.12", "windows", "Lab 1", "A2", spare=True)
PLAN = Plan("192.168.0.200/24", (FIRST, SECOND))
CARD = Card("52:54:00:00:00:01", "enp1s0")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A box of files without any card: nobody is asked on a network."""
    places = Places(tmp_path)
    boot(places, NOW)
    return places


def call(places: Places, *words: str, given: str | None = None) -> Result:
    return CliRunner().invoke(guyub, list(words), input=given, env={"GUYUB_BOX_ROOT": str(places.root)})


def put(places: Places, plan: Plan, *words: str) -> dict[str, object]:
    ran = call(places, "lab", "put", "-", "--json", *words, given=as_toml(plan))
    told: dict[str, object] = json.loads(ran.stdout)
    return told


def test_without_a_plan_nothing_of_a_lab_is_served(places: Places) -> None:
    files = render(BoxSettings(), [CARD], Facts(), places)
    assert places.run / "dnsmasq.conf" not in files
    assert "allow" not in files[places.run / "chrony/guyub.conf"].text
    assert "accept" not in files[places.run / "firewall/guyub.nft"].text


def test_the_plan_opens_names_addresses_and_time_to_the_lan_and_nothing_else(places: Places) -> None:
    files = render(BoxSettings(), [CARD], Facts(plan=PLAN), places)
    assert files[places.run / "chrony/guyub.conf"].text.splitlines()[-1] == "allow 192.168.0.0/24"
    assert files[places.run / "firewall/guyub.nft"].text.splitlines() == [
        "udp sport 68 udp dport 67 accept",
        "ip saddr 192.168.0.0/24 udp dport { 53, 123 } accept",
        "ip saddr 192.168.0.0/24 tcp dport 53 accept",
    ]


@pytest.mark.parametrize("guests", [False, True])
def test_dnsmasq_takes_what_is_rendered_for_it(tmp_path: Path, *, guests: bool) -> None:
    program = shutil.which("dnsmasq", path="/usr/sbin:/usr/bin")
    assert program, "dnsmasq-base is missing: tests/system-packages test"
    (tmp_path / "dnsmasq.conf").write_text(dnsmasq_text(replace(PLAN, guests=guests)))
    said = subprocess.run(
        [program, "--test", f"--conf-file={tmp_path}/dnsmasq.conf"], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr


def test_each_planned_pc_has_its_address_and_name_and_nobody_else_gets_one() -> None:
    lines = dnsmasq_text(PLAN).splitlines()
    assert {
        "dhcp-host=52:54:00:12:34:02,192.168.0.12,pc-02",
        "host-record=pc-02.lan,192.168.0.12",
        "host-record=ujian.lan,192.168.0.200",
        "dhcp-range=192.168.0.0,static,255.255.255.0,12h",
        "dhcp-ignore=tag:!known",
        "address=/#/",
        "no-resolv",
    } <= set(lines)
    assert "dhcp-option=option:router" in lines, "a gateway would be a way out"


def test_a_school_whose_students_bring_telephones_gives_them_addresses_of_a_range_of_their_own() -> None:
    lines = dnsmasq_text(replace(PLAN, guests=True)).splitlines()
    assert "dhcp-range=192.168.0.201,192.168.0.249,255.255.255.0,2h" in lines
    assert not any(line.startswith("dhcp-ignore") for line in lines)
    assert "dhcp-option=option:router" in lines


def test_a_plan_for_another_address_is_not_served(places: Places) -> None:
    moved = BoxSettings(network=Network(lan_address="192.168.0.210/24"))
    assert places.run / "dnsmasq.conf" not in render(moved, [CARD], Facts(plan=PLAN), places)


def test_a_plan_that_is_handed_over_counts_and_the_second_time_changes_nothing(places: Places) -> None:
    would = put(places, PLAN, "--check")
    assert (would["changed"], would["before"], would["after"]) == (True, "", as_toml(PLAN))
    assert not (places.box / "lab.toml").exists()
    assert put(places, PLAN)["changed"] is True
    assert "pc-02.lan" in (places.run / "dnsmasq.conf").read_text()
    assert put(places, PLAN)["changed"] is False
    assert put(places, PLAN, "--check")["changed"] is False
    assert json.loads(call(places, "lab", "show", "--json").stdout) == {"plan": as_toml(PLAN), "served": True}


def test_a_change_tells_both_texts_and_keeps_the_plan_before(places: Places) -> None:
    put(places, PLAN)
    more = replace(PLAN, computers=(*PLAN.computers, replace(FIRST, name="pc-03", mac=CARD.mac, address="192.168.0.13",
                                                             seat="A3")))  # fmt: skip
    told = put(places, more)
    assert (told["before"], told["after"]) == (as_toml(PLAN), as_toml(more))
    (places.box / "lab.toml").write_bytes(b"\0" * 200)
    kept = keeping.read(places)
    assert kept.plan == PLAN
    assert kept.damage is not None
    assert put(places, PLAN)["changed"] is True, "a damaged file is put right"
    assert keeping.read(places).damage is None


def test_a_plan_for_another_server_is_refused_and_in_check_mode_told(places: Places) -> None:
    other = replace(PLAN, server_address="192.168.0.210/24")
    refused = call(places, "lab", "put", "-", "--json", given=as_toml(other))
    assert refused.exit_code == 2
    told = json.loads(refused.stdout)
    assert told["code"] == "B-741"
    assert "192.168.0.210/24" in told["cause"]
    assert not (places.box / "lab.toml").exists()
    would = call(places, "lab", "put", "-", "--json", "--check", given=as_toml(other))
    assert [warning["code"] for warning in json.loads(would.stdout)["warnings"]] == ["B-741"]


def test_an_odd_plan_is_refused_and_the_one_before_stays(places: Places) -> None:
    put(places, PLAN)
    told = put(places, replace(PLAN, computers=(FIRST, replace(SECOND, mac=FIRST.mac))))
    assert told["code"] == "B-708"
    assert keeping.read(places).plan == PLAN


def test_a_spare_server_takes_up_the_pcs_of_another_and_gives_them_back(places: Places) -> None:
    dead = Plan("192.168.0.201/24", (replace(FIRST, name="pc-41", mac=CARD.mac, address="192.168.0.41", seat="B1"),))
    for own in ("", as_toml(PLAN)):  # a spare without PCs, and one with some
        if own:
            put(places, PLAN)
        told = put(places, dead, "--add")
        assert (told["changed"], told["before"]) == (True, own)
        served = (places.run / "dnsmasq.conf").read_text()
        assert "listen-address=192.168.0.200" in served
        assert f"dhcp-host={CARD.mac},192.168.0.41,pc-41" in served
        assert "host-record=pc-41.lan,192.168.0.41" in served
        assert put(places, dead, "--add")["changed"] is False
    assert put(places, PLAN)["changed"] is True
    assert "pc-41" not in (places.run / "dnsmasq.conf").read_text()
    clash = replace(dead, computers=(replace(dead.computers[0], address=FIRST.address),))
    assert put(places, clash, "--add")["code"] == "B-708"


def test_only_dnsmasq_is_told_of_a_new_plan_and_stopped_without_one(places: Places) -> None:
    put(places, PLAN)
    file = places.run / "dnsmasq.conf"
    assert commands_for([file], places) == [["systemctl", "restart", "guyub-lan.service"]]
    for name in (keeping.NAME, keeping.BEFORE):
        (places.box / name).unlink(missing_ok=True)
    assert file in renew(places, NOW)
    assert commands_for([file], places) == [["systemctl", "stop", "guyub-lan.service"]]


def test_values_are_set_by_words_and_the_second_time_changes_nothing(places: Places) -> None:
    words = ("box", "set", "time", 'servers=["ntp.example.id"]', "--json")
    would = json.loads(call(places, *words, "--check").stdout)
    assert would["changed"] is True
    assert settings.read(places.box).settings == BoxSettings()
    done = json.loads(call(places, *words).stdout)
    assert (done["before"], done["after"]) == ("[time]\nservers = []\n", '[time]\nservers = ["ntp.example.id"]\n')
    assert (places.run / "chrony/guyub.conf").read_text() == "server ntp.example.id iburst\n"
    assert json.loads(call(places, *words).stdout)["changed"] is False


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("network", "lan_address=192.168.0.255/24"), "B-115"),
        (("network", "colour=red"), "B-110"),
        (("colour", "red=1"), "B-110"),
        (("web", "https_only=perhaps"), "B-112"),
        (("web", "https_only=1"), "B-112"),
        (("time", "servers=ntp.example.id"), "B-112"),
        (("general", "mode=mandiri"), "B-131"),
        (("general", "set_up=true"), "B-130"),
    ],
)
def test_an_odd_value_is_refused_as_on_every_other_way(places: Places, words: tuple[str, ...], code: str) -> None:
    refused = call(places, "box", "set", *words, "--json")
    assert (refused.exit_code, json.loads(refused.stdout)["code"]) == (2, code)
    assert settings.read(places.box).settings == BoxSettings()


def test_true_may_be_written_as_ansible_writes_it(places: Places) -> None:
    assert json.loads(call(places, "box", "set", "web", "https_only=True", "--json").stdout)["changed"] is True
    assert settings.read(places.box).settings.web.https_only is True


def test_a_password_comes_by_the_input_and_is_told_nowhere(places: Places) -> None:
    words = ("box", "set", "backup", "target=smb", "smb_share=//nas/ujian", "smb_password=-", "--json")
    first = call(places, *words, given="padi menguning\n")
    assert "padi" not in first.stdout
    assert places.share_password.read_text() == "padi menguning"
    assert json.loads(call(places, *words, given="padi menguning\n").stdout)["changed"] is False
    assert json.loads(call(places, *words, "--check", given="padi hijau\n").stdout)["changed"] is True
    assert places.share_password.read_text() == "padi menguning"


def test_only_the_offer_that_answers_our_question_counts() -> None:
    transaction = b"\x01\x02\x03\x04"
    asked = foreign_dhcp.question(transaction, b"\x02" * 6)
    assert foreign_dhcp.offered_by(asked, transaction) == "", "our own question is no offer"
    offer = answer(transaction, b"\x35\x01\x02\x36\x04\xc0\xa8\x00\x01\xff")
    assert foreign_dhcp.offered_by(offer, transaction) == "192.168.0.1"
    assert foreign_dhcp.offered_by(answer(transaction, b"\x35\x01\x02\xff"), transaction) == "192.168.0.77"
    assert foreign_dhcp.offered_by(offer, b"\x09\x02\x03\x04") == ""
    for cut in range(len(offer)):
        assert foreign_dhcp.offered_by(offer[:cut], transaction) in {"", "192.168.0.1", "192.168.0.77"}


def answer(transaction: bytes, options: bytes) -> bytes:
    message = struct.pack("!BBBB4s", 2, 1, 6, 0, transaction).ljust(236, b"\0") + b"\x63\x82\x53\x63" + options
    datagram = struct.pack("!HHHH", 67, 68, 8 + len(message), 0) + message
    addresses = bytes([192, 168, 0, 77]) + b"\xff" * 4
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(datagram), 0, 0, 64, 17, 0) + addresses + datagram


def test_the_doctor_says_what_the_lab_lacks() -> None:
    kept = keeping.Kept(PLAN)
    assert judging.judge_plan(keeping.Kept(), "192.168.0.200/24", running=False) == []
    assert judging.judge_plan(kept, "192.168.0.200/24", running=True)[0].state == "good"
    assert judging.judge_plan(kept, "192.168.0.200/24", running=False)[0].state == "bad"
    moved = judging.judge_plan(kept, "192.168.0.210/24", running=True)[0]
    assert moved.state == "bad"
    assert "192.168.0.210/24" in moved.text % moved.values


def test_the_doctor_names_who_else_gives_out_addresses() -> None:
    router = Foreign("192.168.0.1", "52:54:00:aa:bb:cc")
    found = judging.judge_foreign([router], one_card=False)[0]
    assert found.state == "bad"
    assert "192.168.0.1 (52:54:00:aa:bb:cc)" in found.text % found.values
    assert judging.judge_foreign([router], one_card=True)[0].state == "warn", "that router may be the internet's"
    assert judging.judge_foreign([], one_card=False) == []
