"""*Kesiapan lab*: the proof that every PC is ready, as verify.yml handed it in; a page per room, and the minutes.

Nothing is measured or changed here.
"""

from __future__ import annotations

from flask import abort, make_response, url_for
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.printing.pdf import render_pdf
from app.sekolah.services import lab_reports
from app.sekolah.views.desk import blueprint, page
from app.sekolah.views.lab_words import WORDS, as_one_file, draw_paper
from app.web.access import needs
from app.web.current import settings
from app.web.transactions import current_session


@blueprint.get("/kesiapan-lab")
@needs(Permission.SET_UP_SERVER)
def lab() -> str:
    """The newest report, or how to make the first one."""
    newest = lab_reports.find_newest(settings().data_dir)
    return _overview(newest) if newest else page("lab/none.html")


@blueprint.get("/kesiapan-lab/<report>")
@needs(Permission.SET_UP_SERVER)
def lab_report(report: str) -> str:
    """One report: the whole, its rooms, the LAN, the server."""
    return _overview(lab_reports.read(settings().data_dir, report))


@blueprint.get("/kesiapan-lab/<report>/ruang/<int:number>")
@needs(Permission.SET_UP_SERVER)
def lab_room(report: str, number: int) -> str:
    """One room (counted from 1): every PC with what to do about it."""
    kept = lab_reports.read(settings().data_dir, report)
    if not 0 < number <= len(kept.verdict.rooms):
        abort(404)
    return page("lab/room.html", kept=kept, tabs=_tabs(kept), room=kept.verdict.rooms[number - 1], **WORDS)


@blueprint.get("/kesiapan-lab/<report>/layar/<computer>.png")
@needs(Permission.SET_UP_SERVER)
def lab_screen(report: str, computer: str) -> Response:
    """What the screen of a PC showed."""
    shown = lab_reports.picture(lab_reports.read(settings().data_dir, report), computer)
    if shown is None:
        abort(404)
    response = make_response(shown)
    response.mimetype = "image/png"
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return response


@blueprint.get("/kesiapan-lab/<report>/berita-acara.<form>")
@needs(Permission.PRINT_SHEETS)
def lab_minutes(report: str, form: str) -> Response:
    """The minutes of the trial day: `pdf` to be signed, `html` to be kept."""
    kept = lab_reports.read(settings().data_dir, report)
    if form not in {"pdf", "html"}:
        abort(404)
    paper = draw_paper(kept)
    current_session().rollback()  # no transaction waits for the PDF
    name = f"uji-coba-lab-{kept.id[:8]}.{form}"
    if form == "pdf":
        response = make_response(render_pdf(paper.html, paper.pictures))
        response.mimetype = "application/pdf"
        response.headers["Content-Disposition"] = f'inline; filename="{name}"'
        return response
    response = make_response(as_one_file(paper))
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _overview(kept: lab_reports.KeptReport) -> str:
    others = [name for name in lab_reports.names(settings().data_dir) if name != kept.id]
    older = [lab_reports.glance(settings().data_dir, name) for name in others]
    return page("lab/report.html", kept=kept, tabs=_tabs(kept), older=[one for one in older if one], **WORDS)


def _tabs(kept: lab_reports.KeptReport) -> list[tuple[str, str]]:
    """Room → its page."""
    rooms = enumerate(kept.verdict.rooms, start=1)
    return [(room.room, url_for("sekolah.lab_room", report=kept.id, number=number)) for number, room in rooms]
