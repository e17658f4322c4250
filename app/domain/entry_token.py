"""The entry token: six characters that open the door of a sitting for a quarter of an hour.

HMAC-SHA256 under a key derived from R, over the number of the quarter of an hour; the school and the centre compute the
same without asking each other. It is a door and not a key: it opens no package, and guesses are limited by the caller.
"""

from __future__ import annotations

import hashlib
import hmac

from app.domain.typed_alphabet import normalise, spell

LENGTH = 6
QUARTER_MS = 15 * 60 * 1000


def current_token(key: bytes, exam_ms: int) -> tuple[str, int]:
    """The token of this quarter of an hour, and the exam time in milliseconds at which the next one replaces it.

    A replaced token is still accepted for one more quarter. `exam_ms` counts from the epoch; `key` has 32 bytes.
    """
    quarter = exam_ms // QUARTER_MS
    return _token(key, quarter), (quarter + 1) * QUARTER_MS


def accepts(key: bytes, typed: str, exam_ms: int) -> bool:
    """Whether `typed` is the current or the previous token. Takes the same time for every wrong guess."""
    guess = normalise(typed).encode("utf-8", "replace")
    quarter = exam_ms // QUARTER_MS
    current = hmac.compare_digest(guess, _token(key, quarter).encode())
    previous = hmac.compare_digest(guess, _token(key, quarter - 1).encode())
    return current or previous


def _token(key: bytes, quarter: int) -> str:
    digest = hmac.new(key, b"guyub entry token 1" + quarter.to_bytes(8, "big", signed=True), hashlib.sha256).digest()
    return spell(int.from_bytes(digest[:4], "big") >> 2, LENGTH)
