"""Reading and changing the settings of the box. A change counts at once, and only the services concerned are told."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from app.domain.box_actions import ChangeSettings, ReadSettings
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.services.system_clock import SystemClock
from appliance import booting, settings
from appliance.actions import Actions, Tell
from appliance.cards import choose, learned, list_cards
from appliance.durable import write_whole
from appliance.places import Places, places
from appliance.setting_values import wrong_type


def _read(_action: ReadSettings, _tell: Tell) -> dict[str, Any]:
    return settings.as_tables(settings.read(places().box).settings)


def _change(action: ChangeSettings, tell: Tell) -> dict[str, Any]:
    here = places()
    if action.table == "remote":  # whoever names a key for SSH is root: the web process must not become that by asking
        raise Refusal(
            "B-135",
            N_("Bagian pengaturan ini tidak diubah dari halaman atau konsol."),
            N_("Usulkan kunci di halaman Mesin, Akses SSH, lalu izinkan di layar server."),
            status=403,
        )
    tell(N_("Memeriksa pengaturan"))
    wanted, password = judge(here, action.table, action.values)
    tell(N_("Menyimpan dan memuat ulang layanan"))
    keep(here, wanted, password)
    return {"address": str(booting.addresses(wanted)[0])}


def judge(here: Places, table: str, given: Mapping[str, Any]) -> tuple[settings.BoxSettings, str]:
    """The settings as they would be, and the share's password if it is among the values; raises Refusal."""
    present = settings.read(here.box).settings
    values = dict(given)
    if table == "general" and values.get("set_up", present.general.set_up) != present.general.set_up:
        raise Refusal(
            "B-130",
            N_("Server tidak dapat dibuka lagi untuk penyiapan pertama."),
            N_("Ubah pengaturan satu per satu di menu."),
            status=403,
        )
    if table == "general" and values.get("mode", present.general.mode) != present.general.mode:
        raise Refusal(
            "B-131",
            N_("Mode server tidak diubah di sini."),
            N_("Pakai tombol untuk menghidupkan atau mematikan mode mandiri."),
            status=409,
        )
    password = values.pop("smb_password", "") if table == "backup" else ""
    if not isinstance(password, str) or len(password) > 200 or "\n" in password:
        raise wrong_type("backup.smb_password")
    if table == "backup":
        values["smb_password_set"] = bool(password) or present.backup.smb_password_set
    wanted = settings.changed(present, table, values)
    return with_named_cards(here, wanted) if table == "network" else wanted, password


def keep(here: Places, wanted: settings.BoxSettings, password: str) -> None:
    """Keep what was judged, and let it count at once."""
    if password:
        write_whole(here.share_password, password.encode())
    settings.write(here.box, wanted)
    booting.renew(here, SystemClock().now())


def with_named_cards(here: Places, wanted: settings.BoxSettings) -> settings.BoxSettings:
    """Cards that were left to choose are named from now on: later only the MAC says which is which."""
    chosen = choose(wanted.network, list_cards(here.cards), learned(here))
    lan = chosen.lan.mac if chosen.lan else ""
    internet = chosen.internet.mac if chosen.internet else ""
    network = dataclasses.replace(
        wanted.network,
        lan_card=wanted.network.lan_card or lan,
        internet_card=wanted.network.internet_card or internet,
    )
    return dataclasses.replace(wanted, network=network)


ACTIONS: Actions = {ReadSettings: _read, ChangeSettings: _change}
