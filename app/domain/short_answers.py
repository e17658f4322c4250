"""Compares a short answer (Isian Singkat) with the accepted ones as a fair reader would: by what is meant, not typed.

Text: spaces, letter form (NFKC) and, unless the question says otherwise, case do not matter. Numbers: decimal comma
or point, Indonesian thousands (1.250.000), and the tolerance of the key. It knows no units, sums or wildcards.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from app.domain.questions import Answer

LONGEST = 500  # characters; nothing longer is compared

_SIGN = r"[+-]?"
_POINT_OR_COMMA = re.compile(rf"({_SIGN})(\d*)(?:[.,](\d*))?(?:[eE]({_SIGN}\d{{1,2}}))?")
_GROUPED = re.compile(rf"({_SIGN})(\d{{1,3}}(?:([. ,'])\d{{3}})(?:\3\d{{3}})*)(?:([.,])(\d+))?")
_MINUS = str.maketrans({"−": "-", "–": "-", "‒": "-", "﹣": "-"})
_QUOTES = str.maketrans({"‘": "'", "’": "'", "ʼ": "'", "“": '"', "”": '"', "‐": "-", "‑": "-"})


def share_of_short_answer(accepted: Iterable[Answer], given: str, case_sensitive: bool = False) -> float:
    """The weight of the best accepted answer that `given` matches, 0.0 if none does."""
    if len(given) > LONGEST:
        return 0.0
    return max((answer.weight for answer in accepted if _matches(answer, given, case_sensitive)), default=0.0)


def _matches(answer: Answer, given: str, case_sensitive: bool) -> bool:
    if answer.number is not None:
        # Room for the error of binary fractions, so that 0.1 plus or minus 0.2 takes 0.3.
        room = answer.tolerance + 1e-9 * max(1.0, abs(answer.number))
        return any(abs(number - answer.number) <= room for number in numbers_meant(given))
    if answer.text is None:
        return False
    if normal_text(answer.text, case_sensitive) == normal_text(given, case_sensitive):
        return True
    if _is_a_code(answer.text):
        return False
    return bool(numbers_meant(answer.text) & numbers_meant(given))


def normal_text(text: str, case_sensitive: bool = False) -> str:
    """`text` in the form in which two answers are compared."""
    plain = " ".join(unicodedata.normalize("NFKC", text).translate(_QUOTES).split())
    # casefold may undo the normal form, hence once more
    return plain if case_sensitive else unicodedata.normalize("NFKC", plain.casefold())


def numbers_meant(text: str) -> frozenset[float]:
    """Every number `text` can stand for: "1.250" may be 1250 (thousands) or 1.25 (a point); empty if it is none."""
    plain = " ".join(unicodedata.normalize("NFKC", text).translate(_MINUS).split())
    plain = re.sub(r"^([+-]) ", r"\1", plain)
    if len(plain) > 40 or not any("0" <= character <= "9" for character in plain) or not plain.isascii():
        return frozenset()
    found = {_plain_number(plain), _grouped_number(plain)} - {None}
    return frozenset(number for number in found if number is not None)


def _plain_number(text: str) -> float | None:
    match = _POINT_OR_COMMA.fullmatch(text)
    if not match or not (match[2] or match[3]):
        return None
    return float(f"{match[1]}{match[2] or 0}.{match[3] or 0}e{match[4] or 0}")


def _grouped_number(text: str) -> float | None:
    match = _GROUPED.fullmatch(text)
    if not match or match[3] == match[4]:
        return None
    if match[3] == "," and match[4] is None and match[2].count(",") == 1:
        return None  # in Indonesia a single comma is the decimal one
    whole = match[2].replace(match[3], "")
    return float(f"{match[1]}{whole}.{match[5] or 0}")


def _is_a_code(text: str) -> bool:
    """Whether leading zeros matter: 007 is no number to be compared by value."""
    return bool(re.match(r"\s*0\d", text))
