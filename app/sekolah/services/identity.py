"""Who this server is: its own keys (files, made here, never sent) and what activation told it.

Everything that is signed, opened or believed at the school goes through the `Office` this module hands out. It refuses
to hand one out before a technician has confirmed that the school's name is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy.orm import Session

from app.domain.identities import CentrePublic, ServerIdentity
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Identity
from app.services.keyfiles import keep_secret

SIGN_KEY = "server-sign.key"
BOX_KEY = "server-box.key"
ONLY_ROW = 1


@dataclass(frozen=True)
class Office:
    """An activated server: its identity with keys, and the centre it trusts."""

    server: ServerIdentity
    centre: CentrePublic
    school_name: str
    server_name: str
    time_zone: str

    @property
    def server_id(self) -> str:
        """The *ID Server*."""
        return self.server.server


def own_keys(keys_dir: Path, server_id: str) -> ServerIdentity:
    """This server's keys under the given *ID Server*; made the first time, the same ever after."""
    sign = keep_secret(keys_dir, SIGN_KEY, lambda: Ed25519PrivateKey.generate().private_bytes_raw())
    box = keep_secret(keys_dir, BOX_KEY, lambda: X25519PrivateKey.generate().private_bytes_raw())
    return ServerIdentity.from_raw(server_id, sign, box)


def find_identity(session: Session) -> Identity | None:
    """The row that activation wrote, confirmed or not."""
    return session.get(Identity, ONLY_ROW)


def is_active(session: Session) -> bool:
    """Whether this server is activated and its name confirmed."""
    identity = find_identity(session)
    return identity is not None and identity.confirmed


def office(session: Session, keys_dir: Path) -> Office:
    """The activated server; refuses (S-200) before activation is confirmed."""
    identity = find_identity(session)
    if identity is None or not identity.confirmed:
        raise Refusal(
            "S-200",
            N_("Server ini belum diaktifkan."),
            N_("Buka Aktivasi Server, lalu masukkan ID Server dan kode aktivasi dari pusat."),
            status=409,
        )
    return Office(
        server=own_keys(keys_dir, identity.server_id),
        centre=CentrePublic.from_raw(identity.centre_sign_public, identity.centre_box_public),
        school_name=identity.school_name,
        server_name=identity.server_name,
        time_zone=identity.time_zone,
    )
