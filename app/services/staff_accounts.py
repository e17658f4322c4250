"""Staff accounts: made, checked, changed, closed. Passwords are Argon2id and never shown again.

Whether a wrong name or a wrong password was given is never told, and both cost the same time.
"""

from __future__ import annotations

import random
import re
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.domain.permissions import ROLES_AT, Role
from app.domain.refusals import Refusal
from app.models import Staff
from app.services import audit

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
_EASY = "abcdefghjkmnpqrstuvwxyz23456789"
_hasher = PasswordHasher()


def add_staff(
    session: Session, clock: Clock, *, username: str, name: str, role: str, password: str, place: str, actor: str
) -> Staff:
    """A new account. `place` is the server's role, which decides which staff roles exist there."""
    username = tidy_username(username)
    if not _USERNAME.fullmatch(username):
        raise Refusal(
            "W-110",
            "Nama akun ini tidak dapat dipakai.",
            "Pakai 2 sampai 64 huruf kecil, angka, titik, atau tanda hubung.",
        )
    if role not in {str(item) for item in ROLES_AT[place]}:
        raise Refusal(
            "W-111",
            "Peran ini tidak ada di server ini.",
            "Pilih salah satu: %(roles)s.",
            values={"roles": ", ".join(ROLES_AT[place])},
        )
    if not name.strip():
        raise Refusal("W-112", "Nama orangnya belum diisi.", "Isi nama lengkap.")
    if session.scalar(select(Staff.id).where(Staff.username == username)) is not None:
        raise Refusal("W-113", "Nama akun ini sudah dipakai.", "Pilih nama akun lain.", status=409)
    staff = Staff(
        username=username,
        name=name.strip(),
        role=str(Role(role)),
        password_hash=_hashed(password),
        created_at=clock.now(),
    )
    session.add(staff)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.STAFF_CREATED, username, {"role": staff.role})
    return staff


def find_staff(session: Session, username: str) -> Staff | None:
    """The active account of this name."""
    staff = session.scalar(select(Staff).where(Staff.username == tidy_username(username)))
    return staff if staff is not None and staff.active else None


def password_fits(password_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; without a hash the same work is done. Uses no database."""
    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        _hasher.verify(password_hash or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def note_sign_in(session: Session, clock: Clock, staff: Staff) -> None:
    """Remember the login."""
    staff.last_login_at = clock.now()
    audit.record(session, clock, staff.username, AuditEvent.STAFF_SIGNED_IN, staff.username)


def note_refusal(session: Session, clock: Clock, username: str) -> None:
    """Remember that somebody tried this account with a wrong password; the log names no unknown account."""
    audit.record(session, clock, audit.SYSTEM, AuditEvent.SIGN_IN_REFUSED, username)


def note_sign_out(session: Session, clock: Clock, username: str) -> None:
    """Remember the end of a login."""
    audit.record(session, clock, username, AuditEvent.STAFF_SIGNED_OUT, username)


def change_password(session: Session, clock: Clock, staff: Staff, password: str, actor: str) -> None:
    """A new password; every open login of the account ends."""
    staff.password_hash = _hashed(password)
    staff.login_epoch += 1
    session.flush()
    audit.record(session, clock, actor, AuditEvent.PASSWORD_CHANGED, staff.username)


def deactivate_staff(session: Session, clock: Clock, staff: Staff, actor: str) -> None:
    """Close an account; it stays in the log and can no longer sign in."""
    staff.active = False
    staff.login_epoch += 1
    session.flush()
    audit.record(session, clock, actor, AuditEvent.STAFF_CHANGED, staff.username, {"active": False})


def list_staff(session: Session) -> list[Staff]:
    """All accounts by name."""
    return list(session.scalars(select(Staff).order_by(Staff.username)))


def easy_password(chance: random.Random) -> str:
    """A password of 64 bits and more that can be read out: four groups of four."""
    return "-".join("".join(chance.choice(_EASY) for _sign in range(4)) for _group in range(4))


def tidy_username(username: str) -> str:
    """As stored: lower case, without spaces around."""
    return username.strip().lower()


def _hashed(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Refusal(
            "W-114",
            "Kata sandi harus %(least)s sampai %(most)s huruf atau angka.",
            "Pilih kata sandi yang lebih panjang, misalnya beberapa kata.",
            values={"least": SHORTEST_PASSWORD, "most": LONGEST_PASSWORD},
        )
    return _hasher.hash(password)


@cache
def _nobody() -> str:
    """A hash that belongs to no account."""
    return _hasher.hash("no account has this password")
