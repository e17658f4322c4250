"""Documents to print: login cards, the attendance list and answer sheets, as a page and as PDF from the same parts."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import undefer
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.models import Media, Sitting
from app.printing.pdf import render_pdf
from app.pusat.services import answer_sheets, login_cards, sealed_versions, sittings
from app.pusat.services.answer_sheets import Sheet
from app.pusat.views.forms import box
from app.pusat.views.results import type_words
from app.web.access import needs
from app.web.current import clock
from app.web.transactions import current_session, reads_only

blueprint = Blueprint("sheets", __name__, url_prefix="/cetak")


@blueprint.route("/<sitting_id>/kartu-login", methods=["GET", "POST"])
@needs(Permission.PRINT_SHEETS)
def cards(sitting_id: str) -> Response | str:
    """Login cards: asked for first, because seeing the passwords is logged; then as a page or PDF."""
    session = current_session()
    sitting = sittings.find_sitting(session, sitting_id)
    if request.method == "GET":
        return render_template(
            "pusat/results/cards_ask.html",
            sitting=sitting,
            count=len(sitting.enrolments),
            changes=sealed_versions.differences(session, sitting),
        )
    found = login_cards.read_cards(
        session, clock(), current_user.username, box(), sitting, request.form.get("number", "")[:64]
    )
    as_pdf = request.form.get("as") == "pdf"
    page = render_template("printing/login_cards.html", sitting=sitting, cards=found, printed_at=clock().now())
    session.commit()  # the log holds it before anybody sees a password, and no transaction waits for the PDF
    return _pdf(page, f"kartu-login-{sitting_id}.pdf") if as_pdf else page


@blueprint.get("/<sitting_id>/daftar-hadir.pdf")
@needs(Permission.PRINT_SHEETS)
def attendance(sitting_id: str) -> Response:
    """The attendance list as PDF."""
    session = current_session()
    sitting = sittings.find_sitting(session, sitting_id)
    places = login_cards.read_attendance(session, sitting)
    page = render_template("printing/attendance.html", sitting=sitting, places=places, printed_at=clock().now())
    session.rollback()
    return _pdf(page, f"daftar-hadir-{sitting_id}.pdf")


@blueprint.get("/<sitting_id>/lembar-jawaban.pdf")
@needs(Permission.READ_RESULTS)
@reads_only
def answer_sheets_all(sitting_id: str) -> Response:
    """The answer sheets of everyone who sat, as one PDF."""
    session = current_session()
    sitting = sittings.find_sitting(session, sitting_id)
    return _sheets(sitting, list(answer_sheets.read_sheets(session, sitting)), f"lembar-jawaban-{sitting_id}.pdf")


@blueprint.get("/<sitting_id>/lembar-jawaban/<number>.pdf")
@needs(Permission.READ_RESULTS)
@reads_only
def answer_sheet(sitting_id: str, number: str) -> Response:
    """One student's answer sheet as PDF."""
    session = current_session()
    sheet = answer_sheets.read_sheet(session, sitting_id, number)
    return _sheets(sheet.sitting, [sheet], f"lembar-jawaban-{sitting_id}-{number}.pdf")


def _sheets(sitting: Sitting, sheets: list[Sheet], name: str) -> Response:
    session = current_session()
    page = render_template(
        "printing/answer_sheets.html",
        sitting=sitting,
        sheets=sheets,
        type_words=type_words(),
        printed_at=clock().now(),
    )
    names = {one for sheet in sheets for one in sheet.media}
    query = select(Media).where(Media.name.in_(names)).options(undefer(Media.data))
    pictures = {one.name: one.data for one in session.scalars(query) if one.mime.startswith("image/")}
    session.rollback()
    return _pdf(page, name, pictures)


def _pdf(page: str, name: str, media: dict[str, bytes] | None = None) -> Response:
    response = make_response(render_pdf(page, media))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response
