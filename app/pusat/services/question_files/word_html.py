"""Turns the contents of a Word table cell into HTML: text with its emphasis, lists, nested tables, pictures, equations.

The result is raw and still goes through `Composer.html`. What Word draws itself (charts, shapes, old equation objects)
cannot be shown in a browser and is refused with the way out.
"""

from __future__ import annotations

import html
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.domain.wording import N_

from .archives import read_member
from .composing import Composer
from .office_parts import relations
from .omml import MATH, latex
from .problems import Problem
from .word_lists import Line, W, WordLists, set_lines

_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_V = "{urn:schemas-microsoft-com:vml}"
_WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_THROUGH = {
    W + name for name in ("hyperlink", "smartTag", "sdt", "sdtContent", "ins", "moveTo", "fldSimple", "customXml")
}
_EMPHASIS = (("b", "b"), ("i", "i"), ("strike", "s"))
_WINGDINGS_CHECKS = {"F0FC", "F0FE", "00FC", "F050", "F052"}


def _on(properties: Any, name: str) -> bool:
    found = None if properties is None else properties.find(W + name)
    return found is not None and found.get(W + "val", "1") not in ("0", "false", "off", "none")


@dataclass
class WordHtml:
    """Reads cells of one Word document. Pictures go to the composer as they are met."""

    archive: zipfile.ZipFile
    composer: Composer

    def __post_init__(self) -> None:
        self.relations = relations(self.archive, "word/document.xml")
        self.lists = WordLists(self.archive)

    def cell(self, cells: list[Any]) -> str:
        """Safe HTML of the contents of one or more cells (a cell that should have been merged). Raises Problem."""
        return self.composer.html("".join(self._blocks(cell) for cell in cells))

    def _blocks(self, parent: Any) -> str:
        out: list[str] = []
        lines: list[Line] = []
        for child in parent:
            if child.tag == W + "p":
                lines.append(self._paragraph(child))
            elif child.tag == W + "tbl":
                out.append(set_lines(lines))
                lines = []
                out.append(self._table(child))
            elif child.tag in (W + "sdt", W + "sdtContent", W + "customXml"):
                out.append(set_lines(lines))
                lines = []
                out.append(self._blocks(child))
        out.append(set_lines(lines))
        return "".join(out)

    def _table(self, table: Any) -> str:
        rows = []
        for row in table.iter(W + "tr"):
            if next(row.iterancestors(W + "tbl")) is not table:
                continue
            cells = []
            for cell in row.findall(W + "tc"):
                merge = cell.find(f"{W}tcPr/{W}vMerge")
                span = cell.find(f"{W}tcPr/{W}gridSpan")
                wide = "" if span is None else f' colspan="{html.escape(span.get(W + "val", "1"))}"'
                inner = "" if merge is not None and merge.get(W + "val") != "restart" else self._blocks(cell)
                cells.append(f"<td{wide}>{inner}</td>")
            rows.append(f"<tr>{''.join(cells)}</tr>")
        return f"<table><tbody>{''.join(rows)}</tbody></table>"

    def _paragraph(self, paragraph: Any) -> Line:
        properties = paragraph.find(W + "pPr")
        line = Line("", right_to_left=_on(properties, "bidi"))
        line.level, line.list_type = self.lists.place(properties)
        out: list[str] = []
        before: tuple[str, ...] = ()
        for marks, piece in self._pieces(paragraph):
            if marks != before:
                out.append("".join(f"</{mark}>" for mark in reversed(before)) + "".join(f"<{mark}>" for mark in marks))
                before = marks
            out.append(piece)
        line.html = "".join(out) + "".join(f"</{mark}>" for mark in reversed(before))
        return line

    def _pieces(self, parent: Any) -> Iterator[tuple[tuple[str, ...], str]]:
        for child in parent:
            if child.tag == W + "r":
                properties = child.find(W + "rPr")
                if not _on(properties, "vanish"):
                    marks = _marks(properties)
                    for part in child:
                        yield marks, self._run_part(part)
            elif child.tag == MATH + "oMath":
                yield (), html.escape(rf"\({latex(child)}\)", quote=False) if len(child) else ""
            elif child.tag == MATH + "oMathPara":
                for one in child.findall(MATH + "oMath"):
                    yield (), html.escape(rf"\[{latex(one)}\]", quote=False)
            elif child.tag in _THROUGH:
                yield from self._pieces(child)
            elif child.tag == _MC + "AlternateContent":
                yield (), self._run_part(child)

    def _run_part(self, part: Any) -> str:
        name = part.tag
        if name == W + "t":
            return html.escape(part.text or "", quote=False)
        if name in (W + "br", W + "cr"):
            return "<br>" if part.get(W + "type", "textWrapping") == "textWrapping" else ""
        if name in (W + "tab", W + "ptab"):
            return " "
        if name == W + "noBreakHyphen":
            return "-"
        if name == W + "sym":
            return _symbol(part)
        if name == W + "drawing":
            return self._drawing(part)
        if name in (W + "pict", W + "object"):
            return self._old_picture(part)
        if name == _MC + "AlternateContent":
            choices = part.findall(f"{_MC}Choice") + part.findall(f"{_MC}Fallback")
            return "".join(self._run_part(one) for one in (choices[0] if choices else []))
        return ""

    def _drawing(self, drawing: Any) -> str:
        described = next(drawing.iter(_WP + "docPr"), None)
        alt = "" if described is None else described.get("descr", "")
        boxes = list(drawing.iter(W + "txbxContent"))
        pictures = list(drawing.iter(_A + "blip"))
        if len(pictures) == 1 and not boxes:
            return self._picture(pictures[0].get(_R + "embed"), pictures[0].get(_R + "link"), alt)
        if boxes and not pictures and len(boxes) == 1:
            return self._blocks(boxes[0]).removeprefix("<p>").removesuffix("</p>")
        raise Problem(
            N_("Soal memuat bagan, bentuk, atau gambar gabungan buatan Word. Simpan sebagai gambar PNG lalu sisipkan.")
        )

    def _old_picture(self, picture: Any) -> str:
        shown = next(picture.iter(_V + "imagedata"), None)
        if shown is not None:
            return self._picture(shown.get(_R + "id"), shown.get(_R + "href"), shown.get("title", ""))
        if next(picture.iter(_V + "textbox"), None) is None and picture.tag == W + "pict" and not len(picture):
            return ""
        raise Problem(N_("Soal memuat bentuk atau objek lama buatan Word. Simpan sebagai gambar PNG lalu sisipkan."))

    def _picture(self, embedded: str | None, linked: str | None, alt: str) -> str:
        kind, path = self.relations.get(embedded or linked or "", ("", ""))
        name = posixpath.basename(path) or "?"
        if kind == "external" or (linked and not embedded):
            raise Problem(
                N_("Gambar %(name)s hanya ditautkan, tidak ada di dalam berkas. Sisipkan gambarnya."), name=name
            )
        if path not in self.archive.namelist():
            raise Problem(N_("Gambar %(name)s tidak ada di dalam berkas. Sisipkan ulang gambarnya."), name=name)
        return self.composer.picture_tag(read_member(self.archive, path), name, alt)


def _marks(properties: Any) -> tuple[str, ...]:
    if properties is None:
        return ()
    marks = [tag for name, tag in _EMPHASIS if _on(properties, name)]
    if _on(properties, "u"):
        marks.append("u")
    height = properties.find(W + "vertAlign")
    raised = "" if height is None else {"superscript": "sup", "subscript": "sub"}.get(height.get(W + "val", ""), "")
    return (*marks, raised) if raised else tuple(marks)


def _symbol(part: Any) -> str:
    code = part.get(W + "char", "").upper()
    if "wingdings" in part.get(W + "font", "").lower():
        return "✓" if code in _WINGDINGS_CHECKS else "•"
    try:
        value = int(code, 16)
    except ValueError:
        return ""
    value -= 0xF000 if 0xF000 <= value <= 0xF0FF else 0
    return html.escape(chr(value)) if 31 < value < 0xD800 else ""
