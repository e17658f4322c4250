"""Canonical JSON: one byte string per value, so that what is signed is what is read.

Sorted keys, no spaces, UTF-8, whole numbers only. Reading refuses everything that writing would not have produced:
repeated keys, other spellings of a number or an escape, fractions, NaN, half surrogates, deep nesting, trailing bytes.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any, NoReturn

from app.domain.protocol_refusals import refuse

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 12
WHOLE_LIMIT = 2**63

_ALWAYS_FINE = (str, bool, type(None))
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


def dumps(value: Any) -> bytes:
    """The canonical bytes of a JSON value. Raises ValueError for what has none (a bug of the caller)."""
    _check(value, 0)
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def loads(data: bytes, *, limit: int = MAX_BYTES) -> dict[str, Any]:
    """The object whose canonical bytes `data` is; refuses `too-large` and `not-canonical`."""
    if len(data) > limit:
        raise refuse("too-large")
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_no_repeats,
            parse_float=_no_fraction,
            parse_constant=_no_fraction,
        )
        exact = isinstance(value, dict) and dumps(value) == data
    except (ValueError, RecursionError) as error:
        raise refuse("not-canonical") from error
    if not exact:
        raise refuse("not-canonical")
    found: dict[str, Any] = value
    return found


def encode(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of canonical base64url; ValueError for any other spelling of the same bytes."""
    if not _BASE64URL.fullmatch(text):
        raise ValueError("not base64url")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if encode(data) != text:
        raise ValueError("not canonical base64url")
    return data


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("repeated key")
    return found


def _no_fraction(text: str) -> NoReturn:
    raise ValueError(f"not a whole number: {text}")


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if type(value) in _ALWAYS_FINE:  # most of what is in a bundle
        return
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError("a key is no text")
            _check(item, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, int) and not isinstance(value, bool):
        if not -WHOLE_LIMIT <= value < WHOLE_LIMIT:
            raise ValueError("number out of range")
    elif not (value is None or isinstance(value, str | bool)):
        raise TypeError(f"no canonical form for {type(value).__name__}")
