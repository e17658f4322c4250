"""Lists of a Word document: which kind a paragraph belongs to, and paragraphs as nested HTML lists."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import Any

from .archives import read_member
from .office_parts import parse_xml

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LIST_TYPES = {"lowerLetter": "a", "upperLetter": "A", "lowerRoman": "i", "upperRoman": "I"}
_DEEPEST = 8  # levels a Word list has


@dataclass
class Line:
    """One paragraph: its HTML, and where it stands in a list (-1: nowhere)."""

    html: str
    level: int = -1
    list_type: str = ""  # "ul", or the type of an ol
    right_to_left: bool = False


class WordLists:
    """The kinds of lists of one document."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._types: dict[tuple[str, int], str] = {}  # (numId, level) → "ul" or type of an ol
        self._styles: dict[str, str] = {}  # paragraph style → numId
        names = set(archive.namelist())
        if "word/numbering.xml" in names:
            self._read_numbering(parse_xml(read_member(archive, "word/numbering.xml")))
        if "word/styles.xml" in names:
            for style in parse_xml(read_member(archive, "word/styles.xml")).findall(W + "style"):
                number = style.find(f"{W}pPr/{W}numPr/{W}numId")
                if number is not None:
                    self._styles[style.get(W + "styleId", "")] = number.get(W + "val", "")

    def place(self, properties: Any) -> tuple[int, str]:
        """Level and kind of list of a paragraph with these properties (`w:pPr` or None); (-1, "") outside any list."""
        if properties is None:
            return -1, ""
        number = properties.find(f"{W}numPr/{W}numId")
        if number is None:
            style = properties.find(W + "pStyle")
            name = "" if style is None else self._styles.get(style.get(W + "val", ""), "")
        else:
            name = number.get(W + "val", "")
        if name in ("", "0"):
            return -1, ""
        level = _level(properties.find(f"{W}numPr/{W}ilvl"))
        return level, self._types.get((name, level), "ul")

    def _read_numbering(self, root: Any) -> None:
        abstract = {one.get(W + "abstractNumId"): one for one in root.findall(W + "abstractNum")}
        for number in root.findall(W + "num"):
            reference = number.find(W + "abstractNumId")
            source = None if reference is None else abstract.get(reference.get(W + "val"))
            for level in [] if source is None else source.findall(W + "lvl"):
                kind = level.find(W + "numFmt")
                name = "decimal" if kind is None else kind.get(W + "val", "decimal")
                made = "ul" if name in ("bullet", "none") else _LIST_TYPES.get(name, "1")
                self._types[number.get(W + "numId", ""), int(level.get(W + "ilvl", "0") or 0)] = made


def _level(found: Any) -> int:
    depth = "0" if found is None else found.get(W + "val", "0")
    return min(int(depth), _DEEPEST) if depth.isascii() and depth.isdigit() and len(depth) < 4 else 0


def set_lines(lines: list[Line]) -> str:
    """Paragraphs and list entries as HTML; levels of one list become lists within lists."""
    out: list[str] = []
    opened: list[str] = []
    for line in lines:
        while len(opened) > line.level + 1 or (opened and line.level < 0):
            out.append(f"</li></{opened.pop()}>")
        if line.level < 0:
            direction = ' dir="rtl"' if line.right_to_left else ""
            out.append(f"<p{direction}>{line.html}</p>" if line.html.strip("\xa0 ") else "")
            continue
        if len(opened) == line.level + 1:
            out.append("</li>")
        while len(opened) < line.level + 1:
            opened.append("ul" if line.list_type == "ul" else "ol")
            kind = "" if line.list_type in ("ul", "1") else f' type="{line.list_type}"'
            out.append(f"<{opened[-1]}{kind}>")
            if len(opened) < line.level + 1:
                out.append("<li>")
        out.append(f"<li>{line.html}")
    while opened:
        out.append(f"</li></{opened.pop()}>")
    return "".join(out)
