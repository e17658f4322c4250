"""Files of the exchange tree as the centre hands them out: `servers/`, `payloads/` and `receipts/`, nothing else.

What lies there is signed, sealed or boxed, so anyone may copy it and any mirror serve it. No database is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.domain.protocol_refusals import ProtocolRefusal, refuse
from app.sync import exchange

SERVED = ("servers/", "payloads/", "receipts/")


@dataclass(frozen=True)
class ServedFile:
    """A file to be sent. `etag` changes with its bytes; `immutable` is named by them."""

    path: Path
    etag: str
    immutable: bool


def find_file(root: Path, path: str) -> ServedFile:
    """The file of this tree path; refuses `not-found` (404) for all that is not served or not there."""
    missing = refuse("not-found", path=path[:100])
    missing.status = 404
    if not path.startswith(SERVED):
        raise missing
    try:
        place = exchange.locate(root, path)
        state = place.stat()
    except (ProtocolRefusal, OSError, ValueError) as error:
        raise missing from error
    immutable = path.startswith("payloads/")
    return ServedFile(place, place.stem if immutable else f"{state.st_mtime_ns:x}-{state.st_size:x}", immutable)
