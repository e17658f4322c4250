"""The way back from safe HTML: to plain text for tables and programs, and to source that a person can edit.

Formulas return as the LaTeX they were made from (KaTeX keeps it in an annotation), so that cleaning an edited text
again gives the same formulas.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

from . import formulas

_BREAKS = {"p", "div", "br", "li", "tr", "table", "ul", "ol", "blockquote", "pre", "hr", "caption"}
_VOID = {"br", "img", "hr"}


class _Reader(HTMLParser):
    """Walks safe HTML; with `editable` it repeats the tags, else it turns them into lines and marks."""

    def __init__(self, *, editable: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.editable = editable
        self.out: list[str] = []
        self._depth = 0  # of open elements inside one formula
        self._display = False
        self._tex: list[str] | None = None
        self._at_digit: tuple[int, str] | None = None  # place of the last formula and how to write it before a digit

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = (dict(attrs).get("class") or "").split()
        if self._depth:
            self._depth += tag not in _VOID
            if tag == "annotation":
                self._tex = []
        elif tag == "span" and ("katex" in classes or "katex-display" in classes):
            self._depth = 1
            self._display = "katex-display" in classes
        elif self.editable:
            self.out.append(self.get_starttag_text() or "")
        else:
            self.out.append(
                {"img": "[gambar]", "audio": "[rekaman]", "td": "\t", "th": "\t"}.get(
                    tag, "\n" if tag in _BREAKS else ""
                )
            )

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._depth:
            if tag in _VOID:
                return
            self._depth -= 1
            if tag == "annotation" and self._tex is not None:
                self._formula("".join(self._tex))
                self._tex = None
        elif self.editable and tag not in _VOID:
            self.out.append(f"</{tag}>")
        elif tag in ("p", "div", "table", "li"):
            self.out.append("\n")

    def _formula(self, tex: str) -> None:
        if not self.editable:
            self.out.append(f"$${tex}$$" if self._display else f"${tex}$")
            return
        before = self.out[-1][-1:] if self.out else ""
        dollars = "$" not in tex and before not in ("$", "\\") and (self._display or formulas.is_formula(tex))
        if self._display:
            source = f"$${tex}$$" if dollars else rf"\[{tex}\]"
        else:
            source = f"${tex}$" if dollars else rf"\({tex}\)"
        self.out.append(html.escape(source, quote=False))
        self._at_digit = (len(self.out) - 1, html.escape(rf"\({tex}\)", quote=False)) if not self._display else None

    def handle_data(self, data: str) -> None:
        if self._depth:
            if self._tex is not None:
                self._tex.append(data)
        elif self.editable:
            if self._at_digit and self._at_digit[0] == len(self.out) - 1 and data[:1].isdigit():
                self.out[-1] = self._at_digit[1]  # `$x$5` would be read as money
            mistaken = any(kind != "text" for kind, _ in formulas.split(data))
            self.out.append(html.escape(data.replace("$", "\\$") if mistaken else data, quote=False))
        else:
            self.out.append(data)


def _read(safe: str, *, editable: bool) -> str:
    reader = _Reader(editable=editable)
    reader.feed(safe)
    reader.close()
    return "".join(reader.out)


def readable_text(safe: str) -> str:
    """Plain text of safe HTML: formulas as `$LaTeX$`, pictures as `[gambar]`, blocks on lines of their own."""
    text = _read(safe, editable=False).replace("\xa0", " ")
    lines = [re.sub(r"[ \t\f]+", " ", line).strip() for line in text.split("\n")]
    return "\n".join(line for line in lines if line)


def editable_html(safe: str) -> str:
    """Safe HTML with its formulas as `$LaTeX$` again; `safe_html` of the result gives `safe` back."""
    return _read(safe, editable=True)
