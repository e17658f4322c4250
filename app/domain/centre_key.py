"""The centre's signing key as people copy it: 32 bytes and a check, in the alphabet that can also be typed.

A school's server that is told this text beforehand ("pinned") takes no other centre for its own, whoever answers at the
address. It is public; who reads it learns nothing he may not know.
"""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.domain.refusals import Refusal
from app.domain.typed_alphabet import BITS, VALUES, normalise, spell
from app.domain.wording import N_

KEY = 32  # bytes
CHECK = 3  # bytes
LENGTH = (KEY + CHECK) * 8 // BITS  # 56 characters
GROUP = 4


def as_text(key: bytes) -> str:
    """A raw public key (32 bytes) as 14 groups of 4 characters."""
    if len(key) != KEY:
        raise ValueError("a key has 32 bytes")
    characters = spell(int.from_bytes(key + _check(key), "big"), LENGTH)
    return "-".join(characters[at : at + GROUP] for at in range(0, LENGTH, GROUP))


def parse(typed: str) -> bytes:
    """The raw key of a typed text; refuses B-733 for one that is too long or too short, or whose check is wrong."""
    characters = normalise(typed)
    if len(characters) != LENGTH or not all(character in VALUES for character in characters):
        raise Refusal(
            "B-733",
            N_("Kunci pusat harus %(length)s huruf dan angka; di sini %(found)s yang dapat dibaca."),
            N_("Salin lagi seluruhnya dari pusat: guyub pusat key"),
            values={"length": LENGTH, "found": sum(character in VALUES for character in characters)},
        )
    number = 0
    for character in characters:
        number = number << BITS | VALUES[character]
    data = number.to_bytes(KEY + CHECK, "big")
    key = data[:KEY]
    if data[KEY:] != _check(key) or not _is_key(key):
        raise Refusal(
            "B-733",
            N_("Kunci pusat salah ketik: tanda pemeriksanya tidak cocok."),
            N_("Salin lagi seluruhnya dari pusat: guyub pusat key"),
        )
    return key


def _check(key: bytes) -> bytes:
    return hashlib.sha256(b"guyub centre key\0" + key).digest()[:CHECK]


def _is_key(key: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key)
    except ValueError:
        return False
    return True
