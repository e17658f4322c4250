"""Looks at the LAN that need raw packets, done by a process that has this right and no other (guyub-lan-look@).

Who looks is asked over a socket of root's: has another machine our address, and who else gives out addresses. It takes
a card and an address and nothing else, and answers with one line of JSON.
"""

from __future__ import annotations

import ipaddress
import json
import re
import secrets
import socket
import subprocess
import sys
from typing import Any

from appliance.lab.foreign_dhcp import Foreign, ask
from appliance.places import Places

SOCKET = "run/guyub-lan-look.sock"
CARD = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_.-]{0,14}")
LONGEST_LINE = 1000
PROBES_S = 2
PATIENCE_S = 20


def somebody_answers(here: Places, card: str, address: str) -> bool | None:
    """Whether another machine has this address (ARP probe, two seconds); None when it could not be asked."""
    try:
        answered: bool | None = _asked(here, look="address", card=card, address=address)
    except OSError:
        return None
    return answered


def foreign_servers(here: Places, card: str) -> list[Foreign]:
    """Who else gives out addresses there (five seconds). Raises OSError when it could not be asked."""
    return [Foreign(*one) for one in _asked(here, look="dhcp", card=card)]


def look(asked: dict[str, str]) -> Any:
    """One look. Raises ValueError for what is none, OSError when the card cannot be used."""
    card = asked["card"]
    if not CARD.fullmatch(card):
        raise ValueError("no card")
    if asked["look"] == "dhcp":
        return [(one.address, one.mac) for one in ask(card, secrets.token_bytes)]
    if asked["look"] != "address":
        raise ValueError("no look")
    address = str(ipaddress.IPv4Address(asked["address"]))
    line = ["arping", "-D", "-q", "-c", "2", "-w", str(PROBES_S), "-I", card, address]
    done = subprocess.run(line, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False, timeout=PATIENCE_S)
    return {0: False, 1: True}.get(done.returncode)


def main() -> None:
    """Serve the connection that systemd handed over as standard input and output."""
    try:
        answer = {"seen": look(json.loads(sys.stdin.buffer.readline(LONGEST_LINE)))}
    except (OSError, ValueError, KeyError, TypeError, subprocess.TimeoutExpired) as error:
        answer = {"failed": f"{type(error).__name__}: {error}"}
    sys.stdout.write(json.dumps(answer) + "\n")


def _asked(here: Places, **words: str) -> Any:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE_S)
        connection.connect(str(here.root / SOCKET))
        connection.sendall(json.dumps(words).encode() + b"\n")
        with connection.makefile("rb") as said:
            line = said.readline()
    told = json.loads(line) if line else {}
    if "seen" not in told:
        raise OSError(str(told.get("failed", "no answer")))
    return told["seen"]


if __name__ == "__main__":
    main()
