"""Which network cards there are, and which is the exam room's: told apart by MAC, because names change with the slots.

Nothing is configured here. A card that was replaced never leaves a school without its server: another card takes over,
and the note says so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from app.domain.refusals import Refusal
from app.domain.wording import N_
from appliance.durable import write_whole
from appliance.places import Places
from appliance.settings import Network

LEARNED = "cards.json"
_ETHERNET = "1"  # ARPHRD_ETHER
_NO_CARD = ("bridge", "bonding", "tun_flags", "brif")


@dataclass(frozen=True, slots=True)
class Card:
    """One card. `speed` in Mbit/s, 0 if not known; `link` whether a cable (or radio) is connected."""

    mac: str
    name: str
    wireless: bool = False
    link: bool = False
    speed: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """The card of the exam room, that of the internet (the same if there is one), and what to tell about it.

    `asking`: the other cards that look for the internet too, as long as nobody knows which of them leads there.
    """

    lan: Card | None
    internet: Card | None
    note: Refusal | None = None
    asking: tuple[Card, ...] = ()


def list_cards(folder: Path) -> list[Card]:
    """The cards by name. Real ones if there are any, else virtual ones (a container)."""
    found = [(path, card) for path in sorted(folder.iterdir()) if (card := _card(path))] if folder.is_dir() else []
    real = [card for path, card in found if (path / "device").exists()]
    return real or [card for _path, card in found]


def choose(network: Network, cards: list[Card], learned: Network | None = None) -> Choice:
    """Settings count first, then what was learned from the internet's route, then the second card is the LAN's.

    Wireless cards are never chosen: an exam over the air is not dependable.
    """
    wired = {card.mac: card for card in cards if not card.wireless}
    if not wired:
        return Choice(None, None, _no_card())
    learned = learned or Network()
    note = _replaced(network.lan_card) if network.lan_card and network.lan_card not in wired else None
    lan = wired.get(network.lan_card) or wired.get(learned.lan_card)
    internet = wired.get(network.internet_card) or wired.get(learned.internet_card)
    if len(wired) == 1:
        lan = internet = next(iter(wired.values()))
    if lan is None or (lan == internet and not network.lan_card and len(wired) > 1):
        lan = _another(wired, internet, 0 if internet else 1)
    if internet is None or (internet == lan and not network.internet_card and len(wired) > 1):
        internet = _another(wired, lan, 0)
    if network.internet == "none":
        return Choice(lan, None, note)
    known = {network.lan_card, network.internet_card, learned.internet_card} & set(wired)
    unknown = network.internet == "dhcp" and not known
    return Choice(lan, internet, note, tuple(card for card in wired.values() if unknown and card != internet))


def learn(places: Places, network: Network, cards: list[Card]) -> bool:
    """Remember which card leads to the internet, if several could and nobody has said; gives whether it was news."""
    route = _route_to_internet(places.root / "proc/net/route")
    card = next((card for card in cards if card.name == route and not card.wireless), None)
    if network.lan_card or card is None or len([one for one in cards if not one.wireless]) < 2:
        return False
    present = learned(places)
    if present.internet_card == card.mac:
        return False
    chosen = choose(Network(internet_card=card.mac), cards)
    kept = {"lan_card": chosen.lan.mac if chosen.lan else "", "internet_card": card.mac}
    write_whole(places.box / LEARNED, json.dumps(kept).encode())
    return True


def learned(places: Places) -> Network:
    """What was remembered, as far as it can be read."""
    try:
        kept = json.loads((places.box / LEARNED).read_bytes())
        return Network(lan_card=str(kept["lan_card"]), internet_card=str(kept["internet_card"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Network()


def _another(wired: dict[str, Card], taken: Card | None, place: int) -> Card:
    left = [card for card in wired.values() if card != taken]
    return left[min(place, len(left) - 1)]


def _card(path: Path) -> Card | None:
    mac = _read(path / "address").lower()
    virtual = any((path / sign).exists() for sign in _NO_CARD)
    if _read(path / "type") != _ETHERNET or virtual or not mac or mac == "00:00:00:00:00:00":
        return None
    speed = _read(path / "speed")
    return Card(
        mac=mac,
        name=path.name,
        wireless=(path / "wireless").exists() or (path / "phy80211").exists(),
        link=_read(path / "carrier") == "1",
        speed=int(speed) if speed.isdigit() else 0,
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):  # a card that is down refuses to tell its speed
        return ""


def _route_to_internet(path: Path) -> str:
    for line in _read(path).splitlines()[1:]:
        parts = line.split()
        if len(parts) > 7 and parts[1] == parts[7] == "00000000":
            return parts[0]
    return ""


def _replaced(mac: str) -> Refusal:
    return Refusal(
        "B-125",
        N_("Kartu jaringan ruang ujian (%(mac)s) tidak ada lagi; kartu lain dipakai sementara."),
        N_("Buka menu Jaringan, pilih kartu ruang ujian yang benar, lalu simpan."),
        status=500,
        values={"mac": mac},
    )


def _no_card() -> Refusal:
    return Refusal(
        "B-124",
        N_("Server tidak mempunyai kartu jaringan kabel."),
        N_("Pasang kartu jaringan, atau tambahkan adaptor di VirtualBox, lalu nyalakan ulang."),
        status=500,
    )
