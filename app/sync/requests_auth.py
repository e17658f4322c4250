"""`Authorization: Guyub <server> <unix seconds> <signature>`: how the centre knows which server is calling.

The Ed25519 signature covers method, path with query, time and the body's SHA-256. A copied request can be repeated
for a few minutes, which changes nothing: all calls are idempotent. It refuses a clock that is far off, and says by how
much.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.domain import canonical
from app.domain.boxing import context
from app.domain.identities import ServerIdentity
from app.domain.protocol_refusals import ProtocolRefusal, refuse

SCHEME = "Guyub"
WINDOW_S = 300

_HEADER = re.compile(r"Guyub ([A-Za-z0-9][A-Za-z0-9_-]{0,39}) ([0-9]{1,12}) ([A-Za-z0-9_-]{86})")

FindKey = Callable[[str], Ed25519PublicKey | None]


def authorization(identity: ServerIdentity, method: str, path: str, body: bytes, unix_s: int) -> str:
    """The header's value. `path` is what the request line says, query included, without the host."""
    digest = hashlib.sha256(body).hexdigest()
    signature = identity.sign.sign(_signed(identity.server, method, path, unix_s, digest))
    return f"{SCHEME} {identity.server} {unix_s} {canonical.encode(signature)}"


def check_authorization(
    header: str, method: str, path: str, body_sha256: str, find_key: FindKey, now_s: int, window_s: int = WINDOW_S
) -> str:
    """The calling server's id; refuses `authorization` (status 401) and `authorization-time` (401).

    `find_key` gives an activated server's signing key. `body_sha256` is the hex hash of the body as received.
    """
    found = _HEADER.fullmatch(header)
    if found is None:
        raise _unauthorized("authorization")
    server, unix_s = found[1], int(found[2])
    key = find_key(server)
    if key is None:
        raise _unauthorized("authorization")
    try:
        key.verify(canonical.decode(found[3]), _signed(server, method, path, unix_s, body_sha256))
    except (InvalidSignature, ValueError) as error:
        raise _unauthorized("authorization") from error
    if abs(now_s - unix_s) > window_s:
        raise _unauthorized("authorization-time", seconds=unix_s - now_s)
    return server


def _signed(server: str, method: str, path: str, unix_s: int, digest: str) -> bytes:
    return context("request", server, method.upper(), path, unix_s, digest)


def _unauthorized(reason: str, **values: object) -> ProtocolRefusal:
    refusal = refuse(reason, **values)
    refusal.status = 401
    return refusal
