"""The reading process: takes a file from standard input under hard limits and answers with items as JSON.

A hostile file may make a parser use memory or time without end; here that ends this process and nothing else. It opens
no network, writes no file, and holds no key.
"""

from __future__ import annotations

import json
import sys
from typing import Any

MEMORY_LIMIT = 1_200 * 1024 * 1024  # bytes of address space, of which libraries take about a third
CPU_LIMIT = 25  # seconds


def limit_resources() -> None:
    """Bound this process. Windows knows no such limits: there only the time limit of the starter holds."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT, CPU_LIMIT + 2))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def answer(file_format: str, data: bytes) -> dict[str, Any]:
    """The items of a file, or its refusal, as JSON-ready data."""
    from app.domain.refusals import Refusal

    from .formats import FileFormat, read_items
    from .items import items_to_wire

    try:
        return items_to_wire(read_items(FileFormat(file_format), data))
    except Refusal as refusal:
        return {
            "refusal": {
                "code": refusal.code,
                "cause": refusal.cause,
                "remedy": refusal.remedy,
                "status": refusal.status,
                "values": refusal.values,
            }
        }
    except (MemoryError, RecursionError):
        return {"too_heavy": True}


def main() -> None:
    """`python -m app.pusat.services.question_files.worker FORMAT < file`."""
    limit_resources()
    result = answer(sys.argv[1], sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(result).encode())
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
