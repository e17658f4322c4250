"""The 32 characters that people read out and type: digits and capitals without I, L, O and U.

What is typed is read kindly: any case, full-width letters, spaces, dashes and dots between, O for 0, I or L for 1.
Nothing else is guessed.
"""

from __future__ import annotations

import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 5
LONGEST_TYPED = 200  # characters looked at; the rest of a pasted megabyte is not

VALUES = {character: value for value, character in enumerate(ALPHABET)}
_CONFUSED = str.maketrans({"O": "0", "I": "1", "L": "1"})
_IGNORED = frozenset("-.,_/\u00ad\u200b\u200c\u200d\u2060\ufeff")


def normalise(typed: str) -> str:
    """`typed` in capitals without separators; characters outside the alphabet stay, so that they can be refused."""
    folded = unicodedata.normalize("NFKC", typed[:LONGEST_TYPED]).upper().translate(_CONFUSED)
    return "".join(character for character in folded if not _separates(character))


def spell(number: int, length: int) -> str:
    """The lowest `5 * length` bits of `number`, most significant first."""
    return "".join(ALPHABET[(number >> (BITS * place)) & 31] for place in reversed(range(length)))


def _separates(character: str) -> bool:
    return character in _IGNORED or character.isspace() or unicodedata.category(character) == "Pd"
