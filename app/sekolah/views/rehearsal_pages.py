"""*Gladi*: start a rehearsal, watch it, call it off, and read what the last one found; it goes on without the page."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.sekolah.jobs import place
from app.sekolah.services import rehearsing
from app.sekolah.services.rehearsing import Wish
from app.sekolah.views.desk import blueprint, page
from app.sekolah.views.live import live
from app.sekolah.views.rehearsal_graph import graph
from app.settings import SekolahSettings
from app.web.access import needs
from app.web.current import clock, settings
from app.web.jobs import jobs
from app.web.locale import number_words
from app.web.transactions import current_session

LENGTHS = (60, 300, 900)  # seconds
GATHER_S = 900  # how long exam PCs are waited for, unless the proctor goes on
PHASES = {
    "prepare": N_("Menyiapkan server percobaan"),
    "gather": N_("Menunggu komputer peserta"),
    "login": N_("Semua peserta masuk"),
    "start": N_("Semua peserta menekan Mulai"),
    "save": N_("Semua peserta menjawab"),
    "finish": N_("Semua peserta menekan Selesai"),
    "clear": N_("Merapikan"),
}
SHORT = {"login": N_("Masuk"), "start": N_("Mulai"), "save": N_("Simpan"), "finish": N_("Selesai")}
OVERALL = {"good": N_("Siap"), "warn": N_("Siap dengan catatan"), "bad": N_("Belum siap")}


@blueprint.get("/gladi")
@needs(Permission.SET_UP_SERVER)
def rehearsal() -> str:
    """The form or the bar, and the last verdict."""
    return page("rehearsal.html", **_data())


@blueprint.get("/gladi/langsung")
@needs(Permission.SET_UP_SERVER)
def rehearsal_live() -> Response:
    """What changes, for the page that watches."""
    return live(render_template("sekolah/_rehearsal.html", **_data()))


@blueprint.post("/gladi")
@needs(Permission.SET_UP_SERVER)
def start_rehearsal() -> Response:
    """Begin one beside the requests."""
    here = _settings()
    wish = Wish(_number("students"), _number("seconds"))
    if request.form.get("lan"):
        wish = replace(wish, address=here.host, gather_s=GATHER_S)
    rehearsing.require_possible(current_session(), clock().now(), here.data_dir, wish)
    started = rehearsing.begin(here, wish)
    jobs().start("rehearsal", started.wait)
    flash(_("Gladi dimulai. Halaman ini boleh ditutup."), "success")
    return redirect(url_for("sekolah.rehearsal"))


@blueprint.post("/gladi/lanjut")
@needs(Permission.SET_UP_SERVER)
def go_on_rehearsal() -> Response:
    """Wait for no more exam PCs."""
    if rehearsing.running(place().run_dir, place().data_dir):
        rehearsing.go_on(place().data_dir)
    return redirect(url_for("sekolah.rehearsal"))


@blueprint.post("/gladi/hentikan")
@needs(Permission.SET_UP_SERVER)
def stop_rehearsal() -> Response:
    """Call it off."""
    if rehearsing.running(place().run_dir, place().data_dir):
        rehearsing.cancel(place().data_dir)
        flash(_("Gladi dihentikan. Sisanya dibersihkan dalam beberapa detik."), "success")
    else:
        flash(_("Gladi sudah selesai."), "success")
    return redirect(url_for("sekolah.rehearsal"))


def _settings() -> SekolahSettings:
    found = settings()
    if not isinstance(found, SekolahSettings):
        raise TypeError("only a school's server has this page")
    return found


def _number(name: str) -> int:
    text = request.form.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _data() -> dict[str, Any]:
    here = place()
    verdict = rehearsing.last_verdict(here.data_dir)
    running = rehearsing.running(here.run_dir, here.data_dir)
    refusal = None if running else _why_not()
    return {
        "running": running,
        "progress": rehearsing.progress(here.data_dir) if running else {},
        "refusal": refusal,
        "students": rehearsing.largest_sitting(current_session()),
        "lengths": [(seconds, ngettext("%(num)s menit", "%(num)s menit", seconds // 60)) for seconds in LENGTHS],
        "stopped": {} if running else rehearsing.stopped(here.data_dir),
        "guest_address": f"{request.host_url}gladi",
        "verdict": verdict,
        "verdict_at": datetime.fromisoformat(verdict["at"]) if verdict else None,
        "graph": graph(verdict.get("graph", [])),
        "phase_words": PHASES,
        "short_words": SHORT,
        "overall_words": OVERALL,
        "told": _told,
    }


def _why_not() -> Refusal | None:
    try:
        rehearsing.require_quiet(current_session(), clock().now())
    except Refusal as refusal:
        return refusal
    return None


def _told(text: str, values: dict[str, Any]) -> str:
    """A line of the verdict in the reader's language, its numbers in the reader's style."""
    numbers = {name: number_words(value) if isinstance(value, int | float) else value for name, value in values.items()}
    return str(_(text, **numbers)) if text else ""
