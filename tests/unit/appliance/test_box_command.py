"""`guyub box …`: what the units run at boot and after a change."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from app.cli import guyub
from appliance import settings
from appliance.places import Places
from appliance.settings import BoxSettings

LAN, INTERNET = "52:54:00:00:00:01", "52:54:00:00:00:02"


def run(root: Path, *words: str) -> str:
    ran = CliRunner().invoke(guyub, ["box", *words], env={"GUYUB_BOX_ROOT": str(root)}, catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def plug_in(places: Places) -> None:
    for name, mac in {"enp1s0": INTERNET, "enp2s0": LAN}.items():
        card = places.cards / name
        (card / "device").mkdir(parents=True)
        (card / "address").write_text(mac)
        (card / "type").write_text("1")


def test_a_boot_tells_what_it_rendered_and_the_settings_can_be_read_by_a_program(tmp_path: Path) -> None:
    assert "/run/guyub/sekolah.toml" in run(tmp_path, "boot")
    assert json.loads(run(tmp_path, "settings", "--json"))["network"]["lan_address"] == "192.168.0.200/24"
    assert run(tmp_path, "settings") == settings.as_toml(BoxSettings())


def test_a_change_by_hand_or_by_ansible_counts_after_render(tmp_path: Path) -> None:
    run(tmp_path, "boot")
    settings.write(Places(tmp_path).box, settings.changed(BoxSettings(), "web", {"https_only": True}))
    assert run(tmp_path, "render").split() == [str(tmp_path / "run/guyub/sekolah.toml")]
    assert run(tmp_path, "render") == ""


def test_the_card_that_leads_to_the_internet_is_found_once_it_does(tmp_path: Path) -> None:
    places = Places(tmp_path)
    plug_in(places)
    run(tmp_path, "boot")
    assert f"MACAddress={LAN}" in (places.networkd / "10-guyub-lan.network").read_text()
    route = tmp_path / "proc/net/route"
    route.parent.mkdir(parents=True)
    route.write_text("Iface Destination Gateway\nenp2s0 00000000 0100A8C0 0003 0 0 0 00000000 0 0 0\n")
    run(tmp_path, "settle")
    assert f"MACAddress={INTERNET}" in (places.networkd / "10-guyub-lan.network").read_text()
    assert f"MACAddress={LAN}" in (places.networkd / "10-guyub-internet.network").read_text()


def test_damaged_settings_are_told_loudly_and_the_ones_before_are_used(tmp_path: Path) -> None:
    places = Places(tmp_path)
    first = settings.changed(BoxSettings(), "general", {"school_name": "SMA 1"})
    settings.write(places.box, first)
    settings.write(places.box, first)
    (places.box / "box.toml").write_bytes(b"\0" * 100)
    ran = CliRunner().invoke(guyub, ["box", "settings"], env={"GUYUB_BOX_ROOT": str(tmp_path)})
    assert "B-128" in ran.stderr
    assert ran.stdout == settings.as_toml(first)
