"""Reads a participant sheet (xlsx or CSV) into plain cells: which kind each is and its text, row by row.

It judges nothing about students; it only keeps what a spreadsheet program would otherwise hide: a number that was a
text, a formula that was never computed, a merged cell, a date that was a class name. It runs in the guarded child
process for xlsx (see `participant_files`), because a small file may unpack into a large one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.pusat.services.participant_columns import PARTICIPANTS, Words, find_header

MAX_ROWS = 20_000
MAX_COLUMNS = 2_000
HEADER_WITHIN = 30  # rows: titles and logos stand above it
EXACT_BELOW = 10**15  # a spreadsheet keeps 15 digits of a number; longer ones are already rounded


class CellKind(StrEnum):
    """What a cell was in the file."""

    TEXT = "text"
    NUMBER = "number"
    ROUNDED = "rounded"  # a number too long to be exact, or with a fraction
    DATE = "date"
    FAULT = "fault"  # #REF!, #VALUE! and the like
    FORMULA = "formula"  # never computed: there is no value
    MERGED = "merged"  # covered by the cell it was merged into


@dataclass(frozen=True, slots=True)
class RawCell:
    """A cell's kind and its text (dates as YYYY-MM-DD)."""

    kind: CellKind
    text: str


EMPTY = RawCell(CellKind.TEXT, "")


@dataclass(frozen=True, slots=True)
class RawTable:
    """A sheet below its header: `columns` maps a field to (letter, heading), `rows` are (row number, field → cell)."""

    sheet: str
    columns: dict[str, tuple[str, str]]
    rows: list[tuple[int, dict[str, RawCell]]]
    ignored: list[str] = field(default_factory=list)  # headings that nothing here reads
    twice: dict[str, list[str]] = field(default_factory=dict)  # field → letters of all columns that claim it
    pictures: int = 0
    hidden: list[int] = field(default_factory=list)  # numbers of rows that the spreadsheet does not show


def read_csv_table(data: bytes, words: Words = PARTICIPANTS) -> RawTable:
    """A CSV in UTF-8 (with or without BOM), UTF-16 or Windows-1252, separated by `;`, `,` or tab; else a Refusal."""
    text = _decode(data)
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, words)))
    except csv.Error as error:
        raise _unreadable() from error
    if records and records[0] and records[0][0].lower().startswith("sep="):
        records[0] = []
    cells = ([RawCell(CellKind.TEXT, value.strip()) for value in record] for record in records)
    return _table("CSV", cells, words)


def read_xlsx_table(data: bytes, words: Words = PARTICIPANTS) -> RawTable:
    """The first worksheet that has such a header. Refusal if the file or such a sheet cannot be read."""
    try:
        formulas = openpyxl.load_workbook(io.BytesIO(data))
        # a sheet without formulas holds its values already; loading it once more takes as long again
        values = openpyxl.load_workbook(io.BytesIO(data), data_only=True) if _has_formula(formulas) else formulas
    except Exception as error:
        raise _unreadable() from error
    refusal: Refusal | None = None
    for sheet in formulas.worksheets:
        try:
            return _sheet_table(sheet, values[sheet.title], words)
        except Refusal as found:
            refusal = refusal or found
    raise refusal or _unreadable()


def _has_formula(book: Any) -> bool:
    return any(cell.data_type == "f" for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)


def _sheet_table(sheet: Any, values: Any, words: Words) -> RawTable:
    if sheet.max_column > MAX_COLUMNS:
        raise Refusal(
            "P-312",
            N_("Lembar ini punya %(n)s kolom; yang dibaca paling banyak %(limit)s."),
            N_("Hapus kolom yang tidak perlu, lalu unggah lagi."),
            values={"n": sheet.max_column, "limit": MAX_COLUMNS},
        )
    covered = {
        place
        for area in sheet.merged_cells.ranges
        for row in area.rows
        for place in row
        if place != (area.min_row, area.min_col)
    }

    def rows() -> Iterator[list[RawCell]]:
        for formula_row, value_row in zip(sheet.iter_rows(), values.iter_rows(), strict=True):
            yield [
                RawCell(CellKind.MERGED, "") if (cell.row, cell.column) in covered else _cell(cell, value_row[i].value)
                for i, cell in enumerate(formula_row)
            ]

    hidden = [number for number, row in sheet.row_dimensions.items() if row.hidden]
    return _table(sheet.title, rows(), words, pictures=len(getattr(sheet, "_images", ())), hidden=hidden)


def _cell(cell: Any, computed: Any) -> RawCell:
    if cell.data_type == "f" and computed is None:
        return RawCell(CellKind.FORMULA, str(getattr(cell.value, "text", cell.value)))
    value = computed
    if value is None:
        return EMPTY
    if isinstance(value, datetime | date):
        return RawCell(CellKind.DATE, value.strftime("%Y-%m-%d"))
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = str(value).strip()
        fault = cell.data_type == "e" or (cell.data_type == "f" and text.startswith("#") and text.endswith(("!", "?")))
        return RawCell(CellKind.FAULT if fault else CellKind.TEXT, text)
    if abs(value) >= EXACT_BELOW or value != int(value):
        return RawCell(CellKind.ROUNDED, str(value))
    return RawCell(CellKind.NUMBER, str(int(value)))


def _table(
    sheet: str, rows: Iterable[list[RawCell]], words: Words, pictures: int = 0, hidden: Sequence[int] = ()
) -> RawTable:
    found = None
    table: list[tuple[int, dict[str, RawCell]]] = []
    for number, cells in enumerate(rows, 1):
        if found is None:
            found = find_header([cell.text for cell in cells], words)
            if found is None and number >= HEADER_WITHIN:
                break
            continue
        kept = {name: cells[i] if i < len(cells) else EMPTY for name, i in found.fields.items()}
        # the running number is no field: a row of the template that nobody filled in is empty here
        if any(cell.text or cell.kind is CellKind.FORMULA for cell in kept.values()):
            table.append((number, kept))
        if len(table) > MAX_ROWS:
            raise Refusal(
                "P-313",
                N_("Berkas berisi lebih dari %(limit)s baris peserta."),
                N_("Bagi menjadi beberapa berkas, misalnya satu per sekolah."),
                values={"limit": MAX_ROWS},
            )
    if found is None:
        raise Refusal(
            "P-310",
            N_("Tidak ada baris judul dengan kolom NISN, nama, dan nomor peserta (atau USERNAME)."),
            N_("Pakai salah satu templat di halaman ini, dan jangan menghapus baris judulnya."),
        )
    return RawTable(
        sheet=sheet,
        columns={name: (get_column_letter(i + 1), _short(found.headings[i])) for name, i in found.fields.items()},
        rows=table,
        ignored=found.ignored,
        twice={name: [get_column_letter(i + 1) for i in places] for name, places in found.twice.items()},
        pictures=pictures,
        hidden=[number for number, _cells in table if number in hidden],
    )


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif data[:200].count(0) > len(data[:200]) // 4:  # UTF-16 without its mark: every other byte of Latin text is zero
        encodings = ["utf-16-le" if data[1:2] == b"\0" else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise _unreadable()


def _delimiter(text: str, words: Words) -> str:
    for line in text.splitlines()[:HEADER_WITHIN]:
        for sign in ";,\t":
            if find_header(line.replace('"', "").split(sign), words):
                return sign
    return max(";,\t", key=text[:2000].count)


def _unreadable() -> Refusal:
    return Refusal(
        "P-311",
        N_("Berkas ini tidak terbaca sebagai lembar peserta."),
        N_("Simpan ulang sebagai Excel (.xlsx) atau CSV UTF-8, lalu unggah lagi."),
    )


def _short(heading: str) -> str:
    """A heading as it is named in a finding: what follows `FORMAT` or the first bracket is a hint for typing."""
    return heading.partition(" FORMAT")[0][:40].strip()
