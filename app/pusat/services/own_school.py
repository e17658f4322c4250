"""A school that gives its own exams: the one school of this centre, its one server, and a code to activate that.

Called again it does what is missing, and gives a fresh code: whoever asks has not been activated. It pairs nobody by
itself; the code goes the way of every activation.
"""

from __future__ import annotations

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.audit_events import AuditEvent
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import School, Server
from app.pusat.services import schools, servers
from app.pusat.services.workplace import Workplace
from app.services import audit

WITHOUT_NPSN = "00000000"  # no school has it


def pair(place: Workplace, details: schools.SchoolDetails, actor: str) -> tuple[str, str]:
    """(ID Server, activation code) for this school's own server; the school and the server are made if missing."""
    with place.transaction() as session:
        school = session.scalar(select(School).order_by(School.npsn).limit(1))
        if school is None:
            audit.record(session, place.clock, actor, AuditEvent.BOX_CENTRE_TURNED_ON, details.name)
            school = schools.add_school(session, place.clock, actor, details)
        server = _first_server(session, school)
        if server is None:
            name = N_("Server sekolah")
            server, code = servers.add_server(session, place.clock, actor, school, name, place.box, secrets.token_bytes)
            return server.id, code
        reason = N_("mode mandiri")
        return server.id, servers.reissue_code(
            session, place.clock, actor, server, reason, place.box, secrets.token_bytes
        )


def require_known(place: Workplace, server_id: str) -> None:
    """Refuses P-797 a server that was activated elsewhere: it belongs to another centre."""
    with place.look() as session:
        server = session.get(Server, server_id)
        if server is not None and server.activated_at is not None:
            return
    raise Refusal(
        "P-797",
        N_("Server ini sudah aktif sebagai %(server)s di pusat lain."),
        N_("Satu server hanya punya satu pusat. Untuk ujian sekolah sendiri, pakai server lain atau hubungi pusat."),
        status=409,
        values={"server": server_id},
    )


def _first_server(session: Session, school: School) -> Server | None:
    return session.scalar(select(Server).where(Server.school_npsn == school.npsn).order_by(Server.id).limit(1))
