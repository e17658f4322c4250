"""A student's login: number and password to an attempt that may come in. Reads only; a keyed hash is compared.

The password's pepper comes with R, so nobody can log in before release, and a stolen disk has nothing to try guesses
on (ADR 0003). An unknown number and a wrong password get the same answer; everything else that stands in the way is
said with its remedy, but only to someone who knows the password.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, select

from app.domain.attempt_states import AttemptState
from app.domain.package_keys import Binding, login_pepper
from app.domain.refusals import Refusal
from app.domain.student_passwords import matches
from app.domain.wording import N_
from app.models import Attempt, HeldSitting, HeldState, Identity
from app.sekolah.services.admission import require_admissible, seat_in_use
from app.sekolah.services.attempt_state import describe_participant

LONGEST_NUMBER = 32
LONGEST_PASSWORD = 200
_USEFUL = {HeldState.ACTIVE: 0, HeldState.OPEN: 1, HeldState.CLOSED: 2, HeldState.UPLOADED: 3, HeldState.LOCKED: 4}

_BY_NUMBER = (
    select(
        Attempt.id,
        Attempt.sitting_id,
        Attempt.number,
        Attempt.name,
        Attempt.gender,
        Attempt.class_name,
        Attempt.seat,
        Attempt.verifier,
        Attempt.assigned,
        Attempt.state,
        Attempt.seat_held,
        HeldSitting.version,
        HeldSitting.title,
        HeldSitting.subject,
        HeldSitting.starts_at,
        HeldSitting.length_s,
        HeldSitting.minimum_s,
        HeldSitting.time_zone,
        HeldSitting.release_secret,
        HeldSitting.state.label("sitting_state"),
        Identity.server_id,
    )
    .join(HeldSitting, HeldSitting.id == Attempt.sitting_id)
    .join(Identity, Identity.id == 1)
    .where(Attempt.number.in_(bindparam("numbers", expanding=True)))
)
_ANY_ACTIVE = select(HeldSitting.id).where(HeldSitting.state == HeldState.ACTIVE).limit(1)


class Peppers:
    """Peppers of released sittings, derived once and held in memory only."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, int, bytes], bytes] = {}

    def of(self, row: RowMapping) -> bytes | None:
        """The pepper of the row's sitting, or None before release."""
        release: bytes | None = row["release_secret"]
        if release is None:
            return None
        key = (row["server_id"], row["sitting_id"], row["version"], release)
        pepper = self._kept.get(key)
        if pepper is None:
            if len(self._kept) > 100:
                self._kept.clear()
            pepper = self._kept[key] = login_pepper(release, Binding(*key[:3]))
        return pepper


def read_number(typed: object) -> str | None:
    """A participant's number as typed, read kindly (full-width letters, lower case, spaces); None if it is none."""
    if not isinstance(typed, str) or len(typed) > 10 * LONGEST_NUMBER:
        return None
    number = "".join(unicodedata.normalize("NFKC", typed).split())
    return number if number.isprintable() and 0 < len(number) <= LONGEST_NUMBER else None


def find_attempt(connection: Connection, peppers: Peppers, number: str, password: str) -> RowMapping:
    """The attempt that number and password belong to. Refuses S-101 (wrong) and S-103 (nothing is open here)."""
    rows = connection.execute(_BY_NUMBER, {"numbers": [number, number.upper()]}).mappings().all()
    for row in sorted(rows, key=lambda row: _USEFUL[row["sitting_state"]]):
        pepper = peppers.of(row)
        if pepper is not None and matches(row["verifier"], pepper, row["sitting_id"], row["number"], password):
            return row
    if connection.scalar(_ANY_ACTIVE) is None:
        raise Refusal(
            "S-103",
            N_("Belum ada tes yang dibuka di server ini."),
            N_("Tunggu sampai proktor membuka tes, lalu masuk sekali lagi."),
            status=403,
        )
    raise wrong_login()


def wrong_login() -> Refusal:
    """The same for an unknown number and a wrong password."""
    return Refusal(
        "S-101",
        N_("Nomor peserta atau kata sandi salah."),
        N_("Ketik persis seperti pada kartu login, dan pastikan ini sesi Anda. Jika tetap gagal, panggil pengawas."),
        status=401,
    )


def require_free(row: RowMapping) -> None:
    """Refuse who may not come in now (S-105, S-102, S-113) and whose seat is held by another PC (S-106)."""
    if row["sitting_state"] in {HeldState.CLOSED, HeldState.UPLOADED} and row["state"] is not AttemptState.FINISHED:
        raise Refusal(
            "S-104",
            N_("Tes untuk sesi Anda sudah ditutup."),
            N_("Hubungi proktor, yang dapat menanyakan sesi susulan ke pusat."),
            status=403,
        )
    require_admissible(row)
    if row["seat_held"]:
        raise seat_in_use()


def describe_login(row: RowMapping) -> dict[str, Any]:
    """What the browser shows for confirmation."""
    return {
        "participant": describe_participant(row),
        "sitting": {
            "id": row["sitting_id"],
            "title": row["title"],
            "subject": row["subject"],
            "starts_at": row["starts_at"].isoformat(),
            "length_s": row["length_s"],
            "minimum_s": row["minimum_s"],
            "time_zone": row["time_zone"],
        },
        "state": row["state"].value,
    }
