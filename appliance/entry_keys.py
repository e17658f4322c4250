"""What a public key for SSH is: read from what people paste or carry, named by its fingerprint. It lets nobody in."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from app.domain.refusals import Refusal
from app.domain.wording import N_

LONGEST = 2_000  # letters of a line
_LINE = re.compile(
    r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\.com) ([A-Za-z0-9+/]{40,1900}={0,3})"
    r"(?: ([\x20-\x7e]{0,100}))?"
)
WEAKEST_RSA = 2048  # bits


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One key: `line` is how `authorized_keys` has it."""

    line: str
    fingerprint: str
    comment: str


def read_key(text: str) -> PublicKey:
    """The key in a line like those of `*.pub` files. Refuses B-137 (no such key, or a weak one) and B-138 (secret)."""
    if "PRIVATE KEY" in text:
        raise Refusal(
            "B-138",
            N_("Itu kunci rahasia, bukan kunci publik. Tidak ada yang disimpan."),
            N_("Buat pasangan kunci baru, lalu kirim isi berkas yang berakhiran .pub saja."),
        )
    found = _LINE.fullmatch(" ".join(text.split())) if len(text) <= LONGEST else None
    if found is None:
        raise _no_key()
    kind, packed, comment = found[1], found[2], (found[3] or "").strip()
    try:
        blob = base64.b64decode(packed, validate=True)
    except binascii.Error:
        raise _no_key() from None
    parts = _parts(blob)
    if not parts or parts[0] != kind.encode() or not _is_strong(kind, parts):
        raise _no_key()
    return PublicKey(f"{kind} {packed} {comment}".strip(), fingerprint(blob), comment)


def kept_key(line: str) -> PublicKey:
    """A key that the settings hold already, however weak it is: it must be possible to see it and to take it out."""
    kind, packed, comment = (*line.split(" ", 2), "", "")[:3]
    try:
        return PublicKey(line, fingerprint(base64.b64decode(packed)), comment)
    except binascii.Error:
        return PublicKey(line, kind, comment)


def fingerprint(blob: bytes) -> str:
    """As `ssh-keygen -l` shows it (SHA-256, base64 without its end; RFC 4251 for what is hashed)."""
    return f"SHA256:{base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip('=')}"


def _parts(blob: bytes) -> list[bytes]:
    """The strings that a key is made of (RFC 4251, section 5); none if it does not end where they end."""
    found, at = [], 0
    while at + 4 <= len(blob):
        length = int.from_bytes(blob[at : at + 4])
        found.append(blob[at + 4 : at + 4 + length])
        at += 4 + length
    return found if at == len(blob) else []


def _is_strong(kind: str, parts: list[bytes]) -> bool:
    if kind == "ssh-rsa":
        return len(parts) == 3 and int.from_bytes(parts[2]).bit_length() >= WEAKEST_RSA
    if kind == "ssh-ed25519":
        return len(parts) == 2 and len(parts[1]) == 32
    return len(parts) == 3


def _no_key() -> Refusal:
    return Refusal(
        "B-137",
        N_("Itu bukan kunci publik SSH yang dapat dipakai."),
        N_("Tempel satu baris dari berkas .pub, misalnya isi ~/.ssh/id_ed25519.pub. RSA sedikitnya 2048 bit."),
    )
