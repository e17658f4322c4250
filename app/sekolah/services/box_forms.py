"""What people type about the box, read into the tables of its settings, with an error beside each field that is odd.

The box checks everything again; this is here so that a slip is told where it was made, and nothing typed is lost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address, IPv4Interface, NetmaskValueError
from typing import Any

from app.domain.box_actions import SetUp
from app.domain.codes import parse_code
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.services.staff_accounts import LONGEST_PASSWORD, SHORTEST_PASSWORD, tidy_username
from app.settings import LOCAL_ZONES

MODES = ("sekolah", "mandiri")
WAYS = ("dhcp", "static", "none")
TARGETS = ("none", "device", "smb")
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
_SERVER_ID = re.compile(r"[A-Z0-9][A-Z0-9_-]{2,31}")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_SHARE = re.compile(r"//[A-Za-z0-9._-]+(/[^/\x00-\x1f]+)+")


@dataclass
class Reading:
    """What was typed as values, and what is wrong with it: field → source text."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def read_network(form: Mapping[str, str]) -> Reading:
    """The table `network`."""
    found = Reading({name: _text(form, name) for name in ("lan_card", "lan_address", "internet", "internet_card")})
    values, errors = found.values, found.errors
    values |= {"internet_address": "", "gateway": "", "dns": _words(form, "dns")}
    for name in ("lan_card", "internet_card"):
        values[name] = values[name].lower()
        if values[name] and not _MAC.fullmatch(values[name]):
            errors[name] = N_("Pilih kartu jaringan dari daftar.")
    if values["lan_card"] and values["lan_card"] == values["internet_card"]:
        errors["internet_card"] = N_("Kartu ini sudah dipakai untuk LAN. Pilih kartu lain.")
    if not _interface(values["lan_address"]):
        errors["lan_address"] = N_("Tulis alamat dan panjang jaringannya, misalnya 192.168.0.200/24.")
    if values["internet"] not in WAYS:
        errors["internet"] = N_("Pilih cara server ini tersambung ke internet.")
    if values["internet"] == "static":
        values |= {"internet_address": _text(form, "internet_address"), "gateway": _text(form, "gateway")}
        if not _interface(values["internet_address"]):
            errors["internet_address"] = N_("Tulis alamat dan panjang jaringannya, misalnya 10.0.0.5/24.")
        if not _address(values["gateway"]):
            errors["gateway"] = N_("Tulis alamat gerbang, misalnya 10.0.0.1.")
    if not all(_address(one) for one in values["dns"]):
        errors["dns"] = N_("Tulis alamat server DNS, dipisah spasi, misalnya 1.1.1.1 8.8.8.8.")
    return found


def read_general(form: Mapping[str, str]) -> Reading:
    """Language, zone and the school's name, of the table `general`."""
    found = Reading({name: _text(form, name) for name in ("language", "time_zone", "school_name")})
    if found.values["language"] not in {"id", "en"}:
        found.errors["language"] = N_("Pilih bahasa.")
    if found.values["time_zone"] not in LOCAL_ZONES:
        found.errors["time_zone"] = N_("Pilih WIB, WITA, atau WIT.")
    if not 0 < len(found.values["school_name"]) <= 200:
        found.errors["school_name"] = N_("Isi nama sekolah, paling banyak 200 huruf.")
    return found


def read_backup(form: Mapping[str, str]) -> Reading:
    """The table `backup`, with `smb_password` only if one was typed."""
    names = ("target", "device", "smb_share", "smb_user", "at")
    found = Reading({name: _text(form, name) for name in names})
    values, errors = found.values, found.errors
    values["smb_share"] = values["smb_share"].replace("\\", "/")
    if form.get("smb_password"):
        values["smb_password"] = form["smb_password"]
    if values["target"] not in TARGETS:
        errors["target"] = N_("Pilih tempat cadangan.")
    if values["target"] == "device" and not values["device"]:
        errors["device"] = N_("Pasang USB atau disk kedua, lalu pilih di sini.")
    if values["target"] == "smb" and not _SHARE.fullmatch(values["smb_share"]):
        errors["smb_share"] = N_("Tulis seperti //server/folder.")
    if not _TIME.fullmatch(values["at"]):
        errors["at"] = N_("Tulis jam seperti 02:00.")
    return found


def read_time(form: Mapping[str, str]) -> Reading:
    """The table `time`: servers that tell the time."""
    found = Reading({"servers": _words(form, "servers")})
    if not all(_HOST.fullmatch(one) for one in found.values["servers"]):
        found.errors["servers"] = N_("Tulis nama atau alamat server waktu, dipisah spasi.")
    return found


def read_web(form: Mapping[str, str]) -> Reading:
    """The table `web`."""
    return Reading({"https_only": bool(form.get("https_only"))})


def read_security_updates(form: Mapping[str, str]) -> Reading:
    """The table `security_updates`."""
    return Reading({"on": bool(form.get("on"))})


READERS = {
    "general": read_general,
    "network": read_network,
    "web": read_web,
    "backup": read_backup,
    "time": read_time,
    "security_updates": read_security_updates,
}


def read_setup(form: Mapping[str, str]) -> Reading:
    """Everything a box is set up with; `values` are the fields of the action `SetUp`."""
    general, network = read_general(form), read_network(form)
    found = Reading(general.values | {"network": network.values}, general.errors | network.errors)
    names = ("mode", "npsn", "centre_url", "server_id", "activation_code", "account", "account_name")
    found.values |= {name: _text(form, name) for name in names} | {"password": form.get("password", "")}
    if found.values["mode"] not in MODES:
        found.errors["mode"] = N_("Pilih untuk apa server ini dipakai.")
    if found.values["npsn"] and not re.fullmatch(r"[0-9]{8}", found.values["npsn"]):
        found.errors["npsn"] = N_("NPSN harus 8 angka, atau kosongkan.")
    if found.values["mode"] == "mandiri":
        found.values |= {"centre_url": "", "server_id": "", "activation_code": ""}
    found.errors |= _centre_errors(found.values) | _account_errors(found.values, form.get("again", ""))
    return found


def as_action(reading: Reading) -> SetUp:
    """The request of a reading without errors."""
    return SetUp(**reading.values)


def _centre_errors(values: dict[str, Any]) -> dict[str, str]:
    url, server, code = values["centre_url"], values["server_id"].upper(), values["activation_code"]
    values["server_id"] = server
    if not (url or server or code):
        return {}
    errors = {}
    if url and "://" not in url:
        url = values["centre_url"] = f"https://{url}"
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", url):
        errors["centre_url"] = N_("Tulis seperti https://pusat.example.id, atau kosongkan ketiganya.")
    if not _SERVER_ID.fullmatch(server):
        errors["server_id"] = N_("Ketik ID Server persis seperti pada surat dari pusat, misalnya P20104001-01.")
    try:
        parse_code(code)
    except Refusal:
        errors["activation_code"] = N_("Kode ini tidak lengkap atau salah ketik. Periksa lagi pada surat dari pusat.")
    return errors


def _account_errors(values: dict[str, Any], again: str) -> dict[str, str]:
    errors = {}
    values["account"] = tidy_username(values["account"])
    if not _ACCOUNT.fullmatch(values["account"]):
        errors["account"] = N_("Pakai 2 sampai 64 huruf kecil, angka, titik, atau tanda hubung.")
    if not values["account_name"]:
        errors["account_name"] = N_("Isi nama lengkap.")
    if not SHORTEST_PASSWORD <= len(values["password"]) <= LONGEST_PASSWORD:
        errors["password"] = N_("Kata sandi sedikitnya 10 huruf atau angka, misalnya beberapa kata.")
    elif values["password"] != again:
        errors["again"] = N_("Kedua kata sandi tidak sama.")
    return errors


def _text(form: Mapping[str, str], name: str) -> str:
    return re.sub(r"\s+", " ", form.get(name, "")).strip()


def _words(form: Mapping[str, str], name: str) -> list[str]:
    return [word for word in re.split(r"[\s,]+", form.get(name, "")) if word]


def _interface(text: str) -> bool:
    """Whether this is the address of a machine in a network, written with the network's length."""
    try:
        found = IPv4Interface(text) if "/" in text else None
    except (AddressValueError, NetmaskValueError):
        return False
    if found is None or not 8 <= found.network.prefixlen <= 30:
        return False
    return found.ip not in {found.network.network_address, found.network.broadcast_address}


def _address(text: str) -> bool:
    try:
        return bool(IPv4Address(text))
    except AddressValueError:
        return False
