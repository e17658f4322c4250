"""Who the two sides are to each other: key pairs with a name on them.

Every key is made on the machine it belongs to and leaves it only as its public half. This module neither stores nor
loads anything: raw 32-byte halves go in and out.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey


@dataclass(frozen=True)
class CentrePublic:
    """The centre as a school knows it since activation. `earlier` are signing keys still honoured after a change."""

    sign: Ed25519PublicKey
    box: X25519PublicKey
    earlier: tuple[Ed25519PublicKey, ...] = ()

    @classmethod
    def from_raw(cls, sign: bytes, box: bytes) -> CentrePublic:
        """From two 32-byte public keys; ValueError if they are none."""
        return cls(Ed25519PublicKey.from_public_bytes(sign), X25519PublicKey.from_public_bytes(box))

    @property
    def signers(self) -> tuple[Ed25519PublicKey, ...]:
        """The keys whose signature counts as the centre's."""
        return (self.sign, *self.earlier)


@dataclass(frozen=True)
class CentreIdentity:
    """The centre's own private keys."""

    sign: Ed25519PrivateKey
    box: X25519PrivateKey

    @classmethod
    def generate(cls) -> CentreIdentity:
        """New keys, from the operating system's random source."""
        return cls(Ed25519PrivateKey.generate(), X25519PrivateKey.generate())

    @classmethod
    def from_raw(cls, sign: bytes, box: bytes) -> CentreIdentity:
        """From two 32-byte private keys."""
        return cls(Ed25519PrivateKey.from_private_bytes(sign), X25519PrivateKey.from_private_bytes(box))

    def to_raw(self) -> tuple[bytes, bytes]:
        """The two private keys, 32 bytes each, for a file of mode 0600 or a sealed column."""
        return self.sign.private_bytes_raw(), self.box.private_bytes_raw()

    @property
    def public(self) -> CentrePublic:
        """What a school may know."""
        return CentrePublic(self.sign.public_key(), self.box.public_key())


@dataclass(frozen=True)
class ServerPublic:
    """A school's server as the centre knows it since activation."""

    server: str
    sign: Ed25519PublicKey
    box: X25519PublicKey

    @classmethod
    def from_raw(cls, server: str, sign: bytes, box: bytes) -> ServerPublic:
        """From two 32-byte public keys; ValueError if they are none."""
        return cls(server, Ed25519PublicKey.from_public_bytes(sign), X25519PublicKey.from_public_bytes(box))


@dataclass(frozen=True)
class ServerIdentity:
    """A school server's own private keys."""

    server: str
    sign: Ed25519PrivateKey
    box: X25519PrivateKey

    @classmethod
    def generate(cls, server: str) -> ServerIdentity:
        """New keys for the *ID Server* `server`."""
        return cls(server, Ed25519PrivateKey.generate(), X25519PrivateKey.generate())

    @classmethod
    def from_raw(cls, server: str, sign: bytes, box: bytes) -> ServerIdentity:
        """From two 32-byte private keys."""
        return cls(server, Ed25519PrivateKey.from_private_bytes(sign), X25519PrivateKey.from_private_bytes(box))

    def to_raw(self) -> tuple[bytes, bytes]:
        """The two private keys, 32 bytes each."""
        return self.sign.private_bytes_raw(), self.box.private_bytes_raw()

    @property
    def public(self) -> ServerPublic:
        """What the centre may know."""
        return ServerPublic(self.server, self.sign.public_key(), self.box.public_key())
