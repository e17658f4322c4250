"""What went wrong, kept in a row of the database so that everyone reads it later in their own language.

A row holds the source text with its values, not the finished sentence. What does not fit into a row, and what an
earlier version kept, is a finished sentence and is told as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from app.domain.refusals import Refusal

LONGEST = 500  # characters of a row
_MARK = "["


def keep(refusal: Refusal) -> tuple[str, str]:
    """Cause (with its code) and remedy of a refusal, to be stored."""
    return _pack(refusal.cause, refusal.values, refusal.code), _pack(refusal.remedy, refusal.values, "")


def tell(stored: str, translate: Callable[[str], str] = str) -> str:
    """What was stored, as a sentence; without `translate` in the source language."""
    text, values, code = parts(stored)
    told = translate(text) if text else ""
    told = told % values if values else told
    return f"{told} ({code})" if code else told


def parts(stored: str) -> tuple[str, dict[str, Any], str]:
    """Source text, values and code of what was stored."""
    if stored.startswith(_MARK):
        text, values, code = json.loads(stored)
        return str(text), dict(values), str(code)
    return stored, {}, ""


def _pack(text: str, values: dict[str, Any], code: str) -> str:
    plain = {name: value if isinstance(value, int) else str(value) for name, value in values.items()}
    packed = json.dumps([text, plain, code], ensure_ascii=False)
    if len(packed) <= LONGEST:
        return packed
    return (text % values if values else text)[:LONGEST].lstrip(_MARK)
