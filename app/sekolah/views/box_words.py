"""How things of the box are called on its pages: network cards, languages, zones, and where a new address leads."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Interface
from typing import Any

from flask import request
from flask_babel import gettext as _

from app.web.locale import LANGUAGES, ZONE_WORDS, number_words

PLACES = {"Asia/Jakarta": "Jakarta", "Asia/Makassar": "Makassar", "Asia/Jayapura": "Jayapura"}


def language_choices() -> list[tuple[str, str]]:
    """The languages a box can be set to."""
    return list(LANGUAGES.items())


def zone_choices() -> list[tuple[str, str]]:
    """The zones, as people call them."""
    return [(zone, f"{word} ({PLACES[zone]})") for zone, word in ZONE_WORDS.items()]


def card_line(card: dict[str, Any]) -> str:
    """A network card in one line: its name, whether a cable is in, how fast, which addresses."""
    parts = [f"{card.get('name', '')} {card['mac']}".strip()]
    if card.get("wireless"):
        parts.append(_("nirkabel"))
    parts.append(_("tersambung") if card.get("link") else _("kabel tidak tersambung"))
    if card.get("link") and card.get("speed"):
        parts.append(_("%(speed)s Mbit/s", speed=number_words(card["speed"], 0)))
    parts += card.get("addresses", [])
    return ", ".join(parts)


def size_words(size: float) -> str:
    """Bytes as people read them: `4,2 GB`."""
    if size >= 1_000_000_000:
        return f"{number_words(size / 1_000_000_000, 1)} GB"
    return f"{number_words(size / 1_000_000, 1 if size < 10_000_000 else 0)} MB"


def followed_to(lan_address: str) -> str:
    """The address of these pages once the box has this LAN address; empty if that is none."""
    try:
        ip = IPv4Interface(lan_address).ip
    except (AddressValueError, ValueError):
        return ""
    return f"{request.scheme}://{ip}"
