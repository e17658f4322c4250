"""Builds Word files like the AKM table template, for tests: nothing here is a real exam."""

from __future__ import annotations

import io
from typing import Any

from docx import Document
from docx.oxml import parse_xml
from docx.table import _Cell
from PIL import Image

MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
CHOICE = ["NO ", "SOAL ", "JENIS ", "OPSI", "JAWABAN", "KUNCI"]


def picture(colour: str = "blue", size: tuple[int, int] = (12, 9), kind: str = "PNG") -> bytes:
    """A small picture's bytes."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def fill(cell: _Cell, content: object) -> None:
    """Write text, a picture (bytes), an equation (`<m:…>` string) or a list of these into a cell."""
    for part in content if isinstance(content, list) else [content]:
        paragraph = cell.paragraphs[0] if isinstance(part, bytes) or not cell.text else cell.add_paragraph()
        if isinstance(part, bytes):
            paragraph.add_run().add_picture(io.BytesIO(part))
        elif isinstance(part, str) and part.startswith("<m:"):
            paragraph._p.append(parse_xml(f"<m:oMath {MATH}>{part}</m:oMath>"))
        elif part:
            paragraph.add_run(str(part))


class WordExample:
    """A Word document under construction."""

    def __init__(self) -> None:
        self.document: Any = Document()

    def choice(self, *questions: tuple[str, object, str, list[tuple[object, str]]]) -> Any:
        """A table of (number, stem, JENIS, [(option, key mark), …]) with NO, SOAL and JENIS merged over the options."""
        table = self.document.add_table(rows=1, cols=6)
        for cell, text in zip(table.rows[0].cells, CHOICE, strict=True):
            cell.text = text
        for number, stem, kind, options in questions:
            first = len(table.rows)
            for at, (option, mark) in enumerate(options):
                cells = table.add_row().cells
                cells[3].text = "ABCDEFGH"[at] + " "
                fill(cells[4], option)
                cells[5].text = mark
            for column, content in ((0, number), (1, stem), (2, kind)):
                top = table.cell(first, column)
                if len(options) > 1:
                    top = top.merge(table.cell(first + len(options) - 1, column))
                fill(top, content)
        return table

    def matching(self, *questions: tuple[str, object, list[tuple[str, ...]]]) -> Any:
        """A table of (number, stem, [(row code, row, column code, column, key row, key columns), …])."""
        table = self.document.add_table(rows=2, cols=9)
        for column, text in ((0, "NO"), (1, "SOAL"), (2, "JENIS")):
            table.cell(0, column).merge(table.cell(1, column)).text = text
        for column, text in ((3, "BARIS"), (5, "KOLOM"), (7, "KUNCI")):
            table.cell(0, column).merge(table.cell(0, column + 1)).text = text
        second = ("KODE", "NAMA BARIS", "KODE", "NAMA KOLOM", "KODE BARIS", "KODE KOLOM")
        for column, text in enumerate(second, 3):
            table.cell(1, column).text = text
        for number, stem, lines in questions:
            first = len(table.rows)
            for line in lines:
                cells = table.add_row().cells
                for column, text in enumerate(line, 3):
                    cells[column].text = text
            for column, content in ((0, number), (1, stem), (2, "3")):
                top = table.cell(first, column)
                if len(lines) > 1:
                    top = top.merge(table.cell(first + len(lines) - 1, column))
                fill(top, content)
        return table

    def plain(self, *questions: tuple[str, object, str, object]) -> Any:
        """A table of (number, stem, JENIS, answer)."""
        table = self.document.add_table(rows=1, cols=4)
        for cell, text in zip(table.rows[0].cells, ("NO ", "SOAL ", "JENIS ", "JAWABAN"), strict=True):
            cell.text = text
        for question in questions:
            for cell, content in zip(table.add_row().cells, question, strict=True):
                fill(cell, content)
        return table

    def save(self) -> bytes:
        """The document's bytes."""
        out = io.BytesIO()
        self.document.save(out)
        return out.getvalue()
