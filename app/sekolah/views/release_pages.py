"""*Rilis*: what opens the package, by network, as a file, or as a code dictated over the telephone."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.domain.refusals import Refusal
from app.models import HeldSitting
from app.sekolah.jobs import look_for_releases
from app.sekolah.services import day, releasing
from app.sekolah.views.desk import actor, blueprint, long_work, page, uploaded
from app.sekolah.views.state_words import held_word
from app.web.access import needs
from app.web.transactions import current_session


@blueprint.get("/rilis")
@needs(Permission.OPEN_PACKAGE)
def release() -> str:
    """Every sitting with its release."""
    return page(
        "release.html",
        sittings=day.held_sittings(current_session()),
        held_word=held_word,
        how_words=releasing.HOW_WORDS,
        chosen=request.args.get("sesi", ""),
    )


@blueprint.post("/rilis/periksa")
@needs(Permission.OPEN_PACKAGE)
def look_for_release() -> Response:
    """Ask the centre now, without waiting for the next look."""
    place = long_work()
    opened = look_for_releases(place, releasing.waiting(place), actor())
    if opened:
        flash(_("Rilis diterima dan paket dibuka: %(number)s sesi.", number=len(opened)), "success")
    else:
        flash(_("Pusat belum merilis. Server memeriksa sendiri mulai 30 menit sebelum tes."), "warning")
    return redirect(url_for("sekolah.release"))


@blueprint.post("/rilis/berkas")
@needs(Permission.OPEN_PACKAGE)
def release_by_file() -> Response:
    """A release file that somebody brought."""
    data = uploaded("file")
    return _told(releasing.take_file(long_work(), data, actor()))


@blueprint.post("/rilis/kode")
@needs(Permission.OPEN_PACKAGE)
def release_by_code() -> Response | str | tuple[str, int]:
    """Four groups as dictated; a mistake keeps what was typed and names the group."""
    groups = [request.form.get(f"group{place}", "")[:20] for place in range(1, 5)]
    sitting_id = request.form.get("sesi", "")
    place = long_work()
    try:
        return _told(releasing.take_code(place, sitting_id, "-".join(groups), actor()))
    except Refusal as refusal:
        values = {name: str(value) for name, value in refusal.values.items()}
        shown = page(
            "release.html",
            sittings=day.held_sittings(current_session()),
            held_word=held_word,
            how_words=releasing.HOW_WORDS,
            chosen=sitting_id,
            typed=groups,
            wrong=[part.strip() for part in values.get("groups", "").split(",")],
            refused=(refusal.code, _(refusal.cause, **values), _(refusal.remedy, **values)),
        )
        return shown, refusal.status


def _told(sitting: HeldSitting) -> Response:
    flash(_("Paket %(title)s sudah terbuka. Cetak kartu login, lalu aktifkan tes.", title=sitting.title), "success")
    return redirect(url_for("sekolah.sittings"))
