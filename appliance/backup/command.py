"""`guyub backup …`: the same deeds as on the console, for a terminal and for the timer.

Root does them itself; anybody else asks the box for them.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from app.domain.box_actions import Action, BackUp, ListBackups, RestoreBackup, VerifyBackup
from app.domain.refusals import Refusal
from app.services import box
from app.services.box import Progress
from app.services.system_clock import SystemClock
from appliance.actions import Do
from appliance.backup import deeds, making, state
from appliance.places import places

DEVICE = click.option("--device", default="", help="UUID perangkat; tanpa ini tempat di pengaturan.")
JSON = click.option("--json", "as_json", is_flag=True, help="Untuk dibaca program.")


@click.group()
def backup() -> None:
    """Cadangan: buat, periksa, pulihkan."""


@backup.command("list")
@DEVICE
@JSON
def list_them(device: str, as_json: bool) -> None:
    """Daftar cadangan, yang terbaru dahulu."""
    found = _do(ListBackups(device=device))
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for record in found["backups"]:
        at = datetime.fromisoformat(record["at"]).astimezone()
        click.echo(f"{record['id']}  {at:%Y-%m-%d %H.%M}  {record['size'] / 1e6:>8.1f} MB  versi {record['version']}")
    if not found["backups"]:
        click.echo("Belum ada cadangan.")


@backup.command()
@DEVICE
@click.option("--if-due", is_flag=True, help="Hanya bila yang terakhir sudah lama atau sebuah tes baru ditutup.")
def now(device: str, if_due: bool) -> None:
    """Buat cadangan sekarang."""
    if if_due:
        _when_due()
        return
    record = _do(BackUp(device=device))["backup"]
    click.echo(f"Cadangan {record['id']} dibuat, {record['size'] / 1e6:.1f} MB.")


@backup.command()
@click.argument("backup_id", default="latest")
@DEVICE
@JSON
def verify(backup_id: str, device: str, as_json: bool) -> None:
    """Periksa cadangan dengan memulihkannya di tempat lain."""
    found = _do(VerifyBackup(backup=backup_id, device=device))
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    rows = sum(found["rows"].values())
    click.echo(f"Cadangan utuh: {rows} baris, rantai audit utuh, {found['receipts']} tanda terima sah.")


@backup.command()
@click.argument("backup_id", default="latest")
@DEVICE
@click.option("--recovery-code", default="", help="Kode pemulihan, bila cadangan dari server lain.")
@click.option("--yes", is_flag=True, help="Jangan bertanya.")
def restore(backup_id: str, device: str, recovery_code: str, yes: bool) -> None:
    """Ganti data di sini dengan cadangan; yang sekarang disisihkan."""
    if not yes:
        click.confirm("Data server ini diganti dengan isi cadangan. Lanjutkan?", abort=True)
    found = _do(RestoreBackup(backup=backup_id, recovery_code=recovery_code, device=device))
    click.echo(f"Cadangan dari {found['made_at']} dipulihkan. Server siap.")


@backup.command()
def settle() -> None:
    """Kembalikan keadaan semula bila pemulihan terputus (dijalankan saat menyala)."""
    from appliance.backup import swapping

    if swapping.settle(places()):
        click.echo("Pemulihan yang terputus dibatalkan; data semula dipakai.")


def _when_due() -> None:
    """For the timer: quiet where no target was chosen."""
    from appliance import settings

    here, clock = places(), SystemClock()
    chosen = settings.read(here.box).settings
    due = state.is_due(here, clock.now(), chosen.backup.at, ZoneInfo(chosen.general.time_zone))
    with suppress(Refusal), state.alone(here):
        making.clear_remains(here)
    if chosen.backup.target == "none" or not making.roles(here) or not due:
        click.echo("Belum perlu mencadangkan.")
        return
    record = making.make_backup(here, clock, _tell, reason="timer")
    click.echo(f"Cadangan {record['id']} dibuat, {record['size'] / 1e6:.1f} MB.")


def _do(action: Action) -> dict[str, Any]:
    if os.geteuid() == 0:
        do: Do = deeds.ACTIONS[type(action)]
        return do(action, _tell)
    return box.ask(action, _show)


def _tell(text: str, done: int = 0, of: int = 0) -> None:
    _show(Progress(text, done, of))


def _show(progress: Progress) -> None:
    """One line that renews itself on a terminal; in a log only its first state."""
    share = f" {progress.done * 100 // progress.of} %" if progress.of else ""
    if sys.stderr.isatty():
        click.echo(f"\r{progress.text}{share}\033[K", err=True, nl=False)
        if not progress.of or progress.done >= progress.of:
            click.echo("", err=True)
    elif not progress.done:
        click.echo(progress.text, err=True)
