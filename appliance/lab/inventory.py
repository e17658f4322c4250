"""The inventory that `guyub lab import` writes for Ansible, and where it lies: made whole, never by hand.

Values of the technician's own (`sync_…`, users, passwords of Windows) go into `group_vars` and `host_vars` beside it,
which this module never touches. It refuses to replace an inventory that it did not write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

from app.domain.refusals import Refusal
from app.domain.wording import N_
from appliance import setting_values
from appliance.durable import write_whole
from appliance.lab.plan import SYSTEMS, Computer, Plan, as_toml, dynamic_range

HOSTS = "hosts.yml"
PLAN = "lab.toml"
FIRST_LINE = "# Made by `guyub lab import`; change the spreadsheet and import it again."
_SERVER = re.compile(r"[a-z][a-z0-9_]{0,30}")
_TAKEN = re.compile(r"all|ungrouped|localhost|sekolah|lab|pc(?:_.*)?|pusat(?:_.*)?")


def parse_servers(given: tuple[str, ...]) -> dict[str, str]:
    """Name → own address with prefix, from `NAME=ADDRESS/PREFIX`. Refuses odd names and addresses, and two that are
    one, or of which one stands among the addresses that the other gives to strangers (B-726)."""
    servers: dict[str, str] = {}
    for text in given or ("server1",):
        name, _, address = text.partition("=")
        if not _SERVER.fullmatch(name) or _TAKEN.fullmatch(name) or name in servers:
            raise _odd_server(text)
        kept = setting_values.checked("network.lan_address", "str", address or "192.168.0.200/24")
        servers[name] = str(kept)
    for name, one in servers.items():
        for other, two in servers.items():
            if name != other:
                _refuse_clash(name, one, other, two)
    return servers


def _refuse_clash(name: str, one: str, other: str, two: str) -> None:
    own, theirs = IPv4Interface(one), IPv4Interface(two)
    first, last = (IPv4Address(end) for end in dynamic_range(two))
    if (
        own.ip == theirs.ip
        or first <= own.ip <= last
        or (own.network.overlaps(theirs.network) and own.network != theirs.network)
    ):
        raise Refusal(
            "B-726",
            N_("Alamat server %(server)s (%(address)s) bertabrakan dengan %(other)s (%(theirs)s)."),
            N_("Server dalam satu LAN punya awalan yang sama dan alamat sendiri, bukan %(first)s sampai %(last)s."),
            values={
                "server": name,
                "address": one,
                "other": other,
                "theirs": two,
                "first": str(first),
                "last": str(last),
            },
        )


def as_yaml(plans: Mapping[str, Plan]) -> str:
    """The inventory's text; the same plans give the same bytes."""
    lines = [FIRST_LINE, "---", "all:", "  children:", "    sekolah:", "      hosts:"]
    for server, plan in plans.items():
        lines += [f"        {server}:", f"          ansible_host: {json.dumps(plan.server_address.partition('/')[0])}"]
        lines += [f'          lab_plan: "{{{{ inventory_dir }}}}/host_vars/{server}/{PLAN}"']
    lines += ["      vars:", "        ansible_user: root", "    pc:", "      children:"]
    for system in SYSTEMS:
        hosts = [(server, one) for server, plan in plans.items() for one in plan.computers if one.system == system]
        lines += [f"        pc_{system}:", "          hosts:" if hosts else "          hosts: {}"]
        for server, computer in hosts:
            lines += _host(server, computer)
    for server, plan in plans.items():
        lines += [f"    pc_of_{server}:", "      hosts:"]
        lines += [f"        {computer.name}:" for computer in plan.computers]
    return "\n".join([*lines, ""])


def _host(server: str, computer: Computer) -> list[str]:
    values: dict[str, str | bool] = {
        "ansible_host": computer.address,
        "lab_mac": computer.mac,
        "lab_room": computer.room,
        "lab_seat": computer.seat,
        "lab_spare": computer.spare,
        "lab_server": server,
    }
    told = [f"              {name}: {_scalar(value)}" for name, value in values.items()]
    return [f"            {computer.name}:", *told]


def _scalar(value: str | bool) -> str:
    """A value for YAML: JSON's strings are YAML's. What Ansible would take for a template is said to be none."""
    text = json.dumps(value, ensure_ascii=False)
    return f"!unsafe {text}" if "{{" in text or "{%" in text or "{#" in text else text


def write(folder: Path, plans: Mapping[str, Plan]) -> list[Path]:
    """Write inventory and plans; gives the files that changed. Refuses B-727 where another's inventory lies."""
    hosts = folder / HOSTS
    if hosts.exists() and not hosts.read_text(encoding="utf-8", errors="replace").startswith(FIRST_LINE):
        raise Refusal(
            "B-727",
            N_("Di folder itu sudah ada %(file)s yang tidak dibuat perintah ini."),
            N_("Pilih folder lain dengan --into, atau pindahkan berkas itu dahulu."),
            values={"file": HOSTS},
            status=409,
        )
    wanted = {folder / "host_vars" / name / PLAN: as_toml(plan) for name, plan in plans.items()}
    wanted[hosts] = as_yaml(plans)  # last: it names the others
    changed = []
    for path, text in wanted.items():
        if path.is_file() and path.read_bytes() == text.encode():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode(), 0o644)
        changed.append(path)
    return changed


def _odd_server(text: str) -> Refusal:
    return Refusal(
        "B-728",
        N_("%(value)s bukan nama server yang dapat dipakai, atau disebut dua kali."),
        N_("Pakai huruf kecil dan angka, dengan alamatnya: --server server1=192.168.0.200/24"),
        values={"value": text[:60]},
    )
