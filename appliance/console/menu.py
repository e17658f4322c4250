"""What a technician does at the console after account and password: each entry is one action of the box."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.domain.box_actions import (
    Action,
    Activate,
    BackUp,
    ChangeSettings,
    CheckStaff,
    Examine,
    Glance,
    ListDevices,
    MakeSupportBundle,
    PutOnStick,
    ReadSettings,
    RestartServices,
    ShowRecoveryCode,
    TakeFromStick,
    TurnOff,
    Update,
)
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.services import box
from appliance.console.dialogs import Dialogs
from appliance.console.entry_menu import TITLE as ENTRY
from appliance.console.entry_menu import EntryMenu
from appliance.console.questions import ask_activation, ask_network, tell_recovery_code
from appliance.console.words import STATES


class Menu:
    """The menu of somebody who signed in."""

    def __init__(self, dialogs: Dialogs) -> None:
        self.dialogs = dialogs
        self.say = dialogs.words

    def sign_in(self) -> bool:
        """Account and password; wrong ones make the next try wait (the box counts)."""
        title = self.say(N_("Masuk"))
        while True:
            account = self.dialogs.ask(title, self.say(N_("Nama akun petugas.")))
            if not account:
                return False
            password = self.dialogs.ask_secret(title, self.say(N_("Kata sandi")))
            if password is None:
                return False
            try:
                if box.ask(CheckStaff(account=account, password=password)).get("right"):
                    return True
                self.dialogs.tell(
                    title, self.say(N_("Akun atau kata sandi tidak cocok, atau akun ini tidak boleh mengubah server."))
                )
            except Refusal as refusal:
                self.dialogs.tell(title, self.say.refusal(refusal))

    def run(self) -> None:
        """Until somebody leaves."""
        entries: dict[str, tuple[str, Callable[[], None]]] = {
            "doctor": (N_("Periksa server"), self._doctor),
            "network": (N_("Jaringan"), self._network),
            "activation": (N_("Aktivasi"), self._activation),
            "take": (N_("Paket dari USB"), lambda: self._with_device(N_("Paket dari USB"), TakeFromStick)),
            "put": (N_("Hasil ke USB"), lambda: self._with_device(N_("Hasil ke USB"), PutOnStick)),
            "backup": (N_("Cadangkan ke USB sekarang"), lambda: self._with_device(N_("Cadangan"), BackUp)),
            "code": (N_("Kode pemulihan cadangan"), self._recovery_code),
            "update": (N_("Perbarui dari USB"), lambda: self._with_device(N_("Pembaruan"), Update)),
            "support": (
                N_("Berkas bantuan ke USB"),
                lambda: self._with_device(N_("Berkas bantuan"), MakeSupportBundle),
            ),
            "entry": (ENTRY, EntryMenu(self.dialogs).run),
            "restart": (N_("Nyalakan ulang layanan"), self._restart),
            "off": (N_("Matikan atau nyalakan ulang server"), self._turn_off),
        }
        chosen = "doctor"
        while True:
            choices = [(key, self.say(text)) for key, (text, _do) in entries.items()]
            answer = self.dialogs.choose(self.say(N_("Menu petugas")), self.say(N_("Pilih satu.")), choices, chosen)
            if answer is None:
                return
            chosen = answer
            try:
                entries[answer][1]()
            except Refusal as refusal:
                self.dialogs.tell(self.say(entries[answer][0]), self.say.refusal(refusal))

    def _doctor(self) -> None:
        title = self.say(N_("Periksa server"))
        found: Any = self._do(title, Examine())["findings"]
        lines = []
        for line in found:
            lines.append(f"{self.say(STATES[line['state']])}: {self.say(line['text'], **line['values'])}")
            if line["state"] != "good" and line["remedy"]:
                lines.append(f"   {self.say(line['remedy'], **line['values'])}")
        self.dialogs.tell(title, "\n".join(lines))

    def _network(self) -> None:
        title, present = self.say(N_("Jaringan")), box.ask(ReadSettings())["network"]
        wanted = ask_network(self.dialogs, box.ask(Glance())["cards"], present)
        if wanted is None or wanted == present:
            return
        text = self.say(
            N_("Alamat baru: %(address)s. Komputer peserta harus membuka alamat itu. Simpan?"),
            address=wanted["lan_address"],
        )
        if self.dialogs.agree(title, text):
            self._do(title, ChangeSettings(table="network", values=wanted))
            self._done(title)

    def _activation(self) -> None:
        title = self.say(N_("Aktivasi"))
        given = ask_activation(self.dialogs, {}, may_skip=False)
        if given is None:
            return
        found = self._do(title, Activate(**given))
        text = self.say(
            N_("Server aktif untuk %(school)s dengan ID Server %(server)s."),
            school=found["school"],
            server=found["server_id"],
        )
        self.dialogs.tell(title, text)

    def _recovery_code(self) -> None:
        """Opens every backup of this box, so account and password are asked for once more."""
        title = self.say(N_("Kode pemulihan cadangan"))
        account = self.dialogs.ask(title, self.say(N_("Nama akun petugas.")))
        password = self.dialogs.ask_secret(title, self.say(N_("Kata sandi"))) if account else None
        if account and password:
            code = self._do(title, ShowRecoveryCode(account=account, password=password))["code"]
            self.dialogs.tell(title, tell_recovery_code(self.say, str(code)))

    def _with_device(self, name: str, action: Callable[..., Action]) -> None:
        title = self.say(name)
        devices: Any = box.ask(ListDevices())["devices"]
        if not devices:
            self.dialogs.tell(title, self.say(N_("Tidak ada USB. Pasang USB, tunggu beberapa detik, lalu ulangi.")))
            return
        choices = [
            (one["device"], f"{one['name']}  {self.say.size(one['size'])}  {one['file_system']}") for one in devices
        ]
        device = self.dialogs.choose(title, self.say(N_("Pilih USB atau disk.")), choices)
        if device is not None:
            self._do(title, action(device=device))
            self._done(title)

    def _restart(self) -> None:
        title = self.say(N_("Nyalakan ulang layanan"))
        text = self.say(N_("Jawaban yang sudah tersimpan tidak hilang; peserta menunggu beberapa detik. Lanjutkan?"))
        if self.dialogs.agree(title, text, no_first=True):
            self._do(title, RestartServices())
            self._done(title)

    def _turn_off(self) -> None:
        title = self.say(N_("Matikan atau nyalakan ulang server"))
        choices = [("again", self.say(N_("Nyalakan ulang"))), ("off", self.say(N_("Matikan")))]
        answer = self.dialogs.choose(title, self.say(N_("Jangan dilakukan selama ujian.")), choices)
        if answer and self.dialogs.agree(title, self.say(N_("Server berhenti melayani. Lanjutkan?")), no_first=True):
            self._do(title, TurnOff(again=answer == "again"))

    def _do(self, title: str, action: Action) -> dict[str, Any]:
        return self.dialogs.follow(title, lambda note: box.ask(action, note))

    def _done(self, title: str) -> None:
        self.dialogs.tell(title, self.say(N_("Selesai.")))
