"""Cards are told apart safely: by MAC, by the internet's route, and a replaced card never stops a school."""

from __future__ import annotations

from pathlib import Path

from appliance.cards import Card, choose, learn, learned, list_cards
from appliance.places import Places
from appliance.settings import Network

ONE = Card("52:54:00:00:00:01", "enp1s0")
TWO = Card("52:54:00:00:00:02", "enp2s0")
NEW = Card("52:54:00:00:00:09", "enp2s0")
RADIO = Card("52:54:00:00:00:07", "wlp3s0", wireless=True)


def plug_in(folder: Path, name: str, mac: str, *signs: str, kind: str = "1") -> None:
    card = folder / name
    card.mkdir(parents=True)
    (card / "address").write_text(f"{mac}\n")
    (card / "type").write_text(f"{kind}\n")
    for sign in signs:
        (card / sign).mkdir()


def test_real_cards_are_listed_and_nothing_else(tmp_path: Path) -> None:
    plug_in(tmp_path, "enp1s0", ONE.mac.upper(), "device")
    plug_in(tmp_path, "wlp3s0", RADIO.mac, "device", "wireless")
    plug_in(tmp_path, "lo", "00:00:00:00:00:00", kind="772")
    plug_in(tmp_path, "br0", "52:54:00:00:00:03", "bridge")
    plug_in(tmp_path, "veth1", "52:54:00:00:00:04")
    assert list_cards(tmp_path) == [ONE, RADIO]


def test_in_a_container_virtual_cards_count(tmp_path: Path) -> None:
    plug_in(tmp_path, "host0", ONE.mac)
    plug_in(tmp_path, "br0", "52:54:00:00:00:03", "bridge")
    assert [card.name for card in list_cards(tmp_path)] == ["host0"]


def test_a_single_card_serves_both_sides() -> None:
    chosen = choose(Network(), [ONE, RADIO])
    assert (chosen.lan, chosen.internet, chosen.note) == (ONE, ONE, None)


def test_without_internet_no_card_leads_there() -> None:
    chosen = choose(Network(internet="none"), [ONE])
    assert (chosen.lan, chosen.internet) == (ONE, None)


def test_the_settings_name_the_cards_whatever_the_order() -> None:
    network = Network(lan_card=ONE.mac, internet_card=TWO.mac)
    for order in ([ONE, TWO], [TWO, ONE]):
        chosen = choose(network, order)
        assert (chosen.lan, chosen.internet) == (ONE, TWO)


def test_the_card_without_a_way_to_the_internet_is_the_labs() -> None:
    chosen = choose(Network(), [ONE, TWO], Network(internet_card=TWO.mac))
    assert (chosen.lan, chosen.internet) == (ONE, TWO)


def test_as_long_as_nobody_knows_every_card_looks_for_the_internet() -> None:
    chosen = choose(Network(), [ONE, TWO, NEW, RADIO])
    assert (chosen.lan, chosen.internet, chosen.asking) == (TWO, ONE, (TWO, NEW))
    for said, found in ((Network(lan_card=TWO.mac), Network()), (Network(), Network(internet_card=ONE.mac))):
        assert choose(said, [ONE, TWO], found).asking == ()
    assert choose(Network(internet="static"), [ONE, TWO]).asking == (), "no router is asked for an address"
    assert choose(Network(internet="none"), [ONE, TWO]).asking == ()
    assert choose(Network(), [ONE]).asking == ()


def test_a_replaced_card_gives_its_place_to_the_new_one_and_it_is_told() -> None:
    chosen = choose(Network(lan_card=TWO.mac, internet_card=ONE.mac), [ONE, NEW])
    assert (chosen.lan, chosen.internet) == (NEW, ONE)
    assert chosen.note is not None
    assert chosen.note.code == "B-125"


def test_a_box_whose_second_card_died_still_serves_the_lab() -> None:
    chosen = choose(Network(lan_card=TWO.mac, internet_card=ONE.mac), [ONE])
    assert chosen.lan == ONE
    assert chosen.note is not None


def test_wireless_alone_is_no_network_for_an_exam() -> None:
    chosen = choose(Network(), [RADIO])
    assert chosen.lan is None
    assert chosen.note is not None
    assert chosen.note.code == "B-124"


def test_one_card_may_be_named_for_both_sides_beside_another() -> None:
    chosen = choose(Network(lan_card=ONE.mac, internet_card=ONE.mac), [ONE, TWO])
    assert (chosen.lan, chosen.internet) == (ONE, ONE)


def test_the_way_to_the_internet_is_learned_once(tmp_path: Path) -> None:
    places = Places(tmp_path)
    route = tmp_path / "proc/net/route"
    route.parent.mkdir(parents=True)
    head = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
    route.write_text(f"{head}enp2s0 0000A8C0 00000000 0001 0 0 0 00FFFFFF 0 0 0\n")
    assert not learn(places, Network(), [ONE, TWO]), "a route to the lab is no way to the internet"
    route.write_text(f"{head}enp2s0 00000000 0100A8C0 0003 0 0 0 00000000 0 0 0\n")
    assert not learn(places, Network(lan_card=TWO.mac), [ONE, TWO]), "what was set stays"
    assert learn(places, Network(), [ONE, TWO])
    assert learned(places) == Network(lan_card=ONE.mac, internet_card=TWO.mac)
    assert not learn(places, Network(), [ONE, TWO])
