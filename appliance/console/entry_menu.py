"""*Akses SSH* at the console: the one place where somebody is let in. Fingerprints are compared by a person.

What is asked for here the box does because the kernel names the console's user, not because of anything typed.
"""

from __future__ import annotations

import textwrap
from typing import Any

from app.domain.box_actions import (
    Action,
    ConfirmKey,
    ListDevices,
    ListEntry,
    ProposeFromStick,
    RemoveKey,
    TurnOffEntry,
    TurnOnEntry,
)
from app.domain.wording import N_
from app.services import box
from appliance.console.dialogs import Dialogs

TITLE = N_("Akses SSH")


class EntryMenu:
    """Keys that wait, keys that may enter, and the switch."""

    def __init__(self, dialogs: Dialogs) -> None:
        self.dialogs = dialogs
        self.say = dialogs.words

    def run(self) -> None:
        """Until somebody goes back."""
        while True:
            told = box.ask(ListEntry())
            keys = {("wait", one["fingerprint"]): one for one in told["proposals"]}
            keys |= {("in", one["fingerprint"]): one for one in told["keys"]}
            choices = [(f"{place} {name}", self._line(place, key)) for (place, name), key in keys.items()]
            choices.append(("stick", self.say(N_("Ambil kunci publik dari USB"))))
            if told["ssh"]:
                choices.append(("off", self.say(N_("Matikan akses SSH"))))
            elif told["keys"]:
                choices.append(("on", self.say(N_("Nyalakan akses SSH"))))
            answer = self.dialogs.choose(self.say(TITLE), self._state(told), choices)
            if answer is None:
                return
            place, _blank, fingerprint = answer.partition(" ")
            if place == "wait":
                self._decide(keys["wait", fingerprint])
            elif place == "in":
                self._take_out(keys["in", fingerprint])
            elif place == "stick":
                self._from_stick()
            else:
                self._do(TurnOnEntry() if place == "on" else TurnOffEntry())

    def _state(self, told: dict[str, Any]) -> str:
        if told["ssh"] and told["keys"]:
            return self.say(N_("SSH menyala untuk %(number)s kunci."), number=len(told["keys"]))
        return self.say(N_("SSH mati. Usulkan kunci di halaman Mesin, atau ambil dari USB."))

    def _line(self, place: str, key: dict[str, Any]) -> str:
        word = self.say(N_("Menunggu")) if place == "wait" else self.say(N_("Diizinkan"))
        return f"{word}: {key['comment'] or '-'} {key['fingerprint'][:22]}…"

    def _decide(self, key: dict[str, Any]) -> None:
        text = "\n".join(
            (
                self._facts(key),
                self.say(N_("Diusulkan oleh: %(by)s"), by=key["by"]),
                "",
                self.say(N_("Pemegang kunci ini menguasai server.")),
                self.say(N_("Sama dengan sidik jari di laptop teknisi?")),  # each fits a line: the dialog counts lines
            )
        )
        choices = [("no", self.say(N_("Tolak dan hapus"))), ("yes", self.say(N_("Sama, izinkan")))]
        answer = self.dialogs.choose(self.say(N_("Kunci yang menunggu")), text, choices)
        if answer == "yes":
            self._do(ConfirmKey(fingerprint=key["fingerprint"]))
        elif answer == "no":
            self._do(RemoveKey(fingerprint=key["fingerprint"]))

    def _take_out(self, key: dict[str, Any]) -> None:
        text = f"{self._facts(key)}\n\n{self.say(N_('Hapus kunci ini? Pemiliknya tidak dapat masuk lagi.'))}"
        if self.dialogs.agree(self.say(TITLE), text, no_first=True):
            self._do(RemoveKey(fingerprint=key["fingerprint"]))

    def _from_stick(self) -> None:
        devices: Any = box.ask(ListDevices())["devices"]
        if not devices:
            text = N_("Tidak ada USB. Pasang USB, tunggu beberapa detik, lalu ulangi.")
            self.dialogs.tell(self.say(TITLE), self.say(text))
            return
        choices = [(one["device"], f"{one['name']}  {self.say.size(one['size'])}") for one in devices]
        device = self.dialogs.choose(self.say(TITLE), self.say(N_("Pilih USB atau disk.")), choices)
        if device is not None:
            self._do(ProposeFromStick(device=device))

    def _facts(self, key: dict[str, Any]) -> str:
        return "\n".join([*textwrap.wrap(key["fingerprint"], 60), key["comment"] or "-"])

    def _do(self, action: Action) -> None:
        self.dialogs.follow(self.say(TITLE), lambda note: box.ask(action, note))
