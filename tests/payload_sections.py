"""All sections of a small payload in memory, as tests compare them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from app.domain.payloads import Section, read_payload


def read_all(stream: BinaryIO) -> dict[str, bytes]:
    """Name → bytes, read as a school reads them."""
    found: dict[str, bytes] = {}

    def keep(section: Section, pieces: Iterator[bytes]) -> None:
        found[section.name] = b"".join(pieces)

    read_payload(stream, keep)
    return found
