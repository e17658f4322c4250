"""A bundle becomes results: proven, kept as it came, scored and stored in one transaction, answered by a receipt.

By network, by page or from a stick it is the same bytes and the same way. The receipt goes out only after everything is
durable, and whoever sends the bundle again gets the same receipt. The sealed bundle itself is kept in the tree under
`uploads/`, which is served to nobody; where the tree is shared, bundle and receipt are part of that one transaction.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import exchange_paths
from app.domain.audit_events import AuditEvent
from app.domain.bundles import Results, build_receipt, open_bundle
from app.domain.protocol_refusals import ProtocolRefusal
from app.domain.records import instant_text, to_body
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import AuditEntry, Publication, Sitting, Upload
from app.pusat.services import scoring_results, tree, uploads
from app.pusat.services.known_servers import public_keys
from app.pusat.services.sealed_versions import read_publication
from app.pusat.services.uploads import Completion
from app.pusat.services.workplace import Workplace
from app.services import audit
from app.sync import exchange


def receive_bundle(place: Workplace, server_id: str, bundle: str, data: bytes, actor: str) -> bytes:
    """The receipt's bytes for a bundle of this server; `bundle` is the SHA-256 of `data`.

    Refuses what `bundles.open_bundle` refuses and P-763 (a sitting or version that was never sealed for this server).
    """
    try:
        with place.look() as session:
            receipt = uploads.stored_receipt(session, server_id, bundle)
            if receipt is not None:
                return receipt
            results, content = open_bundle(
                data, bundle, server_id, place.centre, lambda server: public_keys(session, server)
            )
            publication = _publication(session, results)
    except Refusal as refusal:
        _log_refusal(place, server_id, bundle, refusal, actor)
        raise
    if not place.shared:
        exchange.write(place.exchange_dir, exchange_paths.upload(server_id, bundle), data)
    with place.transaction() as session:
        session.get_one(Sitting, results.sitting, with_for_update=True)  # one bundle of a sitting at a time
        receipt = uploads.stored_receipt(session, server_id, bundle)
        if receipt is None:
            receipt = build_receipt(results, bundle, content, place.clock.now().replace(microsecond=0), place.centre)
            _store(session, place, publication, results, bundle, len(data), receipt, content, actor)
            if place.shared:
                tree.write(place, session, exchange_paths.upload(server_id, bundle), data)
                tree.write(place, session, exchange_paths.receipt(server_id, bundle), receipt)
    if not place.shared:
        exchange.write(place.exchange_dir, exchange_paths.receipt(server_id, bundle), receipt)
    uploads.forget(place, server_id, bundle)
    return receipt


def receive_chunks(place: Workplace, server_id: str, bundle: str, said: Completion) -> bytes:
    """The receipt for a bundle whose chunks came over the network, or again for one that was received.

    Refuses P-760 (chunks are missing), P-350 (they make other bytes) and what `receive_bundle` refuses.
    """
    with place.look() as session:
        receipt = uploads.stored_receipt(session, server_id, bundle)
    if receipt is not None:
        return receipt
    try:
        data = uploads.assemble(place, server_id, bundle, said)
    except ProtocolRefusal as refusal:
        _log_refusal(place, server_id, bundle, refusal, server_id)
        raise
    return receive_bundle(place, server_id, bundle, data, server_id)


def _log_refusal(place: Workplace, server_id: str, bundle: str, refusal: Refusal, actor: str) -> None:
    """Write down that results came and were not taken; once, although a school sends them again and again."""
    detail = {"bundle": bundle, "code": refusal.code, "reason": str(refusal.extra.get("reason", ""))}
    with place.transaction() as session:
        said = select(AuditEntry.detail).where(AuditEntry.event == AuditEvent.UPLOAD_REFUSED.value)
        last = session.scalar(said.where(AuditEntry.subject == server_id).order_by(AuditEntry.id.desc()).limit(1))
        if last != detail:
            audit.record(session, place.clock, actor, AuditEvent.UPLOAD_REFUSED, server_id, detail)


def _publication(session: Session, results: Results) -> Publication:
    publication = read_publication(session, results.sitting, results.version)
    if publication is None or publication.server_id != results.server:
        raise Refusal(
            "P-763",
            N_("Hasil ini untuk ujian %(sitting)s versi %(version)s, yang tidak pernah diterbitkan untuk server ini."),
            N_("Periksa apakah server diaktifkan di pusat yang benar, lalu hubungi petugas pusat."),
            status=409,
            values={"sitting": results.sitting, "version": results.version},
        )
    return publication


def _store(
    session: Session,
    place: Workplace,
    publication: Publication,
    results: Results,
    bundle: str,
    size: int,
    receipt: bytes,
    content: str,
    actor: str,
) -> None:
    upload = Upload(
        sha256=bundle,
        server_id=results.server,
        sitting_id=results.sitting,
        version=results.version,
        size=size,
        attempts=len(results.attempts),
        received_at=place.clock.now(),
        receipt=receipt,
        detail=_detail(results, content),
    )
    session.add(upload)
    session.flush()
    left_out = scoring_results.store_results(session, publication, results, upload)
    if left_out:
        upload.detail = {**upload.detail, "left_out": left_out}
    session.flush()
    detail: dict[str, Any] = {"bundle": bundle, "attempts": len(results.attempts), "version": results.version}
    audit.record(session, place.clock, actor, AuditEvent.UPLOAD_RECEIVED, results.sitting, detail)


def _detail(results: Results, content: str) -> dict[str, Any]:
    """What the school stated beside the answers: shown on the results pages, and asked for in disputes."""
    body = to_body(replace(results, attempts=()))
    return {
        "made_at": instant_text(results.made_at),
        "content": content,
        "audit": body["audit"],
        "outages": body["outages"],
        "credits": body["credits"],
    }
