"""Files of the exchange tree as the centre hands them out: `servers/`, `payloads/` and `receipts/`, nothing else.

What lies there is signed, sealed or boxed, so anyone may copy it and any mirror serve it. The database is asked only
where the tree is shared by several hosts, and not for a payload that lies on this one already.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from app.domain.protocol_refusals import ProtocolRefusal, refuse
from app.pusat.services import stored_files, tree
from app.pusat.services.workplace import Workplace
from app.sync import exchange

SERVED = ("servers/", "payloads/", "receipts/")


@dataclass(frozen=True)
class ServedFile:
    """A file to be sent. `etag` changes with its bytes; `immutable` is named by them."""

    content: Path | io.BytesIO
    etag: str
    immutable: bool


def find_file(place: Workplace, path: str) -> ServedFile:
    """The file of this tree path; refuses `not-found` (404) for all that is not served or not there."""
    missing = refuse("not-found", path=path[:100])
    missing.status = 404
    if not path.startswith(SERVED):
        raise missing
    try:
        found = exchange.locate(place.exchange_dir, path)
        if path.startswith("payloads/"):
            return _payload(place, path, found)
        if place.shared:
            return _shared(place, path)
        state = found.stat()
    except (ProtocolRefusal, OSError, ValueError) as error:
        raise missing from error
    return ServedFile(found, f"{state.st_mtime_ns:x}-{state.st_size:x}", immutable=False)


def _payload(place: Workplace, path: str, found: Path) -> ServedFile:
    if place.shared and not found.is_file():
        with place.look() as session:
            tree.fetch_to_disk(place, session, path)
    if not found.is_file():
        raise FileNotFoundError(path)
    return ServedFile(found, found.stem, immutable=True)


def _shared(place: Workplace, path: str) -> ServedFile:
    with place.look() as session:
        known = stored_files.find(session, path)
        data = stored_files.read(session, path)
    if known is None or data is None:
        raise FileNotFoundError(path)
    return ServedFile(io.BytesIO(data), known.sha256, immutable=False)
