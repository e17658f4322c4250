"""Servers of schools: their *ID Server* and the one-time activation code that turns a machine into that server.

A code is 10 bytes (`app.domain.codes`), sealed in the row as those bytes and shown to an officer once, when it is
issued; a page opened later cannot show it again. Issuing a new code for an activated server ends the old machine's
registration at once: two machines must never work under one ID.
"""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import codes
from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.sealing import RandomBytes
from app.domain.wording import N_
from app.models import Room, School, Server
from app.pusat.services.secrets_box import SecretsBox, activation_place
from app.services import audit

MOST_SERVERS = 99


def find_server(session: Session, server_id: str) -> Server:
    """The server of this ID; Refusal P-620 if there is none."""
    server = session.get(Server, server_id)
    if server is None:
        raise Refusal(
            "P-620",
            N_("Server dengan ID %(server)s tidak terdaftar."),
            N_("Periksa ID Server, atau buka dari halaman sekolahnya."),
            status=404,
            values={"server": server_id},
        )
    return server


def add_server(
    session: Session, clock: Clock, actor: str, school: School, name: str, box: SecretsBox, random_bytes: RandomBytes
) -> tuple[Server, str]:
    """A new server of the school and its activation code as shown. The ID is the next free `P<NPSN>-<nn>`."""
    server_id = _next_id(session, school)
    server = Server(id=server_id, school_npsn=school.npsn, name=_name(name) or server_id, created_at=clock.now())
    session.add(server)
    code = _issue(server, box, random_bytes)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.SERVER_ADDED, server_id, {"name": server.name})
    return server, code


def reissue_code(
    session: Session, clock: Clock, actor: str, server: Server, reason: str, box: SecretsBox, random_bytes: RandomBytes
) -> str:
    """A new activation code, as shown; the machine that was activated before is no longer this server."""
    if not reason.strip():
        raise Refusal("P-621", N_("Alasan kode baru belum diisi."), N_("Tulis alasannya, misalnya “server diganti”."))
    was_active = server.activated_at is not None
    server.activated_at = server.activation_request_hash = server.registration = None
    server.sign_public = server.box_public = None
    code = _issue(server, box, random_bytes)
    session.flush()
    detail = {"reason": reason.strip()[:200], "was_active": was_active}
    audit.record(session, clock, actor, AuditEvent.ACTIVATION_CODE_ISSUED, server.id, detail)
    return code


def rename_server(session: Session, clock: Clock, actor: str, server: Server, name: str) -> None:
    """Another name for people; the ID stays."""
    server.name = _name(name) or server.id
    session.flush()
    audit.record(session, clock, actor, AuditEvent.SERVER_CHANGED, server.id, {"name": server.name})


def delete_server(session: Session, clock: Clock, actor: str, server: Server) -> None:
    """Delete a server that was never activated and has no rooms; Refusal P-622 otherwise."""
    has_rooms = session.scalar(select(Room.id).where(Room.server_id == server.id).limit(1))
    if has_rooms or server.activated_at or server.last_contact_at or server.index_version:
        raise Refusal(
            "P-622",
            N_("Server ini masih punya ruang atau sudah pernah dipakai."),
            N_("Hapus ruangnya dahulu; server yang sudah pernah aktif tetap disimpan."),
            status=409,
        )
    session.delete(server)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.SERVER_DELETED, server.id)


def _issue(server: Server, box: SecretsBox, random_bytes: RandomBytes) -> str:
    code = codes.new_code(random_bytes)
    server.activation_code = box.seal(activation_place(server.id), code)
    return codes.format_code(code)


def _next_id(session: Session, school: School) -> str:
    start = f"P{school.npsn}-"
    known = session.scalars(select(Server.id).where(Server.id.startswith(start)))
    taken = {int(found[1]) for server_id in known if (found := re.fullmatch(rf"{start}(\d\d)", server_id))}
    free = next((number for number in range(1, MOST_SERVERS + 1) if number not in taken), None)
    if free is None:
        raise Refusal(
            "P-623",
            N_("Sekolah ini sudah punya %(n)s server."),
            N_("Hapus server yang tidak dipakai."),
            status=409,
            values={"n": MOST_SERVERS},
        )
    return f"{start}{free:02d}"


def _name(name: str) -> str:
    tidy = re.sub(r"\s+", " ", name).strip()
    if len(tidy) > 100:
        raise Refusal("P-624", N_("Nama server terlalu panjang."), N_("Pakai paling banyak 100 huruf."))
    return tidy
