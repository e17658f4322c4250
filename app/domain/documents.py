"""The bodies of the documents that travel between the centre and a school server.

Only shapes: what may be believed is decided in `metadata_checks`, `packages`, `activation` and `bundles`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.domain.package_keys import Binding, CodeWrapped, Commitment, WrappedKey
from app.domain.records import (
    Between,
    Boxed,
    Count,
    Document,
    Key32,
    Line,
    Milliseconds,
    Number,
    Pattern,
    ServerId,
    Sha256,
    SittingId,
    Version,
    from_body,
    to_body,
)
from app.domain.signing import sign, verify

D = TypeVar("D", bound=Document)


@dataclass(frozen=True)
class FileRef:
    """A file by its content."""

    sha256: Sha256
    size: Count  # bytes


@dataclass(frozen=True)
class IndexEntry:
    """One package on offer."""

    sitting: SittingId
    version: Version
    manifest: FileRef
    roster: FileRef
    payload: FileRef


@dataclass(frozen=True)
class Index(Document):
    """All that the centre offers one server, with a version and an expiry of its own."""

    KIND: ClassVar[str] = "index"
    server: ServerId
    version: Version
    issued_at: datetime
    expires_at: datetime
    entries: tuple[IndexEntry, ...]

    def entry(self, sitting: str) -> IndexEntry | None:
        """The entry of a sitting, if it is on offer."""
        return next((entry for entry in self.entries if entry.sitting == sitting), None)


@dataclass(frozen=True)
class Schedule:
    """When and where a sitting takes place."""

    sitting: SittingId
    title: Line
    subject: Line
    starts_at: datetime
    length_s: Annotated[int, Between(1, 24 * 3600)]
    minimum_s: Annotated[int, Between(0, 24 * 3600)]
    time_zone: Annotated[str, Pattern(r"[A-Za-z]+(/[A-Za-z_]+)*")]  # IANA name, e.g. Asia/Jakarta
    room: Line


@dataclass(frozen=True)
class Manifest(Document):
    """One version of a sitting's package: its schedule, its files, and its wrapped keys."""

    KIND: ClassVar[str] = "manifest"
    server: ServerId
    version: Version
    issued_at: datetime
    expires_at: datetime
    schedule: Schedule
    questions: Count
    participants: Count
    payload: FileRef
    roster: FileRef
    wrapped_key: WrappedKey  # K under HKDF(R ‖ D)
    device_share: Boxed  # D, boxed to the server
    release_by_code: CodeWrapped  # R under the offline code
    release_commitment: Commitment

    @property
    def sitting(self) -> str:
        """The sitting's id."""
        return self.schedule.sitting

    @property
    def binding(self) -> Binding:
        """What this package's keys are bound to."""
        return Binding(self.server, self.schedule.sitting, self.version)


@dataclass(frozen=True)
class RosterEntry:
    """A participant, and how a login is checked."""

    number: Number
    name: Line
    gender: Annotated[str, Pattern(r"[LP]")]
    class_name: Line
    seat: Annotated[int, Between(1, 10_000)]
    verifier: Key32


@dataclass(frozen=True)
class Roster(Document):
    """Who sits; travels boxed to the server."""

    KIND: ClassVar[str] = "roster"
    server: ServerId
    sitting: SittingId
    version: Version
    participants: tuple[RosterEntry, ...]


@dataclass(frozen=True)
class Login:
    """A participant's password in clear, for printing cards."""

    number: Number
    password: Annotated[str, Pattern(r"[0-9A-Z]{8,40}")]


@dataclass(frozen=True)
class LoginSheet(Document):
    """All passwords of a sitting; exists only inside the sealed payload."""

    KIND: ClassVar[str] = "logins"
    server: ServerId
    sitting: SittingId
    version: Version
    logins: tuple[Login, ...]


@dataclass(frozen=True)
class Release(Document):
    """R, and when it was given out."""

    KIND: ClassVar[str] = "release"
    server: ServerId
    sitting: SittingId
    version: Version
    released_at: datetime
    secret: Key32


@dataclass(frozen=True)
class Receipt(Document):
    """The centre has this bundle, durably."""

    KIND: ClassVar[str] = "receipt"
    server: ServerId
    sitting: SittingId
    version: Version
    bundle: Sha256
    content: Sha256  # of the results inside, equal for two bundles that say the same
    attempts: Count
    received_at: datetime


@dataclass(frozen=True)
class SittingReport:
    """How far a sitting has come at a school."""

    sitting: SittingId
    version: Version
    state: Annotated[str, Pattern(r"[a-z]{1,16}")]
    waiting: Count
    working: Count
    finished: Count
    uploaded: bool


@dataclass(frozen=True)
class Report(Document):
    """What a school server says of itself at contact; never a person's data."""

    KIND: ClassVar[str] = "report"
    server: ServerId
    program: Line
    made_at: datetime
    index_version: Count
    audit_sequence: Count
    audit_head: Annotated[str, Pattern(r"[0-9a-f]{0,64}")]
    free_bytes: Count
    clock_offset_ms: Milliseconds
    sittings: tuple[SittingReport, ...]


def write_document(document: Document, private: Ed25519PrivateKey) -> bytes:
    """The signed bytes of a document."""
    return sign(document.KIND, to_body(document), private)


def read_document(kind: type[D], data: bytes, public: Ed25519PublicKey | Iterable[Ed25519PublicKey]) -> D:
    """The document of this kind in `data`; refuses what `signing.verify` and `records.from_body` refuse."""
    return from_body(kind, verify(kind.KIND, data, public))
