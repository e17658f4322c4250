"""Activated servers by their keys: who signed a request, and whose results are in a bundle."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.identities import ServerPublic
from app.models import Server


def signing_key(session: Session, server_id: str) -> Ed25519PublicKey | None:
    """The key that an activated server signs its requests with; one lookup by primary key."""
    query = select(Server.sign_public).where(Server.id == server_id, Server.activated_at.is_not(None))
    raw = session.scalar(query)
    return Ed25519PublicKey.from_public_bytes(raw) if raw else None


def public_keys(session: Session, server_id: str) -> ServerPublic | None:
    """Both keys of an activated server."""
    query = select(Server.sign_public, Server.box_public).where(
        Server.id == server_id, Server.activated_at.is_not(None)
    )
    row = session.execute(query).first()
    if row is None or row.sign_public is None or row.box_public is None:
        return None
    return ServerPublic.from_raw(server_id, row.sign_public, row.box_public)
