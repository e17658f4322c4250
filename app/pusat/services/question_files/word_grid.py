"""The question tables of a Word document as a grid: merged cells resolved, headings found, rows grouped into questions.

It knows the headings of the AKM table template and nothing of what a key means; `word_tables` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .omml import MATH
from .word_lists import W

_CONTENT = {W + "drawing", W + "pict", W + "object", W + "sym", W + "tbl", MATH + "oMath"}
_NUMBERS = {"NO", "NOMOR", "NO.", "NO SOAL"}


def plain(element: Any) -> str:
    """Visible text of a cell or paragraph on one line, without spaces around (NBSP counts as space)."""
    out = []
    for part in element.iter(W + "t", W + "tab", W + "br", W + "sym", W + "p"):
        if part.tag == W + "t":
            out.append(part.text or "")
        elif part.tag == W + "sym":
            wingdings = "wingdings" in part.get(W + "font", "").lower()
            out.append("✓" if wingdings and part.get(W + "char", "").upper() in ("F0FC", "F0FE", "00FC") else "")
        else:
            out.append(" ")
    return " ".join(re.sub(r"[\u200b\ufeff]", "", "".join(out)).split())


@dataclass(frozen=True)
class Cell:
    """One cell at its grid column. `continued` cells belong to the merged cell above."""

    element: Any
    continued: bool = False

    @property
    def text(self) -> str:
        """Visible text on one line; a continued cell has none of its own."""
        return "" if self.continued else plain(self.element)

    @property
    def filled(self) -> bool:
        """Whether a reader sees anything in it."""
        return not self.continued and (bool(self.text) or any(part.tag in _CONTENT for part in self.element.iter()))

    @property
    def numbered(self) -> bool:
        """Whether Word writes a number into it by itself."""
        return not self.continued and self.element.find(f".//{W}numPr") is not None


Line = dict[int, Cell]


def _line(row: Any) -> Line:
    cells: Line = {}
    skipped = row.find(f"{W}trPr/{W}gridBefore")
    column = _number(skipped.get(W + "val")) if skipped is not None else 0
    for cell in row.iter(W + "tc"):
        if next(cell.iterancestors(W + "tr")) is not row:
            continue
        merge = cell.find(f"{W}tcPr/{W}vMerge")
        span = cell.find(f"{W}tcPr/{W}gridSpan")
        cells[column] = Cell(cell, continued=merge is not None and merge.get(W + "val", "continue") != "restart")
        column += max(1, _number(span.get(W + "val"))) if span is not None else 1
    return cells


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 4 else 0


@dataclass
class Group:
    """The rows of one question."""

    number: str
    lines: list[Line] = field(default_factory=list)

    def column(self, column: int | None) -> list[Cell]:
        """The question's own cells in one column, top to bottom, one per row."""
        if column is None:
            return []
        return [line[column] for line in self.lines if column in line]


@dataclass
class QuestionTable:
    """One question table: which heading stands in which grid column, and its rows below the headings."""

    number: int
    columns: dict[str, int]
    lines: list[Line]

    def groups(self) -> Iterator[Group]:
        """Rows put together by question: a question begins where NO, SOAL or JENIS begins anew."""
        group: Group | None = None
        count = 0
        anchors = [self.columns[name] for name in ("NO", "SOAL", "JENIS") if name in self.columns]
        number_at = self.columns.get("NO")
        for line in self.lines:
            first = line.get(number_at) if number_at is not None else None
            begins = any(line[at].text or line[at].numbered for at in anchors if at in line)
            if first is not None and first.element.find(f"{W}tcPr/{W}vMerge") is not None:
                begins = not first.continued
            elif group and first is not None and not first.text and not first.numbered:
                jenis = line.get(self.columns.get("JENIS", -1))
                begins = bool(jenis and jenis.text)
            if begins or group is None:
                if group:
                    yield group
                count += 1
                group = Group((first.text.rstrip(". ") if first is not None else "") or str(count))
            group.lines.append(line)
        if group:
            yield group


def _label(cell: Cell) -> str:
    return cell.text.upper().strip(" .:*")


def _headings(lines: list[Line]) -> tuple[dict[str, int], int] | None:
    """Heading → grid column, and how many rows the headings take; None if this is no question table."""
    for index, line in enumerate(lines[:4]):
        labels = {_label(cell): at for at, cell in line.items() if _label(cell)}
        if "SOAL" not in labels or not ({"JENIS", *_NUMBERS} & labels.keys()):
            continue
        columns = {("NO" if name in _NUMBERS else name): at for name, at in labels.items()}
        if "BARIS" not in columns or index + 1 >= len(lines):
            return columns, index + 1
        second = {_label(cell): at for at, cell in lines[index + 1].items() if _label(cell)}
        columns |= {name: at for name, at in second.items() if name != "KODE"}
        for name in ("BARIS", "KOLOM"):
            if f"NAMA {name}" in columns:
                columns[f"TANDA {name}"] = columns[f"NAMA {name}"] - 1
        return columns, index + 2
    return None


def question_tables(body: Any) -> Iterator[QuestionTable | int]:
    """The question tables of a document in order; for any other table the number of its rows."""
    count = 0
    for table in body.iter(W + "tbl"):
        if next(table.iterancestors(W + "tc"), None) is not None:
            continue
        rows = [row for row in table.iter(W + "tr") if next(row.iterancestors(W + "tbl")) is table]
        lines = [_line(row) for row in rows]
        found = _headings(lines)
        if found is None:
            yield len(lines)
            continue
        columns, headings = found
        count += 1
        kept = [line for line in lines[headings:] if not _repeats_headings(line, columns)]
        yield QuestionTable(count, columns, kept)


def _repeats_headings(line: Line, columns: dict[str, int]) -> bool:
    soal, jenis = line.get(columns["SOAL"]), line.get(columns.get("JENIS", -1))
    return soal is not None and _label(soal) == "SOAL" and (jenis is None or _label(jenis) == "JENIS")
