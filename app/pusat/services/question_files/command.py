"""The commands `questions check` and `questions template`. They need no server and no database."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from . import question_template
from .checking import check_file

_TYPES = {
    "single": "Pilihan Ganda",
    "multiple": "Pilihan Ganda Kompleks",
    "category": "Kategori",
    "matching": "Menjodohkan",
    "short": "Isian Singkat",
    "essay": "Uraian",
    "description": "Keterangan",
}


@click.group()
def questions() -> None:
    """Periksa berkas soal atau buat templatnya."""


def _lines(one: dict[str, Any]) -> list[str]:
    if "error" in one:
        return [f"SALAH  {one['place']}: {one['error']} {one.get('remedy', '')}".rstrip()]
    if "skipped" in one:
        return [f"lewat  {one['place']}: {one['skipped']}"]
    lines = [f"soal   {one['place']}: {_TYPES[one['type']]}: {' '.join(one['stem'].split())[:100]}"]
    lines += [f"         {'✓' if option['weight'] > 0 else '·'} {option['text'][:90]}" for option in one["options"]]
    lines += [f"         {pair['left'][:40] or '(tanpa pasangan)'} → {pair['right'][:40]}" for pair in one["pairs"]]
    for answer in one["answers"]:
        shown = answer.get("text") or f"{answer.get('number'):g} ± {answer.get('tolerance', 0):g}"
        lines.append(f"         = {shown}")
    return lines


@questions.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Cetak satu larik JSON, satu objek untuk setiap soal.")
def check(file: Path, as_json: bool) -> None:
    """Tunjukkan apa yang terbaca dari FILE; kode keluar 1 bila ada yang salah.

    FILE berformat docx, xlsx, csv, GIFT, Aiken, XML Moodle, atau zip berisi salah satunya beserta gambar dan rekaman.
    """
    found, clean = check_file(file)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for one in found:
            for line in _lines(one):
                click.echo(line)
        read = sum("type" in one for one in found)
        wrong, left = sum("error" in one for one in found), sum("skipped" in one for one in found)
        click.echo(f"{read} soal terbaca, {wrong} salah, {left} dilewati.")
    sys.exit(0 if clean else 1)


@questions.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def template(file: Path) -> None:
    """Tulis templat soal Excel ke FILE."""
    file.write_bytes(question_template())
    click.echo(f"Templat ditulis ke {file}.")
