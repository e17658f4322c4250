"""Marks of change: every write to an attempt puts a newer one into its row, so that a reader can ask for what is new.

A reader remembers `Horizon()` before it reads rows; whatever is committed later carries a mark at or above it, in
whatever order transactions end. It then asks for rows with `changed >= horizon`. A row may be read twice, none is
missed. SQLite lets one transaction write at a time, so the next number of the sitting does; PostgreSQL marks with the
number of the transaction, and its horizon is the oldest transaction still running.

SQLAlchemy adds the mark to every UPDATE of an attempt by itself. A statement written as text must set
`changed = ` to `next_mark(dialect)`. Marks of a sitting go back only when its roster is replaced with a newer version.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_NEWEST = "(SELECT coalesce(max(marked.changed), 0) + 1 FROM attempt AS marked WHERE marked.sitting_id = {sitting})"


class NextMark(FunctionElement[int]):
    """The mark of this write, inside an INSERT or UPDATE of `attempt`."""

    inherit_cache = True
    type = BigInteger()


class Horizon(FunctionElement[int]):
    """No later commit carries a mark below this; inside a SELECT from `held_sitting`."""

    inherit_cache = True
    type = BigInteger()


def next_mark(dialect: str) -> str:
    """SQL for the mark of this write; `dialect` is the engine's name."""
    return _NEWEST.format(sitting="attempt.sitting_id") if dialect == "sqlite" else "txid_current()"


@compiles(NextMark)
def _compile_next_mark(_element: NextMark, compiler: Any, **_options: object) -> str:
    return next_mark(compiler.dialect.name)


@compiles(Horizon)
def _compile_horizon(_element: Horizon, compiler: Any, **_options: object) -> str:
    if compiler.dialect.name == "sqlite":
        return _NEWEST.format(sitting="held_sitting.id")
    return "txid_snapshot_xmin(txid_current_snapshot())"
