"""The questions that setup and menu share, about network and activation; answers are checked as they are given."""

from __future__ import annotations

from typing import Any

from app.domain.refusals import Refusal
from app.domain.wording import N_
from appliance import settings
from appliance.console.dialogs import Dialogs
from appliance.console.words import Words


def ask_network(dialogs: Dialogs, cards: list[dict[str, Any]], present: dict[str, Any]) -> dict[str, Any] | None:
    """The table `network` of box.toml; None to go back. Odd answers are told and asked again."""
    values = dict(present)
    while True:
        given = _ask_once(dialogs, cards, values)
        if given is None:
            return None
        values = given
        try:
            return settings.as_tables(settings.changed(settings.BoxSettings(), "network", values))["network"]
        except Refusal as refusal:
            dialogs.tell(dialogs.words(N_("Jaringan")), dialogs.words.refusal(refusal))


def _ask_once(dialogs: Dialogs, cards: list[dict[str, Any]], values: dict[str, Any]) -> dict[str, Any] | None:
    say = dialogs.words
    title = say(N_("Jaringan"))
    wired = [card for card in cards if not card["wireless"]]
    found = dict(values)
    if len(wired) > 1:
        choices = [(card["mac"], _card(dialogs, card)) for card in wired]
        here = found["lan_card"] or next((card["mac"] for card in wired if card["role"] == "lan"), "")
        card = dialogs.choose(title, say(N_("Kartu mana yang menuju ke ruang ujian?")), choices, here)
        if card is None:
            return None
        others = [one["mac"] for one in wired if one["mac"] != card]
        kept = found["internet_card"] if found["internet_card"] in others else others[0]
        found |= {"lan_card": card, "internet_card": kept}
    text = say(N_("Alamat server di ruang ujian, dengan awalannya.\nBila tidak tahu, biarkan."))
    address = dialogs.ask(title, text, found["lan_address"])
    if address is None:
        return None
    kinds = [
        ("dhcp", say(N_("Otomatis dari router (DHCP)"))),
        ("static", say(N_("Alamat tetap"))),
        ("none", say(N_("Tanpa internet"))),
    ]
    internet = dialogs.choose(title, say(N_("Bagaimana server ini mendapat internet?")), kinds, found["internet"])
    if internet is None:
        return None
    found |= {"lan_address": address, "internet": internet}
    return _ask_static(dialogs, title, found) if internet == "static" else found


def _ask_static(dialogs: Dialogs, title: str, found: dict[str, Any]) -> dict[str, Any] | None:
    say = dialogs.words
    questions = {
        "internet_address": say(N_("Alamat internet dengan awalannya, misalnya 10.1.2.3/24.")),
        "gateway": say(N_("Gateway, misalnya 10.1.2.1.")),
        "dns": say(N_("Server DNS, dipisahkan spasi.")),
    }
    for name, text in questions.items():
        present = found[name]
        answer = dialogs.ask(title, text, " ".join(present) if name == "dns" else present)
        if answer is None:
            return None
        found[name] = answer.replace(",", " ").split() if name == "dns" else answer
    return found


def _card(dialogs: Dialogs, card: dict[str, Any]) -> str:
    say = dialogs.words
    link = say(N_("kabel tersambung")) if card["link"] else say(N_("kabel lepas"))
    side = {"lan": say(N_("ruang ujian")), "internet": say(N_("internet"))}.get(card["role"], "")
    return f"{card['name']}  {card['mac']}  {link}{f'  ({side})' if side else ''}"


def ask_activation(dialogs: Dialogs, present: dict[str, str], *, may_skip: bool) -> dict[str, str] | None:
    """Centre's address, ID Server and code; an empty ID leaves activation for later if it may be left."""
    say = dialogs.words
    title = say(N_("Aktivasi"))
    later = say(N_("Kosongkan bila surat dari pusat belum ada; aktivasi dapat menyusul.")) if may_skip else ""
    found = dict(present)
    texts = {
        "server_id": say(N_("ID Server dari surat pusat.")),
        "centre_url": say(N_("Alamat pusat, misalnya https://pusat.example.id.")),
        "activation_code": say(N_("Kode aktivasi dari surat pusat.")),
    }
    for name, text in texts.items():
        answer = dialogs.ask(title, f"{text}\n{later}".strip() if name == "server_id" else text, found.get(name, ""))
        if answer is None:
            return None
        found[name] = answer
        if name == "server_id" and not answer and may_skip:
            return {"server_id": "", "centre_url": "", "activation_code": ""}
    return found


def tell_recovery_code(say: Words, code: str) -> str:
    """What to do with the code that opens this box's backups."""
    return say(N_("Tulis kode ini dan simpan di tempat aman, jauh dari server:\n\n%(code)s"), code=code)
