"""*Daftar Peserta*, the login cards to print, and *Kelompok Tes*."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.audit_events import AuditEvent
from app.domain.permissions import Permission
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Attempt, HeldSitting
from app.sekolah.services import day, groups, identity, opening
from app.sekolah.views.desk import actor, blueprint, chosen_sitting, long_work, page
from app.services import audit
from app.web.access import needs
from app.web.current import clock
from app.web.transactions import current_session


@blueprint.get("/peserta")
@needs(Permission.WATCH_ROOM)
def participants() -> str:
    """Everyone on the list of a sitting."""
    sitting = chosen_sitting()
    people = groups.participants(current_session(), sitting.id) if sitting else []
    return page("participants.html", sitting=sitting, people=people, sittings=day.held_sittings(current_session()))


@blueprint.post("/peserta/<sitting_id>/kartu")
@needs(Permission.PRINT_SHEETS)
def login_cards(sitting_id: str) -> str:
    """Number and password of each student, to be printed and cut; every look at it is logged."""
    session = current_session()
    sitting = day.find_sitting(session, sitting_id)
    audit.record(session, clock(), actor(), AuditEvent.SHEET_PRINTED, sitting.id, {"sheet": "login"})
    session.commit()
    here = long_work()
    with here.look() as reader:
        sitting = day.find_sitting(reader, sitting_id)
        people = [person for person in groups.participants(reader, sitting_id) if person.assigned]
        known = identity.find_identity(reader)
    passwords = opening.login_sheet(here, sitting)
    return page("login_cards.html", sitting=sitting, people=people, passwords=passwords, identity=known)


@blueprint.get("/kelompok")
@needs(Permission.WATCH_ROOM)
def grouping() -> str:
    """Who sits this sitting, and where."""
    sitting = chosen_sitting()
    people = groups.participants(current_session(), sitting.id) if sitting else []
    return page("grouping.html", sitting=sitting, people=people, sittings=day.held_sittings(current_session()))


@blueprint.post("/kelompok/<sitting_id>/semua")
@needs(Permission.ASSIGN_SEATS)
def change_group(sitting_id: str) -> Response:
    """*Assign All*, *Unassign All*, *Reset All*."""
    session = current_session()
    sitting = day.find_sitting(session, sitting_id)
    _refuse_after_the_end(sitting)
    deed = request.form.get("deed", "")
    if deed == "assign":
        told = _("%(number)s peserta dimasukkan.", number=groups.assign_all(session, sitting.id))
    elif deed == "unassign":
        told = _("%(number)s peserta dikeluarkan.", number=groups.unassign_all(session, sitting.id))
    else:
        deed = "reset"
        told = _("Pembagian dari pusat dipulihkan: %(number)s berubah.", number=groups.reset_all(session, sitting))
    audit.record(session, clock(), actor(), AuditEvent.GROUP_ASSIGNED, sitting.id, {"deed": f"{deed} all"})
    flash(told, "success")
    return redirect(url_for("sekolah.grouping", sesi=sitting.id))


@blueprint.post("/kelompok/peserta/<int:attempt_id>")
@needs(Permission.ASSIGN_SEATS)
def change_member(attempt_id: int) -> Response:
    """Put one student in or out, or give another seat."""
    session = current_session()
    attempt = find_attempt(attempt_id)
    sitting = day.find_sitting(session, attempt.sitting_id)
    _refuse_after_the_end(sitting)
    deed = request.form.get("deed", "")
    detail: dict[str, object] = {"sitting": sitting.id, "deed": deed}
    if deed == "seat":
        other = groups.change_seat(session, attempt, _seat(request.form.get("seat", "")))
        detail["seat"] = attempt.seat
        told = _("%(name)s duduk di tempat %(seat)s.", name=attempt.name, seat=attempt.seat)
        if other is not None:
            told += " " + _("%(name)s pindah ke tempat %(seat)s.", name=other.name, seat=other.seat)
    else:
        groups.assign(session, attempt, assigned=deed == "assign")
        words = (
            _("%(name)s masuk kelompok.", name=attempt.name),
            _("%(name)s keluar dari kelompok.", name=attempt.name),
        )
        told = words[0] if attempt.assigned else words[1]
    audit.record(session, clock(), actor(), AuditEvent.GROUP_ASSIGNED, attempt.number, detail)
    flash(told, "success")
    return redirect(url_for("sekolah.grouping", sesi=sitting.id, _anchor=f"p{attempt.id}"))


def find_attempt(attempt_id: int) -> Attempt:
    """The attempt; refuses (S-130) an unknown one."""
    attempt = current_session().get(Attempt, attempt_id)
    if attempt is None:
        raise Refusal(
            "S-130",
            N_("Peserta ini tidak ada di server ini."),
            N_("Muat ulang daftar peserta, lalu pilih sekali lagi."),
            status=404,
        )
    return attempt


def _seat(text: str) -> int:
    tidy = text.strip()
    return int(tidy) if tidy.isascii() and tidy.isdigit() and len(tidy) < 6 else 0


def _refuse_after_the_end(sitting: HeldSitting) -> None:
    if sitting.closed_at is not None:
        raise Refusal(
            "S-273",
            N_("Tes ini sudah ditutup, jadi kelompoknya tidak berubah lagi."),
            N_("Pilih sesi lain di atas halaman."),
            status=409,
        )
