"""Turns the settings into the files the box runs by, all under `/run`: nothing in `/etc` differs from box to box.

`render` is a pure function; `write_changed` writes what differs and `reload` tells only the services concerned.
"""

from __future__ import annotations

import dataclasses
import grp
import ipaddress
import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from appliance.cards import Card, Choice, choose
from appliance.certificates import CERTIFICATE
from appliance.durable import write_whole
from appliance.lab.plan import Plan
from appliance.lan_files import chrony_lines, dnsmasq_text, firewall_rules, fits
from appliance.network_files import network_files
from appliance.places import Places
from appliance.settings import BoxSettings, Network, Sync

CENTRE_PORT, CENTRE_TLS_PORT = 8100, 8143
POOL = "2.debian.pool.ntp.org"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the machine knows besides its settings. `authority` is a PEM text, empty until it is made."""

    machine_id: str = ""
    version: str = ""
    setup_code: str = ""
    authority: str = ""
    learned: Network = field(default_factory=Network)
    plan: Plan | None = None  # of the lab


@dataclass(frozen=True, slots=True)
class File:
    """A file: its text (or where it points to, if it is a link), who may read it."""

    text: str
    group: str = ""  # may read it, besides root; "" means everyone may
    link: bool = False


def render(settings: BoxSettings, cards: list[Card], facts: Facts, places: Places) -> dict[Path, File]:
    """Every file of a box with these settings, cards and facts."""
    run = places.run
    choice = choose(settings.network, cards, facts.learned)
    plan = facts.plan if facts.plan and fits(facts.plan, settings.network.lan_address) else None
    files = {
        run / "localtime": File(f"/usr/share/zoneinfo/{settings.general.time_zone}", link=True),
        run / "chrony/guyub.conf": File(_chrony(settings, plan)),
        run / "firewall/guyub.nft": File(_nftables(settings, plan)),
        run / "sekolah.toml": File(_sekolah(settings, places)),
        run / "issue": File(_issue(settings, facts)),
        run / "ca.crt": File(facts.authority),
        run / "network.json": File(_told_choice(choice)),
    }
    if plan is not None:
        files[run / "dnsmasq.conf"] = File(dnsmasq_text(plan))
    if settings.general.mode == "mandiri":
        files[run / "pusat.toml"] = File(_pusat(settings, places))
    if settings.remote.ssh and settings.remote.keys:
        files[run / "ssh/authorized_keys"] = File("".join(f"{key}\n" for key in settings.remote.keys))
    if facts.setup_code:
        files[run / "setup-code"] = File(f"{facts.setup_code}\n", "guyub-console")
    for name, text in network_files(settings.network, choice, host_name(facts.machine_id)).items():
        files[places.networkd / name] = File(text)
    return files


def host_name(machine_id: str) -> str:
    """A name of its own for every box, so that several do not confuse a router."""
    return f"guyub-{machine_id[:4]}" if machine_id else "guyub"


def addresses(settings: BoxSettings) -> list[ipaddress.IPv4Address]:
    """The fixed addresses of the box."""
    network = settings.network
    texts = [network.lan_address, network.internet_address if network.internet == "static" else ""]
    return [ipaddress.IPv4Interface(text).ip for text in texts if text]


def write_changed(files: dict[Path, File], places: Places) -> list[Path]:
    """Write what differs and remove what is rendered no more; gives the paths of both."""
    changed = [path for path, file in sorted(files.items()) if _write(path, file)]
    ours = [*places.networkd.glob("10-guyub-*.network")]
    ours += [places.run / name for name in ("pusat.toml", "ssh/authorized_keys", "setup-code", "dnsmasq.conf")]
    for path in ours:
        if path not in files and path.exists():
            path.unlink()
            changed.append(path)
    return changed


def reload(changed: list[Path], places: Places) -> None:
    """Let the services concerned read what changed. Those that serve pages restart once whoever asked has an answer."""
    for line in commands_for(changed, places):
        ran = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)
        if ran.returncode:
            structlog.get_logger("guyub.box").warning("a service did not reload", line=line, said=ran.stderr.strip())


def commands_for(changed: list[Path], places: Places) -> list[list[str]]:
    """The fixed command lines that make changes of these files count."""
    run = places.run
    named = {path.relative_to(run).as_posix() for path in changed if path.is_relative_to(run)}
    lines: list[list[str]] = []
    if any(path.is_relative_to(places.networkd) for path in changed):
        lines.append(["networkctl", "reload"])
    if "firewall/guyub.nft" in named:
        lines.append(["systemctl", "try-reload-or-restart", "nftables.service"])
    if "chrony/guyub.conf" in named:
        lines.append(["systemctl", "try-restart", "chrony.service"])
    if "dnsmasq.conf" in named:
        lines.append(["systemctl", "restart" if (run / "dnsmasq.conf").exists() else "stop", "guyub-lan.service"])
    if "ssh/authorized_keys" in named:
        there = (run / "ssh/authorized_keys").exists()
        lines.append(["systemctl", "--no-block", "start" if there else "stop", "ssh.service"])
    if "pusat.toml" in named and (run / "pusat.toml").exists():
        lines.append(["systemctl", "--no-block", "try-restart", "guyub-pusat.service", "guyub-pusat-front.service"])
    if "sekolah.toml" in named:
        parts = [f"guyub-{part}.service" for part in ("exam", "web", "front")]
        lines.append(["systemctl", "--no-block", "try-restart", *parts])
    elif places.box / CERTIFICATE in changed:
        lines.append(["systemctl", "--no-block", "try-restart", "guyub-front.service"])
    return lines


def _write(path: Path, file: File) -> bool:
    if file.link:
        if path.is_symlink() and str(path.readlink()) == file.text:
            return False
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        draft = path.with_name(f".{path.name}.draft")
        draft.unlink(missing_ok=True)
        draft.symlink_to(file.text)
        draft.replace(path)
        return True
    mode = 0o640 if file.group else 0o644
    try:
        if path.read_text(encoding="utf-8") == file.text and path.stat().st_mode & 0o777 == mode:
            return False
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    write_whole(path, file.text.encode(), mode, group=_group(file.group))
    return True


def _group(name: str) -> int | None:
    """The group's number; none on a machine that has no such user (a test)."""
    try:
        return grp.getgrnam(name).gr_gid if name and os.geteuid() == 0 else None
    except KeyError:
        return None


def _sekolah(settings: BoxSettings, places: Places) -> str:
    return _toml(
        role="sekolah",
        data_dir=str(places.sekolah),
        host="0.0.0.0",  # noqa: S104 - exam PCs reach it; nftables says what is open
        port=80,
        **_shared(settings),
        tls_port=443,
        **_sync(settings.sync),
    )


def _sync(sync: Sync) -> dict[str, str | int | bool]:
    """What differs from the program's own defaults: a box that was told nothing is given nothing."""
    default = dataclasses.asdict(Sync())
    return {name: value for name, value in dataclasses.asdict(sync).items() if value != default[name]}


def _pusat(settings: BoxSettings, places: Places) -> str:
    name = settings.general.school_name
    return _toml(
        role="pusat",
        data_dir=str(places.pusat),
        host="0.0.0.0",  # noqa: S104 - the school's staff reach it over the LAN
        port=CENTRE_PORT,
        **_shared(settings),
        tls_port=CENTRE_TLS_PORT,
        centre_name=f"Pusat {name}" if name else "Pusat Guyub",
    )


def _shared(settings: BoxSettings) -> dict[str, str | int | bool]:
    """For both roles; certificate, sockets and size of the web part are the units' to say."""
    return {
        "language": settings.general.language,
        "time_zone": settings.general.time_zone,
        "https_only": settings.web.https_only,
    }


def _toml(**values: str | int | bool) -> str:
    return "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items())


def _chrony(settings: BoxSettings, plan: Plan | None) -> str:
    named = [f"server {name} iburst" for name in settings.time.servers] or [f"pool {POOL} iburst"]
    return "\n".join([*named, *(chrony_lines(plan) if plan else []), ""])


def _nftables(settings: BoxSettings, plan: Plan | None) -> str:
    """Rules for the input chain besides those every box has."""
    ports = [str(CENTRE_PORT), str(CENTRE_TLS_PORT)] if settings.general.mode == "mandiri" else []
    ports += ["22"] if settings.remote.ssh and settings.remote.keys else []
    rules = [f"tcp dport {{ {', '.join(ports)} }} accept"] if ports else []
    rules += firewall_rules(plan) if plan else []
    return "\n".join([*(rules or ["# nothing more is open"]), ""])


def _issue(settings: BoxSettings, facts: Facts) -> str:
    return f"Guyub {facts.version}\nhttp://{addresses(settings)[0]}/\n\n"


def _told_choice(choice: Choice) -> str:
    """For the doctor and the glance: which card is which, and what is to be told of it."""
    note = choice.note
    said = {"code": note.code, "cause": note.cause, "remedy": note.remedy, "values": note.values} if note else None
    told = {
        "lan": choice.lan.mac if choice.lan else "",
        "internet": choice.internet.mac if choice.internet else "",
        "note": said,
    }
    return json.dumps(told, ensure_ascii=False)
