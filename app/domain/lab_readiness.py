"""The proof that a lab is ready: what was measured, read strictly, and the verdict on it.

The document comes from the technician's machine, so nothing in it is believed beyond its types and bounds. It brings
no sentences about computers: those are in `lab_checks`. Nothing is measured here, and what was not measured is not
green. (`app.sekolah.services.readiness` is another thing: whether this server is ready today.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from app.domain import lab_checks
from app.domain.lab_checks import State
from app.domain.refusals import Refusal
from app.domain.strict_json import parse_json_strictly
from app.domain.wording import N_

VERSION = 1
MAX_BYTES = 2_000_000
MOST_COMPUTERS = 500
MOST_CHECKS = 40  # of one computer
MOST_FINDINGS = 600  # on the LAN, of the doctor
LONGEST = 2_000  # letters of a text or value
LOAD_FIGURES = ("computers", "seconds", "mbit_s", "median_ms", "slowest_ms")
Value = str | int | float

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_SCREENSHOT = re.compile(r"([a-z0-9][a-z0-9-]{0,62}\.png)?")
_PLACE = re.compile(r"%%|%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing measured. `values` are exactly those the sentences of `lab_checks` name."""

    code: str
    state: State
    values: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Computer:
    """A PC as planned, and what was measured. `screenshot` is the name of a PNG file, or empty."""

    name: str
    address: str
    mac: str
    room: str
    seat: str
    spare: bool
    checks: tuple[Check, ...]
    screenshot: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A line of the server's doctor: source texts with placeholders for `values`."""

    name: str
    state: State
    text: str
    remedy: str
    values: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Report:
    """The whole document. `load` has the figures of LOAD_FIGURES, or is empty."""

    made_at: datetime
    server: str
    computers: tuple[Computer, ...]
    lan: tuple[Check, ...]
    doctor: tuple[Finding, ...]
    load: dict[str, Value]


def parse(raw: bytes) -> Report:
    """The report in `raw`. Refuses B-760 (too large), B-761 (no JSON), B-762 (the place that is odd)."""
    try:
        told = parse_json_strictly(raw, MAX_BYTES)
    except Refusal as refusal:
        if refusal.status == 413:
            raise Refusal(
                "B-760",
                N_("Laporan kesiapan terlalu besar."),
                N_("Jalankan lagi verify.yml. Bila terulang, bagi denah menurut server."),
                status=413,
            ) from None
        raise Refusal(
            "B-761",
            N_("Laporan kesiapan tidak dapat dibaca."),
            N_("Jalankan lagi verify.yml sampai selesai. Berkas ini tidak disusun dengan tangan."),
        ) from None
    fields = _fields(told, "", ("version", "made_at", "server", "computers", "lan", "doctor", "load"))
    if fields["version"] != VERSION or isinstance(fields["version"], bool):
        raise _odd("version")
    computers = tuple(
        _computer(one, f"computers[{at}]") for at, one in enumerate(_list(fields, "computers", MOST_COMPUTERS))
    )
    for name in ("name", "screenshot"):
        given = [getattr(one, name) for one in computers if getattr(one, name)]
        if len(set(given)) != len(given):
            raise _odd(f"computers[].{name}")
    lan = _checks(_list(fields, "lan", MOST_FINDINGS), "lan", frozenset(lab_checks.OF_THE_LAN))
    doctor = tuple(_finding(one, f"doctor[{at}]") for at, one in enumerate(_list(fields, "doctor", MOST_FINDINGS)))
    return Report(_moment(fields["made_at"]), _text(fields, "server", ""), computers, lan, doctor, _load(fields))


def _computer(told: Any, place: str) -> Computer:
    names = ("name", "address", "mac", "room", "seat", "spare", "checks", "screenshot")
    fields = _fields(told, place, names)
    for name, form in (("name", _NAME), ("mac", _MAC), ("screenshot", _SCREENSHOT)):
        if not isinstance(fields[name], str) or not form.fullmatch(fields[name]):
            raise _odd(f"{place}.{name}")
    try:
        address = str(IPv4Address(_text(fields, "address", place)))
    except AddressValueError:
        raise _odd(f"{place}.address") from None
    seat = fields["seat"]
    if isinstance(seat, int) and not isinstance(seat, bool):
        fields = fields | {"seat": str(seat)}
    if not isinstance(fields["spare"], bool):
        raise _odd(f"{place}.spare")
    checks = _checks(_list(fields, "checks", MOST_CHECKS, place), f"{place}.checks", lab_checks.OF_A_COMPUTER)
    if not {"reached", "duplicate"} & {check.code for check in checks}:  # who reaches an address that two share?
        raise _odd(f"{place}.checks")
    return Computer(
        name=fields["name"],
        address=address,
        mac=fields["mac"],
        room=_text(fields, "room", place),
        seat=_text(fields, "seat", place, empty=True),
        spare=fields["spare"],
        checks=checks,
        screenshot=fields["screenshot"],
    )


def _checks(told: list[Any], place: str, codes: frozenset[str]) -> tuple[Check, ...]:
    found = []
    for at, one in enumerate(told):
        here = f"{place}[{at}]"
        fields = _fields(one, here, ("code", "state", "values"))
        code, state = fields["code"], fields["state"]
        if not isinstance(code, str) or code not in codes:
            raise _odd(f"{here}.code")
        if not isinstance(state, str) or state not in lab_checks.WORDS[code]:
            raise _odd(f"{here}.state")
        values = _values(fields["values"], f"{here}.values")
        if values.keys() != lab_checks.WORDS[code][state].values:
            raise _odd(f"{here}.values")
        found.append(Check(code, state, values))
    return tuple(found)


def _finding(told: Any, place: str) -> Finding:
    fields = _fields(told, place, ("name", "state", "text", "remedy", "values"))
    if not isinstance(fields["name"], str) or not _CODE.fullmatch(fields["name"]):
        raise _odd(f"{place}.name")
    if fields["state"] not in lab_checks.STATES:
        raise _odd(f"{place}.state")
    values = _values(fields["values"], f"{place}.values")
    texts = [_text(fields, name, place, empty=name == "remedy") for name in ("text", "remedy")]
    for name, text in zip(("text", "remedy"), texts, strict=True):
        places = [match.group(1) for match in _PLACE.finditer(text)]
        if values and ("%" in _PLACE.sub("", text) or not {one for one in places if one} <= values.keys()):
            raise _odd(f"{place}.{name}")  # it could not be filled in
    return Finding(fields["name"], fields["state"], texts[0], texts[1], values)


def _load(fields: dict[str, Any]) -> dict[str, Value]:
    load = _values(fields["load"], "load")
    if load and (load.keys() != set(LOAD_FIGURES) or any(isinstance(one, str) or one < 0 for one in load.values())):
        raise _odd("load")
    return load


def _fields(told: Any, place: str, names: tuple[str, ...]) -> dict[str, Any]:
    """An object with exactly these names."""
    if not isinstance(told, dict):
        raise _odd(place or "{}")
    if told.keys() != set(names):
        wrong = min(told.keys() ^ set(names))
        raise _odd(f"{place}.{wrong[:60]}".lstrip("."))
    return told


def _list(fields: dict[str, Any], name: str, most: int, place: str = "") -> list[Any]:
    found = fields[name]
    if not isinstance(found, list) or len(found) > most:
        raise _odd(f"{place}.{name}".lstrip("."))
    return found


def _text(fields: dict[str, Any], name: str, place: str, *, empty: bool = False) -> str:
    found = fields[name]
    if not isinstance(found, str) or not _is_plain(found) or not (found.strip() or empty):
        raise _odd(f"{place}.{name}".lstrip("."))
    return found


def _values(told: Any, place: str) -> dict[str, Value]:
    if not isinstance(told, dict) or len(told) > 20:
        raise _odd(place)
    for name, value in told.items():
        plain = isinstance(value, int | float) or (isinstance(value, str) and _is_plain(value))
        if isinstance(value, bool) or not plain or not _CODE.fullmatch(name):
            raise _odd(f"{place}.{name[:60]}")
    return dict(told)


def _is_plain(text: str) -> bool:
    return len(text) <= LONGEST and text.isprintable()


def _moment(told: Any) -> datetime:
    try:
        found = datetime.fromisoformat(told)
    except (TypeError, ValueError):
        raise _odd("made_at") from None
    if found.utcoffset() is None:
        raise _odd("made_at")
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise _odd("made_at") from None


def _odd(place: str) -> Refusal:
    return Refusal(
        "B-762",
        N_("Laporan kesiapan tidak sesuai bentuknya pada “%(place)s”."),
        N_("Pakai verify.yml dari versi yang sama dengan server ini, lalu jalankan lagi."),
        values={"place": place},
    )
