"""The keys of one sealed package, and who holds which half.

K opens the payload and exists only wrapped. The wrapping key is HKDF(R ‖ D): **D** lies boxed to the school server's
key in the manifest, **R** stays at the centre until release (and, under the stretched offline code, in the manifest).
All are fresh for every version of every package. From R, and never from each other, come the entry-token key, the
login pepper and the commitment by which a release is recognised.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import Annotated

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.domain.boxing import context
from app.domain.protocol_refusals import refuse
from app.domain.records import Between, Key32, Octets
from app.domain.sealing import RandomBytes

KEY = 32
NONCE = 12
SALT = 16


@dataclass(frozen=True)
class Binding:
    """What every key and box of a package is bound to."""

    server: str
    sitting: str
    version: int

    def context(self, purpose: str) -> bytes:
        """The context string for one purpose within this package."""
        return context(purpose, self.server, self.sitting, self.version)


@dataclass(frozen=True)
class PackageSecrets:
    """Made by the centre for one version of a package. Only `release` and `code` are kept (sealed, at the centre)."""

    key: bytes  # K, 32 bytes
    device_share: bytes  # D, 32 bytes
    release: bytes  # R, 32 bytes
    code: bytes  # the offline release code, 10 bytes (80 bits)


@dataclass(frozen=True)
class Stretching:
    """Argon2id costs. The default takes about a quarter of a second and 64 MiB on a school's server."""

    memory_kib: Annotated[int, Between(8, 1024 * 1024)] = 64 * 1024
    passes: Annotated[int, Between(1, 20)] = 3
    lanes: Annotated[int, Between(1, 8)] = 1


@dataclass(frozen=True)
class CodeWrapped:
    """R under the stretched offline code, as the manifest carries it."""

    salt: Annotated[bytes, Octets(SALT, SALT)]
    wrapped: Annotated[bytes, Octets(NONCE + KEY + 16, NONCE + KEY + 16)]
    stretching: Stretching


WrappedKey = Annotated[bytes, Octets(NONCE + KEY + 16, NONCE + KEY + 16)]
Commitment = Key32


def new_secrets(random_bytes: RandomBytes = secrets.token_bytes) -> PackageSecrets:
    """Fresh K, D, R and code."""
    return PackageSecrets(random_bytes(KEY), random_bytes(KEY), random_bytes(KEY), random_bytes(10))


def wrap_key(
    key: bytes, release: bytes, device_share: bytes, binding: Binding, random_bytes: RandomBytes = secrets.token_bytes
) -> bytes:
    """K under HKDF(R ‖ D): nonce and ciphertext, 60 bytes."""
    return _wrap(key, _both(release, device_share, binding), binding.context("payload-key"), random_bytes)


def unwrap_key(wrapped: bytes, release: bytes, device_share: bytes, binding: Binding) -> bytes:
    """K; refuses `key-not-opened` if R, D or the binding is another."""
    key = _unwrap(wrapped, _both(release, device_share, binding), binding.context("payload-key"))
    if key is None:
        raise refuse("key-not-opened")
    return key


def wrap_release(
    release: bytes,
    code: bytes,
    binding: Binding,
    stretching: Stretching | None = None,
    random_bytes: RandomBytes = secrets.token_bytes,
) -> CodeWrapped:
    """R under the offline code (10 bytes), stretched with Argon2id."""
    costs = stretching or Stretching()
    salt = random_bytes(SALT)
    wrapped = _wrap(release, _stretch(code, salt, costs, binding), binding.context("release-by-code"), random_bytes)
    return CodeWrapped(salt, wrapped, costs)


def unwrap_release(wrapped: CodeWrapped, code: bytes, binding: Binding) -> bytes:
    """R; refuses `code-wrong`. Takes the time and memory of `wrapped.stretching`, whatever the code."""
    stretched = _stretch(code, wrapped.salt, wrapped.stretching, binding)
    release = _unwrap(wrapped.wrapped, stretched, binding.context("release-by-code"))
    if release is None:
        raise refuse("code-wrong", version=binding.version)
    return release


def commitment(release: bytes, binding: Binding) -> bytes:
    """32 bytes that recognise R and tell nothing about it; in the manifest."""
    return _derive(release, binding.context("release-commitment"))


def check_release_secret(release: bytes, committed: bytes, binding: Binding) -> None:
    """Refuses `wrong-release` unless R is the one this package was sealed for."""
    if len(release) != KEY or not hmac.compare_digest(commitment(release, binding), committed):
        raise refuse("wrong-release")


def entry_token_key(release: bytes, binding: Binding) -> bytes:
    """The key of the six-character entry tokens, 32 bytes; the same at the school and at the centre."""
    return _derive(release, binding.context("entry-token"))


def login_pepper(release: bytes, binding: Binding) -> bytes:
    """The key of the login verifiers, 32 bytes; unknown at the school before release."""
    return _derive(release, binding.context("login-pepper"))


def _derive(secret: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=KEY, salt=None, info=info).derive(secret)


def _both(release: bytes, device_share: bytes, binding: Binding) -> bytes:
    if len(release) != KEY or len(device_share) != KEY:
        raise refuse("key-not-opened")  # of fixed length, so that R ‖ D can be split in one way only
    return _derive(release + device_share, binding.context("wrap-payload-key"))


def _stretch(code: bytes, salt: bytes, costs: Stretching, binding: Binding) -> bytes:
    stretched = Argon2id(
        salt=salt, length=KEY, iterations=costs.passes, lanes=costs.lanes, memory_cost=costs.memory_kib
    ).derive(code)
    return _derive(stretched, binding.context("wrap-release"))


def _wrap(secret: bytes, key: bytes, data: bytes, random_bytes: RandomBytes) -> bytes:
    nonce = random_bytes(NONCE)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, secret, data)


def _unwrap(wrapped: bytes, key: bytes, data: bytes) -> bytes | None:
    try:
        return ChaCha20Poly1305(key).decrypt(wrapped[:NONCE], wrapped[NONCE:], data)
    except (InvalidTag, ValueError):
        return None
