"""What console and page show at a glance, put together from the program's readiness, the settings and the files.

Never slow: each part has its own short limit, and one that does not answer in time is told as not answering.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from app.domain.box_actions import Glance
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.services.system_clock import SystemClock
from appliance import booting, settings
from appliance.actions import Actions, Tell
from appliance.cards import Choice, choose, learned, list_cards
from appliance.places import Places, places
from appliance.programs import asked_of, output
from appliance.updates import booted_slot

PART_S = 2.0
OLD_BACKUP = timedelta(days=2)
GOOD, WARN, BAD = "good", "warn", "bad"

Line = dict[str, Any]


def glance(_action: Glance, _tell: Tell) -> dict[str, Any]:
    """The answer described with the action, and `lines`: every finding `{name, state, text, remedy, values}`."""
    here, now = places(), SystemClock().now()
    found = settings.read(here.box)
    cards = list_cards(here.cards)
    choice = choose(found.settings.network, cards, learned(here))
    general = found.settings.general
    backup = _last_backup(here)
    lines = [
        *_data_lines(here),
        *([_line("settings", BAD, found.damage)] if found.damage else []),
        *_setup_line(found.settings),
        *_card_lines(choice),
        *_service_lines(here, general.language, set_up=general.set_up),
        _clock_line(),
        *_backup_lines(found.settings, backup, now),
    ]
    worst = min(lines, key=lambda line: (BAD, WARN, GOOD).index(line["state"]), default=None)
    if worst is None or worst["state"] == GOOD:
        worst = {"state": GOOD, "text": N_("Server siap."), "remedy": "", "values": {}}
    usage = _disk(here)
    return {
        "set_up": general.set_up,
        "mode": general.mode,
        "school_name": general.school_name,
        "version": booting.facts(here).version,
        **{name: worst[name] for name in ("state", "text", "remedy", "values")},
        "addresses": [str(address) for address in booting.addresses(found.settings)],
        "server_id": _server_id(here),
        "cards": _cards(choice, cards),
        "disk": usage,
        "last_backup": backup,
        "update": _last_update(here),
        "lines": lines,
    }


def _line(name: str, state: str, told: Refusal) -> Line:
    return {"name": name, "state": state, "text": told.cause, "remedy": told.remedy, "values": told.values}


def _said(name: str, state: str, text: str, remedy: str = "", **values: object) -> Line:
    return {"name": name, "state": state, "text": text, "remedy": remedy, "values": values}


def _data_lines(here: Places) -> list[Line]:
    """A machine started from the image (its kernel is told the slot) that has no data partition: all else follows."""
    try:
        booted_slot(here)
    except Refusal:
        return []
    if (here.root / "data").is_mount():
        return []
    return [
        _said(
            "data",
            BAD,
            N_("Bagian disk untuk data tidak terpasang."),
            N_("Nyalakan ulang server. Bila tetap begitu, disk ini rusak: pakai server cadangan atau ganti disk."),
        )
    ]


def _setup_line(found: settings.BoxSettings) -> list[Line]:
    if found.general.set_up:
        return []
    address = str(booting.addresses(found)[0])
    return [
        _said(
            "setup",
            WARN,
            N_("Server belum disiapkan."),
            N_("Jalankan penyiapan di layar ini, atau buka http://%(address)s di peramban."),
            address=address,
        )
    ]


def _card_lines(choice: Choice) -> list[Line]:
    lines = [_line("card", BAD if choice.lan is None else WARN, choice.note)] if choice.note else []
    if choice.lan and not choice.lan.link:
        lines.append(
            _said(
                "cable",
                BAD,
                N_("Kabel jaringan ruang ujian tidak tersambung."),
                N_("Sambungkan kabel dari server ke switch ruang ujian, dan hidupkan switch."),
            )
        )
    return lines


def _service_lines(here: Places, language: str, *, set_up: bool) -> list[Line]:
    """What the two parts say of themselves; their words come in the box's language."""
    folder = here.sockets
    lines = []
    if asked_of(folder / "exam.sock", "/healthz", limit_s=PART_S, language=language) is None:
        lines.append(
            _said(
                "exam",
                BAD,
                N_("Layanan ujian tidak menjawab."),
                N_("Tunggu satu menit. Bila tetap begitu, nyalakan ulang layanan dari menu."),
            )
        )
    told = asked_of(folder / "web.sock", "/readyz", limit_s=PART_S, language=language)
    if told is None:
        lines.append(
            _said(
                "web",
                BAD,
                N_("Halaman petugas tidak menjawab."),
                N_("Tunggu satu menit. Bila tetap begitu, nyalakan ulang layanan dari menu."),
            )
        )
        return lines
    for name, item in told.get("dependencies", {}).items():
        state = GOOD if item["ready"] else WARN
        if state == WARN and not set_up:
            continue  # nothing of it can be put right before the box is set up
        lines.append(_said(name, state, item["state"], item["remedy"]))
    return lines


def _clock_line() -> Line:
    """Whether chrony has a source; an exam does not need one, its own clock goes on."""
    told = output("chronyc", "-c", "tracking", limit_s=PART_S).split(",")
    if len(told) > 13 and told[13].strip() != "Not synchronised" and not told[0].startswith("7F7F"):
        return _said("ntp", GOOD, N_("Jam cocok dengan internet."))
    return _said("ntp", GOOD, N_("Jam berjalan tanpa internet."))


def _backup_lines(found: settings.BoxSettings, last: str, now: datetime) -> list[Line]:
    if found.backup.target == "none":
        if not found.general.set_up:
            return []
        return [
            _said(
                "backup",
                WARN,
                N_("Cadangan belum diatur."),
                N_("Pilih disk kedua, USB, atau berbagi jaringan untuk cadangan."),
            )
        ]
    if last and now - datetime.fromisoformat(last) < OLD_BACKUP:
        return [_said("backup", GOOD, N_("Cadangan ada."))]
    return [
        _said(
            "backup",
            WARN,
            N_("Cadangan terakhir sudah lama atau belum ada."),
            N_("Periksa disk cadangan, lalu buat cadangan sekarang dari menu."),
        )
    ]


def _last_backup(here: Places) -> str:
    from appliance.backup import state

    success = state.read(here).get("success") or {}
    at = success.get("at", "")
    return at if isinstance(at, str) else ""


def _last_update(here: Places) -> dict[str, Any]:
    try:
        told = json.loads((here.box / "update.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _server_id(here: Places) -> str:
    """Read from the database as it stands; root's reading leaves no file behind (SQLite gives it to the owner)."""
    path = here.sekolah / "guyub.sqlite"
    if not path.is_file():
        return ""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=1)) as database:
            row = database.execute("SELECT server_id FROM identity WHERE confirmed").fetchone()
    except sqlite3.Error:
        return ""
    return str(row[0]) if row else ""


def _disk(here: Places) -> dict[str, int]:
    place = next(path for path in (here.sekolah, here.root) if path.exists())
    usage = shutil.disk_usage(place)
    return {"free": usage.free, "size": usage.total}


def _cards(choice: Choice, cards: list[Any]) -> list[dict[str, Any]]:
    told = _addresses()
    return [
        {
            "mac": card.mac,
            "name": card.name,
            "link": card.link,
            "speed": card.speed,
            "wireless": card.wireless,
            "addresses": told.get(card.name, []),
            "role": "lan" if card == choice.lan else "internet" if card == choice.internet else "",
        }
        for card in cards
    ]


def _addresses() -> dict[str, list[str]]:
    try:
        told = json.loads(output("ip", "-j", "-4", "address", "show", limit_s=PART_S) or "[]")
        return {one["ifname"]: [each["local"] for each in one["addr_info"]] for one in told if one.get("ifname")}
    except (ValueError, KeyError, TypeError):
        return {}


ACTIONS: Actions = {Glance: glance}
