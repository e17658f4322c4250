"""Students' passwords: made by us, for one exam, checked by a keyed hash (ADR 0003).

The key (the pepper) is derived from R and is not at the school before release, so a stolen disk offers nothing to try
guesses on. It refuses to be used for passwords that people choose: those need a slow hash, and live elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from app.domain.boxing import context
from app.domain.sealing import RandomBytes
from app.domain.typed_alphabet import BITS, normalise, spell

LENGTH = 8  # characters of 5 bits each


def new_password(random_bytes: RandomBytes = secrets.token_bytes) -> str:
    """Eight characters, 40 random bits."""
    return spell(int.from_bytes(random_bytes(LENGTH * BITS // 8), "big"), LENGTH)


def verifier(pepper: bytes, sitting: str, number: str, password: str) -> bytes:
    """What is stored instead of a password: 32 bytes, bound to the sitting and the participant's number."""
    message = context("login", sitting, number) + b"\0" + normalise(password).encode("utf-8", "replace")
    return hmac.new(pepper, message, hashlib.sha256).digest()


def matches(expected: bytes, pepper: bytes, sitting: str, number: str, password: str) -> bool:
    """Whether `password`, as typed, is the participant's. Constant time; costs microseconds."""
    return hmac.compare_digest(expected, verifier(pepper, sitting, number, password))
