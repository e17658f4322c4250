"""Release: R arrives by network, as a file, or dictated over the telephone, is stored durably, and the package opens.

R is on the disk before anything else is tried with it, so that a reboot, a full disk or a damaged payload never means
asking the centre again. Nothing here waits in a queue at the centre: a release is one small static file.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sqlalchemy import select

from app.domain import exchange_paths
from app.domain.audit_events import AuditEvent
from app.domain.documents import Release, read_document
from app.domain.package_opening import check_release, release_from_code
from app.domain.protocol_refusals import ProtocolRefusal
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import DownloadState, HeldSitting, HeldState
from app.sekolah.services import day, identity, opening
from app.sekolah.services.downloads import RELEASE, Rows
from app.sekolah.services.workplace import Workplace
from app.services import audit
from app.services.turns import only_one
from app.sync import exchange
from app.sync.transport import Transport

BY_NETWORK, BY_FILE, BY_CODE = "network", "file", "code"
HOW_WORDS = {BY_NETWORK: N_("jaringan"), BY_FILE: N_("berkas"), BY_CODE: N_("kode telepon")}
POLL_FROM = timedelta(minutes=30)  # before the start
POLL_UNTIL = timedelta(hours=12)  # after the start; then somebody has to press the button
SHORTEST_WAIT_S, JITTER_S, LONGEST_WAIT_S = 15, 15, 120


def due(place: Workplace, now: datetime) -> list[str]:
    """Sittings whose release is to be looked for now: locked, and the start is near or not long past."""
    with place.look() as session:
        locked = session.scalars(select(HeldSitting).where(HeldSitting.state == HeldState.LOCKED))
        return [held.id for held in locked if held.starts_at - POLL_FROM <= now <= held.starts_at + POLL_UNTIL]


def next_poll_s(failures: int, chance: random.Random) -> float:
    """Seconds until the next look, with jitter so that schools do not come all at once, longer after failures."""
    return float(min(LONGEST_WAIT_S, SHORTEST_WAIT_S * 2 ** min(failures, 4)) + chance.uniform(0, JITTER_S))


def waiting(place: Workplace) -> list[str]:
    """Every sitting without a release."""
    with place.look() as session:
        query = select(HeldSitting.id).where(
            HeldSitting.state == HeldState.LOCKED, HeldSitting.release_secret.is_(None)
        )
        return list(session.scalars(query))


def look_for(place: Workplace, transport: Transport, sitting_ids: list[str], how: str, actor: str) -> list[str]:
    """Look for the releases of these sittings; returns those that opened. A release that is not there is no failure.

    Refuses what the transport refuses (`no-connection`…). A release that is refused stands in its row.
    """
    return [sitting_id for sitting_id in sitting_ids if _take(place, transport, sitting_id, how, actor)]


def take_file(place: Workplace, data: bytes, actor: str) -> HeldSitting:
    """A release that came as a file. Refuses S-222 if it is for no sitting held here, and what `check_release` does."""
    with place.look() as session:
        office = identity.office(session, place.keys_dir)
    release = read_document(Release, data, office.centre.signers)
    with place.look() as session:
        held = session.get(HeldSitting, release.sitting)
    if held is None or release.server != office.server_id:
        raise Refusal(
            "S-222",
            N_("Rilis ini untuk sesi yang tidak ada di server ini."),
            N_("Periksa apakah paketnya sudah disinkronkan, dan apakah berkasnya untuk server ini."),
            status=409,
        )
    return _store_checked(place, held, data, BY_FILE, actor)


def take_code(place: Workplace, sitting_id: str, typed: str, actor: str) -> HeldSitting:
    """A code dictated over the telephone. Slow on purpose, and one at a time.

    Refuses `code-length`, `code-group` (naming the group), `code-wrong`, S-223 (another code is being tried). The
    refusal is logged; the code never is.
    """
    with place.look() as session:
        held = day.find_sitting(session, sitting_id)
    if held.state is not HeldState.LOCKED:
        return held
    manifest = opening.held_manifest(place, held)
    try:
        with only_one(place.run_dir, "release-code") as mine:
            if not mine:
                raise Refusal(
                    "S-223",
                    N_("Kode lain sedang diperiksa."),
                    N_("Tunggu beberapa detik, lalu kirim kode ini sekali lagi."),
                    status=409,
                )
            secret = release_from_code(manifest, typed)
    except ProtocolRefusal as refusal:
        with place.transaction() as session:
            detail = {"reason": refusal.reason}
            audit.record(session, place.clock, actor, AuditEvent.RELEASE_CODE_REFUSED, sitting_id, detail)
        raise
    _store(place, sitting_id, secret, place.clock.now(), BY_CODE, actor)
    return open_stored(place, sitting_id)


def open_stored(place: Workplace, sitting_id: str) -> HeldSitting:
    """Open a sitting whose release is stored; if that fails the row says why, and it is tried again later."""
    rows = Rows(place)
    try:
        held = opening.open_sitting(place, sitting_id)
    except Refusal as refusal:
        rows.put(sitting_id, RELEASE, DownloadState.RUNNING, 1, 1)
        rows.fail(sitting_id, refusal, RELEASE)
        raise
    rows.put(sitting_id, RELEASE, DownloadState.DONE, 1, 1)
    with place.transaction() as session:
        detail = {"version": held.version}
        audit.record(session, place.clock, audit.SYSTEM, AuditEvent.PACKAGE_OPENED, sitting_id, detail)
    return held


def stored_but_locked(place: Workplace) -> list[str]:
    """Sittings that were released and not opened yet: the power went, or opening failed."""
    with place.look() as session:
        query = select(HeldSitting.id).where(
            HeldSitting.state == HeldState.LOCKED, HeldSitting.release_secret.is_not(None)
        )
        return list(session.scalars(query))


def _take(place: Workplace, transport: Transport, sitting_id: str, how: str, actor: str) -> bool:
    with place.look() as session:
        held = session.get_one(HeldSitting, sitting_id)
        server = identity.office(session, place.keys_dir).server_id
    if held.state is not HeldState.LOCKED:
        return False
    try:
        data = transport.read(exchange_paths.release(server, sitting_id))
    except ProtocolRefusal as refusal:
        if refusal.reason == "not-found":
            return False
        raise
    try:
        _store_checked(place, held, data, how, actor)
    except Refusal as refusal:
        rows = Rows(place)
        rows.put(sitting_id, RELEASE, DownloadState.RUNNING)
        rows.fail(sitting_id, refusal, RELEASE)
        return False
    return True


def _store_checked(place: Workplace, held: HeldSitting, data: bytes, how: str, actor: str) -> HeldSitting:
    if held.state is not HeldState.LOCKED:
        return held
    with place.look() as session:
        office = identity.office(session, place.keys_dir)
    secret, released_at = check_release(data, opening.held_manifest(place, held), office.centre)
    exchange.write(place.exchange_dir, exchange_paths.release(office.server_id, held.id), data)
    _store(place, held.id, secret, released_at, how, actor)
    return open_stored(place, held.id)


def _store(place: Workplace, sitting_id: str, secret: bytes, released_at: datetime, how: str, actor: str) -> None:
    with place.transaction() as session:
        held = session.get_one(HeldSitting, sitting_id, with_for_update=True)
        if held.state is not HeldState.LOCKED:
            return
        held.release_secret, held.released_at, held.released_how = secret, released_at, how
        event = AuditEvent.RELEASE_CODE_ENTERED if how == BY_CODE else AuditEvent.RELEASE_STORED
        audit.record(session, place.clock, actor, event, sitting_id, {"how": how, "version": held.version})
