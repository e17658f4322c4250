"""Reads JSON from outside without the leniency of Python's own reader.

Refused with cause and remedy: more bytes than allowed, text that is not UTF-8, a name that stands twice in one object,
NaN and Infinity, numbers no other program would read alike, and nesting deeper than any message of ours.
"""

from __future__ import annotations

import json
import math
from typing import Any

from app.domain.refusals import Refusal
from app.domain.wording import N_

DEEPEST = 8  # levels of objects and lists; the deepest message of ours has five
LONGEST_NUMBER = 20  # digits of a whole number


def parse_json_strictly(raw: bytes, max_bytes: int) -> Any:
    """The value `raw` holds. Refuses S-120 (400, unreadable), S-121 (413, more than `max_bytes`), S-128 (400, deep)."""
    if len(raw) > max_bytes:
        raise Refusal(
            "S-121",
            N_("Kiriman terlalu besar: %(given)s bita, paling banyak %(most)s."),
            N_("Kirim lebih sedikit sekaligus, atau persingkat jawaban yang panjang."),
            status=413,
            values={"given": len(raw), "most": max_bytes},
        )
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_whole,
        )
    except RecursionError:
        raise _too_deep() from None
    except ValueError:  # covers what json, the decoder and the checks below raise
        raise Refusal(
            "S-120",
            N_("Kiriman tidak dapat dibaca."),
            N_("Muat ulang halaman, lalu coba lagi. Jika tetap terjadi, laporkan kode ini kepada proktor."),
        ) from None
    if raw.count(b"{") + raw.count(b"[") > DEEPEST and _depth_exceeds(value, DEEPEST):
        raise _too_deep()
    return value


def _too_deep() -> Refusal:
    return Refusal(
        "S-128",
        N_("Kiriman bersusun terlalu dalam."),
        N_("Muat ulang halaman, lalu coba lagi. Jika tetap terjadi, laporkan kode ini kepada proktor."),
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("the number is too large")
    return number


def _whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("the number is too long")
    return int(text)


def _depth_exceeds(value: object, most: int) -> bool:
    level = [value]
    for _ in range(most + 1):
        inner: list[object] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        if not any(isinstance(item, dict | list) for item in level):
            return False
        level = inner
    return True
