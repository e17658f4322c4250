"""Writes the demo's files as an author and a school would hand them in: the question template, and a participant sheet.

What is written here is read back only through the importers everybody uses; nothing of it goes into the database by
another way.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.drawing.image import Image
from openpyxl.worksheet.worksheet import Worksheet

from app.demo.literasi_sains import ENTRIES, Entry
from app.demo.people import Person
from app.demo.pictures import PICTURES
from app.pusat.services.question_files.sheet_template import HEADINGS
from app.pusat.services.sheet_exports import TEMPLATE

HERE = Path(__file__).resolve().parent
RECORDING = "pengumuman.mp3"
GIFT = "numerasi.gift"
KINDS = {
    "single": "Pilihan Ganda",
    "multiple": "Pilihan Ganda Kompleks",
    "category": "Kategori",
    "matching": "Menjodohkan",
    "short": "Isian Singkat",
    "essay": "Uraian",
}
_MARKS: dict[str, dict[str, Any]] = {
    "strong": {"b": True},
    "em": {"i": True},
    "sub": {"vertAlign": "subscript"},
    "sup": {"vertAlign": "superscript"},
}


def question_package() -> bytes:
    """A ZIP with the filled question template and the recording beside it, as an author uploads it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("literasi-sains.xlsx", question_sheet(ENTRIES))
        archive.write(HERE / RECORDING, RECORDING, zipfile.ZIP_STORED)
    return out.getvalue()


def gift_questions() -> bytes:
    """The numeracy questions in GIFT."""
    return (HERE / GIFT).read_bytes()


def question_sheet(entries: Iterable[Entry]) -> bytes:
    """The xlsx question template filled with these entries, pictures lying on their cells."""
    book = Workbook()
    sheet = book.active
    if not isinstance(sheet, Worksheet):
        raise TypeError("a new workbook has a first sheet")
    sheet.title = "Soal"
    sheet.append(HEADINGS)
    for number, entry in enumerate(entries, 1):
        _fill_row(sheet, number, entry)
    return _saved(book)


def participant_sheet(npsn: str, people: Iterable[Person]) -> bytes:
    """The participant template filled in, everything as text so that no zero is lost."""
    book = Workbook()
    sheet = book.active
    if not isinstance(sheet, Worksheet):
        raise TypeError("a new workbook has a first sheet")
    sheet.title = "Peserta"
    sheet.append([heading for heading, _width in TEMPLATE])
    for one in people:
        born = one.birth_date.strftime("%d-%m-%Y")
        sheet.append([npsn, one.number, one.nisn, one.nis, one.name, one.gender, one.class_name, one.birth_place, born])
    return _saved(book)


def _fill_row(sheet: Worksheet, number: int, entry: Entry) -> None:
    cells: dict[str, object] = {
        "Nomor": number,
        "Jenis": KINDS[entry.type],
        "Stimulus": _rich(entry.stimulus),
        "Soal": _rich(entry.stem),
        "Kunci": _key(entry),
        "Bobot": entry.mark,
        "Pedoman penskoran": entry.guide,
    }
    choices = entry.options or entry.columns
    cells |= {f"Opsi {letter}": _rich(text) for letter, text in zip("ABCDEFGH", choices, strict=False)}
    cells |= {f"Baris {place}": _rich(text) for place, (text, _right) in enumerate(entry.rows, 1)}
    if entry.recording:
        cells |= {"Rekaman": entry.recording, "Pemutaran audio": entry.plays}
    row = number + 1
    for column, heading in enumerate(HEADINGS, 1):
        value = cells.get(heading)
        if value not in (None, ""):
            cell = sheet.cell(row, column)
            cell.value = value  # type: ignore[assignment]
    if entry.picture:
        place = sheet.cell(row, HEADINGS.index("Soal") + 1).coordinate
        sheet.add_image(Image(io.BytesIO(PICTURES[entry.picture]())), place)


def _key(entry: Entry) -> str:
    """The Kunci column of the template."""
    if entry.rows:
        return "; ".join(f"{place}={letters}" for place, (_text, letters) in enumerate(entry.rows, 1))
    return " | ".join(entry.answers) if entry.answers else entry.right


class _CellText(HTMLParser):
    """Turns the little HTML of an entry into what a cell can hold: marked runs of text and line ends."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: list[str] = []
        self.runs: list[tuple[tuple[str, ...], str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - base class
        if tag in _MARKS:
            self.marks.append(tag)
        elif tag == "br" or (tag == "p" and self.runs):
            self.handle_data("\n" if tag == "br" else "\n\n")
        elif tag != "p":
            raise ValueError(f"a cell cannot hold <{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in _MARKS:
            self.marks.remove(tag)

    def handle_data(self, data: str) -> None:
        self.runs.append((tuple(self.marks), data))


def _rich(text: str) -> str | CellRichText:
    reader = _CellText()
    reader.feed(text)
    reader.close()
    if not any(marks for marks, _text in reader.runs):
        return "".join(part for _marks, part in reader.runs)
    blocks: list[str | TextBlock] = []
    for marks, part in reader.runs:
        fonts = {name: value for mark in marks for name, value in _MARKS[mark].items()}
        blocks.append(TextBlock(InlineFont(**fonts), part) if fonts else part)
    return CellRichText(blocks)


def _saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
