#!/usr/bin/python
"""Who answers for which address on a LAN, asked of every address with arping, and of those found with ping.

Runs where the LAN is, on the school's server. It changes nothing, and it does not judge: one answer or three are told
alike.
"""

from __future__ import annotations

import ipaddress
import json
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: lan_census
short_description: See which cards answer for which address
description:
  - Asks every address of the LAN that O(server) stands in by ARP, and those that answer by ping.
options:
  server: {description: This host's own address with its length., type: str, required: true}
  planned: {description: Addresses to ask in a LAN too large to ask of all., type: list, elements: str, default: []}
author: [Guyub]
attributes:
  check_mode: {support: full, description: It only looks.}
  diff_mode: {support: none, description: Nothing changes.}
"""
EXAMPLES = """
- name: See who is there
  lan_census:
    server: 192.168.0.200/24
    planned: [192.168.0.1]
"""
RETURN = """
answers: {description: Address to the MACs that answered for it., type: dict, returned: always}
pinged: {description: The addresses that answered ping., type: list, returned: always}
asked: {description: How many addresses were asked., type: int, returned: always}
seconds: {description: How long it took., type: float, returned: always}
"""
MOST_ADDRESSES = 1024  # of a larger network only the planned ones and those the kernel knows are asked
AT_ONCE = 64
_REPLY = re.compile(r"reply from \S+ \[([0-9A-Fa-f:]{17})\]")


def main() -> None:
    """Ask, and tell."""
    module = AnsibleModule(
        argument_spec={
            "server": {"type": "str", "required": True},
            "planned": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    began = time.monotonic()
    own = ipaddress.IPv4Interface(module.params["server"])
    planned = module.params["planned"]
    card = card_of(str(own.ip))
    if not card:
        module.fail_json(msg=f"No card of this host has the address {own.ip}.")
    asked = addresses(own, planned, known(card))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        macs = dict(zip(asked, pool.map(lambda address: who_has(card, address), asked), strict=True))
        there = [address for address in asked if macs[address]]
        pings = dict(zip(there, pool.map(answers_ping, there), strict=True))
    module.exit_json(
        changed=False,
        answers={address: found for address, found in macs.items() if found},
        pinged=[address for address, answered in pings.items() if answered],
        asked=len(asked),
        seconds=round(time.monotonic() - began, 1),
    )


def addresses(own: ipaddress.IPv4Interface, planned: list[str], seen: list[str]) -> list[str]:
    """All addresses of the network but our own; of a large network those that somebody has named."""
    every = own.network.num_addresses <= MOST_ADDRESSES
    wanted = {str(one) for one in own.network.hosts()} if every else {*planned, *seen}
    return sorted(wanted - {str(own.ip)}, key=ipaddress.IPv4Address)


def card_of(address: str) -> str:
    """The card with that address; empty if there is none."""
    for card in json.loads(_said(["ip", "-json", "-4", "address"]) or "[]"):
        if address in {one.get("local") for one in card.get("addr_info", [])}:
            return str(card["ifname"])
    return ""


def known(card: str) -> list[str]:
    """Addresses the kernel has talked to."""
    told: list[dict[str, Any]] = json.loads(_said(["ip", "-json", "-4", "neighbour", "show", "dev", card]) or "[]")
    return [str(one["dst"]) for one in told if "lladdr" in one]


def who_has(card: str, address: str) -> list[str]:
    """Every card that answers for the address; asked twice, by broadcast each time, so that both of two answer."""
    said = _said(["arping", "-b", "-c", "2", "-w", "2", "-I", card, address])
    return sorted({mac.lower() for mac in _REPLY.findall(said)})


def answers_ping(address: str) -> bool:
    """Whether one of three pings comes back."""
    return " 0 received" not in (_said(["ping", "-n", "-c", "3", "-i", "0.3", "-W", "2", address]) or " 0 received")


def _said(line: list[str]) -> str:
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=30).stdout  # noqa: S603


if __name__ == "__main__":
    main()
