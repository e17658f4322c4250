"""From what was measured to the readiness document, by the codes and values of `app/domain/lab_checks.py`.

A cause is told, not its consequences: of a PC at a wrong address nothing else is told, because clients.yml did not
find it either, and of an address that two cards answer for nothing else, because nobody knows which of the two
answered. What was not measured is left out; the server says so by itself.
"""

from __future__ import annotations

import ipaddress
import statistics
from collections.abc import Callable, Mapping
from typing import Any

Check = dict[str, Any]
Told = dict[str, Any]


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name → filter."""
        return {
            "readiness_document": readiness_document,
            "measured_computers": measured_computers,
            "found_at": found_at,
        }


def found_at(census: Told, planned: str, mac: str) -> str:
    """The address where that card answers: the planned one if it does there, or if it answers nowhere."""
    there = [address for address, macs in census["answers"].items() if mac in macs]
    return planned if planned in there or not there else min(there, key=ipaddress.IPv4Address)


def measured_computers(names: list[str], hostvars: Mapping[str, Told]) -> list[Told]:
    """Plan and measurements of each PC, as the role left them; what failed counts as not measured."""
    return [_measured(name, hostvars[name]) for name in names]


def _measured(name: str, told: Told) -> Told:
    look, load = told.get("verify_look", {}), told.get("verify_load", {})
    return {
        "name": name,
        "address": told["ansible_host"],
        "mac": told["lab_mac"],
        "room": told["lab_room"],
        "seat": told["lab_seat"],
        "spare": told["lab_spare"],
        "entered": told.get("verify_entered", {}).get("ping") == "pong",
        "look": look if "page" in look else {},
        "load": load.get("load", {}),
        "kiosk": told.get("verify_kiosk", {}),
    }


def readiness_document(
    census: Told, server: Told, computers: list[Told], doctor: list[Told], limits: dict[str, float], made_at: str
) -> Told:
    """The document.

    `server` has name, address (without length), url, host, known (addresses that are no strangers). Each of
    `computers` has name, address, mac, room, seat, spare, and what was measured: entered, look, kiosk, load, each empty
    if it was not. `limits` has clock_s, page_ms, latency_warn_ms, latency_bad_ms, throughput_warn_mbit_s,
    throughput_bad_mbit_s.
    """
    planned = {one["mac"] for one in computers}
    loads = [one["load"] for one in computers if one.get("load") and one["load"]["times"]]
    return {
        "version": 1,
        "made_at": made_at,
        "server": server["name"],
        "computers": [_computer(one, census, server, limits) for one in computers],
        "lan": _lan(census, {one["address"] for one in computers}, planned, set(server["known"])),
        "doctor": doctor,
        "load": _together(loads) if loads else {},
    }


def _computer(pc: Told, census: Told, server: Told, limits: dict[str, float]) -> Told:
    address, mac = pc["address"], pc["mac"]
    macs = census["answers"].get(address, [])
    if len(macs) > 1:
        checks = [_check("duplicate", "bad", address=address, macs=", ".join(macs))]
    else:
        checks = [_reached(pc, census), *_identity(pc, census, macs)]
        if all(check["state"] == "good" for check in checks):
            checks += _seen(pc, census, server, limits)
    return {
        "name": pc["name"],
        "address": address,
        "mac": mac,
        "room": pc["room"],
        "seat": pc["seat"],
        "spare": pc["spare"],
        "checks": checks,
        "screenshot": pc.get("kiosk", {}).get("picture", ""),
    }


def _reached(pc: Told, census: Told) -> Check:
    address = found_at(census, pc["address"], pc["mac"])
    if pc["entered"]:
        return _check("reached", "good")
    return _check("reached", "warn" if census["answers"].get(address) else "bad", address=address)


def _identity(pc: Told, census: Told, macs: list[str]) -> list[Check]:
    """Whether the right card stands at the right address; of a PC that was not entered only what the LAN told."""
    look = pc.get("look") or {}
    found = look.get("address") or found_at(census, pc["address"], pc["mac"])
    card = look.get("mac") or ("".join(macs) if found == pc["address"] else pc["mac"])
    checks = []
    if look or found != pc["address"]:
        right = found == pc["address"]
        checks.append(
            _check("address", "good", address=found) if right
            else _check("address", "bad", found=found, planned=pc["address"])
        )  # fmt: skip
    if look or (card and card != pc["mac"]):
        right = card == pc["mac"]
        checks.append(
            _check("mac", "good", mac=card) if right else _check("mac", "bad", found=card, planned=pc["mac"])
        )  # fmt: skip
    return checks


def _seen(pc: Told, census: Told, server: Told, limits: dict[str, float]) -> list[Check]:
    checks = _looked(pc["look"], census, server, limits) if pc.get("look") else []
    if pc.get("kiosk"):
        checks.append(_kiosk(pc["kiosk"]))
    if pc.get("load") and pc["load"]["times"]:
        checks += _under_load(pc["load"], limits)
    return checks


def _looked(look: Told, census: Told, server: Told, limits: dict[str, float]) -> list[Check]:
    name, page, offset = look["name"], look["page"], look["offset"]
    checks = [
        _check("duplicate", "good"),
        _check("name", "good", name=server["host"]) if name == server["address"]
        else _check("name", "bad", name=server["host"], found=name),
        _check("page", "bad", url=server["url"], status=page["status"]) if not page["ok"]
        else _check("page", "good" if page["ms"] <= limits["page_ms"] else "warn", ms=page["ms"]),
        _check("ping_back", "good") if look["ping"] and look["address"] in census["pinged"]
        else _check("ping_back", "bad", address=look["address"]),
    ]  # fmt: skip
    if offset is not None:
        seconds = round(abs(offset), 2)
        checks.append(_check("clock", "good" if seconds <= limits["clock_s"] else "bad", seconds=seconds))
    return checks


def _kiosk(kiosk: Told) -> Check:
    if kiosk["state"] == "bad":
        return _check("kiosk", "bad", shown=kiosk["shown"])
    return _check("kiosk", kiosk["state"])


def _under_load(load: Told, limits: dict[str, float]) -> list[Check]:
    """The slowest of twenty answers counts, not the slowest of all: one hiccup is no fault of a cable."""
    ms = round(_late(load["times"]))
    bits = round(_mbit_s(load["bytes"], load["ended"] - load["begun"]), 1)
    slow, slower = round(limits["latency_warn_ms"]), round(limits["latency_bad_ms"])
    little, less = limits["throughput_warn_mbit_s"], limits["throughput_bad_mbit_s"]
    latency = (
        _check("latency", "bad", ms=ms, most=slower) if ms > slower
        else _check("latency", "warn", ms=ms, most=slow) if ms > slow
        else _check("latency", "good", ms=ms)
    )  # fmt: skip
    throughput = (
        _check("throughput", "bad", mbit_s=bits, least=less) if bits < less
        else _check("throughput", "warn", mbit_s=bits, least=little) if bits < little
        else _check("throughput", "good", mbit_s=bits)
    )  # fmt: skip
    return [latency, throughput]


def _lan(census: Told, planned: set[str], macs: set[str], known: set[str]) -> list[Check]:
    """Addresses and cards outside the plan; what answers at a planned address is told with its PC."""
    others = {address: found for address, found in census["answers"].items() if address not in planned | known}
    twice = [
        _check("duplicate", "bad", address=address, macs=", ".join(found))
        for address, found in others.items()
        if len(found) > 1
    ]
    strangers = [
        _check("stranger", "warn", mac=mac, address=address)
        for address, found in others.items()
        for mac in found
        if mac not in macs
    ]
    return [*(twice or [_check("duplicate", "good")]), *(strangers or [_check("stranger", "good")])]


def _together(loads: list[Told]) -> dict[str, float]:
    times = [time for one in loads for time in one["times"]]
    seconds = max(one["ended"] for one in loads) - min(one["begun"] for one in loads)
    return {
        "computers": len(loads),
        "seconds": round(seconds, 1),
        "mbit_s": round(_mbit_s(sum(one["bytes"] for one in loads), seconds), 1),
        "median_ms": round(statistics.median(times), 1),
        "slowest_ms": round(max(times), 1),
    }


def _late(times: list[float]) -> float:
    return sorted(times)[max(0, -(-len(times) * 95 // 100) - 1)]


def _mbit_s(received: int, seconds: float) -> float:
    return received * 8 / 1e6 / max(seconds, 0.001)


def _check(code: str, state: str, **values: Any) -> Check:
    return {"code": code, "state": state, "values": values}
