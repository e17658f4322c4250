"""Results on their way to the centre: one bundle a sitting, signed by the school's server, readable by the centre only.

    box to the centre( signed document "bundle" {server, sitting, version, hash and size of what follows} "\\n" gzip )

The signature is judged before anything is unpacked, and unpacking is bounded. A bundle is named by the SHA-256 of its
final bytes. Making it twice gives other bytes (boxing is random) but the same `content` hash, by which the centre sees
that nothing is new. Nothing may be deleted at the school without a receipt that `check_receipt` accepts.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from app.domain import canonical
from app.domain.boxing import box, context, unbox
from app.domain.documents import Receipt, read_document, write_document
from app.domain.identities import CentreIdentity, CentrePublic, ServerIdentity, ServerPublic
from app.domain.protocol_refusals import ProtocolRefusal, refuse
from app.domain.records import (
    Between,
    Count,
    Document,
    Key32,
    Line,
    Milliseconds,
    Number,
    Pattern,
    Prose,
    ServerId,
    Sha256,
    SittingId,
    Version,
    from_body,
    to_body,
)

MAX_BUNDLE = 64 * 1024 * 1024  # bytes, boxed
MAX_CONTENT = 256 * 1024 * 1024  # bytes of JSON

_HALF_SURROGATE = re.compile("[\ud800-\udfff]")

Word = Annotated[str, Pattern(r"[a-z_-]{0,16}")]


@dataclass(frozen=True)
class AnswerRecord:
    """The answer that counts for one question. `value` is JSON as in docs/architecture.md."""

    question: Line
    value: Any
    doubtful: bool
    sequence: Count
    epoch: Count
    written_ms: Milliseconds
    received_ms: Milliseconds
    late: bool


@dataclass(frozen=True)
class AttemptRecord:
    """One participant's run; those who never came are there too, in state `waiting` and without answers."""

    number: Number
    state: Word
    seed: Annotated[int, Between(0, 2**32 - 1)]
    started_ms: Milliseconds | None
    finished_ms: Milliseconds | None
    closed_by: Word | None
    credit_ms: Milliseconds
    answers: tuple[AnswerRecord, ...]


@dataclass(frozen=True)
class OutageRecord:
    """Time in which the school's server did not serve, as it measured itself."""

    started_ms: Milliseconds
    ended_ms: Milliseconds
    cause: Line
    credited: bool


@dataclass(frozen=True)
class CreditRecord:
    """Time given back; `number` None means everyone who was working."""

    number: Number | None
    amount_ms: Milliseconds
    reason: Prose
    given_at: datetime
    given_by: Line


@dataclass(frozen=True)
class AuditHead:
    """Where the school's audit chain stood; `hash` is empty while the chain is."""

    sequence: Count
    hash: Annotated[str, Pattern(r"([0-9a-f]{64})?")]


@dataclass(frozen=True)
class Results(Document):
    """All that a sitting brought."""

    KIND: ClassVar[str] = "results"
    server: ServerId
    sitting: SittingId
    version: Version
    made_at: datetime
    attempts: tuple[AttemptRecord, ...]
    outages: tuple[OutageRecord, ...]
    credits: tuple[CreditRecord, ...]
    audit: AuditHead


@dataclass(frozen=True)
class BundleHead(Document):
    """The signed part of a bundle: who made it for whom, and what follows."""

    KIND: ClassVar[str] = "bundle"
    server: ServerId
    sitting: SittingId
    version: Version
    centre: Key32  # the box key it was made for: it cannot be passed on as meant for another
    packed_size: Count
    packed_sha256: Sha256
    content_sha256: Sha256


@dataclass(frozen=True)
class Bundle:
    """A bundle ready to be sent. `name` is the SHA-256 of `data`."""

    name: str
    data: bytes
    content_sha256: str


def build_bundle(results: Results, identity: ServerIdentity, centre: CentrePublic) -> Bundle:
    """Sign, pack and box. Half surrogates in answers become U+FFFD: one odd text must not hold back a whole room."""
    content = canonical.dumps(_whole_text(to_body(results)))
    packed = gzip.compress(content, compresslevel=6, mtime=0)
    head = BundleHead(
        server=identity.server,
        sitting=results.sitting,
        version=results.version,
        centre=centre.box.public_bytes_raw(),
        packed_size=len(packed),
        packed_sha256=hashlib.sha256(packed).hexdigest(),
        content_sha256=hashlib.sha256(content).hexdigest(),
    )
    if results.server != identity.server:
        raise ValueError("results of another server")
    plain = write_document(head, identity.sign) + b"\n" + packed
    data = box(plain, centre.box, context("bundle", identity.server))
    if len(data) > MAX_BUNDLE:
        raise refuse("too-large")
    return Bundle(hashlib.sha256(data).hexdigest(), data, head.content_sha256)


def open_bundle(
    data: bytes, name: str, server: str, centre: CentreIdentity, find_server: Callable[[str], ServerPublic | None]
) -> tuple[Results, str]:
    """The results in a bundle uploaded by `server` under `name`, and their content hash.

    `find_server` gives an activated server's keys. Refuses `too-large`, `bundle-damaged` (hash, box, packing),
    `foreign-server`, `unknown-key`, and what documents refuse.
    """
    if len(data) > MAX_BUNDLE:
        raise refuse("too-large")
    if hashlib.sha256(data).hexdigest() != name:
        raise refuse("bundle-damaged")
    document, packed = _split(_unbox(data, centre.box, server))
    sender = find_server(server)
    if sender is None:
        raise refuse("unknown-key")
    head = read_document(BundleHead, document, sender.sign)
    if head.server != server:
        raise refuse("foreign-server", found=head.server, expected=server)
    fits = len(packed) == head.packed_size and hashlib.sha256(packed).hexdigest() == head.packed_sha256
    if not fits or head.centre != centre.box.public_key().public_bytes_raw():
        raise refuse("bundle-damaged")
    content = _unpack(packed)
    if hashlib.sha256(content).hexdigest() != head.content_sha256:
        raise refuse("bundle-damaged")
    results = from_body(Results, canonical.loads(content, limit=MAX_CONTENT))
    if (results.server, results.sitting, results.version) != (head.server, head.sitting, head.version):
        raise refuse("bundle-damaged")
    return results, head.content_sha256


def build_receipt(
    results: Results, bundle: str, content_sha256: str, received_at: datetime, centre: CentreIdentity
) -> bytes:
    """The centre's receipt, made after the results are durably stored; keep it and give the same on a replay."""
    receipt = Receipt(
        server=results.server,
        sitting=results.sitting,
        version=results.version,
        bundle=bundle,
        content=content_sha256,
        attempts=len(results.attempts),
        received_at=received_at,
    )
    return write_document(receipt, centre.sign)


def check_receipt(data: bytes, bundle: str, server: str, sitting: str, centre: CentrePublic) -> Receipt:
    """The receipt for exactly this bundle; refuses `receipt-mixed` and what a signature refuses."""
    receipt = read_document(Receipt, data, centre.signers)
    if (receipt.bundle, receipt.server, receipt.sitting) != (bundle, server, sitting):
        raise refuse("receipt-mixed")
    return receipt


def _unbox(data: bytes, private: X25519PrivateKey, server: str) -> bytes:
    try:
        return unbox(data, private, context("bundle", server))
    except ProtocolRefusal as error:
        raise refuse("bundle-damaged") from error


def _split(plain: bytes) -> tuple[bytes, bytes]:
    """The signed document is two lines: header and body. Canonical JSON holds no line break."""
    first = plain.find(b"\n")
    second = plain.find(b"\n", first + 1)
    if first < 0 or second < 0:
        raise refuse("bundle-damaged")
    return plain[:second], plain[second + 1 :]


def _unpack(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        content = unpacker.decompress(packed, MAX_CONTENT + 1)
    except zlib.error as error:
        raise refuse("bundle-damaged") from error
    if len(content) > MAX_CONTENT:
        raise refuse("too-large")
    if not unpacker.eof or unpacker.unused_data:
        raise refuse("bundle-damaged")
    return content


def _whole_text(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else _HALF_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_whole_text(item) for item in value]
    if isinstance(value, dict):
        return {_whole_text(key): _whole_text(item) for key, item in value.items()}
    return value
