"""Secrets that the centre must be able to read again (passwords for the login sheets, activation codes, R), sealed.

The database alone gives none of them away: the key lies in a file of its own, `<data>/keys/data.key` (0600). Each
secret is bound to its place (table, row, column), so that a sealed value copied into another row does not open there.
It refuses to guess: what does not open is reported, never treated as empty.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.services.keyfiles import keep_secret

KEY_FILE = "data.key"
KEY_BYTES = 32
NONCE_BYTES = 12  # random: at far fewer than 2**32 secrets under one key a repeat is out of reach (RFC 8439, 2.8)
FORMAT = b"\x01"


@dataclass(frozen=True, slots=True, repr=False)
class SecretsBox:
    """The centre's box: `seal` puts a secret in, `open` takes it out again at the same place only."""

    key: bytes

    @classmethod
    def at(cls, keys_dir: Path) -> SecretsBox:
        """The box under the key file in `keys_dir`, which is made at the first call."""
        return cls(keep_secret(keys_dir, KEY_FILE, lambda: os.urandom(KEY_BYTES)))

    def seal(self, place: str, secret: bytes) -> bytes:
        """`secret` sealed for `place`, e.g. `participant.password:K01-0001`; 29 bytes longer than the secret."""
        nonce = os.urandom(NONCE_BYTES)
        return FORMAT + nonce + ChaCha20Poly1305(self.key).encrypt(nonce, secret, FORMAT + place.encode())

    def open(self, place: str, sealed: bytes) -> bytes:
        """What was sealed for `place`; Refusal P-601 if it was changed, moved, or sealed under another key."""
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        if sealed[:1] != FORMAT:
            raise _does_not_open(place)
        try:
            return ChaCha20Poly1305(self.key).decrypt(nonce, body, FORMAT + place.encode())
        except (InvalidTag, ValueError) as error:
            raise _does_not_open(place) from error


def _does_not_open(place: str) -> Refusal:
    return Refusal(
        "P-601",
        N_("Rahasia yang tersimpan (%(place)s) tidak dapat dibuka dengan kunci data server ini."),
        N_("Pulihkan berkas keys/data.key dari cadangan yang sama dengan basis datanya."),
        status=500,
        values={"place": place},
    )


def password_place(number: str) -> str:
    """Where a participant's password belongs."""
    return f"participant.password:{number}"


def activation_place(server_id: str) -> str:
    """Where a server's activation code belongs."""
    return f"server.activation_code:{server_id}"


def release_secret_place(sitting_id: str, version: int) -> str:
    """Where a publication's R belongs."""
    return f"publication.release_secret:{sitting_id}:{version}"


def release_code_place(sitting_id: str, version: int) -> str:
    """Where a publication's offline release code belongs."""
    return f"publication.release_code:{sitting_id}:{version}"
