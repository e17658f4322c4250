"""Codes that are dictated by telephone: the offline release code and the activation code.

80 random bits as four groups of four characters, each followed by a check character: `7KQ2M-X4T9B-…`. The check is a
weighted sum over the field of 32 elements with another constant for each group, so a single wrong character, two
characters exchanged (anywhere in the group) and two groups exchanged are always noticed, and the group can be named.
Codes are secrets: this module never puts one into a refusal.
"""

from __future__ import annotations

import re
import secrets

from app.domain.protocol_refusals import refuse
from app.domain.sealing import RandomBytes
from app.domain.typed_alphabet import ALPHABET, BITS, VALUES, normalise, spell

SECRET = 10  # bytes
GROUPS = 4
DATA = 4  # characters of data in a group
GROUP = DATA + 1
LENGTH = GROUPS * GROUP

_REDUCTION = 0b100101  # x^5 + x^2 + 1


def new_code(random_bytes: RandomBytes = secrets.token_bytes) -> bytes:
    """A fresh code, 10 bytes."""
    return random_bytes(SECRET)


def format_code(code: bytes) -> str:
    """`code` (10 bytes) as people see it: `XXXXX-XXXXX-XXXXX-XXXXX`."""
    if len(code) != SECRET:
        raise ValueError("a code has 10 bytes")
    characters = spell(int.from_bytes(code, "big"), GROUPS * DATA)
    groups = [characters[place : place + DATA] for place in range(0, len(characters), DATA)]
    return "-".join(group + _check(group, index) for index, group in enumerate(groups))


def parse_code(typed: str) -> bytes:
    """The 10 bytes of a typed code; refuses `code-length` or `code-group` (values: `groups`, counted from 1)."""
    wrong = wrong_groups(typed)
    if wrong:
        raise refuse("code-group", groups=", ".join(map(str, wrong)))
    number = 0
    for group in _split(normalise(typed)):
        for character in group[:DATA]:
            number = number << BITS | VALUES[character]
    return number.to_bytes(SECRET, "big")


def wrong_groups(typed: str) -> list[int]:
    """The groups (1 to 4) that hold a mistake; refuses `code-length` if it cannot be told where one is missing."""
    characters = normalise(typed)
    if len(characters) != LENGTH:
        parts = [normalise(part) for part in re.split(r"[\s\-–—]+", typed.strip())]
        if len(parts) == GROUPS and any(len(part) == GROUP for part in parts):
            return [place for place, part in enumerate(parts, 1) if len(part) != GROUP or not _fits(part, place - 1)]
        raise refuse("code-length", expected=LENGTH, found=len(characters))
    return [place for place, group in enumerate(_split(characters), 1) if not _fits(group, place - 1)]


def _split(characters: str) -> list[str]:
    return [characters[place : place + GROUP] for place in range(0, LENGTH, GROUP)]


def _fits(group: str, index: int) -> bool:
    return all(character in VALUES for character in group) and _check(group[:DATA], index) == group[DATA]


def _check(data: str, index: int) -> str:
    total = index + 1
    for place, character in enumerate(data, 1):
        total ^= _times(VALUES[character], _power(place))
    return ALPHABET[total]


def _times(left: int, right: int) -> int:
    product = 0
    while right:
        if right & 1:
            product ^= left
        left <<= 1
        if left & 32:
            left ^= _REDUCTION
        right >>= 1
    return product


def _power(exponent: int) -> int:
    value = 1
    for _ in range(exponent):
        value = _times(value, 2)
    return value
