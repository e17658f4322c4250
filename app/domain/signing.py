"""Signed documents: one header line and a canonical JSON body, the unit of trust between the two servers.

    guyub-signed 1 <kind> <key id> <signature>\\n
    {canonical JSON}

The Ed25519 signature covers `guyub-signed 1 <kind> <key id>\\n` and the body, so a document can never pass for one of
another kind. The signature is judged before the body is parsed. Nothing is repaired: another spelling is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.domain import canonical
from app.domain.protocol_refusals import refuse

KINDS = frozenset(
    {"index", "manifest", "roster", "release", "receipt", "activation", "registration", "bundle", "report", "audit"}
)
MAGIC = b"guyub-signed 1 "
MAX_DOCUMENT = canonical.MAX_BYTES

_HEADER = re.compile(rb"guyub-signed 1 ([a-z]{1,20}) ([0-9a-f]{16}) ([A-Za-z0-9_-]{86})")
_LONGEST_HEADER = 160

PublicKeys = Ed25519PublicKey | Iterable[Ed25519PublicKey]


def key_id(public: Ed25519PublicKey) -> str:
    """The first 64 bits of the key's SHA-256, as 16 hex digits: says which key to try, proves nothing."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def sign(kind: str, body: dict[str, Any], private: Ed25519PrivateKey) -> bytes:
    """The bytes of a signed document. `kind` is one of KINDS; `body` must have a canonical form (else ValueError)."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind of document: {kind}")
    head = MAGIC + f"{kind} {key_id(private.public_key())}".encode()
    content = canonical.dumps(body)
    signature = canonical.encode(private.sign(head + b"\n" + content)).encode()
    return head + b" " + signature + b"\n" + content


def verify(kind: str, data: bytes, public: PublicKeys, *, limit: int = MAX_DOCUMENT) -> dict[str, Any]:
    """The body of a document of `kind` signed by one of the given keys.

    Refuses `too-large`, `not-signed`, `wrong-kind`, `unknown-key`, `bad-signature` and `not-canonical`.
    """
    found_kind, found_id, signature, content = _split(data, limit)
    if found_kind != kind:
        raise refuse("wrong-kind")
    keys = (public,) if isinstance(public, Ed25519PublicKey) else tuple(public)
    fitting = [key for key in keys if key_id(key) == found_id]
    if not fitting:
        raise refuse("unknown-key")
    signed = MAGIC + f"{kind} {found_id}\n".encode() + content
    for key in fitting:
        try:
            key.verify(signature, signed)
        except InvalidSignature:
            continue
        return canonical.loads(content, limit=limit)
    raise refuse("bad-signature")


def peek(kind: str, data: bytes, *, limit: int = MAX_DOCUMENT) -> dict[str, Any]:
    """The body WITHOUT any proof of origin: only to find the key that `verify` must then be called with."""
    found_kind, _, _, content = _split(data, limit)
    if found_kind != kind:
        raise refuse("wrong-kind")
    return canonical.loads(content, limit=limit)


def _split(data: bytes, limit: int) -> tuple[str, str, bytes, bytes]:
    if len(data) > limit:
        raise refuse("too-large")
    end = data.find(b"\n", 0, _LONGEST_HEADER)
    header = _HEADER.fullmatch(data[:end]) if end >= 0 else None
    if header is None:
        raise refuse("not-signed")
    kind = header[1].decode()
    if kind not in KINDS:
        raise refuse("wrong-kind")
    try:
        signature = canonical.decode(header[3].decode())
    except ValueError as error:
        raise refuse("not-signed") from error
    return kind, header[2].decode(), signature, data[end + 1 :]
