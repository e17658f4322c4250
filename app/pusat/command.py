"""`guyub pusat …`: what timers and people at the console do at the centre.

Releases what is due, renews the signed lists, and carries the exchange tree to and from a USB stick. The web processes
do the first two by themselves; a timer that calls them too does no harm.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import sqlalchemy

from app.domain import centre_key
from app.domain.refusals import Refusal
from app.pusat.services import key_transfer, offers, own_school, releasing, stick_files, tree
from app.pusat.services.centre_keys import centre_identity
from app.pusat.services.schools import SchoolDetails
from app.pusat.services.secrets_box import SecretsBox
from app.pusat.services.stick_files import Taken
from app.pusat.services.workplace import Workplace
from app.services.system_clock import SystemClock
from app.settings import PusatSettings, load_settings
from app.web.transactions import guard_engine

ACTOR = "command"


@click.group()
def pusat() -> None:
    """Rilis, daftar paket, dan USB di server pusat."""


def _settings(ctx: click.Context) -> PusatSettings:
    """The centre's settings; refuses P-799 on a school's server."""
    settings = load_settings(None, **(ctx.find_root().obj or {}))
    if not isinstance(settings, PusatSettings):
        raise Refusal("P-799", "Perintah ini untuk server pusat.", "Jalankan dengan: guyub --role pusat pusat …")
    return settings


@contextmanager
def _place(ctx: click.Context) -> Iterator[Workplace]:
    """The centre's workplace without a web application; refuses P-799 on a school's server."""
    settings = _settings(ctx)
    engine = sqlalchemy.create_engine(settings.database_url)
    guard_engine(engine)
    try:
        yield Workplace(
            engine=engine,
            clock=SystemClock(),
            centre=centre_identity(settings.keys_dir),
            box=SecretsBox.at(settings.keys_dir),
            exchange_dir=settings.exchange_dir,
            incoming_dir=settings.incoming_dir,
            run_dir=settings.run_dir,
            shared=settings.several_hosts,
        )
    finally:
        engine.dispose()


@pusat.command("release-due")
@click.option("--json", "as_json", is_flag=True, help="Untuk dibaca program.")
@click.pass_context
def release_due(ctx: click.Context, as_json: bool) -> None:
    """Rilis semua paket yang waktunya sudah tiba."""
    with _place(ctx) as place:
        released = releasing.release_due(place)
    click.echo(json.dumps({"released": released}) if as_json else f"{released} paket dirilis.")


@pusat.command("refresh-lists")
@click.option("--json", "as_json", is_flag=True, help="Untuk dibaca program.")
@click.pass_context
def refresh_lists(ctx: click.Context, as_json: bool) -> None:
    """Perbarui daftar paket bertanda tangan semua server, dan lengkapi berkas yang hilang."""
    with _place(ctx) as place:
        servers = offers.align_all(place)
    click.echo(json.dumps({"servers": servers}) if as_json else f"Daftar {servers} server sudah diperiksa.")


@pusat.command("pair")
@click.option("--school", "name", required=True, help="Nama sekolah.")
@click.option("--npsn", default=own_school.WITHOUT_NPSN, help="NPSN, bila ada.")
@click.option("--active-as", default="", help="ID Server, bila server sekolah ini sudah aktif.")
@click.option("--json", "as_json", is_flag=True, help="Untuk dibaca program.")
@click.pass_context
def pair_own_school(ctx: click.Context, name: str, npsn: str, active_as: str, as_json: bool) -> None:
    """Siapkan sekolah dan server di mesin yang sama (mode mandiri); cetak ID Server dan kode aktivasinya."""
    zone = load_settings(None, **(ctx.find_root().obj or {})).time_zone
    details = SchoolDetails(npsn, name, time_zone=zone)
    with _place(ctx) as place:
        if active_as:
            own_school.require_known(place, active_as)
            server, code = active_as, ""
        else:
            server, code = own_school.pair(place, details, ACTOR)
    click.echo(json.dumps({"server": server, "code": code}) if as_json else f"{server}\n{code}".strip())


@pusat.command("key")
@click.pass_context
def show_key(ctx: click.Context) -> None:
    """Kunci umum pusat, untuk dicatat di pengaturan server sekolah (centre_key). Bukan rahasia."""
    public = centre_identity(_settings(ctx).keys_dir).public
    click.echo(centre_key.as_text(public.sign.public_bytes_raw()))


@pusat.command("keys-out")
@click.option("--digest", "only_digest", is_flag=True, help="Hanya sidik kunci; kosong bila kunci belum lengkap.")
@click.pass_context
def keys_out(ctx: click.Context, only_digest: bool) -> None:
    """Cetak kunci pusat untuk mesin pusat lain, langsung ke keys-in. Jangan disimpan di berkas."""
    keys_dir = _settings(ctx).keys_dir
    click.echo(key_transfer.digest(keys_dir) if only_digest else key_transfer.keys_as_text(keys_dir))


@pusat.command("keys-in")
@click.pass_context
def keys_in(ctx: click.Context) -> None:
    """Terima kunci pusat dari mesin pusat lain (masukan standar); kunci yang sudah ada tidak diganti."""
    text = sys.stdin.read(key_transfer.LONGEST + 1)
    taken = key_transfer.take_keys(_settings(ctx).keys_dir, text)
    click.echo("Kunci diterima." if taken else "Kunci sudah ada.")


@pusat.command("share-files")
@click.pass_context
def share_files(ctx: click.Context) -> None:
    """Pindahkan berkas pertukaran mesin ini ke basis data bersama; untuk pusat yang dulu satu mesin."""
    with _place(ctx) as place:
        files = tree.share_what_lies_here(place)
    click.echo(f"{files} berkas dipindahkan ke basis data.")


@pusat.command("to-stick")
@click.argument("server_id")
@click.argument("target", type=click.Path(path_type=Path))
@click.pass_context
def to_stick(ctx: click.Context, server_id: str, target: Path) -> None:
    """Salin paket SERVER_ID ke USB di folder TARGET, atau ke arsip bila TARGET berakhiran .zip."""
    with _place(ctx) as place:
        if target.suffix.lower() == ".zip":
            with target.open("wb") as stream:
                files = stick_files.write_zip(place, server_id, stream)
        elif target.is_dir():
            files = stick_files.copy_to_stick(place, server_id, target)
        else:
            raise Refusal("P-798", f"Folder {target} tidak ada.", "Pasang USB, lalu sebutkan foldernya.")
    click.echo(f"{files} berkas disalin untuk {server_id}.")


@pusat.command("from-stick")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("--answers", type=click.Path(path_type=Path), help="Arsip .zip untuk tanda terima, bila SOURCE arsip.")
@click.pass_context
def from_stick(ctx: click.Context, source: Path, answers: Path | None) -> None:
    """Terima hasil ujian dan permintaan aktivasi dari USB (folder) atau arsip .zip; tanda terima ditulis kembali."""
    with _place(ctx) as place:
        if source.is_dir():
            taken = stick_files.take_stick(place, source, ACTOR)
        else:
            with source.open("rb") as stream:
                taken = stick_files.take_upload(place, stream, ACTOR)
            with (answers or source.with_name(f"{source.stem}-jawaban.zip")).open("wb") as target:
                stick_files.write_answers(taken, target)
    _tell(taken)
    ctx.exit(1 if taken.refused else 0)


def _tell(taken: Taken) -> None:
    click.echo(f"{taken.bundles} berkas hasil dan {taken.activations} permintaan aktivasi diterima.")
    for path, refusal in taken.refused:
        values = refusal.values
        cause = refusal.cause % values if values else refusal.cause
        click.echo(f"{path}: {refusal.code} {cause} {refusal.remedy % values if values else refusal.remedy}", err=True)
