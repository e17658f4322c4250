"""From settings to files under /run: pure, written only where something differs, read by the programs they are for."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.settings import SekolahSettings, load_settings
from appliance import booting, settings
from appliance.cards import Card
from appliance.places import Places
from appliance.render import Facts, commands_for, render, write_changed
from appliance.settings import BoxSettings, General, Network, Remote, Time, Web

ONE = Card("52:54:00:00:00:01", "enp1s0")
TWO = Card("52:54:00:00:00:02", "enp2s0")
NOW = datetime(2026, 11, 23, tzinfo=UTC)
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4p0Z0yQv2c6u0m1cWvK5m2b9s1Qk7k3o3l6mFJ3m2a anto"


def texts(box: BoxSettings, places: Places, *cards: Card, facts: Facts | None = None) -> dict[str, str]:
    found = render(box, list(cards), facts or Facts(), places)
    return {path.relative_to(places.root).as_posix(): file.text for path, file in found.items()}


def lines(text: str) -> set[str]:
    return set(text.splitlines())


def test_one_card_has_the_labs_address_beside_the_routers(tmp_path: Path) -> None:
    written = texts(BoxSettings(), Places(tmp_path), ONE)
    network = lines(written["run/systemd/network/10-guyub-lan.network"])
    assert {"MACAddress=52:54:00:00:00:01", "Address=192.168.0.200/24", "DHCP=ipv4"} <= network
    assert "run/systemd/network/10-guyub-internet.network" not in written


def test_with_two_cards_only_one_asks_a_router(tmp_path: Path) -> None:
    box = BoxSettings(network=Network(lan_card=ONE.mac, internet_card=TWO.mac, dns=("9.9.9.9",)))
    written = texts(box, Places(tmp_path), ONE, TWO)
    lan = lines(written["run/systemd/network/10-guyub-lan.network"])
    internet = lines(written["run/systemd/network/10-guyub-internet.network"])
    assert {"MACAddress=52:54:00:00:00:01", "Address=192.168.0.200/24", "DHCP=no"} <= lan
    assert {"MACAddress=52:54:00:00:00:02", "DHCP=ipv4", "DNS=9.9.9.9", "UseDNS=no"} <= internet
    assert "Address=192.168.0.200/24" not in internet


def test_as_long_as_nobody_knows_the_cards_all_ask_and_the_labs_address_stands(tmp_path: Path) -> None:
    third = Card("52:54:00:00:00:03", "enp3s0")
    written = texts(BoxSettings(), Places(tmp_path), ONE, TWO, third)
    folder = "run/systemd/network/10-guyub"
    lan = lines(written[f"{folder}-lan.network"])
    assert {"MACAddress=52:54:00:00:00:02", "Address=192.168.0.200/24", "ConfigureWithoutCarrier=yes"} <= lan
    assert {"DHCP=ipv4", "RouteMetric=101"} <= lan
    assert {"MACAddress=52:54:00:00:00:01", "DHCP=ipv4", "RouteMetric=100"} <= lines(
        written[f"{folder}-internet.network"]
    )
    assert {"MACAddress=52:54:00:00:00:03", "DHCP=ipv4"} <= lines(written[f"{folder}-asking-2.network"])
    known = texts(BoxSettings(), Places(tmp_path), ONE, TWO, third, facts=Facts(learned=Network(internet_card=TWO.mac)))
    assert len([name for name in known if name.endswith(".network")]) == 2
    assert "DHCP=no" in lines(known[f"{folder}-lan.network"])


def test_a_fixed_internet_address_brings_its_gateway(tmp_path: Path) -> None:
    network = Network(internet="static", internet_address="10.1.2.3/24", gateway="10.1.2.1", dns=("10.1.2.1",))
    written = texts(BoxSettings(network=network), Places(tmp_path), ONE)
    told = lines(written["run/systemd/network/10-guyub-lan.network"])
    assert {"Address=192.168.0.200/24", "Address=10.1.2.3/24", "Gateway=10.1.2.1", "DNS=10.1.2.1", "DHCP=no"} <= told


def test_without_internet_no_router_is_asked(tmp_path: Path) -> None:
    written = texts(BoxSettings(network=Network(internet="none")), Places(tmp_path), ONE, TWO)
    assert [name for name in written if name.endswith(".network")] == ["run/systemd/network/10-guyub-lan.network"]
    assert "DHCP=no" in lines(written["run/systemd/network/10-guyub-lan.network"])


@pytest.mark.parametrize("mode", ["sekolah", "mandiri"])
def test_the_program_reads_what_is_rendered_for_it(tmp_path: Path, mode: str) -> None:
    places = Places(tmp_path)
    general = General(mode=mode, language="en", time_zone="Asia/Makassar", school_name='SMA "1" Ende')
    box = BoxSettings(general=general, web=Web(https_only=True))
    write_changed(render(box, [ONE], Facts(), places), places)
    school = load_settings({"GUYUB_CONFIG": str(places.run / "sekolah.toml")})
    assert isinstance(school, SekolahSettings)
    assert (school.data_dir, school.port, school.language) == (places.sekolah, 80, "en")
    assert (school.time_zone, school.https_only) == ("Asia/Makassar", True)
    assert (places.run / "pusat.toml").exists() == (mode == "mandiri")
    if mode == "mandiri":
        assert load_settings({"GUYUB_CONFIG": str(places.run / "pusat.toml")}).port == 8100


def test_only_what_is_meant_is_open(tmp_path: Path) -> None:
    places = Places(tmp_path)
    closed = texts(BoxSettings(remote=Remote(ssh=True)), places, ONE)
    assert "accept" not in closed["run/guyub/firewall/guyub.nft"], "ssh without a key helps nobody"
    both = BoxSettings(general=General(mode="mandiri"), remote=Remote(ssh=True, keys=(KEY,)))
    opened = texts(both, places, ONE)
    assert opened["run/guyub/firewall/guyub.nft"] == "tcp dport { 8100, 8143, 22 } accept\n"
    assert opened["run/guyub/ssh/authorized_keys"] == f"{KEY}\n"


def test_time_comes_from_the_named_servers(tmp_path: Path) -> None:
    written = texts(BoxSettings(time=Time(servers=("ntp.example.id",))), Places(tmp_path), ONE)
    assert written["run/guyub/chrony/guyub.conf"] == "server ntp.example.id iburst\n"


def test_only_what_differs_is_written_and_leftovers_go(tmp_path: Path) -> None:
    places = Places(tmp_path)
    mandiri = BoxSettings(general=General(mode="mandiri"))
    assert write_changed(render(mandiri, [ONE, TWO], Facts(setup_code="123456"), places), places)
    assert write_changed(render(mandiri, [ONE, TWO], Facts(setup_code="123456"), places), places) == []
    school = replace(mandiri, general=General())
    changed = write_changed(render(school, [ONE], Facts(), places), places)
    assert {path.name for path in changed} >= {"pusat.toml", "setup-code", "10-guyub-internet.network"}
    assert not (places.run / "setup-code").exists()
    assert sorted(path.name for path in places.networkd.iterdir()) == ["10-guyub-lan.network"]


def test_secrets_are_not_for_everybody(tmp_path: Path) -> None:
    places = Places(tmp_path)
    write_changed(render(BoxSettings(), [ONE], Facts(setup_code="123456"), places), places)
    modes = [stat.S_IMODE((places.run / name).stat().st_mode) for name in ("setup-code", "ca.crt", "sekolah.toml")]
    assert modes == [0o640, 0o644, 0o644]


def test_only_the_services_concerned_are_told(tmp_path: Path) -> None:
    places = Places(tmp_path)
    assert commands_for([], places) == []
    assert commands_for([places.networkd / "10-guyub-lan.network"], places) == [["networkctl", "reload"]]
    told = commands_for([places.run / "sekolah.toml", places.box / "tls/server.crt"], places)
    assert told == [
        ["systemctl", "--no-block", "try-restart", "guyub-exam.service", "guyub-web.service", "guyub-front.service"]
    ]


def test_a_boot_makes_a_whole_box_and_the_next_one_changes_nothing(tmp_path: Path) -> None:
    places = Places(tmp_path)
    assert booting.boot(places, NOW)
    assert booting.boot(places, NOW) == []
    assert "BEGIN CERTIFICATE" in (places.run / "ca.crt").read_text()
    assert (places.run / "localtime").readlink() == Path("/usr/share/zoneinfo/Asia/Jakarta")


def test_a_new_address_brings_its_certificate_with_it(tmp_path: Path) -> None:
    places = Places(tmp_path)
    card = places.cards / "host0"
    card.mkdir(parents=True)
    (card / "address").write_text(ONE.mac)
    (card / "type").write_text("1")
    booting.boot(places, NOW)
    settings.write(places.box, settings.changed(BoxSettings(), "network", {"lan_address": "10.9.8.7/16"}))
    changed = {path.name for path in booting.renew(places, NOW)}
    assert {"server.crt", "issue", "10-guyub-lan.network"} <= changed


def test_a_box_boots_also_when_nothing_can_be_kept(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.box.parent.mkdir(parents=True)
    places.box.write_text("a file where the folder should be")
    assert (places.run / "sekolah.toml") in booting.boot(places, NOW)
