"""`guyub lab template` and `guyub lab import`: the spreadsheet to fill in, and inventory and plans made of it.

All that is wrong is told at once, by row and column, and then nothing is written.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from app.domain.refusals import Refusal
from app.domain.wording import N_
from appliance.durable import write_whole
from appliance.lab import inventory, rows, workbook

_LARGEST = 20_000_000  # bytes that are read at all; the reader refuses from 16 MB on


@click.command("template")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--example", is_flag=True, help="Isi dengan lab contoh.")
def template(file: Path, example: bool) -> None:
    """Buat lembar kerja kosong untuk denah lab."""
    write_new(file, workbook.write_sheet(workbook.example_rows() if example else []))
    click.echo(f"{file} dibuat. Isi lembar {workbook.SHEET}, lalu: guyub lab import {file} --into FOLDER")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--into", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder.")
@click.option("--server", "servers", multiple=True, metavar="NAMA=ALAMAT/AWALAN", help="Server; boleh berulang.")
@click.option("--students", type=click.IntRange(1, 100_000), help="Jumlah peserta, untuk menghitung kebutuhan.")
@click.option("--guests", is_flag=True, help="Ponsel di luar denah juga mendapat alamat (hanya satu server).")
def import_plan(file: Path, folder: Path, servers: tuple[str, ...], students: int | None, *, guests: bool) -> None:
    """Baca lembar kerja denah; tulis inventori Ansible dan satu lab.toml per server."""
    known = inventory.parse_servers(servers)
    if guests and len(known) > 1:
        raise Refusal(
            "B-743",
            N_("Ponsel di luar denah hanya dapat diberi alamat oleh satu server di satu LAN."),
            N_("Tanpa --guests, atau impor hanya satu server; beri alamat ponsel dari router di jaringan lain."),
        )
    with file.open("rb") as stream:
        table = workbook.read_sheet(file.name, stream.read(_LARGEST))
    reading = rows.judge(table, known, students)
    _tell("Peringatan", reading.notes)
    if reading.wrong:
        _tell("Salah", reading.wrong)
        raise Refusal(
            "B-710",
            N_("%(n)s hal di lembar kerja harus dibetulkan; tidak ada yang ditulis."),
            N_("Betulkan semua yang disebut di atas, simpan, lalu jalankan perintah ini lagi."),
            values={"n": len(reading.wrong)},
        )
    plans = {name: replace(plan, guests=guests) for name, plan in reading.plans.items()}
    changed = inventory.write(folder, plans)
    for path in changed:
        click.echo(path)
    computers = sum(len(plan.computers) for plan in plans.values())
    click.echo(f"{computers} komputer, {len(known)} server; {len(changed)} berkas ditulis.")


def write_new(file: Path, content: bytes) -> None:
    """Write a spreadsheet that is not there yet; refuses (B-720) to replace one."""
    if file.exists():
        raise Refusal(
            "B-720",
            N_("Berkas %(file)s sudah ada dan tidak ditimpa."),
            N_("Pakai nama lain, atau pindahkan berkas itu dahulu."),
            values={"file": str(file)},
            status=409,
        )
    write_whole(file, content, 0o644)


def _tell(title: str, found: list[Refusal]) -> None:
    for refusal in found:
        values = refusal.values
        cause = refusal.cause % values if values else refusal.cause
        click.echo(
            f"{title} {refusal.code}: {cause}\n  {refusal.remedy % values if values else refusal.remedy}", err=True
        )
    sys.stderr.flush()
