"""Pages of results: the list, a sitting's table with its figures, the spreadsheet, and a student's answer sheet."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.domain.questions import QuestionType
from app.pusat.services import answer_sheets, result_tables, results_export, sittings
from app.pusat.services.sheet_exports import XLSX
from app.pusat.views.uploads import download
from app.web.access import needs
from app.web.current import clock
from app.web.transactions import current_session

blueprint = Blueprint("results", __name__, url_prefix="/hasil")


@blueprint.get("/")
@needs(Permission.READ_RESULTS)
def overview() -> str:
    """Every sitting with results, or waiting for them."""
    return render_template("pusat/results/overview.html", lines=result_tables.list_results(current_session()))


@blueprint.get("/<sitting_id>")
@needs(Permission.READ_RESULTS)
def show(sitting_id: str) -> str:
    """A sitting's table."""
    session = current_session()
    sitting = sittings.find_sitting(session, sitting_id)
    return render_template(
        "pusat/results/show.html", table=result_tables.read_table(session, sitting), type_words=type_words()
    )


@blueprint.post("/<sitting_id>/tabel.xlsx")
@needs(Permission.READ_RESULTS)
def spreadsheet(sitting_id: str) -> Response:
    """The table as a spreadsheet; a line of the audit log."""
    session = current_session()
    sitting = sittings.find_sitting(session, sitting_id)
    table = result_tables.read_table(session, sitting)
    data = results_export.export_results(session, clock(), current_user.username, table, type_words())
    return download(data, f"hasil-{sitting_id}.xlsx", XLSX)


@blueprint.get("/<sitting_id>/peserta/<number>")
@needs(Permission.READ_RESULTS)
def sheet(sitting_id: str, number: str) -> str:
    """One student's answer sheet."""
    found = answer_sheets.read_sheet(current_session(), sitting_id, number)
    back = request.args.get("dari", "")
    return render_template("pusat/results/sheet.html", sheet=found, type_words=type_words(), back=back)


def type_words() -> dict[str, str]:
    """Question types as the field calls them."""
    return {
        str(QuestionType.SINGLE): str(_("Pilihan ganda")),
        str(QuestionType.MULTIPLE): str(_("PG kompleks")),
        str(QuestionType.CATEGORY): str(_("PG kategori")),
        str(QuestionType.MATCHING): str(_("Menjodohkan")),
        str(QuestionType.SHORT): str(_("Isian singkat")),
        str(QuestionType.ESSAY): str(_("Uraian")),
        str(QuestionType.DESCRIPTION): str(_("Bacaan")),
    }
