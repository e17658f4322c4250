"""The settings of the machine, one file `box.toml`: read, checked, written whole.

Console, browser and Ansible change a box only by changing this file. An odd value is refused with cause and remedy; a
file that a power cut or a bad disk damaged gives way to the one before, loudly. No secret stands in it.
"""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.domain import sync_rules
from app.domain.refusals import Refusal
from app.domain.wording import N_
from appliance import setting_values
from appliance.durable import make_folder, sync_folder, write_whole

NAME = "box.toml"
BEFORE = "box.toml.before"
SET_UP_MARK = "set-up"  # outlives a lost box.toml: what was set up once is never open to a first setup again


@dataclass(frozen=True, kw_only=True, slots=True)
class General:
    """The machine as a whole."""

    language: str = "id"
    time_zone: str = "Asia/Jakarta"
    mode: str = "sekolah"
    school_name: str = ""
    set_up: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """The exam room's LAN with a fixed address, and the internet. Cards are named by MAC; "" means choose."""

    lan_card: str = ""
    lan_address: str = "192.168.0.200/24"
    internet: str = "dhcp"
    internet_card: str = ""
    internet_address: str = ""
    gateway: str = ""
    dns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Web:
    """How pages are served."""

    https_only: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Backup:
    """Where and when backups go. The share's password lies in a file of its own."""

    target: str = "none"
    device: str = ""
    smb_share: str = ""
    smb_user: str = ""
    smb_password_set: bool = False
    at: str = "02:00"


@dataclass(frozen=True, kw_only=True, slots=True)
class Remote:
    """Help from afar over SSH, by key only."""

    ssh: bool = False
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Time:
    """Time servers; empty means Debian's pool and what DHCP names."""

    servers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SecurityUpdates:
    """Debian's security updates between releases."""

    on: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Sync:
    """How the school's server reaches its centre, by the names and rules of the program's own settings."""

    centre_url: str = ""
    centre_key: str = ""
    server_id: str = ""
    proxy: str = ""
    sync_windows: str = ""
    exam_hours: str = "06:00-18:00"
    sync_kbps: int = 0
    package_mb: int = 200
    usb_path: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class BoxSettings:
    """All tables."""

    general: General = field(default_factory=General)
    network: Network = field(default_factory=Network)
    web: Web = field(default_factory=Web)
    backup: Backup = field(default_factory=Backup)
    remote: Remote = field(default_factory=Remote)
    time: Time = field(default_factory=Time)
    security_updates: SecurityUpdates = field(default_factory=SecurityUpdates)
    sync: Sync = field(default_factory=Sync)


@dataclass(frozen=True, slots=True)
class Found:
    """What was read, and a refusal that tells of damage if the file itself could not be used."""

    settings: BoxSettings
    damage: Refusal | None = None


TABLES: dict[str, type[Any]] = {
    "general": General,
    "network": Network,
    "web": Web,
    "backup": Backup,
    "remote": Remote,
    "time": Time,
    "security_updates": SecurityUpdates,
    "sync": Sync,
}


def as_tables(settings: BoxSettings) -> dict[str, dict[str, Any]]:
    """Tables of plain values: str, bool, int, lists of str."""
    tables: dict[str, dict[str, Any]] = dataclasses.asdict(settings)
    return {
        name: {key: list(value) if isinstance(value, tuple) else value for key, value in table.items()}
        for name, table in tables.items()
    }


def from_tables(tables: Mapping[str, Any]) -> BoxSettings:
    """Checked settings; what is missing has its default. Raises Refusal B-110 to B-12x for anything odd."""
    for name in tables:
        if name not in TABLES:
            raise setting_values.unknown(name)
    return BoxSettings(**{name: _table(name, values) for name, values in tables.items()})


def changed(settings: BoxSettings, table: str, values: Mapping[str, Any]) -> BoxSettings:
    """The settings with some values of one table replaced; raises Refusal like `from_tables`."""
    tables = as_tables(settings)
    if table not in tables:
        raise setting_values.unknown(table)
    return from_tables({**tables, table: {**tables[table], **values}})


def read(folder: Path) -> Found:
    """The settings in `folder`, or the defaults. A damaged file gives way to the one before, then to the defaults."""
    path, before = folder / NAME, folder / BEFORE
    if not path.exists() and not before.exists():
        return Found(_closed_to_setup(folder, BoxSettings()))
    try:
        return Found(parse(path.read_bytes()))
    except (OSError, ValueError, Refusal):
        pass
    try:
        return Found(parse(before.read_bytes()), _damaged())
    except (OSError, ValueError, Refusal):
        return Found(_closed_to_setup(folder, BoxSettings()), _lost())


def parse(content: bytes) -> BoxSettings:
    """Settings from a file's content; raises ValueError (no TOML) or Refusal (odd value)."""
    if not content.strip():
        raise ValueError("empty")  # what a power cut leaves on some file systems
    return from_tables(tomllib.loads(content.decode()))


def write(folder: Path, settings: BoxSettings) -> None:
    """Keep the settings durably; the file before stays beside as `box.toml.before` if it could be read."""
    make_folder(folder)
    path, before = folder / NAME, folder / BEFORE
    try:
        kept = path.read_bytes()
        parse(kept)
    except (OSError, ValueError, Refusal):
        kept = b""
    if kept:
        write_whole(before, kept)
    write_whole(path, as_toml(settings).encode())
    mark = folder / SET_UP_MARK
    if settings.general.set_up and not mark.exists():
        write_whole(mark, b"")
    sync_folder(folder)


def as_toml(settings: BoxSettings) -> str:
    """The file's text. Strings are written as JSON, whose escapes TOML shares."""
    lines = ["# The settings of this box. Change them on the console or in the browser: they are checked there.", ""]
    for name, table in as_tables(settings).items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]
        lines.append("")
    return "\n".join(lines)


def _table(name: str, values: object) -> Any:
    kind = TABLES[name]
    if not isinstance(values, dict):
        raise setting_values.wrong_type(name)
    fields = {item.name: item for item in dataclasses.fields(kind)}
    checked: dict[str, Any] = {}
    for key, value in values.items():
        if key not in fields:
            raise setting_values.unknown(f"{name}.{key}")
        checked[key] = setting_values.checked(f"{name}.{key}", str(fields[key].type), value)
    table = kind(**checked)
    if isinstance(table, Network):
        setting_values.check_network(**dataclasses.asdict(table))
    if isinstance(table, Sync):
        sync_rules.hold_together(table.sync_windows, table.exam_hours, table.sync_kbps, table.package_mb)
    return table


def _closed_to_setup(folder: Path, settings: BoxSettings) -> BoxSettings:
    """Defaults, but never again open to a first setup where there was one."""
    if not (folder / SET_UP_MARK).exists():
        return settings
    return dataclasses.replace(settings, general=dataclasses.replace(settings.general, set_up=True))


def _damaged() -> Refusal:
    return Refusal(
        "B-128",
        N_("Berkas pengaturan mesin rusak; pengaturan sebelumnya dipakai."),
        N_("Periksa jaringan dan pengaturan lain di menu, lalu simpan lagi. Bila terulang, ganti disk."),
        status=500,
    )


def _lost() -> Refusal:
    return Refusal(
        "B-129",
        N_("Berkas pengaturan mesin rusak dan tidak ada yang sebelumnya; pengaturan bawaan dipakai."),
        N_("Isi lagi pengaturan di menu, atau pulihkan cadangan. Periksa disk."),
        status=500,
    )
