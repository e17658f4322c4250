"""Pages of marking: the stacks of essays, and one answer after the other without a name, by keyboard."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.pusat.services import marking
from app.pusat.services.marking import Answer
from app.pusat.views.forms import Told, tell
from app.web.access import needs
from app.web.current import clock
from app.web.transactions import current_session

blueprint = Blueprint("marking", __name__, url_prefix="/penilaian")


@blueprint.get("/")
@needs(Permission.MARK_ESSAYS)
def overview() -> str:
    """Questions whose answers wait."""
    return render_template("pusat/marking/overview.html", stacks=marking.list_stacks(current_session()))


@blueprint.get("/<question_id>")
@needs(Permission.MARK_ESSAYS)
def following(question_id: str) -> Response:
    """The next answer that waits; the list when none is left."""
    after = request.args.get("sesudah", "0")
    found = marking.next_answer(current_session(), question_id, int(after) if after.isdecimal() else 0)
    if found is None:
        flash(_("Semua jawaban soal ini sudah dinilai."), "success")
        return redirect(url_for("marking.overview"))
    return redirect(url_for("marking.show", question_id=question_id, attempt_id=found.attempt_id))


@blueprint.route("/<question_id>/<int:attempt_id>", methods=["GET", "POST"])
@needs(Permission.MARK_ESSAYS)
def show(question_id: str, attempt_id: int) -> Response | str | tuple[str, int]:
    """One answer with its guide, and the points for it."""
    refused = None
    if request.method == "POST":
        try:
            marking.mark(
                current_session(),
                clock(),
                current_user.username,
                attempt_id,
                question_id,
                _points(),
                request.form.get("seen", ""),
            )
        except Refusal as refusal:
            refused = tell(refusal)
        else:
            return redirect(url_for("marking.following", question_id=question_id, sesudah=attempt_id))
    return _page(marking.read_answer(current_session(), attempt_id, question_id), refused)


def _page(answer: Answer, refused: Told | None) -> tuple[str, int]:
    most = answer.question.mark
    steps = [step * marking.STEP for step in range(int(most / marking.STEP) + 1)]
    page = render_template("pusat/marking/show.html", answer=answer, steps=steps, step=marking.STEP, refused=refused)
    return page, refused.status if refused else 200


def _points() -> float:
    typed = request.form.get("points", "").strip().replace(",", ".")
    if not typed.replace(".", "", 1).isdecimal() or len(typed) > 8:
        raise Refusal(
            "P-773",
            N_("Nilai belum diisi atau bukan bilangan."),
            N_("Pilih salah satu tombol, atau ketik misalnya 1,5."),
        )
    return float(typed)
