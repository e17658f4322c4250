"""Numbers of rows in addresses: what no database could hold is no address, instead of a fault inside a query."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**31 - 1


class RowNumber(IntegerConverter):
    """`<row:bank_id>`: a whole number that fits a key."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:  # noqa: A002 - the name is Werkzeug's
        super().__init__(map, *args, **{"max": LARGEST, **kwargs})
