"""What lies inside a sealed payload: the paper file, its media and the login sheet, as named sections.

    "guyub-payload 1\\n", length of the table (32 bit), the table (canonical JSON), the sections' bytes in its order

The table gives name, size and SHA-256 of each section. Refused are names of any other form, repeated names, a hash or a
size that differs, and a byte too many. A paper with any field a student has no use for (an answer key above all) is
refused when the payload is written.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, BinaryIO, ClassVar

from app.domain import canonical
from app.domain.protocol_refusals import refuse
from app.domain.records import Between, Document, Pattern, Sha256, from_body, to_body
from app.domain.sealing import read_fully

MAGIC = b"guyub-payload 1\n"
LOGINS = "logins.json"
MAX_TABLE = 4 * 1024 * 1024
PIECE = 64 * 1024

SectionName = Annotated[str, Pattern(r"papers/[0-9a-f]{64}\.json|media/[0-9a-f]{64}\.[a-z0-9]{1,5}|logins\.json")]

_PAPER_FIELDS = frozenset({"schema", "title", "subject", "questions", "stimuli", "media"})
_QUESTION_FIELDS = frozenset(
    {"id", "type", "stem", "stimulus", "options", "columns", "rows", "shuffle", "audio_plays"},
)
_PART_FIELDS = frozenset({"id", "html"})


@dataclass(frozen=True)
class Section:
    """One named part. The paper's bytes are gzipped JSON, those of media as they are."""

    name: SectionName
    size: Annotated[int, Between(0, 2**40)]
    sha256: Sha256


@dataclass(frozen=True)
class Table(Document):
    """The table of contents."""

    KIND: ClassVar[str] = "payload"
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Source:
    """A section and where its bytes come from: `open_bytes` gives a fresh readable at each call."""

    section: Section
    open_bytes: Callable[[], BinaryIO]


Keep = Callable[[Section, Iterator[bytes]], None]


def paper_name(sha256: str) -> str:
    """The section of the paper file served as `/papers/<sha256>.json`."""
    return f"papers/{sha256}.json"


def media_name(file_name: str) -> str:
    """The section of the media file served as `/media/<sha256>.<ext>`."""
    return f"media/{file_name}"


def source(name: str, open_bytes: Callable[[], BinaryIO]) -> Source:
    """A source measured by reading it once."""
    digest, size = hashlib.sha256(), 0
    with open_bytes() as stream:
        while piece := stream.read(PIECE):
            digest.update(piece)
            size += len(piece)
    return Source(Section(name, size, digest.hexdigest()), open_bytes)


def source_of(name: str, data: bytes) -> Source:
    """A source that holds its bytes in memory."""
    return source(name, lambda: io.BytesIO(data))


def payload_chunks(sources: Sequence[Source]) -> Iterator[bytes]:
    """The bytes of a payload, piece by piece. Refuses `key-in-paper`; ValueError if a source changed meanwhile."""
    table = canonical.dumps(to_body(Table(tuple(item.section for item in sources))))
    for item in sources:
        if item.section.name.startswith("papers/"):
            _check_paper(item)
    yield MAGIC + len(table).to_bytes(4, "big") + table
    for item in sources:
        digest = hashlib.sha256()
        with item.open_bytes() as stream:
            while piece := stream.read(PIECE):
                digest.update(piece)
                yield piece
        if digest.hexdigest() != item.section.sha256:
            raise ValueError(f"{item.section.name} changed while it was being sealed")


def payload_stream(sources: Sequence[Source]) -> BinaryIO:
    """The same bytes as a readable stream."""
    return io.BufferedReader(_Pieces(payload_chunks(sources)), PIECE)


def read_payload(stream: BinaryIO, keep: Keep) -> tuple[Section, ...]:
    """Hand each section's bytes to `keep`, in pieces; gives the sections read.

    `keep` must use up its iterator, which raises in place of its end if size or hash differ: a file is put in its place
    only after that. Refuses `payload-malformed`, `future-schema`, and whatever `stream` refuses.
    """
    table = _read_table(stream)
    for section in table.sections:
        pieces = _pieces(stream, section)
        keep(section, pieces)
        if next(pieces, None) is not None:
            raise ValueError("a section was not read to its end")
    if stream.read(1):
        raise refuse("payload-malformed")
    return table.sections


def _read_table(stream: BinaryIO) -> Table:
    start = read_fully(stream, len(MAGIC) + 4)
    size = int.from_bytes(start[len(MAGIC) :], "big")
    if len(start) != len(MAGIC) + 4 or not start.startswith(MAGIC) or size > MAX_TABLE:
        raise refuse("payload-malformed")
    table = from_body(Table, canonical.loads(read_fully(stream, size), limit=MAX_TABLE))
    if len({section.name for section in table.sections}) != len(table.sections):
        raise refuse("payload-malformed")
    return table


def _pieces(stream: BinaryIO, section: Section) -> Iterator[bytes]:
    digest, left = hashlib.sha256(), section.size
    while left:
        piece = stream.read(min(left, PIECE))
        if not piece:
            raise refuse("payload-malformed")
        digest.update(piece)
        left -= len(piece)
        yield piece
    if digest.hexdigest() != section.sha256:
        raise refuse("payload-malformed")


def _check_paper(item: Source) -> None:
    with item.open_bytes() as stream:
        paper: dict[str, Any] = json.loads(gzip.decompress(stream.read()))
    _only(paper, _PAPER_FIELDS)
    for question in paper.get("questions", []):
        _only(question, _QUESTION_FIELDS)
        for parts in ("options", "columns", "rows"):
            for part in question.get(parts) or ():
                _only(part, _PART_FIELDS)


def _only(found: Iterable[str], allowed: frozenset[str]) -> None:
    extra = sorted(set(found) - allowed)
    if extra:
        raise refuse("key-in-paper", field=extra[0])


class _Pieces(io.RawIOBase):
    """An iterator of bytes as a raw stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        view = memoryview(target).cast("B")
        given = min(len(view), len(self._left))
        view[:given] = self._left[:given]
        self._left = self._left[given:]
        return given
