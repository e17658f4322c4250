"""Numbers as people and programs write them in answer keys: decimal comma or point, tolerance, ranges.

Amounts are computed in decimals and rounded to a float once, so that 3.141..3.142 means
3.1415 ± 0.0005 and not nearly so.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from app.domain.wording import N_

from .problems import Problem

_NUMBER = r"[-+−]?(?:\d{1,30}(?:[.,]\d{0,30})?|[.,]\d{1,30})(?:[eE][-+]?\d{1,3})?"
_TOLERANCE = re.compile(rf"({_NUMBER})\s*(?::|±|\+/-|\+-)\s*({_NUMBER})")
_CLEAR = re.compile(r"[-+−]?(?:0|[1-9]\d{0,14})(?:[.,]\d{1,12})?")
_THOUSANDS = re.compile(r"[-+−]?[1-9]\d{0,2}(?:\.\d{3})+")


def decimal(text: str) -> Decimal:
    """One number. Raises Problem."""
    try:
        value = Decimal(text.strip().replace("−", "-").replace(",", "."))
    except InvalidOperation as error:
        raise Problem(N_("“%(text)s” bukan angka."), text=text.strip()[:60]) from error
    if not value.is_finite() or abs(value) > Decimal("1e100"):
        raise Problem(N_("“%(text)s” bukan angka."), text=text.strip()[:60])
    return value


def number_range(text: str) -> tuple[float, float]:
    """`4`, `3,14:0,01`, `3.14 ± 0.01` or `1..5` as (number, tolerance); both ends of a range count. Raises Problem."""
    text = text.strip()
    low_high = re.fullmatch(rf"({_NUMBER})\s*\.\.\s*({_NUMBER})", text)
    if low_high:
        low, high = decimal(low_high[1]), decimal(low_high[2])
        if low > high:
            raise Problem(N_("Rentang “%(text)s” terbalik."), text=text[:60])
        return float((low + high) / 2), float((high - low) / 2)
    if match := _TOLERANCE.fullmatch(text):
        return float(decimal(match[1])), float(abs(decimal(match[2])))
    if not re.fullmatch(_NUMBER, text):
        raise Problem(N_("“%(text)s” bukan angka."), text=text[:60])
    return float(decimal(text)), 0.0


def clear_number(text: str) -> float | None:
    """The number that a short answer surely is (a code with leading zeros or `1.250` is not), else None."""
    if _THOUSANDS.fullmatch(text) or not _CLEAR.fullmatch(text):
        return None
    return float(decimal(text))
