"""The offline release code: what two officers read out to a school that has no internet on exam morning.

Whoever knows the code and holds the school's disk can read the package, so it takes two people who both sign in on the
page, the name of the caller and a reason, and every issue is a row that is never deleted and a line of the audit log.
The code itself is in neither. A second issue gives the same code: the school may have written it down wrongly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import codes
from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.domain.permissions import Permission, may
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import CodeIssue, Publication, Sitting, Staff
from app.pusat.services.secrets_box import SecretsBox, release_code_place
from app.services import audit

LETTER_WORDS = {
    "A": "Alfa", "B": "Bravo", "C": "Charlie", "D": "Delta", "E": "Echo", "F": "Foxtrot", "G": "Golf", "H": "Hotel",
    "I": "India", "J": "Juliet", "K": "Kilo", "L": "Lima", "M": "Mike", "N": "November", "O": "Oscar", "P": "Papa",
    "Q": "Quebec", "R": "Romeo", "S": "Sierra", "T": "Tango", "U": "Uniform", "V": "Victor", "W": "Whiskey",
    "X": "X-ray", "Y": "Yankee", "Z": "Zulu",
    "0": "nol", "1": "satu", "2": "dua", "3": "tiga", "4": "empat", "5": "lima", "6": "enam", "7": "tujuh",
    "8": "delapan", "9": "sembilan",
}  # fmt: skip


@dataclass(frozen=True)
class Spoken:
    """A group of the code and how each of its characters is said."""

    group: str
    words: list[str]


def check_second(first_id: int, second: Staff | None) -> Staff:
    """The second officer; refuses P-732 for the same person, P-733 for nobody or one without the right.

    The password was checked before, outside any transaction.
    """
    if second is None:
        raise Refusal(
            "P-733",
            N_("Petugas kedua tidak dikenal, atau kata sandinya tidak cocok."),
            N_("Minta petugas kedua mengetik nama akun dan kata sandinya sendiri."),
            status=403,
        )
    if second.id == first_id:
        raise Refusal(
            "P-732",
            N_("Petugas kedua harus orang lain."),
            N_("Minta rekan yang berwenang mengetik nama akun dan kata sandinya."),
            status=409,
        )
    if not may(second.role, Permission.ISSUE_RELEASE_CODE):
        raise Refusal(
            "P-734",
            N_("Akun petugas kedua tidak berwenang menerbitkan kode rilis."),
            N_("Minta petugas pusat atau pengelola menjadi petugas kedua."),
            status=403,
        )
    return second


def issue_code(
    session: Session,
    clock: Clock,
    box: SecretsBox,
    sitting: Sitting,
    officer: str,
    second_officer: str,
    caller: str,
    reason: str,
) -> str:
    """Log the issue and give the code as people see it. Refuses P-730 (not published) and P-731 (no caller, reason)."""
    if not caller.strip() or not reason.strip():
        raise Refusal(
            "P-731",
            N_("Nama penelepon dan alasannya wajib diisi."),
            N_("Tanyakan nama dan jabatan penelepon, cocokkan nomornya, lalu tulis alasannya."),
        )
    publication = session.get(Publication, (sitting.id, sitting.version)) if sitting.version else None
    if publication is None:
        raise Refusal(
            "P-730",
            N_("Ujian ini belum diterbitkan, jadi belum ada kode rilisnya."),
            N_("Terbitkan dahulu dari halaman jadwalnya."),
            status=409,
        )
    code = box.open(release_code_place(sitting.id, sitting.version), publication.release_code)
    session.add(
        CodeIssue(
            sitting_id=sitting.id,
            version=sitting.version,
            issued_at=clock.now(),
            officer=officer,
            second_officer=second_officer,
            caller=caller.strip()[:200],
            reason=reason.strip()[:500],
        )
    )
    session.flush()
    detail = {"version": sitting.version, "second": second_officer, "caller": caller.strip()[:200]}
    audit.record(session, clock, officer, AuditEvent.RELEASE_CODE_ISSUED, sitting.id, detail)
    return codes.format_code(code)


def spoken(code: str) -> list[Spoken]:
    """The code group by group with the words to read out."""
    return [Spoken(group, [LETTER_WORDS[sign] for sign in group]) for group in code.split("-")]


def list_issues(session: Session, sitting_id: str = "") -> Sequence[tuple[CodeIssue, Sitting]]:
    """Every issue with its sitting, newest first."""
    query = select(CodeIssue, Sitting).join(Sitting, Sitting.id == CodeIssue.sitting_id)
    if sitting_id:
        query = query.where(CodeIssue.sitting_id == sitting_id)
    return [(row[0], row[1]) for row in session.execute(query.order_by(CodeIssue.id.desc()).limit(500))]
