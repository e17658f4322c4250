"""HTML made safe: what may stay of it, what it shows, and its way back to plain text and to editable source.

Order matters: everything is cleaned first, formulas are set as KaTeX HTML afterwards, so that the styles KaTeX needs
never have to be allowed to anyone else. What would vanish in cleaning and change a question (MathML, drawings, video,
pictures from elsewhere) is refused instead.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import nh3

from app.domain.wording import N_

from . import formulas
from .problems import Problem

Resolve = Callable[[str, str], str]  # ("img" | "audio", address as written) → "/media/…", or raises Problem

LONGEST_TEXT = 100_000  # characters of one piece of a question

TAGS = {
    *("p", "br", "b", "strong", "i", "em", "u", "s", "sub", "sup", "ul", "ol", "li", "hr"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
    *("img", "audio", "span", "div", "code", "pre", "blockquote"),
}
ATTRIBUTES = {
    "*": {"dir", "lang"},
    "img": {"src", "alt"},
    "audio": {"src", "controls"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start", "type"},
}
_NEVER_CONTENT = {"script", "style", "noscript", "template", "title", "head", "xml", "o:p"}
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff\u200b\u2028\u2029]")
_EMBEDDED = re.compile(r"data:[\w.+/;=-]{0,100},[A-Za-z0-9+/=%\s]*")
_TAG = re.compile(r"""(<(?:"[^"]*"|'[^']*'|[^'">])*>)""")
_HEADING = re.compile(r"<(/?)h[1-6]\b[^<>]{0,400}>", re.IGNORECASE)
_SOURCE_IN_AUDIO = re.compile(
    r"<audio\b[^<>]{0,400}>\s*<source\b[^<>]{0,200}?\bsrc\s*=\s*[\"']([^\"'<>]+)[\"'][^<>]{0,200}>.{0,400}?</audio>",
    re.IGNORECASE | re.DOTALL,
)
_AUDIO_LINK = re.compile(
    r"<a\b[^<>]{0,200}?\bhref\s*=\s*[\"']([^\"'<>]+\.(?:mp3|ogg|oga|wav|m4a))[\"'][^<>]{0,200}>.{0,400}?</a>",
    re.IGNORECASE | re.DOTALL,
)
_REFUSED = re.compile(r"<(math|svg|video|iframe|object|embed|canvas)\b", re.IGNORECASE)
_RAW_FORMULA = re.compile(r"\$\$[^$]{1,5000}?\$\$|\$[^$]{1,5000}?\$|\\\(.{1,5000}?\\\)|\\\[.{1,5000}?\\\]", re.DOTALL)
_ONE_PARAGRAPH = re.compile(r"<p>((?:(?!</?p\b).)*)</p>", re.DOTALL)
_SHOWN = re.compile(r"/media/([0-9a-f]{64}\.[a-z0-9]{1,5})")


def printable(text: str) -> str:
    """`text` without characters that no page, file or database here can carry; line ends become `\\n`."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def escape(text: str) -> str:
    """Plain text as HTML, lines kept as `<br>`."""
    return html.escape(printable(text), quote=False).replace("\n", "<br>")


def check_length(text: str) -> None:
    """Refuse a text no question has, before anything costly looks at it; pictures written into it do not count."""
    if len(text) > LONGEST_TEXT and len(_EMBEDDED.sub("", text)) > LONGEST_TEXT:
        raise Problem(N_("Teks ini lebih panjang dari 100.000 huruf. Bagi menjadi beberapa soal."))


def _keep_less_than(match: re.Match[str]) -> str:
    found = match[0]
    return found if ">" in found else found.replace("<", "&lt;")


def _prepare(raw: str) -> str:
    check_length(raw)
    text = printable(raw)
    text = _RAW_FORMULA.sub(_keep_less_than, text)
    text = _SOURCE_IN_AUDIO.sub(r'<audio src="\1"></audio>', text)
    text = _AUDIO_LINK.sub(r'<audio src="\1"></audio>', text)
    text = _HEADING.sub(lambda m: "</strong></p>" if m[1] else "<p><strong>", text)
    if match := _REFUSED.search(text):
        raise Problem(
            N_("Isi <%(tag)s> tidak dapat ditampilkan. Tulis rumus sebagai LaTeX dan gambar sebagai PNG."),
            tag=match[1].lower(),
        )
    return text


def safe_html(raw: str, resolve: Resolve) -> str:
    """`raw` reduced to the allowed tags, media resolved, formulas set. Empty string if nothing would be seen.

    Raises Problem for media that cannot be had, formulas that cannot be set, and content that may not be dropped.
    """
    problems: list[Problem] = []

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name != "src":
            return value
        try:
            return resolve(tag, value.strip())
        except Problem as problem:
            problems.append(problem)
            return None

    cleaned = nh3.clean(
        _prepare(raw),
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=attribute,
        clean_content_tags=_NEVER_CONTENT,
        url_schemes={"data", "http", "https", "file"},
        set_tag_attribute_values={"audio": {"controls": ""}},
        link_rel=None,
    )
    if problems:
        raise problems[0]
    if match := re.search(r"<(img|audio)(?![^>]*\bsrc=)", cleaned):
        raise Problem(N_("Ada <%(tag)s> tanpa alamat berkas."), tag=match[1])
    text = with_formulas(printable(cleaned)).strip()
    if one := _ONE_PARAGRAPH.fullmatch(text):
        text = one[1].strip()
    return "" if is_blank(text) else text


def with_formulas(cleaned: str) -> str:
    """Set every formula in the text of clean HTML, except within code."""
    out: list[str] = []
    literal = 0
    for index, piece in enumerate(_TAG.split(cleaned)):
        if index % 2:
            if re.match(r"<(code|pre)\b", piece):
                literal += 1
            elif re.match(r"</(code|pre)\b", piece):
                literal -= 1
            out.append(piece)
        elif literal or ("$" not in piece and "\\" not in piece):
            out.append(piece)
        else:
            out.extend(
                html.escape(content, quote=False).replace("\xa0", "&nbsp;")
                if kind == "text"
                else formulas.render(content, display=kind == "display")
                for kind, content in formulas.split(html.unescape(piece))
            )
    return "".join(out)


def is_blank(safe: str) -> bool:
    """Whether a reader would see nothing at all."""
    if "<img" in safe or "<audio" in safe:
        return False
    return not html.unescape(_TAG.sub("", safe)).replace("\xa0", " ").strip()


def media_names(*parts: str) -> tuple[str, ...]:
    """Names of the media that these pieces of HTML show, in order, each once."""
    return tuple(dict.fromkeys(name for part in parts for name in _SHOWN.findall(part)))
