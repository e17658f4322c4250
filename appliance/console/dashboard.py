"""The screen everybody sees: state in colour and words, addresses, codes to scan; a pure function from a glance.

Codes are drawn with half blocks, which the Linux console's own font has; light on dark, with a margin that phones need.
"""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import segno

from app.domain.wording import N_
from appliance.console.words import STATES, Words

WIDTH, HEIGHT = 80, 24
MARGIN = 2  # modules of light around a code
SECOND = 42  # the column of the second code
_COLOURS = {"good": "\x1b[1;37;42m", "warn": "\x1b[30;43m", "bad": "\x1b[1;37;41m"}
_BAR, _BOLD, _CODE, _PLAIN = "\x1b[30;47m", "\x1b[1m", "\x1b[1;37;40m", "\x1b[0m"


def dashboard(
    told: dict[str, Any], words: Words, now: datetime, zone: str, setup_code: str, scheme: str = "http"
) -> list[str]:
    """At most 24 lines with their colours; each at most 80 columns wide."""
    address = (told.get("addresses") or ["?"])[0]
    lines = [
        _bar(told, words, now, zone),
        f"{_COLOURS[told['state']]} {words(STATES[told['state']])} {_PLAIN} {_BOLD}"
        + _cut(words(told["text"], **told["values"]), WIDTH - 4 - len(words(STATES[told["state"]])))
        + _PLAIN,
        _cut(f"  {words(told['remedy'], **told['values'])}" if told["remedy"] else "", WIDTH),
    ]
    if "disk" in told:  # the box has answered: what it did not say is not shown as nothing
        lines += [
            _row(words(N_("Alamat")), _addresses(told, words)),
            _row(words(N_("ID Server")), _server(told, words)),
            _row(words(N_("Disk")), _disk(told, words)),
            _row(words(N_("Cadangan")), _backup(told, words, zone)),
        ]
    if not told.get("set_up", True):
        return [*lines, *_before_setup(words, address, setup_code)]
    keys = words(N_("Enter: menu petugas    L: English"))
    if not told.get("addresses"):  # the box has not answered yet: there is nothing to scan
        return [*lines, "", f"{_BAR}{keys.ljust(WIDTH - 1)}{_PLAIN}"]
    students, staff = f"{scheme}://{address}", f"{scheme}://{address}/masuk"
    heads = f"  {words(N_('Peserta'))}: {students}".ljust(SECOND) + f"{words(N_('Petugas'))}: {staff}"
    codes = [
        f"  {_CODE}{left}{_PLAIN}" + " " * (SECOND - 2 - len(left)) + f"{_CODE}{right}{_PLAIN}"
        for left, right in zip(*_even(code(students), code(staff)), strict=True)
    ]
    return [*lines, _BOLD + _cut(heads, WIDTH) + _PLAIN, *codes, f"{_BAR}{keys.ljust(WIDTH - 1)}{_PLAIN}"]


def code(address: str) -> list[str]:
    """The address as a QR code, two modules in one character."""
    drawn = segno.make(address, error="l", micro=False, boost_error=False)
    out = io.StringIO()
    drawn.save(out, kind="txt", border=MARGIN)
    rows = out.getvalue().split()
    if len(rows) % 2:
        rows.append("0" * len(rows[0]))
    blocks = {("0", "0"): "█", ("0", "1"): "▀", ("1", "0"): "▄", ("1", "1"): " "}
    return ["".join(blocks[pair] for pair in zip(*rows[at : at + 2], strict=True)) for at in range(0, len(rows), 2)]


def _before_setup(words: Words, address: str, setup_code: str) -> list[str]:
    told = [
        "",
        words(N_("Server ini belum disiapkan. Pilih salah satu:")),
        "",
        words(N_("1. Di layar ini: tekan Enter.")),
        "",
        words(N_("2. Di komputer lain dalam ruang ujian: buka alamat ini di peramban,")),
        words(N_("   lalu ketik kode pemasangan.")),
        "",
        f"      {words(N_('Alamat')).ljust(16)}: {_BOLD}http://{address}{_PLAIN}",
        f"      {words(N_('Kode pemasangan')).ljust(16)}: {_BOLD}{setup_code or '-'}{_PLAIN}",
        "",
    ]
    keys = words(N_("Enter: siapkan server    L: English"))
    return [*(f"  {line}" for line in told), f"{_BAR}{keys.ljust(WIDTH - 1)}{_PLAIN}"]


def _bar(told: dict[str, Any], words: Words, now: datetime, zone: str) -> str:
    name = f" GUYUB {told.get('version', '')}  {told.get('school_name', '')}"
    at = f"{words.when(now, zone)} "
    return f"{_BAR}{_cut(name, WIDTH - 2 - len(at)).ljust(WIDTH - 1 - len(at))}{at}{_PLAIN}"


def _row(name: str, text: str) -> str:
    return f"  {name.ljust(12)}{_cut(text, WIDTH - 15)}"


def _addresses(told: dict[str, Any], words: Words) -> str:
    parts = []
    for card in sorted(told.get("cards", []), key=lambda one: one["role"] != "lan"):
        if not card["role"]:
            continue
        side = words(N_("ujian")) if card["role"] == "lan" else words(N_("internet"))
        speed = _speed(card["speed"]) or words(N_("tersambung"))
        link = speed if card["link"] else words(N_("kabel lepas"))
        parts.append(f"{side} {', '.join(card['addresses']) or '-'} ({link})")
    return "; ".join(parts) or ", ".join(told.get("addresses", []))


def _speed(megabits: int) -> str:
    return f"{megabits // 1000} Gb/s" if megabits >= 1000 else f"{megabits} Mb/s" if megabits else ""


def _server(told: dict[str, Any], words: Words) -> str:
    named = told.get("server_id") or words(N_("belum diaktifkan"))
    sync = next((line for line in told.get("lines", []) if line["name"] == "centre"), None)
    packages = next((line for line in told.get("lines", []) if line["name"] == "packages"), None)
    more = [words(line["text"], **line["values"]) for line in (sync, packages) if line and told.get("server_id")]
    return "   ".join([named, *more])


def _disk(told: dict[str, Any], words: Words) -> str:
    disk = told["disk"]
    text = words(N_("sisa %(free)s dari %(size)s"), free=words.size(disk["free"]), size=words.size(disk["size"]))
    clock = next((line for line in told.get("lines", []) if line["name"] == "ntp"), None)
    return text + (f"   {words(clock['text'])}" if clock else "")


def _backup(told: dict[str, Any], words: Words, zone: str) -> str:
    last = told.get("last_backup")
    return words.when(datetime.fromisoformat(last), zone) if last else words(N_("belum pernah"))


def _even(left: list[str], right: list[str]) -> tuple[list[str], list[str]]:
    """Both with the same number of lines."""
    tall = max(len(left), len(right))
    return left + [" " * len(left[0])] * (tall - len(left)), right + [" " * len(right[0])] * (tall - len(right))


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
