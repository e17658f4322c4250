"""Boxing: bytes that only the holder of one X25519 key can read (HPKE, RFC 9180, base mode).

Suite: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. Every box is bound to a context string that says what
it is for and for whom; a box moved to another place does not open. A box proves nothing about who made it: what is
inside carries a signature, or the box itself lies inside a signed document.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from app.domain.protocol_refusals import refuse

MAGIC = b"guyub-box 1\n"

_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


def context(purpose: str, *parts: str | int) -> bytes:
    """A context string in which no two lists of parts look alike: each is preceded by its length."""
    written = [b"guyub 1"]
    for part in (purpose, *map(str, parts)):
        encoded = part.encode("utf-8")
        written.append(len(encoded).to_bytes(2, "big") + encoded)
    return b"".join(written)


def box(plain: bytes, public: X25519PublicKey, bound_to: bytes) -> bytes:
    """`plain` boxed to `public`; 60 bytes longer, different at each call."""
    return MAGIC + _SUITE.encrypt(plain, public, info=bound_to)


def unbox(boxed: bytes, private: X25519PrivateKey, bound_to: bytes) -> bytes:
    """What was boxed; refuses `box-not-opened` for another key, another context or any change."""
    if not boxed.startswith(MAGIC):
        raise refuse("box-not-opened")
    try:
        return bytes(_SUITE.decrypt(boxed[len(MAGIC) :], private, info=bound_to))
    except (InvalidTag, ValueError) as error:
        raise refuse("box-not-opened") from error
