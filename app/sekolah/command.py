"""`guyub sekolah …`: what a technician at the console, or a timer, does without a browser.

Each command does exactly what the button of the same name does, shows progress, and ends with code 2 and two lines
(cause, remedy) for a refusal.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import sqlalchemy

from app.domain.refusals import Refusal
from app.models import Download, DownloadState
from app.sekolah import jobs
from app.sekolah.services import activation as activating
from app.sekolah.services import contact, day, identity, readiness, releasing, uploading
from app.sekolah.services import stick as sticks
from app.sekolah.services.kept_words import tell
from app.sekolah.services.line import keep_address, open_line
from app.sekolah.services.reporting import PROGRAM
from app.sekolah.services.syncing import Outcome
from app.sekolah.services.workplace import Workplace
from app.services.system_clock import SystemClock
from app.settings import SekolahSettings, load_settings
from app.sync.transport import FolderTransport
from app.web.transactions import guard_engine

ACTOR = "command"


@click.group()
def sekolah() -> None:
    """Server sekolah: aktivasi, sinkronisasi, rilis, unggah, USB."""


@sekolah.command()
@click.argument("server_id")
@click.option("--code", prompt="Kode aktivasi", help="Kode dari pusat.")
@click.option("--centre", help="Alamat pusat, bila belum ada di pengaturan.")
@click.option("--yes", is_flag=True, help="Nama sekolah sudah pasti benar; jangan bertanya.")
def activate(server_id: str, code: str, centre: str | None, yes: bool) -> None:
    """Aktifkan server ini lewat jaringan."""
    with open_workplace() as place:
        with place.transaction() as session:
            if centre:
                keep_address(session, place.clock, centre)
            waiting = activating.start(
                session, place.clock, place.keys_dir, server_id, code, PROGRAM, planned=place.server_id
            )
        answer = open_line(place).activate(waiting.request)
        with place.transaction() as session:
            found = activating.accept_answer(
                session, place.clock, place.keys_dir, answer, ACTOR, pinned=place.centre_key
            )
        click.echo(f"{found.school_name} ({found.school_npsn}), {found.server_name}")
        right = yes or click.confirm("Apakah ini sekolah Anda?")
        with place.transaction() as session:
            if right:
                activating.confirm(session, place.clock, place.keys_dir, ACTOR)
            else:
                activating.reject(session, place.clock, place.keys_dir, ACTOR)
    click.echo("Server aktif." if right else "Aktivasi dibatalkan.")


@sekolah.command()
def sync() -> None:
    """Unduh dan periksa semua paket; dilanjutkan bila pernah terputus."""
    with open_workplace() as place:
        _tell(place, jobs.sync_by_network(place, ACTOR))


@sekolah.command()
@click.option("--code", help="Kode rilis yang didiktekan pusat.")
@click.option("--sitting", help="Sesi yang dibuka dengan kode; boleh kosong bila hanya satu.")
@click.option("--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Berkas rilis.")
def release(code: str | None, sitting: str | None, file: Path | None) -> None:
    """Ambil rilis dari pusat, dari berkas, atau dari kode telepon."""
    with open_workplace() as place:
        if file is not None:
            opened = [releasing.take_file(place, file.read_bytes(), ACTOR).id]
        elif code is not None:
            opened = [releasing.take_code(place, _only(sitting, releasing.waiting(place)), code, ACTOR).id]
        else:
            opened = jobs.look_for_releases(place, releasing.waiting(place), ACTOR)
    click.echo("\n".join(f"{sitting_id} terbuka" for sitting_id in opened) or "Belum ada rilis.")


@sekolah.command()
def upload() -> None:
    """Unggah semua hasil yang belum mempunyai tanda terima."""
    with open_workplace() as place:
        done = jobs.upload_by_network(place, uploading.waiting(place), ACTOR)
    click.echo(f"{done} tanda terima disimpan.")


@sekolah.command()
@click.option("--json", "as_json", is_flag=True, help="Untuk dibaca program.")
def status(as_json: bool) -> None:
    """Keadaan server ini."""
    with open_workplace() as place:
        found = _status(place)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2, default=str))
        return
    click.echo(f"{found['server']['state']}  {found['server']['id']}  {found['server']['school']}")
    for finding in found["findings"]:
        click.echo(f"{'✓' if finding['ready'] else '✗'} {finding['state']} {finding['remedy']}".rstrip())
    for sitting in found["sittings"]:
        click.echo(f"{sitting['starts_at']}  {sitting['state']:<9} {sitting['title']} ({sitting['room']})")


@sekolah.group()
def stick() -> None:
    """USB: paket masuk, hasil keluar, tanda terima masuk."""


@stick.command("in")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False)
def stick_in(folder: Path | None) -> None:
    """Ambil paket, rilis, dan tanda terima dari USB; tanpa FOLDER dari usb_path di pengaturan."""
    with open_workplace() as place:
        _tell(place, jobs.sync_from(place, FolderTransport(sticks.folder_of(place, folder)), ACTOR))


@stick.command("out")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False)
def stick_out(folder: Path | None) -> None:
    """Taruh hasil yang menunggu tanda terima ke USB; tanpa FOLDER ke usb_path di pengaturan."""
    with open_workplace() as place:
        written = sticks.put_results_on(place, sticks.folder_of(place, folder), ACTOR)
    click.echo("\n".join(written) or "Tidak ada hasil yang menunggu.")


@contextmanager
def open_workplace(before: Callable[[Path], object] = bool) -> Iterator[Workplace]:
    """The workplace of this server, without a web application. `before` is told the data's folder, first of all."""
    settings = load_settings(**(click.get_current_context().find_root().obj or {}))
    if not isinstance(settings, SekolahSettings):
        raise Refusal("S-299", "Perintah ini hanya untuk server sekolah.", "Pakai guyub --role sekolah.")
    before(settings.data_dir)
    engine = sqlalchemy.create_engine(settings.database_url)
    guard_engine(engine)
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    try:
        yield jobs.workplace_for(settings, engine, SystemClock(), random.SystemRandom())
    finally:
        engine.dispose()


def _tell(place: Workplace, outcome: Outcome | None) -> None:
    if outcome is None:
        raise Refusal("S-215", "Sinkronisasi lain sedang berjalan.", "Tunggu sampai selesai, lalu ulangi.")
    click.echo(f"{len(outcome.new)} paket baru, {len(outcome.unchanged)} tidak berubah.")
    if outcome.refused:
        with place.look() as session:
            failed = session.scalars(sqlalchemy.select(Download).where(Download.state == DownloadState.FAILED))
            for row in failed:
                click.echo(f"{row.sitting_id} {row.kind}: {tell(row.cause)}\n{tell(row.remedy)}", err=True)
        raise SystemExit(2)


def _only(given: str | None, locked: list[str]) -> str:
    if given:
        return given
    if len(locked) != 1:
        raise Refusal("S-230", "Sesi mana yang dibuka tidak jelas.", "Sebut sesinya dengan --sitting.")
    return locked[0]


def _status(place: Workplace) -> dict[str, Any]:
    with place.look() as session:
        known, said = identity.find_identity(session), contact.read(session)
        return {
            "server": {
                "active": known is not None and known.confirmed,
                "state": contact.STATE_WORDS[said.state],
                "id": known.server_id if known else None,
                "school": known.school_name if known else None,
                "cause": said.cause,
                "remedy": said.remedy,
            },
            "findings": [
                {
                    "name": finding.name,
                    "ready": finding.ready,
                    "state": finding.state % (finding.values or {}),
                    "remedy": "" if finding.ready else finding.remedy % (finding.values or {}),
                }
                for finding in readiness.findings(session, place)
            ],
            "sittings": [
                {
                    "id": held.id,
                    "title": held.title,
                    "room": held.room,
                    "starts_at": held.starts_at.isoformat(),
                    "state": held.state.value,
                }
                for held in day.held_sittings(session)
            ],
        }
