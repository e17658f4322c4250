"""Reads our own Excel (and CSV) question template: one row per question, headings in Indonesian, found by name.

Rows of one Soal Grup share their Stimulus (written in each row, merged over the rows, or `"` for "as above"). Pictures
belong to the cell on which their upper left corner lies. A row that cannot be read is an error with its row and cell.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.domain.questions import Column, Option, Question, QuestionType, Row
from app.domain.refusals import Refusal
from app.domain.wording import N_

from .composing import Composer
from .gift import truth_options
from .items import ReadItem, failed, skipped
from .numbers_read import decimal
from .problems import Problem
from .sheet_cells import Sheet, SheetCell, name_of, sheet_of_csv, sheets_of
from .sheet_keys import option_key, pair_key, short_key

TRUTH = "truth"
TYPES: dict[str, str] = {
    "pilihan ganda": QuestionType.SINGLE, "pg": QuestionType.SINGLE, "1": QuestionType.SINGLE,
    "pilihan ganda kompleks": QuestionType.MULTIPLE, "pgk": QuestionType.MULTIPLE, "2": QuestionType.MULTIPLE,
    "mcma": QuestionType.MULTIPLE, "pgk mcma": QuestionType.MULTIPLE,
    "kategori": QuestionType.CATEGORY, "pgk kategori": QuestionType.CATEGORY,
    "pilihan ganda kompleks kategori": QuestionType.CATEGORY,
    "menjodohkan": QuestionType.MATCHING, "3": QuestionType.MATCHING,
    "isian singkat": QuestionType.SHORT, "isian": QuestionType.SHORT, "4": QuestionType.SHORT,
    "uraian": QuestionType.ESSAY, "esai": QuestionType.ESSAY, "essay": QuestionType.ESSAY, "5": QuestionType.ESSAY,
    "keterangan": QuestionType.DESCRIPTION, "benar salah": TRUTH, "bs": TRUTH,
}  # fmt: skip
_ALIASES = {"no": "nomor", "pertanyaan": "soal", "kunci jawaban": "kunci", "pemutaran": "pemutaran audio"}
_AS_ABOVE = {'"', "''", "〃", "sda", "s.d.a."}
_DOWN = {"stimulus", "jenis", "bobot", "acak"}  # a merge over several rows holds for each of them
_SHOWN = re.compile(r"stimulus|soal|opsi [a-z]|baris \d+|pedoman penskoran")
_KNOWN = re.compile(
    r"nomor|jenis|judul|stimulus|soal|opsi [a-z]|baris \d{1,2}|kunci|bobot|acak|peka huruf besar|pemutaran audio"
    r"|rekaman|pedoman penskoran"
)


def _heading(text: str) -> str:
    name = " ".join(re.sub(r"[*:_.()]", " ", text.lower()).split())
    name = re.sub(r"^(pernyataan|pilihan) ?(?=\w{1,2}$)", _same, name)
    name = re.sub(r"^(opsi|baris) ?([a-z]|\d{1,2})$", r"\1 \2", name)
    return _ALIASES.get(name, name)


def _same(match: re.Match[str]) -> str:
    return "baris " if match[1] == "pernyataan" else "opsi "


def _headings(sheet: Sheet) -> tuple[int, dict[str, int], list[str]] | None:
    """Row of the headings, heading → column, and names nobody knows; None if the sheet has no headings."""
    by_row: dict[int, dict[str, int]] = {}
    for (row, column), cell in sheet.cells.items():
        if row <= 40 and cell.text:
            by_row.setdefault(row, {}).setdefault(_heading(cell.text), column)
    for row in sorted(by_row):
        names = by_row[row]
        if {"soal", "jenis"} <= names.keys():
            known = {name: column for name, column in names.items() if _KNOWN.fullmatch(name)}
            return row, known, [name for name in names if name not in known]
    return None


@dataclass
class _Row:
    """One row of the sheet, asked by heading."""

    sheet: Sheet
    number: int
    columns: dict[str, int]
    composer: Composer

    def cell(self, name: str) -> SheetCell | None:
        column = self.columns.get(name)
        if column is None:
            return None
        place = (self.number, column)
        if name in _DOWN:
            place = self.sheet.origin.get(place, place)
        found = self.sheet.cells.get(place)
        if found and found.problem:
            raise found.problem
        return found

    def text(self, name: str) -> str:
        found = self.cell(name)
        return found.text if found else ""

    def html(self, name: str) -> str:
        found = self.cell(name)
        raw = found.html if found else ""
        place = (self.number, self.columns.get(name, 0))
        if name in _DOWN:
            place = self.sheet.origin.get(place, place)
        for picture in self.sheet.pictures.get(place, []):
            if picture.problem:
                raise picture.problem
            tag = self.composer.picture_tag(picture.data, picture.name)
            raw = f"{raw}<br>{tag}" if raw else tag
        return self.composer.html(raw)

    def named(self, pattern: str) -> list[str]:
        """Headings that match, in order of their letter or number."""
        found = [name for name in self.columns if re.fullmatch(pattern, name)]
        return sorted(found, key=lambda name: (len(name), name))

    def shown(self, kind: str) -> dict[str, str]:
        """Letter or number → HTML of the filled `Opsi` or `Baris` cells."""
        return {
            name.rpartition(" ")[2].upper(): inner for name in self.named(rf"{kind} \w+") if (inner := self.html(name))
        }

    def yes(self, name: str, default: bool) -> bool:
        value = self.text(name).lower()
        if value not in ("", "ya", "y", "benar", "tidak", "t", "salah"):
            raise Problem(N_("Kolom %(column)s harus Ya atau Tidak, bukan “%(value)s”."), column=name, value=value[:20])
        return default if not value else value in ("ya", "y", "benar")

    def amount(self, name: str, default: float, least: float, most: float) -> float:
        text = self.text(name)
        value = float(decimal(text)) if text else default
        if not least <= value <= most:
            raise Problem(
                N_("Kolom %(column)s harus antara %(least)s dan %(most)s."), column=name, least=least, most=most
            )
        return value


def _content(row: _Row, kind: str) -> dict[str, object]:
    """The fields of a question that depend on its type."""
    key = row.text("kunci")
    if kind == TRUTH:
        if key.lower() not in ("benar", "b", "salah", "s"):
            raise Problem(N_("Kunci soal Benar Salah harus Benar atau Salah."))
        right = key.lower().startswith("b")
        return {"type": QuestionType.SINGLE, "options": truth_options(right), "shuffle_options": False}
    if kind in (QuestionType.SINGLE, QuestionType.MULTIPLE):
        options = row.shown("opsi")
        weights = option_key(key, list(options), one=kind == QuestionType.SINGLE)
        made = (Option(f"o{n}", inner, weights.get(at, 0.0)) for n, (at, inner) in enumerate(options.items(), 1))
        return {"type": kind, "options": tuple(made)}
    if kind in (QuestionType.CATEGORY, QuestionType.MATCHING):
        columns, rows = row.shown("opsi"), row.shown("baris")
        pairs = pair_key(key, list(rows), list(columns))
        ids = {letter: f"c{number}" for number, letter in enumerate(columns, 1)}
        return {
            "type": kind,
            "columns": tuple(Column(ids[letter], inner) for letter, inner in columns.items()),
            "rows": tuple(
                Row(f"r{n}", inner, tuple(ids[letter] for letter in pairs[at]))
                for n, (at, inner) in enumerate(rows.items(), 1)
            ),
            "shuffle_options": kind == QuestionType.MATCHING,
        }
    if kind == QuestionType.SHORT:
        return {"type": kind, "answers": short_key(key)}
    return {"type": kind, "marking_guide": row.html("pedoman penskoran") if kind == QuestionType.ESSAY else ""}


class _SheetReader:
    """Reads the rows under the headings, remembering the stimulus above."""

    def __init__(self, sheet: Sheet, headings: tuple[int, dict[str, int], list[str]], composer: Composer) -> None:
        self.sheet, self.composer = sheet, composer
        self.head, self.columns, self.unknown = headings
        self.stimulus = ""

    def items(self) -> Iterator[ReadItem]:
        if self.unknown:
            names = ", ".join(self.unknown[:5])
            yield skipped(
                self._place(self.head), Problem(N_("Kolom yang tidak dikenal dilewati: %(names)s."), names=names)
            )
        filled: dict[int, set[str]] = {}
        by_column = {column: name for name, column in self.columns.items()}
        for place in [*self.sheet.cells, *self.sheet.pictures]:
            if place[0] > self.head and (place[1] in by_column or place in self.sheet.pictures):
                filled.setdefault(place[0], set()).add(by_column.get(place[1], "?"))
        for number in sorted(filled):
            yield from self._row(number, filled[number])

    def _place(self, number: int) -> str:
        return f"lembar {self.sheet.title}, baris {number}"

    def _row(self, number: int, filled: set[str]) -> Iterator[ReadItem]:
        row = _Row(self.sheet, number, self.columns, self.composer)
        strays = [place for place in self.sheet.pictures if place[0] == number and not self._may_show(place[1])]
        if strays:
            text = N_(
                "Gambar di sel %(cell)s tidak di kolom Stimulus, Soal, Opsi, atau Baris. Geser ke sel yang tepat."
            )
            yield failed(self._place(number), Problem(text, cell=name_of(strays[0])))
        elif filled <= {"nomor", "jenis", "bobot", "acak"}:
            yield skipped(self._place(number), Problem(N_("Baris templat kosong.")))
        else:
            yield self.composer.item(self._place(number), self._maker(row))

    def _may_show(self, column: int) -> bool:
        return any(at == column and _SHOWN.fullmatch(name) for name, at in self.columns.items())

    def _maker(self, row: _Row) -> Callable[[], Question]:
        def make() -> Question:
            if row.text("stimulus").lower() not in _AS_ABOVE:
                self.stimulus = ""  # a stimulus that cannot be read must not leave the one before in its place
                self.stimulus = row.html("stimulus")
            written = " ".join(re.sub(r"[./\-()]", " ", row.text("jenis").lower()).split())
            kind = TYPES.get(written)
            if kind is None:
                raise Problem(
                    N_("Jenis “%(kind)s” tidak dikenal. Pilih dari daftar di lembar Petunjuk."), kind=written[:30]
                )
            stem = row.html("soal")
            if recording := row.text("rekaman"):
                stem = row.composer.html(f'<audio src="{html.escape(recording)}"></audio>') + stem
            fields: dict[str, object] = {
                "stem": stem,
                "title": row.text("judul")[:200],
                "stimulus": self.stimulus,
                "mark": row.amount("bobot", 1, 0.01, 1000),
                "case_sensitive": row.yes("peka huruf besar", default=False),
                "audio_plays": int(row.amount("pemutaran audio", 0, 0, 20)),
            }
            fields |= _content(row, kind)
            if row.text("acak"):
                fields["shuffle_options"] = row.yes("acak", default=True)
            return Question(**fields)  # type: ignore[arg-type]

        return make


def _read(sheets: Iterator[Sheet], composer: Composer) -> Iterator[ReadItem]:
    found = False
    for sheet in sheets:
        headings = _headings(sheet)
        if headings is not None:
            found = True
            yield from _SheetReader(sheet, headings, composer).items()
    if not found:
        raise Refusal(
            "P-210",
            N_("Tidak ada baris judul dengan kolom Jenis dan Soal di berkas ini."),
            N_("Unduh templat Excel soal dari Guyub dan isi di lembar Soal."),
            status=422,
        )


def read_workbook(data: bytes, composer: Composer) -> Iterator[ReadItem]:
    """The questions of an xlsx file in order. Raises Refusal P-203, P-204, P-210."""
    yield from _read(sheets_of(data), composer)


def read_csv(text: str, composer: Composer) -> Iterator[ReadItem]:
    """The questions of a CSV file with the template's headings. Raises Refusal P-204, P-210."""
    yield from _read(iter([sheet_of_csv(text)]), composer)
