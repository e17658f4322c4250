"""Finds texts to translate in Python files, also where a rule may not call the translator.

Taken are the texts of `_`, `gettext`, `lazy_gettext`, `ngettext` and `N_`; cause and remedy of a `Refusal`; label and
group of a `NavItem`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import IO, Any

# name of the call → places of its texts, by position and by keyword
TEXTS: dict[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
    "_": ((0,), ()),
    "gettext": ((0,), ()),
    "lazy_gettext": ((0,), ()),
    "N_": ((0,), ()),
    "Refusal": ((1, 2), ("cause", "remedy")),
    "NavItem": ((0, 3), ("label", "group")),
}
Message = tuple[int, str | None, Any, list[str]]


def extract(file: IO[bytes], keywords: object, comment_tags: object, options: object) -> Iterator[Message]:  # noqa: ARG001 - Babel's signature
    """Every text of the file, as Babel's extractors give them: line, function, text(s), comments."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call):
            yield from _texts_of(node)


def _texts_of(call: ast.Call) -> Iterator[Message]:
    name = str(getattr(call.func, "id", getattr(call.func, "attr", "")))
    if name == "ngettext":
        forms = tuple(text for text in map(_constant, call.args[:2]) if text)
        if len(forms) == 2:
            yield call.lineno, "ngettext", forms, []
        return
    positions, keywords = TEXTS.get(name, ((), ()))
    places = [call.args[position] for position in positions if position < len(call.args)]
    places += [keyword.value for keyword in call.keywords if keyword.arg in keywords]
    for place in places:
        text = _constant(place)
        if text:
            yield place.lineno, None, text, []


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
