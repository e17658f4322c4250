"""Brings packages to this server, days before: by network or from a stick, the same steps and the same checks.

Nothing counts before everything about a sitting is proven (`check_package`, which reveals nothing); then sitting and
attempts are written in one transaction. A newer version replaces an older one only while nobody has come in: answers
are never thrown away by a sync. One sitting that is refused does not hold up the others.
"""

from __future__ import annotations

import hashlib
import io
import shutil
from dataclasses import dataclass, field
from typing import BinaryIO

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from app.domain import exchange_paths
from app.domain.attempt_states import AttemptState
from app.domain.audit_events import AuditEvent
from app.domain.documents import Index, IndexEntry, RosterEntry
from app.domain.metadata_checks import Held, HeldPackage
from app.domain.package_opening import CheckedPackage, OpenFile, check_package, read_index, read_manifest
from app.domain.protocol_refusals import ProtocolRefusal
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Attempt, DownloadState, HeldSitting, HeldState, ResetRequest, StateEntry
from app.sekolah.services import downloads, identity
from app.sekolah.services.day import QUOTA_BYTES
from app.sekolah.services.downloads import INDEX, MANIFEST, NO_SITTING, PAYLOAD, RELEASE, ROSTER, Rows
from app.sekolah.services.identity import Office
from app.sekolah.services.workplace import Workplace
from app.services import audit
from app.sync import exchange
from app.sync.transport import Transport, bring_big

INDEX_NAME = "sync_index"  # state entry: version and hash of the newest list of packages that was believed
BEFORE_OPENING = (HeldState.LOCKED, HeldState.OPEN)


@dataclass
class Outcome:
    """What a sync did: sittings that are new here, unchanged, or refused (with the refusal); receipts from a stick."""

    new: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: dict[str, Refusal] = field(default_factory=dict)
    receipts: int = 0


def sync(place: Workplace, transport: Transport, actor: str) -> Outcome:
    """Fetch and check everything on offer. Raises the refusal if the list of packages itself cannot be had.

    The caller has the turn (`turns.only_one`). Every step is told in the rows of *Status Download*.
    """
    with place.look() as session:
        office = identity.office(session, place.keys_dir)
    rows = Rows(place)
    downloads.interrupted(place)
    try:
        index, index_data = _fetch_index(place, transport, office, rows)
    except Refusal as refusal:
        rows.fail(NO_SITTING, refusal)
        raise
    rows.forget_others({entry.sitting for entry in index.entries})
    for entry in index.entries:
        for kind, size in ((MANIFEST, entry.manifest.size), (ROSTER, entry.roster.size), (PAYLOAD, entry.payload.size)):
            rows.put(entry.sitting, kind, DownloadState.WAITING, 0, size)
    outcome = Outcome()
    for entry in index.entries:
        try:
            _sync_one(place, transport, office, rows, entry, index_data, outcome, actor)
        except Refusal as refusal:
            outcome.refused[entry.sitting] = refusal
            rows.fail(entry.sitting, refusal)
            _log_refusal(place, entry, refusal, actor)
    return outcome


def has_packages(place: Workplace, transport: Transport) -> bool:
    """Whether a list of packages for this server lies there at all."""
    with place.look() as session:
        server_id = identity.office(session, place.keys_dir).server_id
    try:
        transport.read(exchange_paths.index(server_id))
    except ProtocolRefusal as refusal:
        if refusal.reason == "not-found":
            return False
        raise
    return True


def held_packages(session: Session) -> Held:
    """What this server already accepted, and so refuses to be taken back behind."""
    newest = session.scalar(select(StateEntry.value).where(StateEntry.name == INDEX_NAME)) or {}
    packages = {
        sitting.id: HeldPackage(sitting.version, str(sitting.detail.get("manifest_sha256", "")))
        for sitting in session.scalars(select(HeldSitting))
    }
    return Held(int(newest.get("version", 0)), str(newest.get("sha256", "")), packages)


def _fetch_index(place: Workplace, transport: Transport, office: Office, rows: Rows) -> tuple[Index, bytes]:
    rows.put(NO_SITTING, INDEX, DownloadState.RUNNING)
    path = exchange_paths.index(office.server_id)
    data = transport.read(path)
    with place.look() as session:
        held = held_packages(session)
    index = read_index(data, office.centre, office.server_id, held, place.clock.now())
    exchange.write(place.exchange_dir, path, data)
    with place.transaction() as session:
        value = {"version": index.version, "sha256": hashlib.sha256(data).hexdigest()}
        session.merge(StateEntry(name=INDEX_NAME, value=value, changed_at=place.clock.now()))
        known = identity.find_identity(session)
        if known is not None:
            known.index_version = index.version
    rows.put(NO_SITTING, INDEX, DownloadState.DONE, len(data), len(data))
    return index, data


def _sync_one(
    place: Workplace,
    transport: Transport,
    office: Office,
    rows: Rows,
    entry: IndexEntry,
    index_data: bytes,
    outcome: Outcome,
    actor: str,
) -> None:
    server, sitting = office.server_id, entry.sitting
    with place.look() as session:
        held = held_packages(session)
        _refuse_if_started(session, entry)
    rows.put(sitting, MANIFEST, DownloadState.RUNNING, 0, entry.manifest.size)
    brought = {exchange_paths.index(server): index_data}
    manifest_path, roster_path = exchange_paths.manifest(server, sitting), exchange_paths.roster(server, sitting)
    brought[manifest_path] = transport.read(manifest_path)
    manifest = read_manifest(brought[manifest_path], office.centre, entry, server, held, place.clock.now())
    rows.put(sitting, MANIFEST, DownloadState.DONE, entry.manifest.size, entry.manifest.size)
    rows.put(sitting, ROSTER, DownloadState.RUNNING, 0, entry.roster.size)
    brought[roster_path] = transport.read(roster_path)
    rows.put(sitting, ROSTER, DownloadState.DONE, entry.roster.size, entry.roster.size)
    _fetch_payload(place, transport, rows, entry)
    checked = check_package(
        sitting,
        _overlay(brought, exchange.opener(place.exchange_dir)),
        office.server,
        office.centre,
        held,
        place.clock.now(),
    )
    known = held.packages.get(sitting)
    if known is not None and known.version == manifest.version:
        outcome.unchanged.append(sitting)
    else:
        with place.transaction() as session:
            _refuse_if_started(session, entry)
            _write_sitting(session, place, checked, brought[manifest_path])
            detail = {"version": manifest.version, "participants": manifest.participants}
            audit.record(session, place.clock, actor, AuditEvent.PACKAGE_SYNCED, sitting, detail)
        outcome.new.append(sitting)
        rows.put(sitting, RELEASE, DownloadState.WAITING)
    for path in (manifest_path, roster_path):
        exchange.write(place.exchange_dir, path, brought[path])
    rows.put(sitting, PAYLOAD, DownloadState.DONE, entry.payload.size, entry.payload.size)


def _fetch_payload(place: Workplace, transport: Transport, rows: Rows, entry: IndexEntry) -> None:
    """The sealed payload, going on where an earlier try stopped. Refuses S-213 if it would fill the disk."""
    size, path = entry.payload.size, exchange_paths.payload(entry.payload.sha256)
    there = exchange.locate(place.exchange_dir, path).is_file()
    free = shutil.disk_usage(place.data_dir).free
    if not there and free - size < QUOTA_BYTES:
        raise Refusal(
            "S-213",
            N_("Ruang disk tidak cukup: paket %(size)s MB, sisa disk %(free)s MB."),
            N_("Kosongkan disk sampai tersisa paling sedikit 500 MB di luar paket, lalu sinkronkan lagi."),
            status=409,
            values={"size": size // 1_000_000 + 1, "free": free // 1_000_000},
        )
    rows.put(entry.sitting, PAYLOAD, DownloadState.RUNNING, 0, size)
    bring_big(
        transport,
        path,
        place.exchange_dir,
        entry.payload.sha256,
        size,
        lambda done, total: rows.progress(entry.sitting, PAYLOAD, done, total),
    )


def _overlay(brought: dict[str, bytes], below: OpenFile) -> OpenFile:
    """What was just brought, in front of what lies in the tree: unproven files replace no good ones."""

    def open_file(path: str) -> BinaryIO:
        data = brought.get(path)
        return below(path) if data is None else io.BytesIO(data)

    return open_file


def _refuse_if_started(session: Session, entry: IndexEntry) -> None:
    """Refuses S-212: a newer version never replaces a sitting in which somebody has come in."""
    held = session.get(HeldSitting, entry.sitting)
    if held is None or held.version == entry.version:
        return
    begun = or_(Attempt.epoch > 0, Attempt.started_ms.is_not(None), Attempt.state != AttemptState.WAITING)
    somebody = session.scalar(select(Attempt.id).where(Attempt.sitting_id == held.id, begun).limit(1))
    if held.state not in BEFORE_OPENING or somebody is not None:
        raise Refusal(
            "S-212",
            N_("Pusat menawarkan versi baru untuk %(title)s, tetapi tesnya di sini sudah dimulai."),
            N_("Lanjutkan tes dengan paket yang ada. Jawaban peserta tidak diganti. Beri tahu pusat."),
            status=409,
            values={"title": held.title},
        )


def _write_sitting(session: Session, place: Workplace, checked: CheckedPackage, manifest_data: bytes) -> None:
    manifest, plan = checked.manifest, checked.manifest.schedule
    held = session.get(HeldSitting, manifest.sitting) or HeldSitting(id=manifest.sitting)
    held.version, held.title, held.subject, held.room = manifest.version, plan.title, plan.subject, plan.room
    held.starts_at, held.length_s, held.minimum_s = plan.starts_at, plan.length_s, plan.minimum_s
    held.time_zone, held.questions = plan.time_zone, manifest.questions
    held.state, held.device_share, held.paper_sha256 = HeldState.LOCKED, checked.device_share, None
    held.release_secret, held.released_at, held.released_how = None, None, ""
    held.detail = {
        "manifest": manifest_data.decode("utf-8"),
        "manifest_sha256": checked.manifest_sha256,
        "seats": {entry.number: entry.seat for entry in checked.roster.participants},
    }
    session.add(held)
    session.flush()
    old = select(Attempt.id).where(Attempt.sitting_id == held.id)
    session.execute(delete(ResetRequest).where(ResetRequest.attempt_id.in_(old)))
    session.execute(delete(Attempt).where(Attempt.sitting_id == held.id))
    session.add_all(_attempt(held.id, entry, place) for entry in checked.roster.participants)
    session.flush()


def _attempt(sitting_id: str, entry: RosterEntry, place: Workplace) -> Attempt:
    return Attempt(
        sitting_id=sitting_id,
        number=entry.number,
        name=entry.name,
        gender=entry.gender,
        class_name=entry.class_name,
        seat=entry.seat,
        verifier=entry.verifier,
        seed=place.random.getrandbits(32),
    )


def _log_refusal(place: Workplace, entry: IndexEntry, refusal: Refusal, actor: str) -> None:
    with place.transaction() as session:
        detail = {"version": entry.version, "code": refusal.code, "reason": str(refusal.extra.get("reason", ""))}
        audit.record(session, place.clock, actor, AuditEvent.PACKAGE_REFUSED, entry.sitting, detail)
