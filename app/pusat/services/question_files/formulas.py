r"""Formulas: finds `$...$`, `\(...\)`, `$$...$$` and `\[...\]` in text and sets them as KaTeX HTML with MathML inside.

KaTeX runs here on the server, in an interpreter without files or network and with bounds on memory and time, so that a
student's browser needs no script. What KaTeX cannot set is refused with the formula in question. Amounts of money are
left alone.
"""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import quickjs

from app.domain.wording import N_

from .problems import Problem

KATEX = Path(__file__).resolve().parents[3] / "static" / "vendor" / "katex" / "katex.min.js"
MEMORY_LIMIT = 96 * 1024 * 1024  # bytes
TIME_LIMIT = 2.0  # seconds for one formula
LONGEST_FORMULA = 5_000  # characters
LARGEST_RESULT = 400_000  # characters of HTML

_RENDER = """
function render(tex, display) {
  return [katex.renderToString(tex, {displayMode: display, output: 'htmlAndMathml', throwOnError: true,
    strict: 'ignore', trust: false, maxSize: 20, maxExpand: 500})].join('');
}
"""
_CANDIDATE = re.compile(
    r"(?P<escaped>\\\$)"
    rf"|\$\$(?P<block>[^$]{{1,{LONGEST_FORMULA}}}?)\$\$"
    rf"|\\\[(?P<bracket>.{{1,{LONGEST_FORMULA}}}?)\\\]"
    rf"|\\\((?P<inline>.{{1,{LONGEST_FORMULA}}}?)\\\)"
    rf"|\$(?P<dollar>(?:\\.|[^$\\]){{1,{LONGEST_FORMULA}}})\$(?!\d)",
    re.DOTALL,
)
_OUTSIDE = re.compile(
    r"\\(?:html[A-Za-z]*|href|url|includegraphics)(?![A-Za-z])"
)  # KaTeX would show their names in red
_MARKUP = re.compile(r"[\\^_{]")
_MONEY = re.compile(r"\d[\d.,]*[\s,;.:\-–—/(]+.*[A-Za-z]{2,}|\d[\d.,]*\s*[-–—/]?\s*$|\d[\d.,]*\s+[A-Za-z]", re.DOTALL)
_PROSE = re.compile(r"[^\W\d_]{2,}\s+[^\W\d_]{2,}\s+[^\W\d_]{2,}")


class _Contexts(threading.local):
    """One interpreter per thread: it must not move between threads, and loading KaTeX costs 20 ms."""

    context: quickjs.Context | None = None


_contexts = _Contexts()


def _context() -> quickjs.Context:
    if _contexts.context is None:
        context = quickjs.Context()
        context.set_memory_limit(MEMORY_LIMIT)
        context.eval(KATEX.read_text(encoding="utf-8"))
        context.eval(_RENDER)
        context.set_time_limit(TIME_LIMIT)
        _contexts.context = context
    return _contexts.context


@functools.lru_cache(maxsize=2048)
def render(tex: str, *, display: bool) -> str:
    """KaTeX HTML of one formula. Raises Problem if it cannot be set within the limits."""
    shown = tex if len(tex) <= 80 else tex[:77] + "…"
    if found := _OUTSIDE.search(tex):
        text = N_("Rumus “%(formula)s” memakai %(command)s, yang tidak diizinkan.")
        raise Problem(text, formula=shown, command=found[0])
    try:
        result = _context().get("render")(tex, display)
    except (quickjs.JSException, quickjs.StackOverflow, TypeError, ValueError) as error:
        said = str(error).partition("\n")[0]
        if "KaTeX parse error" not in said:
            _contexts.context = None  # out of memory or time: start over with a clean one
            raise Problem(
                N_("Rumus “%(formula)s” terlalu berat untuk digambar. Sederhanakan."), formula=shown
            ) from error
        reason = said.partition("KaTeX parse error: ")[2]
        raise Problem(
            N_("Rumus “%(formula)s” tidak terbaca (%(reason)s). Perbaiki penulisan LaTeX-nya."),
            formula=shown,
            reason=reason[:160],
        ) from error
    if len(result) > LARGEST_RESULT:
        raise Problem(N_("Rumus “%(formula)s” terlalu berat untuk digambar. Sederhanakan."), formula=shown)
    return str(result)


def is_formula(content: str) -> bool:
    """Whether what stands between two single dollar signs is mathematics and not money or prose."""
    body = content.strip()
    if not body:
        return False
    if _MARKUP.search(body):
        return "\\" in body or not _PROSE.search(body)
    if content != content.strip():
        return len(body) == 1 and body.isalpha()
    return not (_PROSE.search(body) or (_MONEY.match(body) and not body.replace(",", "").replace(".", "").isdigit()))


def split(text: str) -> Iterator[tuple[str, str]]:
    """Cut `text` into pieces ("text" | "inline" | "display", content) in order; `\\$` becomes a plain dollar sign."""
    position = plain_from = 0
    while match := _CANDIDATE.search(text, position):
        kind = match.lastgroup or "escaped"
        if kind == "dollar" and not is_formula(match[kind]):
            position = match.start() + 1
            continue
        if match.start() > plain_from:
            yield "text", text[plain_from : match.start()]
        if kind == "escaped":
            yield "text", "$"
        else:
            yield ("display" if kind in ("block", "bracket") else "inline"), match[kind].replace("\xa0", " ")
        position = plain_from = match.end()
    if plain_from < len(text):
        yield "text", text[plain_from:]
