"""A box of plain files: booted into a folder, its actions done by the real program, one process per connection."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

from app.services.system_clock import SystemClock
from appliance import booting
from appliance.places import Places

CARD = "52:54:00:12:34:56"


class BoxOfFiles:
    """What systemd does on a box: listen, and start one process per request."""

    def __init__(self, folder: Path) -> None:
        self.places = Places(folder / "box")
        self.socket = folder / "actions.sock"
        self._journal = folder / "journal"
        self._end = folder / "end"  # whoever connects from here wants no more requests taken
        self._running: list[subprocess.Popen[bytes]] = []
        self.unheard: list[str] = []  # actions that get no answer the next time they are asked for
        card = self.places.cards / "enp1s0"
        (card / "device").mkdir(parents=True)
        for name, text in {"address": CARD, "type": "1", "carrier": "1", "speed": "1000"}.items():
            (card / name).write_text(f"{text}\n")
        self.places.sekolah.mkdir(parents=True)
        booting.boot(self.places, SystemClock().now())

    def __enter__(self) -> Self:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.socket))
        self._listener.listen(16)
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Take no more requests, and wait until those that began have ended."""
        if self._thread.is_alive():
            with socket.socket(socket.AF_UNIX) as last:
                last.bind(str(self._end))
                last.connect(str(self.socket))
                self._thread.join()
        self._listener.close()
        for process in self._running:
            process.wait()

    def environment(self) -> dict[str, str]:
        """What a program needs to take this for the machine it runs on."""
        return {"GUYUB_ACTIONS": str(self.socket), "GUYUB_BOX_ROOT": str(self.places.root)}

    def journal(self) -> str:
        """What the actions wrote to the journal."""
        return self._journal.read_text()

    def _asks_for(self, connection: socket.socket) -> str:
        return str(json.loads(connection.recv(65_536, socket.MSG_PEEK))["action"])

    def _listen(self) -> None:
        line, environment = [sys.executable, "-m", "appliance.actions"], {**os.environ, **self.environment()}
        with self._journal.open("ab") as journal:
            while True:
                connection, address = self._listener.accept()
                with connection:
                    if address == str(self._end):
                        return
                    if self.unheard and self._asks_for(connection) in self.unheard:
                        self.unheard.remove(self._asks_for(connection))
                        continue
                    process = subprocess.Popen(
                        line, stdin=connection, stdout=connection, stderr=journal, env=environment
                    )
                self._running.append(process)
