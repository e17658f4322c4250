"""The plan of one server's lab, `lab.toml`: its PCs with name, MAC, address, system, room and seat.

Read and checked on both sides, at the technician's and in the box, by the same rules. Nothing is guessed and nothing
is put right here: an odd plan is refused with what is odd, all of it at once.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.refusals import Refusal
from app.domain.wording import N_
from appliance import setting_values

LONGEST_FILE = 500_000  # bytes; a thousand PCs take 150 kB
MOST_COMPUTERS = 1_000
SYSTEMS = ("linux", "windows")
_NAME = re.compile(r"pc-(?!0+\Z)[0-9]{2,3}")
_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")
_ODD_SIGN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LONGEST_TEXT = 40
_STRANGERS = (201, 249)  # of 256: where machines outside the plan get their addresses


@dataclass(frozen=True, slots=True)
class Computer:
    """One PC. `mac` in lower case with colons; room and seat as people call them, seat may be empty."""

    name: str
    mac: str
    address: str
    system: str
    room: str
    seat: str
    spare: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A server's LAN (its own address with prefix, e.g. 192.168.0.200/24) and its PCs.

    `guests`: whether machines outside the plan (students' own telephones) get an address too, of `dynamic_range`.
    """

    server_address: str
    computers: tuple[Computer, ...]
    guests: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of one PC; `%(where)s` in its words is filled in by whoever tells it."""

    code: str
    cause: str
    remedy: str
    at: int  # index of the PC
    field: str
    values: dict[str, object]

    def refusal(self, where: str) -> Refusal:
        """The same as a Refusal that names the place."""
        return Refusal(self.code, self.cause, self.remedy, values={**self.values, "where": where})


def dynamic_range(server_address: str) -> tuple[str, str]:
    """First and last address for machines that are in no plan: .201 to .249 in a /24, that share of another network."""
    network = ipaddress.IPv4Interface(server_address).network
    size = network.num_addresses
    first, last = (min(max(share * size // 256, 1), size - 2) for share in _STRANGERS)
    return str(network[first]), str(network[last])


def parse(content: bytes) -> Plan:
    """The plan in a file. Raises Refusal B-700 to B-709 (or B-114, B-115 for the server's own address)."""
    if len(content) > LONGEST_FILE:
        raise _unreadable("terlalu besar")
    try:
        tables: dict[str, Any] = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise _unreadable(str(error)[:120]) from error
    listed = tables.pop("computer", [])
    address = tables.pop("server_address", "")
    guests = tables.pop("guests", False)
    if tables or not isinstance(listed, list):
        raise _odd_form(next(iter(tables), "computer"))
    if not isinstance(guests, bool):
        raise _odd_form("guests")
    plan = Plan(
        str(setting_values.checked("network.lan_address", "str", address)),
        tuple(_computer(number, table) for number, table in enumerate(listed, 1)),
        guests,
    )
    check(plan)
    return plan


def check(plan: Plan) -> None:
    """Raises the first problem as a Refusal that names the PC."""
    if not 1 <= len(plan.computers) <= MOST_COMPUTERS:
        raise Refusal(
            "B-709",
            N_("Denah memuat %(n)s komputer."),
            N_("Denah satu server memuat 1 sampai %(most)s komputer."),
            values={"n": len(plan.computers), "most": MOST_COMPUTERS},
        )
    for problem in problems(plan):
        raise problem.refusal(plan.computers[problem.at].name or f"komputer ke-{problem.at + 1}")


def as_toml(plan: Plan) -> str:
    """The file's text; the same plan gives the same bytes. Strings are written as JSON, whose escapes TOML shares."""
    lines = ["# The lab of one server, made by `guyub lab import`. Change the spreadsheet and import it again.", ""]
    lines += [f"server_address = {json.dumps(plan.server_address)}", *(["guests = true"] if plan.guests else []), ""]
    for computer in plan.computers:
        lines.append("[[computer]]")
        fields = dataclasses.asdict(computer).items()
        lines += [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in fields]
        lines.append("")
    return "\n".join(lines)


def problems(plan: Plan) -> Iterator[Problem]:
    """Everything that is wrong with the PCs; the server's own address is taken as checked."""
    for at, computer in enumerate(plan.computers):
        yield from odd(at, computer, plan.server_address)
    yield from repeated([(computer, computer.name or f"no. {at}") for at, computer in enumerate(plan.computers, 1)])


def odd(at: int, computer: Computer, server_address: str) -> Iterator[Problem]:
    """What is wrong with one PC by itself."""
    yield from _odd_values(at, computer)
    yield from _odd_address(at, computer.address, server_address)


def repeated(computers: Sequence[tuple[Computer, str]]) -> Iterator[Problem]:
    """What two PCs share and must not; each with the words that name it."""
    seen: dict[tuple[str, str], str] = {}
    for at, (computer, named) in enumerate(computers):
        for field, value in _unique(computer):
            first = seen.get((field, value))
            if first is None:
                seen[field, value] = named
                continue
            yield Problem(
                "B-708",
                N_("%(where)s: %(value)s sudah dipakai %(first)s."),
                N_("Setiap komputer punya nomor, MAC, alamat, dan tempat duduk sendiri. Betulkan salah satunya."),
                at,
                field,
                {"value": getattr(computer, field), "first": first},
            )


def _unique(computer: Computer) -> list[tuple[str, str]]:
    """What no two PCs may share; what is empty is another problem."""
    pairs = [("name", computer.name), ("mac", computer.mac), ("address", computer.address)]
    seat = f"{computer.room.casefold()}\n{computer.seat.casefold()}" if computer.seat else ""
    return [(field, value) for field, value in [*pairs, ("seat", seat)] if value]


def _odd_values(at: int, computer: Computer) -> Iterator[Problem]:
    if not _NAME.fullmatch(computer.name):
        yield Problem(
            "B-702",
            N_("%(where)s: nomor %(value)s tidak dapat dipakai."),
            N_("Pakai bilangan 1 sampai 999; nama komputer menjadi pc-01, pc-02, dan seterusnya."),
            at,
            "name",
            _shown(computer.name),
        )
    if not is_card(computer.mac):
        yield Problem(
            "B-703",
            N_("%(where)s: %(value)s bukan alamat kartu jaringan (MAC) sebuah komputer."),
            N_("Salin dari stiker atau dari komputernya, seperti 52:54:00:12:34:56. Atau pakai: guyub lab scan"),
            at,
            "mac",
            _shown(computer.mac),
        )
    if computer.system not in SYSTEMS:
        yield Problem(
            "B-706",
            N_("%(where)s: sistem %(value)s tidak dikenal."),
            N_("Tulis Linux atau Windows."),
            at,
            "system",
            _shown(computer.system),
        )
    for field in ("room", "seat"):
        text = str(getattr(computer, field))
        if len(text) > _LONGEST_TEXT or _ODD_SIGN.search(text):
            yield Problem(
                "B-707",
                N_("%(where)s: isi %(value)s tidak dapat dipakai."),
                N_("Pakai paling banyak 40 huruf pada satu baris."),
                at,
                field,
                _shown(text),
            )


def is_card(mac: str) -> bool:
    """Whether this is one card's MAC: no group address, not all zeros."""
    return bool(_MAC.fullmatch(mac)) and not int(mac[:2], 16) & 1 and mac != "00:00:00:00:00:00"


def _odd_address(at: int, text: str, server_address: str) -> Iterator[Problem]:
    server = ipaddress.IPv4Interface(server_address)
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        address = None
    lan: dict[str, object] = {**_shown(text), "lan": str(server.network)}
    if address is None or address not in server.network:
        yield Problem(
            "B-704",
            N_("%(where)s: %(value)s bukan alamat dalam LAN %(lan)s."),
            N_("Pakai alamat dari jaringan server, atau betulkan alamat server pada denah."),
            at,
            "address",
            lan,
        )
        return
    first, last = (ipaddress.IPv4Address(end) for end in dynamic_range(server_address))
    taken = {server.ip, server.network.network_address, server.network.broadcast_address}
    if address in taken or first <= address <= last:
        yield Problem(
            "B-705",
            N_("%(where)s: alamat %(value)s sudah dipakai server, siaran, atau komputer di luar denah."),
            N_("Pakai alamat lain di %(lan)s; bukan alamat server, dan bukan %(first)s sampai %(last)s."),
            at,
            "address",
            lan | {"first": str(first), "last": str(last)},
        )


def _computer(number: int, table: object) -> Computer:
    kinds = {field.name: bool if field.name == "spare" else str for field in dataclasses.fields(Computer)}
    if not isinstance(table, dict):
        raise _odd_form(f"komputer ke-{number}")
    where = str(table.get("name", f"komputer ke-{number}"))[:_LONGEST_TEXT]
    for name, kind in kinds.items():
        if name != "spare" and not isinstance(table.get(name), kind):
            raise _odd_form(f"{where}: {name}")
    if not isinstance(table.get("spare", False), bool) or table.keys() - kinds.keys():
        raise _odd_form(f"{where}: {next(iter(sorted(table.keys() - kinds.keys())), 'spare')}")
    return Computer(**table)


def _shown(value: str) -> dict[str, object]:
    return {"value": _ODD_SIGN.sub("?", value)[:_LONGEST_TEXT] or "(kosong)"}


def _unreadable(why: str) -> Refusal:
    return Refusal(
        "B-700",
        N_("Berkas denah tidak terbaca (%(why)s)."),
        N_("Buat lagi dari lembar kerja: guyub lab import"),
        values={"why": why},
    )


def _odd_form(where: str) -> Refusal:
    return Refusal(
        "B-701",
        N_("Isi denah salah bentuknya: %(where)s."),
        N_("Jangan mengubah lab.toml dengan tangan; betulkan lembar kerja lalu jalankan guyub lab import lagi."),
        values={"where": _shown(where)["value"]},
    )
