"""`guyub box …`: what units run at boot and after changes, as root. People use console and browser."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from app.domain.refusals import Refusal
from appliance import booting, cards, settings
from appliance.places import places

SETTLE_S = 180  # how long a card may take to get its address from a router that starts at the same time


@click.group()
def box() -> None:
    """Mesin: identitas, pengaturan, jaringan."""


@box.command()
def boot() -> None:
    """Siapkan mesin saat menyala: identitas bila belum ada, lalu semua berkas pengaturan."""
    _tell(booting.boot(places(), datetime.now(UTC)))


@box.command()
def render() -> None:
    """Tulis ulang berkas dari box.toml dan muat ulang layanan yang berubah."""
    _tell(booting.renew(places(), datetime.now(UTC)))


@box.command()
@click.option("--seconds", type=int, default=SETTLE_S, help="Lama menunggu.")
def settle(seconds: int) -> None:
    """Tunggu internet, lalu ingat kartu mana yang menuju ke sana."""
    ours, until = places(), time.monotonic() + seconds
    while time.monotonic() < until:
        found = settings.read(ours.box).settings.network
        if found.lan_card:
            return
        if cards.learn(ours, found, cards.list_cards(ours.cards)):
            _tell(booting.renew(ours, datetime.now(UTC)))
            return
        time.sleep(2)


@box.command("settings")
@click.option("--json", "as_json", is_flag=True, help="Untuk dibaca program.")
def show_settings(as_json: bool) -> None:
    """Tampilkan isi box.toml."""
    found = settings.read(places().box)
    if found.damage:
        click.echo(f"{found.damage.code}: {found.damage.cause}\n{found.damage.remedy}", err=True)
    if as_json:
        click.echo(json.dumps(settings.as_tables(found.settings), ensure_ascii=False, indent=2))
    else:
        click.echo(settings.as_toml(found.settings), nl=False)


@box.command("set")
@click.argument("table")
@click.argument("values", nargs=-1, required=True, metavar="NAMA=NILAI…")
@click.option("--check", is_flag=True, help="Hanya periksa; tidak ada yang diubah.")
@click.option("--json", "as_json", is_flag=True, help="Untuk dibaca program.")
def set_values(table: str, values: tuple[str, ...], check: bool, as_json: bool) -> None:
    """Ubah pengaturan: guyub box set network lan_address=192.168.0.200/24. Daftar ditulis sebagai JSON.

    Nilai - dibaca dari masukan, supaya kata sandi tidak tampak pada daftar proses.
    """
    from appliance.handing_over import refusals_told, tell
    from appliance.setting_from_words import hand_over

    with refusals_told(as_json=as_json):
        tell(hand_over(places(), table, values, sys.stdin, check=check), as_json=as_json)


@box.command(hidden=True)
def quiet() -> None:
    """Berakhir tanpa galat bila pembaruan keamanan boleh dipasang sekarang: dinyalakan, dan tidak ada tes dekat."""
    from appliance.updates import require_no_exam

    ours = places()
    if not settings.read(ours.box).settings.security_updates.on:
        click.echo("Pembaruan keamanan dimatikan.")
        sys.exit(1)
    try:
        require_no_exam(ours, datetime.now(UTC))
    except Refusal as refusal:
        click.echo(refusal.cause)
        sys.exit(1)


@box.command(hidden=True)
def action() -> None:
    """Satu tindakan, lewat sambungan di masukan."""
    from appliance.actions.run import main

    main()


@box.command(hidden=True)
def console() -> None:
    """Layar konsol."""
    from appliance.console.screen import main

    main()


def _tell(changed: list[Path]) -> None:
    for path in changed:
        click.echo(path)
