"""The console's life: the dashboard, refreshed; a key opens setup or menu; whatever happens, back to the dashboard.

Keys that end programs (Ctrl-C, Ctrl-Z, Ctrl-\\) do nothing here, a changed size only draws anew, and a fault of ours is
told with its code instead of ending the screen.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import sys
import termios
import time
import traceback
import tty
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from app.domain.box_actions import Glance, ReadSettings
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.services import box
from appliance.console.dashboard import HEIGHT, WIDTH, dashboard
from appliance.console.dialogs import Dialogs, Left
from appliance.console.menu import Menu
from appliance.console.wizard import Wizard
from appliance.console.words import Words
from appliance.places import places

REFRESH_S = 10.0
ANSWER_S = 60.0  # a slow machine that still starts: giving up early would ask it again and again
_ARROWS = re.compile(rb"\x1b[\[O][0-9;]*[A-Za-z~]|\x1b")
_CLEAR, _HOME, _REST, _LINE = "\x1b[2J", "\x1b[H", "\x1b[J", "\x1b[K"


def main() -> None:
    """Show the console until the terminal is gone."""
    for name in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
        signal.signal(name, signal.SIG_IGN)  # the dialogs inherit it
    _be_sized()
    tty.setraw(0)  # no key may end or stop anything; the dialogs change it for themselves and put it back
    screen = Screen()
    while screen.turn():
        pass


class Screen:
    """One terminal."""

    def __init__(self) -> None:
        self.words = Words("id")
        self._chosen = ""  # the language somebody picked here; else the box's own
        self._told: dict[str, Any] = {}
        self._settings: dict[str, Any] = {}
        self._shown: list[str] = []

    def turn(self) -> bool:
        """Look, draw, wait for a key; False when the terminal is gone."""
        try:
            began = time.monotonic()
            self._look()
            took = time.monotonic() - began  # a machine that is slow, because it still starts, is asked less often
            self._draw()
            typed = _keys(max(REFRESH_S, took))
            if typed is None:
                return True
            if not typed:
                return False
            if set(typed) & set(b"\r\n mM"):
                self._open()
            elif set(typed) & set(b"lL"):
                self._chosen = "en" if self.words.language == "id" else "id"
        except Left:
            self._shown = []
        except Refusal as refusal:
            self._tell(self.words.refusal(refusal))
        except OSError:
            return False
        except Exception:  # noqa: BLE001 - whatever it is, the screen goes on
            traceback.print_exc()  # into the journal
            self._tell(self.words(N_("Terjadi kesalahan pada layar ini. Ulangi; layanan ujian tidak terganggu.")))
        return True

    def _look(self) -> None:
        try:
            self._told = box.ask(Glance(), patience_s=ANSWER_S)
            self._settings = self._settings or box.ask(ReadSettings(), patience_s=ANSWER_S)
        except Refusal as refusal:
            sys.stderr.write(f"{refusal}: {refusal.__cause__!r}\n")  # into the journal
            told = {"state": "bad", "text": refusal.cause, "remedy": refusal.remedy, "values": refusal.values}
            self._told = {**self._told, **told}
        language = self._chosen or self._settings.get("general", {}).get("language", "id")
        if language != self.words.language:
            self.words = Words(language)

    def _draw(self) -> None:
        zone = self._settings.get("general", {}).get("time_zone", "Asia/Jakarta")
        scheme = "https" if self._settings.get("web", {}).get("https_only") else "http"
        lines = dashboard(self._told, self.words, datetime.now(UTC), zone, _setup_code(), scheme)
        start = "" if self._shown else _CLEAR
        sys.stdout.write(start + _HOME + f"{_LINE}\r\n".join(lines) + _LINE + _REST)
        sys.stdout.flush()
        self._shown = lines

    def _open(self) -> None:
        dialogs = Dialogs(self.words)
        self._shown = []
        if not self._told.get("set_up", True):
            present = self._settings or box.ask(ReadSettings(), patience_s=ANSWER_S)  # a busy box may not have answered
            Wizard(dialogs, self._told, present).run()
            self._chosen = ""
        else:
            menu = Menu(dialogs)
            if menu.sign_in():
                menu.run()
        self._settings = {}

    def _tell(self, text: str) -> None:
        self._shown = []
        with suppress(Left, OSError, RuntimeError):
            Dialogs(self.words).tell("Guyub", text)
            return
        time.sleep(REFRESH_S)  # no dialog can be shown: never in a hurry


def _setup_code() -> str:
    try:
        return (places().run / "setup-code").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _keys(seconds: float) -> bytes | None:
    """What was typed, without arrows and the like; None if nothing was, empty when the terminal is gone."""
    ready, _out, _odd = select.select([0], [], [], seconds)
    if not ready:
        return None
    typed = os.read(0, 64)
    return _ARROWS.sub(b"", typed) or b"\0" if typed else b""


def _be_sized() -> None:
    """A serial line does not know its size; the dialogs have to."""
    rows, columns, _x, _y = struct.unpack("4H", fcntl.ioctl(0, termios.TIOCGWINSZ, b"\0" * 8))
    if not rows or not columns:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", HEIGHT, WIDTH, 0, 0))
