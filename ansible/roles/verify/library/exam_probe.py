#!/usr/bin/python
"""What an exam PC sees of its server: address, name, time, page; and how fast the page comes while all load at once.

Python's standard library only, because a PC has nothing else. What fails is told as a value: this module itself fails
only for odd arguments. It loads no more than it is told to.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import struct
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: exam_probe
short_description: See the exam's server as this PC sees it
description:
  - O(task=look) tells address, name, clock and page. O(task=load) loads the page with all its files at a given instant.
options:
  task: {description: What to do., type: str, choices: [look, load], default: look}
  server: {description: The server's address., type: str, required: true}
  url: {description: The page., type: str, required: true}
  marker: {description: A text that only the right page has., type: str, required: true}
  at: {description: The instant to start at, in seconds of the server's clock., type: float, default: 0}
  rounds: {description: How often the page is loaded., type: int, default: 5}
  longest: {description: Seconds after which loading ends., type: int, default: 20}
author: [Guyub]
attributes:
  check_mode: {support: full, description: It only looks.}
  diff_mode: {support: none, description: Nothing changes.}
"""
EXAMPLES = """
- name: Look
  exam_probe:
    server: 192.168.0.200
    url: https://ujian.lan/
    marker: Ruang Ujian
"""
RETURN = """
address: {description: The PC's address on the way to the server., type: str, returned: task is look}
mac: {description: The card's address., type: str, returned: task is look}
name: {description: What the page's host name leads to., type: str, returned: task is look}
offset: {description: Server's clock minus this PC's in seconds; null if no time came., type: float, returned: always}
ping: {description: Whether the server answers ping., type: bool, returned: task is look}
page: {description: "C(ok), C(status), C(ms), C(files).", type: dict, returned: task is look}
load: {description: "C(begun), C(ended), C(bytes), C(times) in ms, C(failed).", type: dict, returned: task is load}
"""
EPOCH_1900 = 2_208_988_800  # seconds from NTP's era to Unix's
WAIT_S = 10.0
MOST_FILES = 60
LONGEST_WAIT_S = 120.0
_NAMED = re.compile(r"""(?:href|src)="([^"#$]+)"|(?:from|import)\s*\(?["'](\.{1,2}/[^"']+)["']""")


def main() -> None:
    """Look or load, and tell."""
    module = AnsibleModule(
        argument_spec={
            "task": {"choices": ["look", "load"], "default": "look"},
            "server": {"type": "str", "required": True},
            "url": {"type": "str", "required": True},
            "marker": {"type": "str", "required": True},
            "at": {"type": "float", "default": 0},
            "rounds": {"type": "int", "default": 5},
            "longest": {"type": "int", "default": 20},
        },
        supports_check_mode=True,
    )
    told = module.params
    offset = clock_offset(told["server"])
    if told["task"] == "look":
        module.exit_json(changed=False, offset=offset, **look(told["server"], told["url"], told["marker"]))
    wait_until(told["at"], offset or 0.0)
    load = load_at_once(told["url"], told["rounds"], told["longest"], offset or 0.0)
    module.exit_json(changed=False, offset=offset, load=load)


def look(server: str, url: str, marker: str) -> dict[str, Any]:
    """Everything but the clock."""
    address, mac = card_towards(server)
    ping = ["ping", "-n", "-c", "2", "-i", "0.3", "-W", "2", server]
    return {
        "address": address,
        "mac": mac,
        "name": leads_to(urlsplit(url).hostname or ""),
        "ping": _run(ping).returncode == 0,
        "page": page(url, marker),
    }


def card_towards(server: str) -> tuple[str, str]:
    """Address and MAC of the card that leads to the server; empty if there is none."""
    try:
        route = json.loads(_run(["ip", "-json", "route", "get", server]).stdout)[0]
        return str(route["prefsrc"]), Path(f"/sys/class/net/{route['dev']}/address").read_text(encoding="ascii").strip()
    except (ValueError, LookupError, OSError):
        return "", ""


def leads_to(name: str) -> str:
    """The address that the name leads to; empty if it leads nowhere."""
    try:
        return socket.gethostbyname(name)
    except OSError:
        return ""


def clock_offset(server: str) -> float | None:
    """Server's clock minus ours in seconds, by SNTP (RFC 4330): of four exchanges the one with the shortest way."""
    found = [one for _ in range(4) if (one := _exchange(server))]
    return round(min(found)[1], 3) if found else None


def _exchange(server: str) -> tuple[float, float] | None:
    """Delay and offset of one exchange."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(2)
        try:
            sent = time.time()
            line.sendto(b"\x23" + bytes(39) + struct.pack(">d", sent), (server, 123))
            answer = line.recv(512)
            back = time.time()
        except OSError:
            return None
    if len(answer) < 48 or answer[24:32] != struct.pack(">d", sent):
        return None
    arrived, left = (seconds - EPOCH_1900 + part / 2**32 for seconds, part in struct.iter_unpack(">II", answer[32:48]))
    return (back - sent) - (left - arrived), ((arrived - sent) + (left - back)) / 2


def page(url: str, marker: str) -> dict[str, Any]:
    """The page with all its files, as a browser with the PC's own list of authorities gets them."""
    began = time.monotonic()
    try:
        line = Line(url)
        text = line.get(url)
        shown = marker in text
        files = named_files(line, url, text) if shown else []
        line.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        return {"ok": False, "status": _short(error), "ms": 0, "files": 0}
    ms = round((time.monotonic() - began) * 1000)
    return {"ok": shown, "status": "200" if shown else f"200, {marker!r}?", "ms": ms, "files": len(files)}


class Line:
    """One connection to the page's host, kept open as browsers do."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        host = parts.netloc
        self._host = host
        self._open: http.client.HTTPConnection
        if parts.scheme == "https":
            self._open = http.client.HTTPSConnection(host, timeout=WAIT_S, context=ssl.create_default_context())
        else:
            self._open = http.client.HTTPConnection(host, timeout=WAIT_S)
        self.received = 0

    def get(self, url: str) -> str:
        """The text there; raises ValueError if the answer is not 200 or the address leads elsewhere."""
        parts = urlsplit(url)
        if parts.netloc != self._host:
            raise ValueError(f"-> {parts.netloc}")
        self._open.request("GET", parts.path or "/", headers={"User-Agent": "guyub-verify", "Accept-Language": "id"})
        answer = self._open.getresponse()
        body = answer.read()
        self.received += len(body)
        if answer.status != http.client.OK:
            raise ValueError(f"HTTP {answer.status}")
        return body.decode("utf-8", "replace")

    def close(self) -> None:
        """Hang up."""
        self._open.close()


def named_files(line: Line, url: str, text: str) -> list[str]:
    """Load what the page names, and what its scripts name; gives the addresses."""
    found: list[str] = []
    waiting = [(url, text)]
    while waiting and len(found) < MOST_FILES:
        base, content = waiting.pop()
        for match in _NAMED.finditer(content):
            address = urljoin(base, match[1] or match[2])
            if address not in found and urlsplit(address).netloc == urlsplit(url).netloc and "/static/" in address:
                found.append(address)
                waiting.append((address, line.get(address)))
    return found


def wait_until(at: float, offset: float) -> None:
    """Until the server's clock says so; two minutes at most."""
    left = at - (time.time() + offset)
    time.sleep(min(max(left, 0.0), LONGEST_WAIT_S))


def load_at_once(url: str, rounds: int, longest: float, offset: float) -> dict[str, Any]:
    """Load page and files again and again, each round on a new connection; times are of single answers."""
    begun, latest = time.time(), time.monotonic() + longest
    times: list[float] = []
    received = failed = 0
    files: list[str] = []
    for _ in range(rounds):
        if time.monotonic() > latest:
            break
        try:
            line = Line(url)
            files = files or named_files(line, url, line.get(url))
            for address in (url, *files):
                began = time.monotonic()
                line.get(address)
                times.append(round((time.monotonic() - began) * 1000, 1))
            received += line.received
            line.close()
        except (OSError, http.client.HTTPException, ValueError):
            failed += 1
    ended = time.time()
    return {"begun": begun + offset, "ended": ended + offset, "bytes": received, "times": times, "failed": failed}


def _short(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:120]


def _run(line: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=30)  # noqa: S603


if __name__ == "__main__":
    main()
