"""Activation: the *ID Server* and the code make this machine one school's server, after a person confirmed the name.

The request waits in a file beside the keys (0600) together with the code until the answer is here, because the answer
is proven with both; then both go. Nothing is written to the database before the answer is proven, and nothing works
before the technician has said that the name shown is the school's.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.domain import canonical, centre_key
from app.domain.activation import Registration, check_response, make_request
from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.domain.codes import parse_code
from app.domain.refusals import Refusal
from app.domain.sync_rules import SERVER_ID
from app.domain.wording import N_
from app.models import Identity
from app.sekolah.services.identity import ONLY_ROW, find_identity, own_keys
from app.services import audit

PENDING = "activation.pending"
CLOCK_TOLERANCE = timedelta(minutes=10)


@dataclass(frozen=True)
class Pending:
    """A request that was made and not answered yet."""

    server_id: str
    code: bytes
    request: bytes


def start(
    session: Session,
    clock: Clock,
    keys_dir: Path,
    server_id: str,
    typed_code: str,
    program: str,
    *,
    planned: str = "",
) -> Pending:
    """Make the request for the typed *ID Server* and code, and keep it. `program` names our version.

    Refuses S-201 (no ID Server), S-202 (already activated), S-211 (not the ID that was `planned` in the settings),
    `code-length` and `code-group`.
    """
    tidy = server_id.strip().upper()
    if not SERVER_ID.fullmatch(tidy):
        raise Refusal(
            "S-201",
            N_("ID Server ini tidak sah."),
            N_("Ketik ID Server persis seperti pada surat dari pusat, misalnya P20104001-01."),
        )
    if planned and tidy != planned:
        raise Refusal(
            "S-211",
            N_("Pengaturan server ini menyebut ID Server %(planned)s, bukan %(typed)s."),
            N_("Pakai ID dari pengaturan, atau betulkan pengaturannya dahulu."),
            status=409,
            values={"planned": planned, "typed": tidy},
        )
    _refuse_if_confirmed(session)
    code = parse_code(typed_code)
    request = make_request(own_keys(keys_dir, tidy), code, program, clock.now())
    pending = Pending(tidy, code, request)
    _keep(keys_dir, pending)
    return pending


def pending(keys_dir: Path) -> Pending | None:
    """The request that waits for its answer."""
    try:
        kept = json.loads((keys_dir / PENDING).read_text(encoding="ascii"))
        return Pending(kept["server_id"], canonical.decode(kept["code"]), canonical.decode(kept["request"]))
    except (FileNotFoundError, ValueError, KeyError):
        return None


def accept_answer(
    session: Session, clock: Clock, keys_dir: Path, answer: bytes, actor: str, *, pinned: str = ""
) -> Identity:
    """Believe the centre's answer if it is proven, and wait for the technician's word on the school's name.

    Refuses S-204 (no request was made), S-203 (clocks differ), S-216 (not the centre whose key is `pinned` in the
    settings), `activation-mixed`, `activation-answer`.
    """
    _refuse_if_confirmed(session)
    waiting = pending(keys_dir)
    if waiting is None:
        raise Refusal(
            "S-204",
            N_("Belum ada permintaan aktivasi di server ini."),
            N_("Isi ID Server dan kode aktivasi dahulu, lalu kirim permintaannya."),
            status=409,
        )
    registration = check_response(answer, waiting.request, waiting.code)
    if pinned and centre_key.parse(pinned) != registration.centre_sign:
        raise Refusal(
            "S-216",
            N_("Jawaban ini dari pusat lain: kuncinya bukan yang tertulis di pengaturan server ini."),
            N_("Periksa alamat pusat. Bila pusat memang berganti kunci, minta kunci barunya dan perbarui pengaturan."),
            status=409,
        )
    _check_clocks(registration.registered_at, clock.now())
    identity = find_identity(session) or Identity(id=ONLY_ROW)
    _fill(identity, registration, clock.now())
    session.add(identity)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.SERVER_ACTIVATED, identity.server_id, {"confirmed": False})
    return identity


def confirm(session: Session, clock: Clock, keys_dir: Path, actor: str) -> Identity:
    """The technician says: this is our school. Refuses S-204 when there is nothing to confirm."""
    identity = find_identity(session)
    if identity is None:
        raise Refusal(
            "S-204",
            N_("Belum ada jawaban aktivasi yang perlu dipastikan."),
            N_("Isi ID Server dan kode aktivasi dahulu, lalu kirim permintaannya."),
            status=409,
        )
    if not identity.confirmed:
        identity.confirmed = True
        session.flush()
        audit.record(session, clock, actor, AuditEvent.SERVER_ACTIVATED, identity.server_id, {"confirmed": True})
    (keys_dir / PENDING).unlink(missing_ok=True)
    return identity


def reject(session: Session, clock: Clock, keys_dir: Path, actor: str) -> None:
    """The technician says: this is not our school. The answer is forgotten; the code has to be asked for again."""
    _refuse_if_confirmed(session)
    identity = find_identity(session)
    if identity is not None:
        audit.record(session, clock, actor, AuditEvent.SERVER_ACTIVATED, identity.server_id, {"rejected": True})
    session.execute(delete(Identity))
    (keys_dir / PENDING).unlink(missing_ok=True)


def _refuse_if_confirmed(session: Session) -> None:
    identity = find_identity(session)
    if identity is not None and identity.confirmed:
        raise Refusal(
            "S-202",
            N_("Server ini sudah diaktifkan untuk %(school)s dengan ID Server %(server)s."),
            N_("Tidak perlu diaktifkan lagi. Untuk memindahkan ID Server, hubungi pusat."),
            status=409,
            values={"school": identity.school_name, "server": identity.server_id},
        )


def _check_clocks(registered_at: datetime, now: datetime) -> None:
    if registered_at - now > CLOCK_TOLERANCE:
        minutes = int((registered_at - now).total_seconds() // 60)
        raise Refusal(
            "S-203",
            N_("Jam server ini tertinggal %(minutes)s menit dari pusat."),
            N_("Setel jam dan tanggal server, lalu aktifkan lagi."),
            status=409,
            values={"minutes": minutes},
        )
    if now - registered_at > timedelta(days=30):
        raise Refusal(
            "S-203",
            N_("Jawaban aktivasi ini lebih tua dari 30 hari, atau jam server ini terlalu maju."),
            N_("Setel jam dan tanggal server. Jika jam sudah benar, minta jawaban baru dari pusat."),
            status=409,
        )


def _fill(identity: Identity, registration: Registration, now: datetime) -> None:
    identity.server_id = registration.server
    identity.server_name = registration.school.server_name
    identity.school_npsn = registration.school.npsn
    identity.school_name = registration.school.name
    identity.time_zone = registration.school.time_zone
    identity.centre_sign_public = registration.centre_sign
    identity.centre_box_public = registration.centre_box
    identity.confirmed = False
    identity.activated_at = now
    identity.index_version = 0


def _keep(keys_dir: Path, pending: Pending) -> None:
    keys_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    body = {
        "server_id": pending.server_id,
        "code": canonical.encode(pending.code),
        "request": canonical.encode(pending.request),
    }
    draft = keys_dir / f".{PENDING}.{os.getpid()}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump(body, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(keys_dir / PENDING)
