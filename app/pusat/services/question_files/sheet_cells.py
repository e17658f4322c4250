"""What an Excel sheet shows: the text of its cells as a reader sees it, merged cells resolved, pictures by their cell.

It refuses to guess: a date Excel made of a fraction, a formula that was never computed, an error value or a drawing is
a problem of that cell, told when somebody needs the cell. Which column means what is not known here.
"""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import posixpath
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.utils import get_column_letter

from app.domain.wording import N_

from .archives import broken, open_archive, read_member
from .office_parts import parse_xml, relations
from .problems import Problem

Place = tuple[int, int]  # row and column, from 1
MOST_CELLS = 400_000  # of one sheet
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass(frozen=True)
class SheetCell:
    """One filled cell: its raw HTML, its plain text, or the problem that keeps it from being read."""

    html: str
    text: str
    problem: Problem | None = None


@dataclass(frozen=True)
class SheetPicture:
    """One picture that lies on a cell, or the problem with it."""

    name: str
    data: bytes
    problem: Problem | None = None


@dataclass
class Sheet:
    """One sheet. `origin` leads from a cell covered by a merge to the cell that holds its value."""

    title: str
    cells: dict[Place, SheetCell] = field(default_factory=dict)
    pictures: dict[Place, list[SheetPicture]] = field(default_factory=dict)
    origin: dict[Place, Place] = field(default_factory=dict)


def name_of(place: Place) -> str:
    """A place as Excel calls it, such as D5."""
    return f"{get_column_letter(min(place[1], 18_278))}{place[0]}"


def _plain_cell(text: str) -> SheetCell:
    shown = text.replace("\r\n", "\n").strip("\n")
    return SheetCell(html.escape(shown, quote=False).replace("\n", "<br>"), shown.replace("\xa0", " ").strip())


def _number(value: float, number_format: str) -> str:
    percent = "%" in number_format
    amount = value * 100 if percent else value
    decimals = re.search(r"0[.,](0+)", number_format)
    if decimals and "E" not in number_format:
        shown = f"{amount:.{min(len(decimals[1]), 12)}f}"
    else:
        shown = f"{amount:.0f}" if amount == int(amount) and abs(amount) < 1e15 else f"{amount:.12g}"
    return shown.replace(".", ",") + ("%" if percent else "")


def _rich(value: CellRichText) -> str:
    out = []
    for block in value:
        if not isinstance(block, TextBlock):
            out.append(html.escape(str(block), quote=False))
            continue
        marks = [tag for on, tag in ((block.font.b, "b"), (block.font.i, "i"), (block.font.u, "u")) if on]
        raised = {"superscript": "sup", "subscript": "sub"}.get(block.font.vertAlign or "")
        marks += [raised] if raised else []
        opening, closing = "".join(f"<{tag}>" for tag in marks), "".join(f"</{tag}>" for tag in reversed(marks))
        out.append(f"{opening}{html.escape(block.text or '', quote=False)}{closing}")
    return "".join(out).replace("\r\n", "\n").replace("\n", "<br>")


def _cell(place: Place, cell: Any, computed: Any) -> SheetCell | None:
    value, kind = cell.value, cell.data_type
    if kind == "f":
        value, kind = computed.value, computed.data_type
        if value is None:
            text = N_(
                "Sel %(cell)s berisi rumus Excel yang belum dihitung. Buka dan simpan di Excel, atau isi nilainya."
            )
            return SheetCell("", "", Problem(text, cell=name_of(place)))
    if value is None:
        return None
    if kind == "e":
        problem = Problem(N_("Sel %(cell)s berisi galat Excel (%(value)s)."), cell=name_of(place), value=value)
        return SheetCell("", "", problem)
    if isinstance(value, bool):
        return _plain_cell("Benar" if value else "Salah")
    if isinstance(value, int | float):
        return _plain_cell(_number(value, str(cell.number_format or "")))
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        text = N_("Sel %(cell)s dibaca Excel sebagai tanggal atau jam. Ubah format sel menjadi Teks, lalu tulis ulang.")
        return SheetCell("", "", Problem(text, cell=name_of(place)))
    if isinstance(value, CellRichText):
        return SheetCell(_rich(value), str(value).replace("\xa0", " ").strip())
    return _plain_cell(str(value)) if str(value).strip() else None


def _pictures(archive: zipfile.ZipFile, sheet_path: str) -> dict[Place, list[SheetPicture]]:
    found: dict[Place, list[SheetPicture]] = {}
    for kind, path in relations(archive, sheet_path).values():
        if kind != "drawing" or path not in archive.namelist():
            continue
        targets = relations(archive, path)
        for anchor in parse_xml(read_member(archive, path)):
            start = anchor.find(_DRAWING + "from")
            row = 0 if start is None else int(start.findtext(_DRAWING + "row") or 0)
            column = 0 if start is None else int(start.findtext(_DRAWING + "col") or 0)
            found.setdefault((row + 1, column + 1), []).append(_picture(archive, anchor, targets))
    return found


def _picture(archive: zipfile.ZipFile, anchor: Any, targets: dict[str, tuple[str, str]]) -> SheetPicture:
    blips = list(anchor.iter(_A + "blip"))
    if len(blips) != 1:
        problem = Problem(N_("Ada bagan, bentuk, atau gambar gabungan buatan Excel. Simpan sebagai PNG lalu sisipkan."))
        return SheetPicture("", b"", problem)
    kind, path = targets.get(blips[0].get(_R + "embed") or blips[0].get(_R + "link") or "", ("", ""))
    name = posixpath.basename(path) or "?"
    if kind == "external" or path not in archive.namelist():
        text = N_("Gambar %(name)s hanya ditautkan, tidak ada di dalam berkas. Sisipkan gambarnya.")
        return SheetPicture(name, b"", Problem(text, name=name))
    return SheetPicture(name, read_member(archive, path))


def _sheet_paths(archive: zipfile.ZipFile) -> dict[str, str]:
    targets = relations(archive, "xl/workbook.xml")
    book = parse_xml(read_member(archive, "xl/workbook.xml"))
    return {one.get("name", ""): targets.get(one.get(_R + "id", ""), ("", ""))[1] for one in book.iter(_S + "sheet")}


def _load(data: bytes, *, values: bool) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load_workbook(io.BytesIO(data), data_only=values, rich_text=True, keep_links=False)
    except MemoryError:
        raise
    except Exception as error:  # openpyxl raises whatever its many parsers meet
        raise broken() from error


def sheets_of(data: bytes) -> Iterator[Sheet]:
    """The visible sheets of a workbook. Raises Refusal P-203 or P-204."""
    archive = open_archive(data)
    paths = _sheet_paths(archive)
    book = _load(data, values=False)
    computed = None
    for source in book.worksheets:
        if source.sheet_state != "visible":
            continue
        sheet = Sheet(str(source.title))
        stored = source._cells  # noqa: SLF001 - walking the sheet by rows would make every empty cell up to its far corner
        if len(stored) > MOST_CELLS:
            raise broken(N_("Lembar kerja berisi terlalu banyak sel."))
        for place in sorted(stored):
            if stored[place].data_type == "f" and computed is None:
                computed = _load(data, values=True)
            twin = None if computed is None else computed[source.title]._cells.get(place, stored[place])  # noqa: SLF001
            made = _cell(place, stored[place], twin)
            if made is not None:
                sheet.cells[place] = made
        for merged in list(source.merged_cells.ranges)[:5_000]:
            for row in range(merged.min_row, min(merged.max_row, merged.min_row + 500) + 1):
                for column in range(merged.min_col, min(merged.max_col, merged.min_col + 60) + 1):
                    sheet.origin[row, column] = (merged.min_row, merged.min_col)
        sheet.pictures = _pictures(archive, paths.get(sheet.title, ""))
        yield sheet


def sheet_of_csv(text: str) -> Sheet:
    """A CSV file as a sheet; the separator (`;`, `,` or tab) is the one its first filled line has most of."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    separator = max(";,\t", key=first.count)
    sheet = Sheet("CSV")
    csv.field_size_limit(1_000_000)
    try:
        for row, values in enumerate(csv.reader(io.StringIO(text), delimiter=separator), 1):
            for column, value in enumerate(values[:2_000], 1):
                if value.strip():
                    sheet.cells[row, column] = _plain_cell(value)
    except csv.Error as error:
        raise broken() from error
    return sheet
