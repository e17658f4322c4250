"""The four ways question files say their text is written (html, moodle, plain, markdown), each brought to raw HTML.

The result is not safe yet: `cleaning.safe_html` follows. Markdown is the small part of it that questions use; formulas
pass through untouched.
"""

from __future__ import annotations

import html
import re
from enum import StrEnum

import nh3

from .cleaning import check_length, printable


class TextFormat(StrEnum):
    """How a piece of text is written. MOODLE is HTML in which a line end is a line break."""

    HTML = "html"
    MOODLE = "moodle"
    PLAIN = "plain"
    MARKDOWN = "markdown"


_NO_TAG = re.compile(
    r"<(?!!--|/?[a-zA-Z][a-zA-Z0-9:]*"
    r"(?:\s+[\w:-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>]+)|\s+controls)*\s*/?>)"
)
_CODE = re.compile(r"`([^`\n]{1,500})`")
_BOLD = re.compile(r"(\*\*|__)(?=\S)([^\n]{1,2000}?\S?)(?<=\S)\1")
_ITALIC = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])([^\n*]{0,2000}?[^\s*_])\1(?![\w*])")
_IMAGE = re.compile(r"!\[([^\]\n]{0,200})\]\(([^)\s]{1,400})[^)\n]{0,200}\)")
_LINK = re.compile(r"\[([^\]\n]{1,400})\]\([^)\n]{1,400}\)")
_KEPT = re.compile(
    r"\$\$[^$]{1,2000}\$\$|\$[^$\n]{1,2000}\$|\\\(.{1,2000}?\\\)|\\\[.{1,2000}?\\\]|<[^<>]{1,500}>", re.DOTALL
)
_BULLET = re.compile(r"\s{0,3}[-*+]\s+(.*)")
_NUMBERED = re.compile(r"\s{0,3}\d{1,4}[.)]\s+(.*)")


def _inline(text: str) -> str:
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"\x01{len(kept) - 1}\x02"

    def keep_code(match: re.Match[str]) -> str:
        kept.append(f"<code>{html.escape(match[1])}</code>")
        return f"\x01{len(kept) - 1}\x02"

    def keep_image(match: re.Match[str]) -> str:
        kept.append(f'<img src="{html.escape(match[2])}" alt="{html.escape(match[1])}">')
        return f"\x01{len(kept) - 1}\x02"

    text = _KEPT.sub(keep, _IMAGE.sub(keep_image, _CODE.sub(keep_code, text)))
    text = _LINK.sub(r"\1", text)
    text = _ITALIC.sub(r"<em>\2</em>", _BOLD.sub(r"<strong>\2</strong>", text))
    return re.sub(r"\x01(\d+)\x02", lambda m: kept[int(m[1])], text)


def _markdown_block(block: str) -> str:
    lines = block.split("\n")
    for pattern, tag in ((_BULLET, "ul"), (_NUMBERED, "ol")):
        matches = [pattern.fullmatch(line) for line in lines]
        if all(matches):
            entries = "".join(f"<li>{_inline(match[1])}</li>" for match in matches if match)
            return f"<{tag}>{entries}</{tag}>"
    if match := re.fullmatch(r"#{1,6}\s+(.*?)\s*#*", block):
        return f"<p><strong>{_inline(match[1])}</strong></p>"
    if all(line.startswith(">") for line in lines):
        quoted = "\n".join(line[1:].strip() for line in lines)
        return f"<blockquote>{_inline(quoted)}</blockquote>"
    joined = re.sub(r" {2,}\n", "<br>", "\n".join(lines))
    return f"<p>{_inline(joined)}</p>"


def _markdown(text: str) -> str:
    blocks = [block for block in re.split(r"\n[ \t]*\n", text.strip("\n")) if block.strip()]
    return "\n".join(_markdown_block(block) for block in blocks)


def to_html(written: TextFormat, text: str) -> str:
    """Raw HTML of `text`."""
    check_length(text)
    text = printable(text)
    if written is TextFormat.PLAIN:
        return html.escape(text, quote=False).replace("\n", "<br>")
    if written is TextFormat.HTML:
        return text
    text = _NO_TAG.sub("&lt;", text)
    if written is TextFormat.MARKDOWN:
        return _markdown(text)
    return re.sub(r"(?<=[^>\s])[ \t]*\n[ \t]*", "<br>\n", text.strip("\n"))


def to_plain(written: TextFormat, text: str) -> str:
    """A short answer as plain text on one line: tags gone where the format has tags."""
    check_length(text)
    text = printable(text)
    if written is TextFormat.HTML or (written is TextFormat.MOODLE and re.search(r"</\w+>|<br", text)):
        text = html.unescape(nh3.clean(text, tags=set(), clean_content_tags={"script", "style"}))
    return " ".join(text.split())
