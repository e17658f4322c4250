"""Activation at the centre: a request proven by the server's one-time code becomes a signed registration.

By network or by file it is the same bytes. The code is spent by the first request that proves it; the same request
again gets the same answer, for the answer may have been lost on the way. A new machine needs a new code, which ends the
registration of the old one (`servers.reissue_code`).
"""

from __future__ import annotations

import hashlib

from sqlalchemy.orm import Session

from app.domain import activation
from app.domain.audit_events import AuditEvent
from app.domain.protocol_refusals import ProtocolRefusal
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Server
from app.pusat.services import offers
from app.pusat.services.secrets_box import activation_place
from app.pusat.services.workplace import Workplace
from app.services import audit

LONGEST_REQUEST = 16 * 1024  # bytes


def activate(place: Workplace, request: bytes) -> tuple[str, bytes]:
    """(server, registration's bytes) for an activation request.

    Refuses S-30x (400, no readable request), P-740 (404, unknown ID Server), P-741 (409, code already used) and
    S-340 (403, the code does not fit).
    """
    asked = _read(request)
    digest = hashlib.sha256(request).hexdigest()
    with place.transaction() as session:
        server = session.get(Server, asked.server, with_for_update=True)
        if server is None:
            raise Refusal(
                "P-740",
                N_("ID Server %(server)s tidak terdaftar di pusat."),
                N_("Cocokkan ID Server dengan surat dari pusat, huruf demi huruf, lalu ulangi."),
                status=404,
                values={"server": asked.server},
            )
        if server.registration is not None and server.activation_request_hash == digest:
            return server.id, server.registration
        answer = _register(session, place, server, asked, request, digest)
    offers.align_server(place, asked.server)
    return asked.server, answer


def _read(request: bytes) -> activation.ActivationRequest:
    if len(request) > LONGEST_REQUEST:
        raise Refusal(
            "P-742",
            N_("Permintaan aktivasi ini terlalu besar."),
            N_("Buat permintaan baru di halaman Aktivasi Server sekolah, lalu kirim lagi."),
            status=413,
        )
    try:
        return activation.read_request(request)
    except ProtocolRefusal as refusal:
        refusal.status = 400
        raise


def _register(
    session: Session,
    place: Workplace,
    server: Server,
    asked: activation.ActivationRequest,
    request: bytes,
    digest: str,
) -> bytes:
    if server.activation_code is None:
        raise Refusal(
            "P-741",
            N_("Kode aktivasi server %(server)s sudah dipakai."),
            N_("Bila servernya diganti atau dipasang ulang, minta kode aktivasi baru dari pusat."),
            status=409,
            values={"server": server.id},
        )
    code = place.box.open(activation_place(server.id), server.activation_code)
    try:
        public = activation.check_request(asked, code)
    except ProtocolRefusal as refusal:
        refusal.status = 403
        raise
    school = activation.School(
        npsn=server.school.npsn,
        name=server.school.name,
        server_name=server.name,
        time_zone=server.school.time_zone,
    )
    now = place.clock.now().replace(microsecond=0)
    answer = activation.make_response(request, code, school, place.centre, now)
    server.activation_code, server.activation_request_hash, server.registration = None, digest, answer
    server.sign_public, server.box_public = public.sign.public_bytes_raw(), public.box.public_bytes_raw()
    server.activated_at = server.last_contact_at = place.clock.now()
    session.flush()
    audit.record(session, place.clock, server.id, AuditEvent.SERVER_ACTIVATED, server.id, {"program": asked.program})
    return answer
