"""Stands for the root side of a box in tests: a real unix socket that reads real requests and answers as told."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.domain.box_actions import Action, parse
from app.domain.refusals import Refusal

GLANCE: dict[str, Any] = {
    "set_up": True,
    "mode": "sekolah",
    "school_name": "SMA Nusa Harapan",
    "version": "1.0.0",
    "state": "good",
    "text": "Server siap.",
    "remedy": "",
    "values": {},
    "addresses": ["192.168.0.200"],
    "server_id": "",
    "cards": [
        {
            "mac": "52:54:00:00:00:01",
            "name": "enp1s0",
            "link": True,
            "speed": 1000,
            "wireless": False,
            "addresses": ["192.168.0.200/24"],
            "role": "lan",
        },
        {
            "mac": "52:54:00:00:00:02",
            "name": "enp2s0",
            "link": False,
            "speed": 0,
            "wireless": False,
            "addresses": [],
            "role": "internet",
        },
    ],
    "disk": {"free": 42_000_000_000, "size": 64_000_000_000},
    "last_backup": "2026-11-22T19:00:00+00:00",
    "update": {},
}
SETTINGS: dict[str, Any] = {
    "general": {
        "language": "id",
        "time_zone": "Asia/Jakarta",
        "mode": "sekolah",
        "school_name": "SMA Nusa Harapan",
        "set_up": True,
    },
    "network": {
        "lan_card": "",
        "lan_address": "192.168.0.200/24",
        "internet": "dhcp",
        "internet_card": "",
        "internet_address": "",
        "gateway": "",
        "dns": [],
    },
    "web": {"https_only": False},
    "backup": {
        "target": "none",
        "device": "",
        "smb_share": "",
        "smb_user": "",
        "smb_password_set": False,
        "at": "02:00",
    },
    "remote": {"ssh": False, "keys": []},
    "time": {"servers": []},
    "security_updates": {"on": True},
}
STICK: dict[str, Any] = {
    "device": "1A2B-3C4D",
    "name": "GUYUB (Cruzer)",
    "size": 16_000_000_000,
    "free": 12_500_000_000,
    "file_system": "vfat",
}
Answer = dict[str, Any] | Refusal | Callable[[Any, Callable[..., None]], dict[str, Any]]


@dataclass
class RootSide:
    """What the box answers, by the name of the action, and what it was asked."""

    path: Path
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Action] = field(default_factory=list)

    def names(self) -> list[str]:
        """What was asked, without the glances."""
        return [action.name for action in self.asked if action.name != "glance"]

    def start(self) -> None:
        side = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                side.serve(self.rfile.readline(), self.wfile)

        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True

        self._server = Server(str(self.path), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve(self, line: bytes, out: Any) -> None:
        def say(said: dict[str, Any]) -> None:
            out.write(json.dumps(said).encode() + b"\n")
            out.flush()

        def tell(text: str, done: int = 0, of: int = 0) -> None:
            say({"progress": text, "done": done, "of": of})

        try:
            action = parse(line)
            self.asked.append(action)
            answer = self.answers.get(action.name, {})
            if isinstance(answer, Refusal):
                raise answer
            say({"result": answer(action, tell) if callable(answer) else answer})
        except Refusal as no:
            told = {"code": no.code, "cause": no.cause, "remedy": no.remedy, "values": no.values}
            say({"refusal": told})
