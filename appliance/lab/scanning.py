"""`guyub lab scan`: who is on the LAN, as a proposal for the spreadsheet.

It reads what the server already knows (DHCP leases, the kernel's neighbour table) and asks nobody on the LAN. It writes
a new spreadsheet for a person to look through; it changes no plan and no inventory.
"""

from __future__ import annotations

import ipaddress
import json
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from app.domain.refusals import Refusal
from app.domain.wording import N_
from appliance.lab import plan as plans
from appliance.lab import workbook
from appliance.lab.importing import write_new
from appliance.lab.plan import Computer, Plan
from appliance.lab.rows import tidy_mac

LEASES = "/run/guyub-lan/leases"  # where the server's dnsmasq keeps them
PROGRAM_S = 30
FIRST_ADDRESS = 10  # pc-01 is proposed for .11
_SERVER = re.compile(r"(?:[a-z_][a-z0-9_-]{0,31}@)?((?:[0-9]{1,3}\.){3}[0-9]{1,3})")
_CARD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,14}")
_VIRTUAL = ("52:54:00",)  # QEMU's; every other MAC with this bit is made up anew by a telephone
_NO_PC = (
    (re.compile(r"android|iphone|ipad|galaxy|redmi|oppo|vivo|phone", re.IGNORECASE), N_("nama ponsel atau tablet")),
    (re.compile(r"print|epson|canon|brother|^(?:hp|npi)[0-9a-f]{6}", re.IGNORECASE), N_("nama pencetak")),
    (re.compile(r"switch|router|mikrotik|openwrt|(?:^|[-_])ap(?:[-_]|$)", re.IGNORECASE), N_("nama alat jaringan")),
    (re.compile(r"cam|cctv|nvr|dvr|tv|chromecast|esp_", re.IGNORECASE), N_("nama kamera atau televisi")),
)  # fmt: skip

Ask = Callable[[Sequence[str]], str]


@dataclass(frozen=True, slots=True)
class Seen:
    """A machine on the LAN: its address now, its MAC, the name it gave itself (may be empty)."""

    address: str
    mac: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Lan:
    """What was found: the card's own address with prefix, gateways, machines by address."""

    own: str
    gateways: tuple[str, ...]
    machines: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """PCs with what is to be said of each, and machines that look like no PC with the reason."""

    computers: tuple[tuple[Computer, str], ...]
    others: tuple[tuple[Seen, str], ...]


def look(ask: Ask, card: str, host: str) -> Lan:
    """The LAN of a card, or of the card with the address `host`. Refuses B-729 if there is none."""
    own, device = _card(_json(ask(["ip", "-json", "addr", "show"])), card, host)
    routes = _json(ask(["ip", "-json", "route", "show", "default"]))
    found = {
        str(entry["dst"]): Seen(str(entry["dst"]), tidy_mac(str(entry["lladdr"])))
        for entry in _json(ask(["ip", "-json", "neigh", "show", "dev", device]))
        if entry.get("lladdr") and "." in str(entry.get("dst")) and "FAILED" not in entry.get("state", [])
    }
    for line in ask(["cat", LEASES]).splitlines():
        words = line.split()
        if len(words) >= 4 and plans.is_card(words[1]):
            found[words[2]] = Seen(words[2], words[1], "" if words[3] == "*" else words[3][:60])
    network = ipaddress.IPv4Interface(own).network
    machines = [one for one in found.values() if _inside(one.address, network)]
    machines.sort(key=lambda one: ipaddress.IPv4Address(one.address))
    return Lan(own, tuple(str(route.get("gateway")) for route in routes), tuple(machines))


def propose(lan: Lan, known: Plan | None) -> Proposal:
    """Numbers by address; PCs of the plan keep all they have, new ones get the next free number and address."""
    planned = {one.mac: one for one in (known.computers if known else ())}
    server = known.server_address if known else lan.own
    names = {one.name for one in planned.values()}
    addresses = {one.address for one in planned.values()}
    computers: list[tuple[Computer, str]] = []
    others: list[tuple[Seen, str]] = []
    met: set[str] = set()
    for one in lan.machines:
        reason = _no_pc(one, lan, server)
        if one.mac in met:
            reason = N_("kartu yang sama dengan baris lain")
        met.add(one.mac)
        if one.mac in planned:
            at_home = one.address == planned[one.mac].address
            computers.append(
                (planned[one.mac], N_("sudah di denah") if at_home else N_("di denah, alamatnya lain sekarang"))
            )
        elif reason:
            others.append((one, reason))
        else:
            computer = _new(one, server, names, addresses)
            names.add(computer.name)
            addresses.add(computer.address)
            computers.append((computer, N_("baru")))
    missing = [(one, N_("di denah, tidak terlihat")) for one in planned.values() if one.mac not in met]
    return Proposal(tuple(sorted([*computers, *missing], key=lambda pair: pair[0].name)), tuple(others))


def _new(one: Seen, server: str, names: set[str], addresses: set[str]) -> Computer:
    network = ipaddress.IPv4Interface(server).network
    room = min(plans.MOST_COMPUTERS, network.num_addresses - 2)
    number = next((n for n in range(1, room) if f"pc-{n:02}" not in names), room)
    free = [
        one.address,
        *(str(network[(FIRST_ADDRESS + number + step) % network.num_addresses]) for step in range(room)),
    ]
    computer = Computer(f"pc-{number:02}", one.mac, one.address, "linux", "", "")
    usable = (
        text for text in free if text not in addresses and not [*plans.odd(0, replace(computer, address=text), server)]
    )
    return replace(computer, address=next(usable, one.address))


def _no_pc(one: Seen, lan: Lan, server: str) -> str:
    """Why this looks like no PC; empty if it does."""
    if one.address == server.partition("/")[0]:
        return N_("server ini")
    if one.address in lan.gateways:
        return N_("gateway internet")
    if not plans.is_card(one.mac):
        return N_("bukan alamat satu kartu")
    if int(one.mac[:2], 16) & 2 and not one.mac.startswith(_VIRTUAL):
        return N_("MAC acak, biasanya ponsel")
    return next((reason for pattern, reason in _NO_PC if pattern.search(one.name)), "")


def _card(found: list[dict[str, Any]], card: str, host: str) -> tuple[str, str]:
    for entry in found:
        for address in entry.get("addr_info", ()):
            text = f"{address.get('local')}/{address.get('prefixlen')}"
            if address.get("family") == "inet" and (entry.get("ifname") == card or address.get("local") == host):
                return text, str(entry["ifname"])
    raise Refusal(
        "B-729",
        N_("Kartu jaringan %(card)s tidak ada, atau tidak punya alamat."),
        N_("Lihat namanya dengan: ip address. Untuk server sekolah: --server root@192.168.0.200"),
        values={"card": card or host},
    )


def _inside(text: str, network: ipaddress.IPv4Network) -> bool:
    try:
        return ipaddress.IPv4Address(text) in network
    except ValueError:
        return False


def _json(text: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def asker(server: str) -> Ask:
    """Runs a fixed command here, or over SSH. A missing file counts as empty; refuses B-730 an SSH that fails."""
    before = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", server, "--"] if server else []

    def ask(line: Sequence[str]) -> str:
        try:
            done = subprocess.run([*before, *line], capture_output=True, text=True, check=False, timeout=PROGRAM_S)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _unreached(server, str(error)) from error
        if server and done.returncode == 255:  # ssh's own; other codes are the command's
            raise _unreached(server, done.stderr.strip()[-200:])
        return done.stdout if done.returncode == 0 else ""

    return ask


def _unreached(server: str, said: str) -> Refusal:
    return Refusal(
        "B-730",
        N_("Server %(server)s tidak dapat ditanya lewat SSH: %(said)s"),
        N_("Periksa kabel dan alamatnya, dan izinkan kunci SSH Anda di halaman Mesin dan di konsol server."),
        values={"server": server or "komputer ini", "said": said},
        status=409,
    )


@click.command("scan")
@click.option("--card", default="", help="Kartu jaringan komputer ini yang tersambung ke LAN ujian.")
@click.option("--server", default="", metavar="root@ALAMAT", help="Server sekolah yang ditanya lewat SSH.")
@click.option(
    "--plan", "known", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="lab.toml yang ada."
)
@click.option(
    "--into", "file", type=click.Path(dir_okay=False, path_type=Path), help="Tulis usulan ke lembar kerja baru."
)
def scan(card: str, server: str, known: Path | None, file: Path | None) -> None:
    """Usulkan denah dari komputer yang terlihat di LAN; tidak mengubah apa pun."""
    match = _SERVER.fullmatch(server)
    if bool(card) == bool(server) or (server and not match) or (card and not _CARD.fullmatch(card)):
        raise Refusal(
            "B-731",
            N_("Sebut satu: kartu jaringan komputer ini, atau alamat server."),
            N_("Misalnya: guyub lab scan --server root@192.168.0.200 --into usulan.xlsx"),
        )
    plan = plans.parse(known.read_bytes()) if known else None
    proposal = propose(look(asker(server), card, match[1] if match else ""), plan)
    for computer, note in proposal.computers:
        click.echo(f"{computer.name}  {computer.mac}  {computer.address:<15}  {note}")
    for one, reason in proposal.others:
        click.echo(f"-      {one.mac}  {one.address:<15}  bukan PC: {reason} {one.name}".rstrip())
    click.echo(f"{len(proposal.computers)} komputer, {len(proposal.others)} alat lain.")
    if file is not None:
        write_new(file, as_sheet(proposal))
        click.echo(f"Usulan ditulis ke {file}. Periksa, lengkapi Ruang dan Tempat duduk, lalu impor.")


def as_sheet(proposal: Proposal) -> bytes:
    """The proposal as a spreadsheet that `guyub lab import` reads."""
    rows = [
        [
            int(one.name[3:]),
            one.mac,
            one.address,
            one.system.title(),
            one.room,
            one.seat,
            "Ya" if one.spare else "",
            "",
            note,
        ]
        for one, note in proposal.computers
    ]
    return workbook.write_sheet(rows, beside=[[one.address, one.mac, one.name, why] for one, why in proposal.others])
