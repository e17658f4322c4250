"""Pages of sittings: the list, one sitting with its seats, and its forms. Times are those of the room's school."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.domain.refusals import Refusal
from app.models import Sitting
from app.pusat.services import papers, participants, rooms, schools, sealed_versions, seating, sittings
from app.pusat.services.seating import Choice
from app.pusat.services.sittings import SittingPlan
from app.pusat.views.forms import Told, local_time, tell, whole_number
from app.web.access import needs
from app.web.current import clock
from app.web.transactions import current_session

blueprint = Blueprint("sittings", __name__, url_prefix="/jadwal")
BY_HAND = "tangan"
RELEASE_MINUTES = (15, 30, 60, 120, 24 * 60)


@blueprint.get("/")
@needs(Permission.PLAN_SITTINGS)
def overview() -> str:
    """All sittings, filtered."""
    npsn, state = request.args.get("sekolah", ""), request.args.get("keadaan", "")
    lines = sittings.list_sittings(current_session(), npsn, state)
    return render_template(
        "pusat/sittings/overview.html",
        lines=lines,
        schools=[line.school for line in schools.list_schools(current_session())],
        npsn=npsn,
        state=state,
        outdated=sealed_versions.outdated(current_session(), [line.sitting for line in lines]),
    )


@blueprint.route("/baru", methods=["GET", "POST"])
@needs(Permission.PLAN_SITTINGS)
def new() -> Response | str | tuple[str, int]:
    """Plan a sitting."""
    refused = None
    if request.method == "POST":
        try:
            sitting = sittings.add_sitting(current_session(), clock(), current_user.username, _plan(), os.urandom)
        except Refusal as refusal:
            refused = tell(refusal)
        else:
            flash(_("Jadwal sudah dibuat. Sekarang tempatkan pesertanya."), "success")
            return redirect(url_for("sittings.show", sitting_id=sitting.id))
    return _form(None, refused)


@blueprint.route("/<sitting_id>/ubah", methods=["GET", "POST"])
@needs(Permission.PLAN_SITTINGS)
def edit(sitting_id: str) -> Response | str | tuple[str, int]:
    """Change a sitting that was not released."""
    sitting = sittings.find_sitting(current_session(), sitting_id)
    refused = None
    if request.method == "POST":
        try:
            sittings.change_sitting(current_session(), clock(), current_user.username, sitting, _plan())
        except Refusal as refusal:
            refused = tell(refusal)
        else:
            flash(_("Jadwal sudah disimpan."), "success")
            return redirect(url_for("sittings.show", sitting_id=sitting_id))
    return _form(sitting, refused)


@blueprint.route("/<sitting_id>/hapus", methods=["GET", "POST"])
@needs(Permission.PLAN_SITTINGS)
def delete(sitting_id: str) -> Response | str:
    """Delete a sitting that was never published, after one question."""
    sitting = sittings.find_sitting(current_session(), sitting_id)
    if request.method == "POST":
        sittings.delete_sitting(current_session(), clock(), current_user.username, sitting)
        flash(_("Jadwal sudah dihapus."), "success")
        return redirect(url_for("sittings.overview"))
    return render_template(
        "pusat/confirm.html",
        title=_("Hapus jadwal “%(title)s”?", title=sitting.title),
        what=_("Penempatan %(n)s peserta ikut dihapus; pesertanya tetap terdaftar.", n=len(sitting.enrolments)),
        label=_("Hapus jadwal"),
        back=url_for("sittings.show", sitting_id=sitting_id),
    )


@blueprint.get("/<sitting_id>")
@needs(Permission.PLAN_SITTINGS)
def show(sitting_id: str) -> str:
    """One sitting: its facts, publication, and who sits where."""
    return _show(sittings.find_sitting(current_session(), sitting_id), None)


@blueprint.post("/<sitting_id>/tempatkan")
@needs(Permission.PLAN_SITTINGS)
def place(sitting_id: str) -> Response | tuple[str, int]:
    """Put the chosen participants on free seats."""
    sitting = sittings.find_sitting(current_session(), sitting_id)
    try:
        placed, left = seating.place(
            current_session(), clock(), current_user.username, sitting, _choice(request.form, sitting)
        )
    except Refusal as refusal:
        return _refused(sitting_id, refusal)
    flash(_("%(n)s peserta ditempatkan.", n=placed), "success" if placed else "warning")
    if left:
        flash(_("%(n)s peserta tidak mendapat tempat karena ruang penuh. Buat jadwal lain.", n=left), "warning")
    return redirect(url_for("sittings.show", sitting_id=sitting_id))


@blueprint.post("/<sitting_id>/tempat")
@needs(Permission.PLAN_SITTINGS)
def seats(sitting_id: str) -> Response | tuple[str, int]:
    """Save the typed seat numbers, or take the ticked participants off."""
    sitting = sittings.find_sitting(current_session(), sitting_id)
    session, actor, form = current_session(), current_user.username, request.form
    try:
        if "remove" in form:
            count = seating.take_off(session, clock(), actor, sitting, form.getlist("number"))
            flash(_("%(n)s peserta dikeluarkan dari jadwal.", n=count), "success")
        else:
            wanted = {
                name[5:]: whole_number(form, name, _("Tempat untuk %(number)s", number=name[5:]))
                for name in form
                if name.startswith("seat_")
            }
            count = seating.change_seats(session, clock(), actor, sitting, wanted)
            flash(_("%(n)s peserta pindah tempat.", n=count), "success")
    except Refusal as refusal:
        return _refused(sitting_id, refusal)
    return redirect(url_for("sittings.show", sitting_id=sitting_id))


def _refused(sitting_id: str, refusal: Refusal) -> tuple[str, int]:
    told = tell(refusal)
    return _show(sittings.find_sitting(current_session(), sitting_id), told), told.status


def _show(sitting: Sitting, refused: Told | None) -> str:
    session = current_session()
    choice = _choice(request.args, sitting)
    return render_template(
        "pusat/sittings/show.html",
        sitting=sitting,
        places=seating.seating_list(session, sitting),
        free=len(seating.free_seats(session, sitting)),
        choice=choice,
        candidates=seating.find_candidates(session, sitting, choice),
        schools=[line.school for line in schools.list_schools(session)],
        classes=participants.list_classes(session, choice.npsn),
        changes=sealed_versions.differences(session, sitting),
        changeable=sitting.state in sittings.CHANGEABLE,
        refused=refused,
        ends_at=sitting.starts_at + timedelta(seconds=sitting.length_s),
    )


def _choice(given: Mapping[str, str], sitting: Sitting) -> Choice:
    return Choice(
        npsn=given.get("npsn", sitting.room.server.school_npsn),
        class_name=given.get("class_name", ""),
        first=given.get("first", ""),
        last=given.get("last", ""),
        without_paper=given.get("again", "") != "1",
    )


def _plan() -> SittingPlan:
    form = request.form
    room = rooms.find_room(current_session(), whole_number(form, "room_id", _("Ruang")))
    zone = room.server.school.time_zone
    starts_at = local_time(form.get("date", ""), form.get("time", ""), zone, _("Mulai"))
    release_at = None
    if form.get("release", BY_HAND) != BY_HAND:
        release_at = starts_at - timedelta(minutes=whole_number(form, "release", _("Rilis paket")))
    return SittingPlan(
        title=form.get("title", ""),
        paper_id=whole_number(form, "paper_id", _("Paket soal")),
        room_id=room.id,
        starts_at=starts_at,
        minutes=whole_number(form, "minutes", _("Lama ujian")),
        minimum_minutes=whole_number(form, "minimum", _("Waktu minimum")),
        release_at=release_at,
    )


def _form(sitting: Sitting | None, refused: Told | None) -> tuple[str, int]:
    """The form with what was typed, else what the sitting says, else sensible values."""
    typed = dict(request.form) if request.method == "POST" else _typed(sitting)
    page = render_template(
        "pusat/sittings/form.html",
        sitting=sitting,
        typed=typed,
        papers=papers.list_papers(current_session()),
        rooms=rooms.list_rooms(current_session()),
        zones=schools.TIME_ZONES,
        releases=_releases(typed.get("release", BY_HAND)),
        refused=refused,
    )
    return page, refused.status if refused else 200


def _typed(sitting: Sitting | None) -> dict[str, str]:
    if sitting is None:
        chosen = {"paper_id": request.args.get("paket", ""), "room_id": request.args.get("ruang", "")}
        return chosen | {"minutes": "90", "minimum": "0", "release": "30", "time": "07.30"}
    local = sitting.starts_at.astimezone(ZoneInfo(sitting.time_zone))
    release = BY_HAND
    if sitting.release_at is not None:
        release = str(int((sitting.starts_at - sitting.release_at).total_seconds()) // 60)
    return {
        "title": sitting.title,
        "paper_id": str(sitting.paper_id),
        "room_id": str(sitting.room_id),
        "date": local.strftime("%Y-%m-%d"),
        "time": local.strftime("%H.%M"),
        "minutes": str(sitting.length_s // 60),
        "minimum": str(sitting.minimum_s // 60),
        "release": release,
    }


def _releases(chosen: str) -> list[tuple[str, str]]:
    minutes = sorted({*RELEASE_MINUTES, *([int(chosen)] if chosen.isdecimal() and len(chosen) < 6 else [])})
    words = [(str(one), _release_words(one)) for one in minutes]
    return [(BY_HAND, _("Dengan tangan, oleh petugas pusat")), *words]


def _release_words(minutes: int) -> str:
    if minutes >= 60 and minutes % 60 == 0:
        return str(_("%(n)s jam sebelum mulai", n=minutes // 60))
    return str(_("%(n)s menit sebelum mulai", n=minutes))
