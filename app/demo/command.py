"""`guyub demo`: the centre and a school's server with sample data, paired and running, in one command.

A second start keeps what was done and makes sure that there is a sitting to try; `--fresh` starts over. It listens on
this computer only, because its passwords are printed.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import click

from app.domain.refusals import Refusal
from app.domain.wording import N_

PUSAT_PORT, SEKOLAH_PORT = 8100, 8200
SHOWN_STUDENTS = 4
MARK = "demo.mark"  # a folder without it is not ours to delete


@click.command()
@click.option("--fresh", is_flag=True, help="Hapus data demo dan mulai dari awal.")
@click.option("--no-serve", is_flag=True, help="Siapkan datanya saja, lalu berhenti.")
@click.option("--both", is_flag=True, help="Jalankan juga server sekolah yang kedua.")
@click.option("--pusat-port", type=int, default=PUSAT_PORT, show_default=True)
@click.option(
    "--sekolah-port", type=int, default=SEKOLAH_PORT, show_default=True, help="Server 2 memakai port sesudahnya."
)
@click.pass_context
def demo(ctx: click.Context, fresh: bool, no_serve: bool, both: bool, pusat_port: int, sekolah_port: int) -> None:
    """Jalankan pusat dan sekolah dengan data contoh."""
    given = (ctx.find_root().obj or {}).get("data_dir")
    folder = Path(given or Path("data") / "demo").absolute()
    _prepare_folder(folder, fresh=fresh)
    sys.exit(_run(folder, pusat_port, sekolah_port, serve=not no_serve, both=both))


def _prepare_folder(folder: Path, *, fresh: bool) -> None:
    if fresh and folder.exists():
        if any(folder.iterdir()) and not (folder / MARK).exists():
            raise Refusal(
                "D-103",
                N_("Folder %(folder)s bukan folder demo, jadi tidak dihapus."),
                N_("Pakai folder lain dengan --data-dir, atau hapus sendiri bila memang tidak diperlukan."),
                values={"folder": str(folder)},
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()


def _run(folder: Path, pusat_port: int, sekolah_port: int, *, serve: bool, both: bool) -> int:
    """Set up, and serve until somebody ends it; gives the exit code."""
    from app.demo import running, setting_up, telling

    began = time.monotonic()

    def say(words: str) -> None:
        click.echo(f"[{time.monotonic() - began:5.1f} s] {words}", err=True)

    pusat = running.Server(running.configure(folder / "pusat", "pusat", pusat_port))
    schools = [
        running.Server(running.configure(folder / f"sekolah-{number}", "sekolah", port, centre_url=pusat.url))
        for number, port in ((1, sekolah_port), (2, sekolah_port + 1))
    ]
    wanted = schools if both else schools[:1]
    town = setting_up.Town(pusat, schools, [])
    with running.stop_at_end(town.started):
        sitting = setting_up.set_up(town, say, SHOWN_STUDENTS)
        if serve:
            for server in wanted:
                town.started.append(server)
                server.start()
            for server in wanted:
                server.wait_until_up()
            say("Siap")
        click.echo(telling.summary(pusat.url, [server.url for server in wanted], sitting))
        if serve:
            click.echo("Tekan Ctrl-C untuk menghentikan.")
            running.wait_for_the_end(town.started, click.echo)
            return 1
    return 0
