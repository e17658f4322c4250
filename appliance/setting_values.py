"""What a value in `box.toml` may be: one rule per kind, and what to do about a value that breaks it.

Rules only: nothing is read or written here, and whether an address answers is the doctor's question.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import partial

from app.domain import sync_rules
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.settings import LOCAL_ZONES

LONGEST_TEXT = 200
CHOICES: dict[str, tuple[str, ...]] = {
    "general.language": ("id", "en"),
    "general.time_zone": LOCAL_ZONES,
    "general.mode": ("sekolah", "mandiri"),
    "network.internet": ("dhcp", "static", "none"),
    "backup.target": ("none", "device", "smb"),
}
NUMBERS: dict[str, tuple[int, int]] = {"sync.sync_kbps": (0, sync_rules.MOST_KBPS), "sync.package_mb": (1, 10_000)}
_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")
_TIME_OF_DAY = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_DEVICE = re.compile(r"[0-9A-Za-z-]{4,64}")  # UUIDs of file systems: ext4, FAT, NTFS
_SHARE = re.compile(r"//[0-9A-Za-z._-]+(?:/[0-9A-Za-z._ $-]+)+")
_SHARE_USER = re.compile(r"[0-9A-Za-z._@\\-]{1,100}")
_HOST = re.compile(r"(?=.{1,253}\Z)[0-9A-Za-z](?:[0-9A-Za-z.-]*[0-9A-Za-z])?")
_SSH_KEY = re.compile(
    r"(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\.com) [A-Za-z0-9+/]{40,2000}={0,3}"
    r"(?: [\x20-\x7e]{0,100})?"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def checked(name: str, kind: str, value: object) -> object:
    """The value as it is kept (MAC in lower case, lists as tuples); raises Refusal. `kind` is the field's type."""
    if kind == "bool":
        if not isinstance(value, bool):
            raise wrong_type(name)
        return value
    if kind == "int":
        return _number(name, value)
    if kind.startswith("tuple"):
        if not isinstance(value, list | tuple) or len(value) > 20:
            raise wrong_type(name)
        return tuple(_text(name, item) for item in value)
    return _text(name, value)


def _text(name: str, value: object) -> str:
    longest = 2_200 if name == "remote.keys" else LONGEST_TEXT
    if not isinstance(value, str) or len(value) > longest or _CONTROL.search(value):
        raise wrong_type(name)
    text = value.strip()
    if name in CHOICES:
        if text not in CHOICES[name]:
            raise Refusal(
                "B-111",
                N_("Nilai %(value)s tidak dapat dipilih untuk %(name)s."),
                N_("Pilih salah satu: %(choices)s."),
                values={"name": name, "value": text or "(kosong)", "choices": ", ".join(CHOICES[name])},
            )
        return text
    rule = _RULES.get(name)
    return rule(name, text) if rule else text


def _number(name: str, value: object) -> int:
    low, high = NUMBERS[name]
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Refusal(
            "B-119",
            N_("Nilai %(value)s tidak dapat dipakai untuk %(name)s."),
            N_("Tulis bilangan seperti %(example)s."),
            values={"name": name, "value": str(value)[:60], "example": f"{low} sampai {high}"},
        )
    return value


def _card(name: str, text: str) -> str:
    tidy = text.lower().replace("-", ":")
    if tidy and not (_MAC.fullmatch(tidy) and not int(tidy[:2], 16) & 1 and tidy != "00:00:00:00:00:00"):
        raise Refusal(
            "B-113",
            N_("%(value)s bukan alamat kartu jaringan (MAC)."),
            N_("Pilih kartu dari daftar, atau kosongkan supaya server memilih sendiri."),
            values={"name": name, "value": text},
        )
    return tidy


def _interface(name: str, text: str) -> str:
    """An address with its prefix that a card can have, e.g. 192.168.0.200/24; may be empty except for the LAN."""
    if not text and name != "network.lan_address":
        return ""
    try:
        found = ipaddress.IPv4Interface(text)
    except ValueError as error:
        raise _odd_address(text) from error
    if "/" not in text or not 8 <= found.network.prefixlen <= 30 or not _usable(found.ip):
        raise _odd_address(text)
    if found.ip in {found.network.network_address, found.network.broadcast_address}:
        raise Refusal(
            "B-115",
            N_("%(value)s adalah alamat jaringan atau alamat siaran, bukan alamat komputer."),
            N_("Pakai alamat lain dalam jaringan yang sama, misalnya %(example)s."),
            values={"value": text, "example": f"{found.network.network_address + 1}/{found.network.prefixlen}"},
        )
    return found.with_prefixlen


def _address(_name: str, text: str) -> str:
    if not text:
        return ""
    try:
        found = ipaddress.IPv4Address(text)
    except ValueError as error:
        raise _odd_address(text) from error
    if not _usable(found):
        raise _odd_address(text)
    return str(found)


def _usable(address: ipaddress.IPv4Address) -> bool:
    return not (address.is_multicast or address.is_loopback or address.is_unspecified or address.is_link_local) and (
        address < ipaddress.IPv4Address("240.0.0.0")
    )


def _odd_address(text: str) -> Refusal:
    return Refusal(
        "B-114",
        N_("%(value)s bukan alamat jaringan yang dapat dipakai."),
        N_("Tulis seperti 192.168.0.200/24 untuk alamat server, atau 192.168.0.1 untuk gateway dan DNS."),
        values={"value": text or "(kosong)"},
    )


def check_network(
    *,
    lan_card: str,
    lan_address: str,
    internet: str,
    internet_card: str,
    internet_address: str,
    gateway: str,
    dns: tuple[str, ...],  # noqa: ARG001 - the whole table
) -> None:
    """Whether the table holds together; raises Refusal B-116 or B-117."""
    if internet != "static":
        return
    if not internet_address or not gateway:
        raise Refusal(
            "B-116",
            N_("Internet dengan alamat tetap memerlukan alamat dan gateway."),
            N_("Isi keduanya seperti pada catatan penyedia internet, atau pilih otomatis (DHCP)."),
        )
    own, way = ipaddress.IPv4Interface(internet_address), ipaddress.IPv4Address(gateway)
    if way not in own.network or way in {own.ip, own.network.network_address, own.network.broadcast_address}:
        raise Refusal(
            "B-117",
            N_("Gateway %(gateway)s tidak berada di jaringan %(network)s."),
            N_("Cocokkan alamat, awalan, dan gateway dengan catatan penyedia internet."),
            values={"gateway": gateway, "network": str(own.network)},
        )
    lan = ipaddress.IPv4Interface(lan_address)
    one_card = lan_card == internet_card
    if lan.ip == own.ip or (own.network.overlaps(lan.network) and not one_card):
        raise Refusal(
            "B-118",
            N_("Alamat internet %(internet)s bertabrakan dengan jaringan ruang ujian %(lan)s."),
            N_("Pakai jaringan yang berbeda untuk ruang ujian, misalnya 192.168.77.200/24."),
            values={"internet": internet_address, "lan": lan_address},
        )


def _host(name: str, text: str) -> str:
    return _by_pattern(_HOST, name, text, "ntp.example.id")


def _by_pattern(pattern: re.Pattern[str], name: str, text: str, example: str) -> str:
    if not pattern.fullmatch(text):
        raise Refusal(
            "B-119",
            N_("Nilai %(value)s tidak dapat dipakai untuk %(name)s."),
            N_("Tulis seperti %(example)s."),
            values={"name": name, "value": text[:60] or "(kosong)", "example": example},
        )
    return text


def _by_sync_rule(rule: str, _name: str, text: str) -> str:
    return sync_rules.checked(rule, text)


def _may_be_empty(pattern: re.Pattern[str], example: str) -> Callable[[str, str], str]:
    return lambda name, text: _by_pattern(pattern, name, text, example) if text else ""


_RULES: dict[str, Callable[[str, str], str]] = {
    "network.lan_card": _card,
    "network.internet_card": _card,
    "network.lan_address": _interface,
    "network.internet_address": _interface,
    "network.gateway": _address,
    "network.dns": _address,
    "backup.device": _may_be_empty(_DEVICE, "2f5b-19c4"),
    "backup.smb_share": _may_be_empty(_SHARE, "//192.168.0.10/cadangan"),
    "backup.smb_user": _may_be_empty(_SHARE_USER, "cadangan"),
    "backup.at": lambda name, text: _by_pattern(_TIME_OF_DAY, name, text, "02:00"),
    "remote.keys": lambda name, text: _by_pattern(_SSH_KEY, name, text, "ssh-ed25519 AAAA… nama"),
    "time.servers": _host,
    **{f"sync.{name}": partial(_by_sync_rule, name) for name in sync_rules.RULES},
}


def unknown(name: str) -> Refusal:
    """There is no such table or value."""
    return Refusal(
        "B-110",
        N_("Pengaturan %(name)s tidak dikenal."),
        N_("Hapus atau betulkan namanya."),
        values={"name": name[:60]},
    )


def wrong_type(name: str) -> Refusal:
    """Not text, not true or false, or not a list where it must be."""
    return Refusal(
        "B-112",
        N_("Isi %(name)s salah bentuknya atau terlalu panjang."),
        N_("Isi lagi lewat layar konsol atau halaman pengaturan."),
        values={"name": name},
    )
