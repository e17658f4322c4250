"""Time given back: to one student or to all, with a reason; measured outages are offered as one click."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Outage
from app.sekolah.services import attempts, day, lost_time
from app.sekolah.services.board import exam_time_as_clock
from app.sekolah.services.exam_time import clock_state
from app.sekolah.views.desk import actor, blueprint, chosen_sitting, now_ms, page
from app.sekolah.views.people_pages import find_attempt
from app.web.access import needs
from app.web.current import clock
from app.web.transactions import current_session

MINUTE_MS = 60_000


@blueprint.get("/waktu")
@needs(Permission.HELP_PARTICIPANT)
def extra_time() -> str:
    """Outages to give back, credit by hand, and what was given."""
    session = current_session()
    sitting = chosen_sitting()
    state = clock_state(session)
    return page(
        "extra_time.html",
        sitting=sitting,
        sittings=day.held_sittings(session),
        outages=lost_time.outages_to_give_back(session, sitting) if sitting else [],
        given=lost_time.given(session, sitting) if sitting else [],
        people=lost_time.working(session, sitting) if sitting else [],
        chosen=request.args.get("peserta", type=int),
        uncertain=state.uncertain_ms if state else None,
        exam_time_as_clock=exam_time_as_clock,
    )


@blueprint.post("/waktu/<sitting_id>")
@needs(Permission.HELP_PARTICIPANT)
def give_time(sitting_id: str) -> Response:
    """Credit with a reason, for one student or for everyone of the room."""
    who = request.form.get("attempt", type=int)
    reached = attempts.give_credit(
        current_session(),
        clock(),
        sitting_id,
        actor(),
        now_ms=now_ms(),
        amount_ms=_minutes(request.form.get("minutes", "")) * MINUTE_MS,
        reason=request.form.get("reason", ""),
        attempt_id=who,
    )
    if who:
        flash(_("Waktu %(name)s ditambah.", name=find_attempt(who).name), "success")
    else:
        flash(_("Waktu ditambah untuk %(number)s peserta.", number=reached), "success")
    return redirect(url_for("sekolah.extra_time", sesi=sitting_id))


@blueprint.post("/waktu/<sitting_id>/gangguan/<int:outage_id>")
@needs(Permission.HELP_PARTICIPANT)
def give_outage_back(sitting_id: str, outage_id: int) -> Response:
    """One click: what the server measured, given back to everyone who was working."""
    session = current_session()
    outage = session.scalar(select(Outage).where(Outage.id == outage_id))
    if outage is None:
        raise Refusal(
            "S-239", N_("Gangguan ini tidak ada."), N_("Muat ulang halaman, lalu pilih dari daftar."), status=404
        )
    started = exam_time_as_clock(outage.started_ms)
    reached = attempts.give_credit(
        session,
        clock(),
        sitting_id,
        actor(),
        now_ms=now_ms(),
        amount_ms=outage.ended_ms - outage.started_ms,
        reason=_("Gangguan server mulai %(time)s (diukur server).", time=started.strftime("%H.%M.%S UTC")),
        outage_id=outage.id,
    )
    flash(_("Waktu gangguan dikembalikan kepada %(number)s peserta.", number=reached), "success")
    return redirect(url_for("sekolah.extra_time", sesi=sitting_id))


@blueprint.post("/waktu/jam")
@needs(Permission.HELP_PARTICIPANT)
def settle_clock() -> Response:
    """The proctor's word on how long the server was off, where its clocks could not tell."""
    minutes = _minutes(request.form.get("minutes", ""), least=0)
    attempts.settle_clock(current_session(), clock(), minutes * MINUTE_MS, actor(), request.form.get("reason", ""))
    flash(_("Keputusan dicatat dan berlaku dalam beberapa detik."), "success")
    return redirect(url_for("sekolah.extra_time"))


def _minutes(text: str, least: int = 1) -> int:
    tidy = text.strip()
    minutes = int(tidy) if tidy.isascii() and tidy.isdigit() and len(tidy) < 4 else -1
    if minutes < least:
        raise Refusal(
            "S-135",
            N_("Lama tambahan waktu tidak sah."),
            N_("Tulis lamanya dalam menit, dengan angka saja, misalnya 10."),
            status=422,
        )
    return minutes
