"""The process that unpacks a stranger's workbook under hard limits and answers with its cells as JSON.

It imports neither the web nor the database: it must start fast, and holds nothing worth stealing.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from app.domain.refusals import Refusal
from app.pusat.services.participant_columns import PARTICIPANTS, Words
from app.pusat.services.question_files.worker import limit_resources
from app.pusat.services.sheet_tables import CellKind, RawCell, RawTable, read_xlsx_table


def to_wire(table: RawTable) -> dict[str, Any]:
    """JSON-ready form of a table."""
    return {**asdict(table), "rows": [[n, {k: [c.kind, c.text] for k, c in row.items()}] for n, row in table.rows]}


def from_wire(data: dict[str, Any]) -> RawTable:
    """Read `to_wire` output back."""
    rows = [(n, {k: RawCell(CellKind(kind), text) for k, (kind, text) in row.items()}) for n, row in data["rows"]]
    columns = {name: (letter, heading) for name, (letter, heading) in data["columns"].items()}
    return RawTable(**{**data, "rows": rows, "columns": columns})


def main(words: Words = PARTICIPANTS) -> None:
    """`python -m app.pusat.services.sheet_worker < book.xlsx`: the table, or its refusal, on standard output."""
    limit_resources()
    try:
        result = to_wire(read_xlsx_table(sys.stdin.buffer.read(), words))
    except Refusal as refusal:
        told = {"code": refusal.code, "cause": refusal.cause, "remedy": refusal.remedy, "values": refusal.values}
        result = {"refusal": told}
    sys.stdout.buffer.write(json.dumps(result).encode())


if __name__ == "__main__":
    main()
