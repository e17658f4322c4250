"""Tickets and seats: what a student's browser shows instead of a session row.

A *ticket* says that the password was right and claims a seat once; a *seat* may write to one attempt for as long as its
epoch is the current one. Both are signed texts under a key that this server made (`keys/seats.key`); nothing is stored
for them, and reading one costs microseconds. Whether an epoch is still current is judged where the attempt is read.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.services.keyfiles import keep_secret

MAC_BYTES = 18
LONGEST = 200  # characters of a credential
BEARER = "Bearer "


@dataclass(frozen=True, slots=True)
class Ticket:
    """A login that was right. `nonce` tells two logins of one student apart."""

    attempt: int
    sitting: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Seat:
    """One exam PC's claim to an attempt."""

    attempt: int
    epoch: int
    sitting: str


class SeatKeys:
    """Signs and reads tickets and seats."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def of(cls, keys_dir: Path) -> SeatKeys:
        """With this server's own key, made at first use."""
        return cls(keep_secret(keys_dir, "seats.key", lambda: secrets.token_bytes(32)))

    def ticket(self, attempt: int, sitting: str, nonce: str) -> str:
        """The text of a ticket. `nonce` must be fresh and of letters, digits, `-` and `_`, at most 32."""
        return self._sign(f"t.{attempt}.{nonce}.{sitting}")

    def seat(self, attempt: int, epoch: int, sitting: str) -> str:
        """The text of a seat."""
        return self._sign(f"s.{attempt}.{epoch}.{sitting}")

    def read_ticket(self, authorization: str | None) -> Ticket:
        """The ticket in an `Authorization` header; refuses (S-110, 401) what this server has not signed."""
        parts = self._read("t", authorization)
        if parts is None:
            raise Refusal(
                "S-110",
                N_("Tanda masuk Anda tidak berlaku lagi."),
                N_("Masuk sekali lagi dengan nomor peserta dan kata sandi."),
                status=401,
            )
        return Ticket(int(parts[1]), parts[3], parts[2])

    def read_seat(self, authorization: str | None, attempt: str) -> Seat:
        """The seat in an `Authorization` header, which must be one of this attempt; refuses (S-114, 401) others."""
        parts = self._read("s", authorization)
        if parts is None or parts[1] != attempt:
            raise unknown_seat()
        return Seat(int(parts[1]), int(parts[2]), parts[3])

    def receipt(self, attempt: int, digest: bytes) -> str:
        """A short code a student can write down; only this server can make it for these answers."""
        code = hmac.digest(self._key, b"receipt.%d." % attempt + digest, "sha256")
        letters = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
        number = int.from_bytes(code[:8], "big")
        signs = "".join(letters[number // 30**place % 30] for place in range(8))
        return f"{signs[:4]}-{signs[4:]}"

    def _sign(self, text: str) -> str:
        return f"{text}.{self._mac(text)}"

    def _mac(self, text: str) -> str:
        return urlsafe_b64encode(hmac.digest(self._key, text.encode(), "sha256")[:MAC_BYTES]).decode()

    def _read(self, kind: str, authorization: str | None) -> list[str] | None:
        if authorization is None or not authorization.startswith(BEARER) or len(authorization) > LONGEST:
            return None
        text, _dot, mac = authorization[len(BEARER) :].rpartition(".")
        if not text.isascii() or not mac.isascii() or not hmac.compare_digest(self._mac(text), mac):
            return None
        parts = text.split(".", 3)
        return parts if parts[0] == kind else None


def unknown_seat() -> Refusal:
    """A seat this server has not given (or, after a restore, has not given yet)."""
    return Refusal(
        "S-114",
        N_("Server tidak mengenal komputer ini untuk tes Anda."),
        N_("Masuk sekali lagi. Jawaban di komputer ini tetap tersimpan dan akan dikirim."),
        status=401,
    )


def seat_ended(aside: list[int] | None = None) -> Refusal:
    """The epoch of this seat has ended; `aside` are the sequences that were kept from it."""
    return Refusal(
        "S-131",
        N_("Tes Anda dilanjutkan di komputer lain."),
        N_("Komputer ini tidak dapat menjawab lagi. Jika ini tidak benar, hubungi proktor."),
        status=409,
        extra={"acknowledged": [], "aside": aside or []},
    )
