"""Brings one server's part of the exchange tree in line with the database: manifests, rosters, releases, the index.

Everything here can be done again at any time and changes nothing the second time, so a power cut between the database
and the files is mended by the next run. The index is written last, under a row lock, with a version that only rises: a
school that saw a newer list would refuse an older one.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.domain import exchange_paths
from app.domain.documents import Index, IndexEntry, Manifest, read_document
from app.domain.documents import Release as ReleaseDocument
from app.domain.package_building import build_index, build_release, file_ref
from app.domain.package_keys import Binding
from app.domain.protocol_refusals import ProtocolRefusal
from app.models import Publication, Release, Server, Sitting, SittingState
from app.pusat.services import tree
from app.pusat.services.secrets_box import release_secret_place
from app.pusat.services.workplace import Workplace

INDEX_LASTS = timedelta(days=14)
INDEX_RENEWED_AFTER = timedelta(days=2)
ALIGNED_AT_A_TIME = 50


@dataclass(frozen=True)
class _Offer:
    """The newest version of a sitting, as the database has it."""

    sitting: str
    version: int
    released_at: datetime | None


def align_server(place: Workplace, server_id: str) -> int:
    """Write what is missing for a server; gives the version of its index (0 while it is not activated)."""
    with place.transaction() as session:
        server = session.get(Server, server_id, with_for_update=True)
        if server is None or server.activated_at is None:
            return 0
        entries, now = [], place.clock.now().replace(microsecond=0)
        for offer in _offers(session, server):
            entry = _lay_out(session, place, server_id, offer, now)
            if entry is not None:
                entries.append(entry)
        held = _read_index(place, session, server_id)
        if held is not None and _still_good(held, tuple(entries), now) and held.version >= server.index_version:
            server.index_version = held.version
            return held.version
        version = max(server.index_version, held.version if held else 0) + 1
        data = build_index(server_id, version, now, now + INDEX_LASTS, entries, place.centre)
        tree.write(place, session, exchange_paths.index(server_id), data)
        server.index_version = version
        return version


def align_all(place: Workplace, between: Callable[[], object] | None = None) -> int:
    """Renew every server's index that is getting old, and mend what is missing; gives how many servers there are.

    With thousands of servers that takes minutes: `between` is called every few of them, for what must not wait so long.
    """
    with place.look() as session:
        servers = list(session.scalars(select(Server.id).where(Server.activated_at.is_not(None)).order_by(Server.id)))
    for number, server_id in enumerate(servers, 1):
        align_server(place, server_id)
        if between and number % ALIGNED_AT_A_TIME == 0:
            between()
    return len(servers)


def write_release(place: Workplace, session: Session, sitting_id: str, version: int, released_at: datetime) -> None:
    """Put the signed release of a released version into the tree, where every school that waits finds it."""
    sealed, server_id = session.execute(
        select(Publication.release_secret, Publication.server_id).where(
            Publication.sitting_id == sitting_id, Publication.version == version
        )
    ).one()
    secret = place.box.open(release_secret_place(sitting_id, version), sealed)
    binding = Binding(server_id, sitting_id, version)
    data = build_release(binding, secret, released_at.replace(microsecond=0), place.centre)
    tree.write_quickly(place, session, exchange_paths.release(server_id, sitting_id), data)


def _offers(session: Session, server: Server) -> list[_Offer]:
    """What this machine may have: the newest versions that were sealed for the keys it has now."""
    query = (
        select(Publication.sitting_id, Publication.version, Release.released_at)
        .join(Sitting, (Sitting.id == Publication.sitting_id) & (Sitting.version == Publication.version))
        .outerjoin(Release, (Release.sitting_id == Publication.sitting_id) & (Release.version == Publication.version))
        .where(
            Publication.server_id == server.id,
            Publication.published_at >= server.activated_at,
            Sitting.state != SittingState.DRAFT,
        )
        .order_by(Sitting.starts_at, Sitting.id)
    )
    return [_Offer(*row) for row in session.execute(query)]


def _lay_out(session: Session, place: Workplace, server_id: str, offer: _Offer, now: datetime) -> IndexEntry | None:
    """Make sure that the files of an offer lie in the tree; None once it has expired."""
    data = tree.read(place, session, exchange_paths.manifest(server_id, offer.sitting))
    manifest = _read_manifest(place, data)
    if manifest is None or manifest.version != offer.version:
        data = _lay_out_again(session, place, server_id, offer)
        manifest = read_document(Manifest, data, place.centre.public.signers)
    _lay_out_release(session, place, server_id, offer)
    if now >= manifest.expires_at or data is None:
        return None
    return IndexEntry(offer.sitting, offer.version, file_ref(data), manifest.roster, manifest.payload)


def _lay_out_again(session: Session, place: Workplace, server_id: str, offer: _Offer) -> bytes:
    """Roster first, manifest after it, as they were signed when the version was published."""
    publication = session.get_one(Publication, (offer.sitting, offer.version), options=[undefer(Publication.snapshot)])
    snapshot = publication.snapshot
    roster, data = base64.b64decode(snapshot["roster"]), str(snapshot["manifest"]).encode("utf-8")
    tree.write(place, session, exchange_paths.roster(server_id, offer.sitting), roster)
    tree.write(place, session, exchange_paths.manifest(server_id, offer.sitting), data)
    return data


def _lay_out_release(session: Session, place: Workplace, server_id: str, offer: _Offer) -> None:
    path = exchange_paths.release(server_id, offer.sitting)
    data = tree.read(place, session, path)
    if offer.released_at is None:
        if data is not None:  # of an earlier version, sealed for a machine that was replaced
            tree.remove(place, session, path)
        return
    try:
        there = read_document(ReleaseDocument, data, place.centre.public.signers) if data else None
    except ProtocolRefusal:
        there = None
    if there is None or there.version != offer.version:
        write_release(place, session, offer.sitting, offer.version, offer.released_at)


def _read_index(place: Workplace, session: Session, server_id: str) -> Index | None:
    data = tree.read(place, session, exchange_paths.index(server_id))
    try:
        return read_document(Index, data, place.centre.public.signers) if data else None
    except ProtocolRefusal:
        return None


def _still_good(index: Index, entries: tuple[IndexEntry, ...], now: datetime) -> bool:
    return index.entries == entries and index.issued_at <= now < index.issued_at + INDEX_RENEWED_AFTER


def _read_manifest(place: Workplace, data: bytes | None) -> Manifest | None:
    try:
        return read_document(Manifest, data, place.centre.public.signers) if data else None
    except ProtocolRefusal:
        return None
