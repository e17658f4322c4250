"""The audit log as a hash chain: each row's hash covers the row and the hash before it.

Whoever edits the table (with all rights on the machine) breaks the chain at a row that `verify` names, as long as one
anchor is kept elsewhere: the genesis hash is bound to the server, the head is sent at every sync and printed on the
minutes. A chain cannot show what was never written, nor undo an edit.

What is written about people goes through `neutralise` before it is printed or exported.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.domain import canonical

_LABEL = b"guyub audit 1\n"
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_JOINERS = "\u200c\u200d"  # invisible, but part of names in some scripts


@dataclass(frozen=True)
class Entry:
    """One row as it is hashed. `at` is an aware time; `detail` holds text, whole numbers, booleans, lists, objects."""

    number: int  # 1, 2, 3 … without a gap
    at: datetime
    actor: str
    event: str
    subject: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class ChainedEntry:
    """A row as it is stored: the entry, the hash before it and its own."""

    entry: Entry
    previous: bytes
    hash: bytes


@dataclass(frozen=True)
class Anchor:
    """A head that was seen earlier: the chain must hold this hash at this number, or have been altered."""

    number: int
    hash: bytes


@dataclass(frozen=True)
class Break:
    """The first row at which a chain does not hold, and why (one of the texts below)."""

    number: int
    reason: str


NUMBER_MISSING = "number-missing"  # rows in front of this one, or between, are gone
NOT_LINKED = "not-linked"  # the row does not follow from the one before it
CHANGED = "changed"  # the row's content is not what was hashed
HEAD_MISSING = "head-missing"  # the chain ends before a head that was anchored
HEAD_DIFFERS = "head-differs"  # the row at an anchor's number is not the anchored one


def genesis_hash(server: str) -> bytes:
    """What stands before the first row of the log of `server` (its id; any text for a centre)."""
    return hashlib.sha256(_LABEL + b"genesis\n" + server.encode("utf-8")).digest()


def entry_hash(previous: bytes, entry: Entry) -> bytes:
    """The 32-byte hash of `entry` after a row with the hash `previous`. Raises ValueError for a time without a zone.

    Raises ValueError or TypeError for detail that has no canonical form (fractions, NaN, other objects).
    """
    if entry.at.tzinfo is None:
        raise ValueError("an audit entry needs an aware time")
    body = canonical.dumps(
        {
            "number": entry.number,
            "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": entry.actor,
            "event": entry.event,
            "subject": entry.subject,
            "detail": entry.detail,
        }
    )
    return hashlib.sha256(_LABEL + previous + body).digest()


def chain(previous: bytes, entry: Entry) -> ChainedEntry:
    """`entry` ready to be stored after the row with the hash `previous`."""
    return ChainedEntry(entry, previous, entry_hash(previous, entry))


def verify(entries: Iterable[ChainedEntry], genesis: bytes, anchors: Iterable[Anchor] = ()) -> Break | None:
    """The first break of a whole chain, given in order; None if it holds and contains every anchor.

    Without an anchor, rows cut off at the end go unnoticed: pass the last head known elsewhere.
    """
    waiting = {anchor.number: anchor.hash for anchor in anchors}
    previous, number = genesis, 0
    if waiting.pop(0, genesis) != genesis:
        return Break(0, HEAD_DIFFERS)
    for row in entries:
        number += 1
        reason = _fault(row, number, previous)
        if reason is None and waiting.pop(number, row.hash) != row.hash:
            reason = HEAD_DIFFERS
        if reason is not None:
            return Break(number, reason)
        previous = row.hash
    return Break(number + 1, HEAD_MISSING) if waiting else None


def _fault(row: ChainedEntry, number: int, previous: bytes) -> str | None:
    if row.entry.number != number:
        return NUMBER_MISSING
    if row.previous != previous:
        return NOT_LINKED
    try:
        expected = entry_hash(previous, row.entry)
    except (TypeError, ValueError):  # an edit by hand may leave what could never have been written
        return CHANGED
    return None if row.hash == expected else CHANGED


def neutralise(text: str) -> str:
    """`text` on one line and harmless in a spreadsheet: no control or direction characters, no formula at its start.

    A text a spreadsheet would compute gets an apostrophe in front, which spreadsheets show as text.
    """
    kept = "".join(_harmless(character) for character in text)
    line = " ".join(kept.split())
    return f"'{line}" if line.startswith(_FORMULA_STARTS) else line


def _harmless(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf" and character not in _JOINERS:  # direction overrides, zero width
        return ""
    # control characters, half surrogates, line and paragraph separators
    return " " if category in {"Cc", "Cs", "Zl", "Zp"} else character
