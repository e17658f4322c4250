"""box.toml: odd values are refused with cause and remedy, and a power cut or a bad disk never leaves a box without."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.refusals import Refusal
from appliance import settings as box
from appliance.settings import BoxSettings, General, Network


def test_a_box_without_a_file_has_the_defaults_and_is_not_set_up(tmp_path: Path) -> None:
    found = box.read(tmp_path)
    assert found.settings == BoxSettings()
    assert found.damage is None
    assert not found.settings.general.set_up
    assert found.settings.network.lan_address == "192.168.0.200/24"


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    school = 'SMA "Harapan" \\ Ibu Kartini – Ende'
    settings = BoxSettings(
        general=General(language="en", time_zone="Asia/Jayapura", school_name=school, set_up=True),
        network=Network(lan_card="52:54:00:12:34:56", dns=("9.9.9.9", "1.1.1.1")),
    )
    box.write(tmp_path, settings)
    assert box.read(tmp_path).settings == settings
    assert stat.S_IMODE((tmp_path / "box.toml").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("table", "values", "code"),
    [
        ("general", {"time_zone": "Europe/Berlin"}, "B-111"),
        ("general", {"mode": "pusat"}, "B-111"),
        ("general", {"colour": "blue"}, "B-110"),
        ("garage", {}, "B-110"),
        ("general", {"set_up": "yes"}, "B-112"),
        ("general", {"school_name": "SMA\nroot = true"}, "B-112"),
        ("general", {"school_name": "x" * 201}, "B-112"),
        ("network", {"lan_card": "eth0"}, "B-113"),
        ("network", {"lan_card": "ff:ff:ff:ff:ff:ff"}, "B-113"),
        ("network", {"lan_address": "192.168.0.200"}, "B-114"),
        ("network", {"lan_address": ""}, "B-114"),
        ("network", {"lan_address": "127.0.0.1/8"}, "B-114"),
        ("network", {"lan_address": "192.168.0.999/24"}, "B-114"),
        ("network", {"lan_address": "192.168.0.255/24"}, "B-115"),
        ("network", {"lan_address": "192.168.0.0/24"}, "B-115"),
        ("network", {"gateway": "224.0.0.1"}, "B-114"),
        ("network", {"dns": ["8.8.8.8", "dns"]}, "B-114"),
        ("network", {"dns": "8.8.8.8"}, "B-112"),
        ("network", {"internet": "static"}, "B-116"),
        ("network", {"internet": "static", "internet_address": "10.1.2.3/24", "gateway": "10.1.3.1"}, "B-117"),
        ("network", {"internet": "static", "internet_address": "10.1.2.3/24", "gateway": "10.1.2.3"}, "B-117"),
        (
            "network",
            {
                "lan_card": "52:54:00:00:00:01",
                "internet_card": "52:54:00:00:00:02",
                "internet": "static",
                "internet_address": "192.168.0.7/24",
                "gateway": "192.168.0.1",
            },
            "B-118",
        ),
        ("backup", {"at": "25:00"}, "B-119"),
        ("backup", {"device": "../../etc"}, "B-119"),
        ("backup", {"smb_share": "//host/share,uid=0"}, "B-119"),
        ("remote", {"keys": ['command="rm" ssh-ed25519 AAAA']}, "B-119"),
        ("time", {"servers": ["-x host"]}, "B-119"),
        ("security_updates", {"on": 1}, "B-112"),
    ],
)
def test_an_odd_value_is_refused_with_cause_and_remedy(table: str, values: dict[str, object], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        box.changed(BoxSettings(), table, values)
    assert refused.value.code == code
    assert refused.value.cause % refused.value.values
    assert refused.value.remedy % refused.value.values


def test_a_card_is_kept_in_one_way_of_writing() -> None:
    settings = box.changed(BoxSettings(), "network", {"lan_card": "52-54-00-AB-CD-EF"})
    assert settings.network.lan_card == "52:54:00:ab:cd:ef"


def test_a_change_leaves_the_rest_as_it_was() -> None:
    before = BoxSettings(network=Network(lan_address="10.0.0.1/24"))
    after = box.changed(before, "network", {"internet": "none"})
    assert after == replace(before, network=replace(before.network, internet="none"))


@pytest.mark.parametrize("damage", [b"", b"\0" * 512, b"[general]\nlanguage = ", b"[general]\nlanguage = 'xx'\n"])
def test_a_damaged_file_gives_way_to_the_one_before_and_says_so(tmp_path: Path, damage: bytes) -> None:
    first = BoxSettings(general=General(school_name="SMA 1", set_up=True))
    box.write(tmp_path, first)
    box.write(tmp_path, replace(first, network=Network(internet="none")))
    (tmp_path / "box.toml").write_bytes(damage)
    found = box.read(tmp_path)
    assert found.settings == first
    assert found.damage is not None
    assert found.damage.code == "B-128"


def test_saving_over_a_damaged_file_keeps_the_good_one_before(tmp_path: Path) -> None:
    good = BoxSettings(general=General(school_name="SMA 1"))
    box.write(tmp_path, good)
    box.write(tmp_path, good)
    (tmp_path / "box.toml").write_bytes(b"\0\0\0")
    box.write(tmp_path, BoxSettings())
    assert box.parse((tmp_path / "box.toml.before").read_bytes()) == good
    assert box.read(tmp_path).damage is None


def test_a_box_that_was_set_up_never_opens_to_a_first_setup_again(tmp_path: Path) -> None:
    box.write(tmp_path, BoxSettings(general=General(set_up=True)))
    (tmp_path / "box.toml").write_bytes(b"")
    (tmp_path / "box.toml.before").unlink(missing_ok=True)
    found = box.read(tmp_path)
    assert found.settings.general.set_up
    assert found.damage is not None
    assert found.damage.code == "B-129"
    (tmp_path / "box.toml").unlink()
    assert box.read(tmp_path).settings.general.set_up
