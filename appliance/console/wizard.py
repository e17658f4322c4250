"""The first setup on the console: one question a screen, back at every step, a look at it all, then it happens.

Nothing is changed before the last yes, and the box itself decides whether it may be set up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from app.domain.box_actions import SetUp, ShowRecoveryCode
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.services import box
from app.services.staff_accounts import SHORTEST_PASSWORD
from appliance.console.dialogs import Dialogs
from appliance.console.questions import ask_activation, ask_network, tell_recovery_code
from appliance.console.words import ZONES, Words

_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


class Wizard:
    """What was answered so far."""

    def __init__(self, dialogs: Dialogs, told: dict[str, Any], present: dict[str, Any]) -> None:
        self.dialogs = dialogs
        self.told = told
        self.present = present
        self.given: dict[str, Any] = {
            "language": dialogs.words.language,
            "time_zone": present["general"]["time_zone"],
            "mode": "sekolah",
            "school_name": "",
            "network": present["network"],
            "centre_url": "",
            "server_id": "",
            "activation_code": "",
            "account": "",
            "account_name": "",
            "password": "",
            "npsn": "",
        }

    def run(self) -> dict[str, Any] | None:
        """Ask everything, then have it done; the box's answer, or None if somebody went back to the start."""
        steps: list[Callable[[], bool]] = [
            self._language,
            self._zone,
            self._network,
            self._mode,
            self._school,
            self._centre,
            self._account,
            self._password,
            self._check,
        ]
        at = 0
        while at >= 0:
            if not steps[at]():
                at -= 1
                continue
            at += 1
            if at < len(steps):
                continue
            try:
                return self._apply()
            except Refusal as refusal:
                if refusal.code == "B-134":
                    raise
                self.dialogs.tell(self._say(N_("Belum berhasil")), self._say.refusal(refusal))
                at = steps.index(self._check)
        return None

    @property
    def _say(self) -> Words:
        return self.dialogs.words

    def _language(self) -> bool:
        choices = [("id", "Bahasa Indonesia"), ("en", "English")]
        answer = self.dialogs.choose(
            "Bahasa / Language", "Pilih bahasa. / Choose a language.", choices, self.given["language"]
        )
        if answer:
            self.given["language"] = answer
            self.dialogs.words = Words(answer)
        return answer is not None

    def _zone(self) -> bool:
        choices = [(zone, f"{short}  ({zone})") for zone, short in ZONES.items()]
        text = self._say(N_("Zona waktu sekolah ini."))
        return self._choose("time_zone", self._say(N_("Zona waktu")), text, choices)

    def _network(self) -> bool:
        answer = ask_network(self.dialogs, self.told.get("cards", []), self.given["network"])
        if answer is not None:
            self.given["network"] = answer
        return answer is not None

    def _mode(self) -> bool:
        choices = [
            ("sekolah", self._say(N_("Server sekolah: soal datang dari pusat"))),
            ("mandiri", self._say(N_("Mode mandiri: sekolah membuat ujian sendiri di server ini"))),
        ]
        return self._choose("mode", self._say(N_("Mode")), self._say(N_("Server ini dipakai untuk apa?")), choices)

    def _school(self) -> bool:
        return self._ask("school_name", self._say(N_("Sekolah")), self._say(N_("Nama sekolah.")))

    def _centre(self) -> bool:
        if self.given["mode"] == "mandiri":
            return self._own_centre()
        answer = ask_activation(self.dialogs, self.given, may_skip=True)
        if answer is not None:
            self.given |= answer
        return answer is not None

    def _own_centre(self) -> bool:
        text = self._say(N_("NPSN sekolah (8 angka). Boleh kosong."))
        while True:
            answer = self.dialogs.ask(self._say(N_("Mode mandiri")), text, self.given["npsn"])
            if answer is None:
                return False
            if not answer or (len(answer) == 8 and answer.isascii() and answer.isdigit()):
                self.given |= {"npsn": answer, "centre_url": "", "server_id": "", "activation_code": ""}
                return True

    def _account(self) -> bool:
        title = self._say(N_("Akun pertama"))
        text = self._say(N_("Nama akun pengelola server ini (huruf kecil dan angka), misalnya anto."))
        while self._ask("account", title, text):
            self.given["account"] = self.given["account"].lower()
            if _ACCOUNT.fullmatch(self.given["account"]):
                return self._ask("account_name", title, self._say(N_("Nama lengkap pemilik akun ini.")))
            self.dialogs.tell(title, self._say(N_("Pakai 2 sampai 64 huruf kecil, angka, titik, atau tanda hubung.")))
        return False

    def _password(self) -> bool:
        title = self._say(N_("Kata sandi"))
        while True:
            text = self._say(
                N_("Kata sandi untuk akun ini, paling sedikit %(least)s huruf atau angka."), least=SHORTEST_PASSWORD
            )
            first = self.dialogs.ask_secret(title, text)
            if first is None:
                return False
            if len(first) < SHORTEST_PASSWORD:
                self.dialogs.tell(
                    title,
                    self._say(N_("Kata sandi ini terlalu pendek. Pilih yang lebih panjang, misalnya beberapa kata.")),
                )
                continue
            second = self.dialogs.ask_secret(title, self._say(N_("Ketik kata sandi itu sekali lagi.")))
            if second == first:
                self.given["password"] = first
                return True
            if second is not None:
                self.dialogs.tell(title, self._say(N_("Kedua kata sandi tidak sama. Ketik lagi.")))

    def _check(self) -> bool:
        network = self.given["network"]
        rows = [
            (N_("Sekolah"), self.given["school_name"]),
            (N_("Mode"), self.given["mode"]),
            (N_("Zona waktu"), ZONES[self.given["time_zone"]]),
            (N_("Alamat"), network["lan_address"]),
            (N_("Internet"), network["internet"]),
            (N_("ID Server"), self.given["server_id"] or self._say(N_("menyusul"))),
            (N_("Akun pertama"), f"{self.given['account']} ({self.given['account_name']})"),
        ]
        text = "\n".join(f"{self._say(name).ljust(14)}: {value}" for name, value in rows)
        return self.dialogs.agree(self._say(N_("Periksa")), f"{text}\n\n{self._say(N_('Siapkan server seperti ini?'))}")

    def _apply(self) -> dict[str, Any]:
        title = self._say(N_("Menyiapkan server"))
        answer = self.dialogs.follow(title, lambda note: box.ask(SetUp(**self.given), note))
        lines = [self._say(N_("Server siap di http://%(address)s."), address=answer["address"])]
        told: Any = answer.get("refusal")
        if told:
            refusal = Refusal(told["code"], told["cause"], told["remedy"], values=told["values"])
            lines += [self._say(N_("Aktivasi belum berhasil dan dapat diulang dari menu:")), self._say.refusal(refusal)]
        self.dialogs.tell(self._say(N_("Selesai")), "\n\n".join(lines))
        self._show_recovery_code()
        return answer

    def _show_recovery_code(self) -> None:
        """To write down now, because it is needed when this box is no more."""
        title = self._say(N_("Kode pemulihan cadangan"))
        try:
            asked = ShowRecoveryCode(account=self.given["account"], password=self.given["password"])
            told = tell_recovery_code(self._say, str(box.ask(asked)["code"]))
        except Refusal as refusal:
            told = self._say.refusal(refusal)
        self.dialogs.tell(title, told)

    def _choose(self, name: str, title: str, text: str, choices: list[tuple[str, str]]) -> bool:
        answer = self.dialogs.choose(title, text, choices, self.given[name])
        if answer is not None:
            self.given[name] = answer
        return answer is not None

    def _ask(self, name: str, title: str, text: str) -> bool:
        """A line that must not be empty."""
        while True:
            answer = self.dialogs.ask(title, text, self.given[name])
            if answer is None:
                return False
            if answer:
                self.given[name] = answer
                return True
