"""`guyub readiness …`: hands the lab's readiness report to this server, and makes paper of it. verify.yml calls it.

What is handed in is read with the caller's rights and kept with those of the data's owner: root leaves its rights
before a file of the program is touched.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

import click

from app.domain import lab_readiness
from app.domain.lab_verdict import SAYS, ComputerVerdict, Line, judge
from app.domain.refusals import Refusal
from app.sekolah.command import open_workplace
from app.sekolah.services import lab_reports
from app.sekolah.services.lab_reports import KeptReport
from app.services import box
from app.settings import load_settings


@click.group()
def readiness() -> None:
    """Bukti kesiapan lab: simpan laporannya di server ini."""


@readiness.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--screenshots", type=click.Path(path_type=Path), help="Folder gambar layar; biasanya di samping FILE.")
@click.option("--by", default="", help="Nama teknisi yang menjalankan uji coba.")
@click.option("--json", "as_json", is_flag=True, help="Untuk dibaca program.")
def put(file: Path, screenshots: Path | None, by: str, *, as_json: bool) -> None:
    """Periksa laporan, simpan, dan tampilkan putusannya."""
    raw, pictures = _read_file(file, screenshots)
    settle_settings()
    with open_workplace(before=leave_root) as place:
        kept, new = lab_reports.put(place, raw, pictures, by)
    if as_json:
        click.echo(json.dumps(as_json_document(kept, changed=new), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(as_lines(kept)))


@readiness.command()
@click.argument("report", default="newest")
@click.option("--pdf", type=click.File("wb", lazy=False), help="Berita acara untuk ditandatangani; - untuk keluaran.")
@click.option("--html", type=click.File("wb", lazy=False), help="Satu berkas untuk disimpan; - untuk keluaran.")
@click.pass_context
def render(ctx: click.Context, report: str, pdf: IO[bytes] | None, html: IO[bytes] | None) -> None:
    """Jadikan laporan berita acara: REPORT nama laporan di server, berkasnya, atau newest."""
    given = _read_file(Path(report)) if Path(report).is_file() else None
    settle_settings()
    settings = load_settings(**(ctx.find_root().obj or {}))
    leave_root(settings.data_dir)
    from app.factory import create_app
    from app.models import db
    from app.printing.pdf import render_pdf
    from app.sekolah.views import lab_words

    app = create_app(settings)
    with app.test_request_context("/"), tempfile.TemporaryDirectory(prefix="guyub-report-") as folder:
        kept = _laid_out(Path(folder), *given) if given else _find(settings.data_dir, report)
        paper = lab_words.draw_paper(kept)
        if html:
            html.write(lab_words.as_one_file(paper).encode())
        if pdf:
            pdf.write(render_pdf(paper.html, paper.pictures))
    with app.app_context():  # a new one: the request's has given its connection back
        db.engine.dispose()


def as_json_document(kept: KeptReport, *, changed: bool) -> dict[str, Any]:
    """What a play reads: the verdict on everything, with sentences filled in for whoever looks at its output."""
    verdict = kept.verdict
    return {
        "id": kept.id,
        "changed": changed,
        "state": verdict.state,
        "good": verdict.count("good"),
        "warn": verdict.count("warn"),
        "bad": verdict.count("bad"),
        "rooms": {room.room: room.state for room in verdict.rooms},
        "troubles": [
            {
                "place": place,
                "code": line.code,
                "state": line.state,
                "text": filled(line),
                "remedy": filled_remedy(line),
            }
            for place, line in _troubles(kept)
        ],
    }


def as_lines(kept: KeptReport) -> list[str]:
    """The verdict for people: every room and every trouble with its remedy."""
    lines = []
    for room in kept.verdict.rooms:
        good = sum(1 for one in room.computers if one.state != "bad")
        lines.append(f"{room.room}: {SAYS[room.state]}, {good} dari {len(room.computers)} PC")
    for place, line in _troubles(kept):
        lines += [f"{place}: {filled(line)}", f"    {filled_remedy(line)}"]
    return [*lines, SAYS[kept.verdict.state]]


def filled(line: Line) -> str:
    """Its sentence in the source language."""
    return line.text % line.values if line.values else line.text


def filled_remedy(line: Line) -> str:
    """Its remedy in the source language."""
    return line.remedy % line.values if line.values else line.remedy


def _troubles(kept: KeptReport) -> list[tuple[str, Line]]:
    verdict = kept.verdict
    computers: list[ComputerVerdict] = [one for room in verdict.rooms for one in room.computers]
    found = [(one.computer.name, line) for one in computers for line in one.troubles]
    found += [("LAN", line) for line in verdict.lan]
    found += [("server", line) for line in (*verdict.doctor, verdict.load)]
    return [(place, line) for place, line in found if line.state != "good"]


def _read_file(file: Path, screenshots: Path | None = None) -> tuple[bytes, dict[str, bytes]]:
    with click.open_file(str(file), "rb") as opened:
        raw = opened.read(lab_readiness.MAX_BYTES + 1)
    return raw, _pictures(raw, screenshots or (None if str(file) == "-" else file.parent))


def _laid_out(folder: Path, raw: bytes, pictures: dict[str, bytes]) -> KeptReport:
    """A report that is not kept here."""
    report = lab_readiness.parse(raw)
    for name, data in pictures.items():
        (folder / name).write_bytes(lab_reports.draw_anew(name, data))
    return KeptReport("", report.made_at, "", report, judge(report), folder)


def _find(data_dir: Path, name: str) -> KeptReport:
    kept = lab_reports.find_newest(data_dir) if name == "newest" else lab_reports.read(data_dir, name)
    return kept or lab_reports.read(data_dir, "")


def _pictures(raw: bytes, folder: Path | None) -> dict[str, bytes]:
    """The files that the document names, a little more of each than is allowed, so that too large is seen."""
    found = {}
    for computer in lab_readiness.parse(raw).computers:
        if folder is not None and computer.screenshot:
            try:
                with (folder / computer.screenshot).open("rb") as file:
                    found[computer.screenshot] = file.read(lab_reports.LARGEST_PICTURE + 1)
            except OSError:
                continue  # told as missing where it is kept
    return found


def settle_settings() -> None:
    """On a box the settings of the school's part are known without being named."""
    rendered = box.run_folder() / "sekolah.toml"
    told = any((click.get_current_context().find_root().obj or {}).values())
    if not told and "GUYUB_CONFIG" not in os.environ and rendered.is_file():
        os.environ["GUYUB_CONFIG"] = str(rendered)


def leave_root(data_dir: Path) -> None:
    """Go on as the owner of the data, for good."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    try:
        owner = data_dir.stat()
    except FileNotFoundError:
        raise Refusal(
            "B-767", "Server ini belum mempunyai data.", "Siapkan server dahulu, lalu ulangi.", status=409
        ) from None
    if owner.st_uid == 0:
        return
    os.setgroups([])
    os.setgid(owner.st_gid)
    os.setuid(owner.st_uid)
    os.umask(0o027)
    os.chdir("/")
    sys.stdout.flush()
