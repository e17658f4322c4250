"""`guyub rehearse`: the rehearsal at the console, and what the page starts."""

from __future__ import annotations

import json
import random
import signal
import sys
from types import FrameType
from typing import Any

import click
import sqlalchemy

from app.domain.refusals import Refusal
from app.sekolah.jobs import workplace_for
from app.sekolah.services.rehearsing import Wish
from app.services.system_clock import SystemClock
from app.settings import SekolahSettings, load_settings
from app.web.transactions import guard_engine

PHASES = {
    "prepare": "Menyiapkan server percobaan",
    "gather": "Menunggu komputer peserta di /gladi",
    "login": "Semua masuk",
    "start": "Semua menekan Mulai",
    "save": "Semua menjawab",
    "finish": "Semua menekan Selesai",
    "clear": "Merapikan",
}
WORDS = {"good": "SIAP", "warn": "SIAP DENGAN CATATAN", "bad": "BELUM SIAP"}
MARKS = {"good": "✓", "warn": "!", "bad": "✗"}


@click.command()
@click.option("--students", default=500, show_default=True, help="Jumlah peserta percobaan.")
@click.option("--seconds", default=60, show_default=True, help="Lama semua peserta menjawab.")
@click.option("--address", default="127.0.0.1", show_default=True, help="Alamat server percobaan.")
@click.option("--gather", default=0, help="Tunggu komputer peserta yang ikut lewat LAN, paling lama sekian detik.")
@click.option("--json", "as_json", is_flag=True, help="Untuk dibaca program.")
@click.pass_context
def rehearse(ctx: click.Context, students: int, seconds: int, address: str, gather: int, as_json: bool) -> None:
    """Gladi: beban hari ujian pada server percobaan; kode keluar 1 bila server belum siap."""
    settings = load_settings(**(ctx.find_root().obj or {}))
    if not isinstance(settings, SekolahSettings):
        raise Refusal("S-299", "Perintah ini hanya untuk server sekolah.", "Pakai guyub --role sekolah.")
    if sys.platform != "linux":
        raise Refusal("S-254", "Gladi hanya berjalan di Linux.", "Jalankan gladi di server Linux sekolah.")
    from app.rehearsal.run import CalledOffError, Rehearsal

    signal.signal(signal.SIGTERM, _end)
    engine = sqlalchemy.create_engine(settings.database_url)
    guard_engine(engine)
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    place = workplace_for(settings, engine, SystemClock(), random.SystemRandom())
    wish = Wish(students, seconds, address, gather)
    try:
        record = Rehearsal(settings, place, wish, _Teller(quiet=as_json)).go()
    except CalledOffError:
        click.echo("Gladi dihentikan.")
        sys.exit(1)
    finally:
        engine.dispose()
    if as_json:
        click.echo(json.dumps(record, ensure_ascii=False, indent=2))
    else:
        _print(record)
    sys.exit(1 if record["overall"] == "bad" else 0)


class _Teller:
    """Prints each phase when it begins."""

    def __init__(self, *, quiet: bool) -> None:
        self._last, self._quiet = "", quiet

    def __call__(self, said: dict[str, Any]) -> None:
        if said["phase"] != self._last and not self._quiet:
            self._last = said["phase"]
            port = f" (port {said['port']})" if self._last == "gather" else ""
            click.echo(f"[{100 * said['share']:3.0f} %] {PHASES[self._last]}{port} … sisa {said['seconds_left']} detik")


def _print(record: dict[str, Any]) -> None:
    figures = record["figures"]
    saves = sum(phase["done"] for phase in record["phases"] if phase["phase"] == "save") / record["seconds"]
    click.echo()
    click.echo(f"Jawaban tersimpan per penulisan tunggal disk  {saves / max(1, figures['single_commits_per_s']):8.3f}")
    click.echo(f"Prosesor dipakai server saat menjawab         {figures['processor_share']:8.3f}")
    click.echo(f"Waktu prosesor per jawaban (ms)               {figures['cpu_ms_each_save']:8.2f}")
    click.echo(f"Keterlambatan pengukur (ms)                   {figures['load_late_p99_ms']:8.1f}")
    click.echo()
    for line in record["lines"]:
        values = {name: _spoken(value) for name, value in line["values"].items()}
        click.echo(f"{MARKS[line['shape']]} {line['state'] % values}")
        if line["remedy"]:
            click.echo(f"  {line['remedy'] % values}")
    for guest in record["guests"]:
        times = f"biasanya {_spoken(guest['half'])}, paling lama {_spoken(guest['slowest'])} detik"
        told = times if guest["half"] else "tidak mengirim hasil"
        click.echo(f"  PC {guest['number']} ({guest['address']}): {guest['students']} peserta, {told}")
    click.echo()
    click.echo(WORDS[record["overall"]])


def _spoken(value: object) -> object:
    return f"{value:.2f}".replace(".", ",") if isinstance(value, float) else value


def _end(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(1)
