"""Pages of one question: as its author sees it, as a student will see it, its form, and the media it shows."""

from __future__ import annotations

import os
from dataclasses import replace

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.domain.questions import Question, QuestionType
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import BankQuestion
from app.pusat.services import banks, media, question_bank, question_forms
from app.pusat.services.question_files import ReadItem
from app.pusat.services.question_forms import QuestionForm
from app.pusat.views.forms import Told, problem_words, tell, type_words
from app.pusat.views.question_fields import read_fields
from app.web.access import needs
from app.web.current import clock
from app.web.headers import CONTENT_RULES
from app.web.transactions import current_session

blueprint = Blueprint("questions", __name__)
FRAMED = {
    "Content-Security-Policy": "; ".join(
        f"{name} {value}" for name, value in {**CONTENT_RULES, "frame-ancestors": "'self'"}.items()
    ),
    "X-Frame-Options": "SAMEORIGIN",
}


@blueprint.get("/bank/soal/<question_id>")
@needs(Permission.WRITE_QUESTIONS)
def show(question_id: str) -> str:
    """A question with its key, and the student's view of it."""
    row = question_bank.find_question(current_session(), question_id)
    question = Question.from_dict(row.body)
    before, after = question_bank.neighbours(current_session(), row)
    return render_template(
        "pusat/bank/question.html",
        row=row,
        question=question,
        problems=problem_words(question),
        papers=question_bank.papers_of(current_session(), row),
        before=before,
        after=after,
        type_words=type_words,
        number_text=question_forms.number_text,
    )


@blueprint.get("/bank/soal/<question_id>/tampilan")
@needs(Permission.WRITE_QUESTIONS)
def student_view(question_id: str) -> Response:
    """The question alone, drawn by the exam room's own code; our own pages may frame it."""
    row = question_bank.find_question(current_session(), question_id)
    question = Question.from_dict(row.body)
    data = {"question": question.for_student(), "stimulus": question.stimulus or None, "language": str(get_locale())}
    return framed(render_template("pusat/bank/student_view.html", data=data))


@blueprint.route("/bank/<row:bank_id>/soal/baru/<kind>", methods=["GET", "POST"])
@needs(Permission.WRITE_QUESTIONS)
def new(bank_id: int, kind: str) -> Response | str | tuple[str, int]:
    """Write a question of this type."""
    bank = banks.find_bank(current_session(), bank_id)
    blank = Question(type=_type(kind), stem="")
    if request.method == "GET":
        return _page(QuestionForm(type=blank.type), bank_id, None, None)
    form = read_fields(blank.type, request.form, request.files.get("attached"))
    item = _judge(form, blank)
    if item.question is None:
        return _page(form, bank_id, None, _told(item))
    row = question_bank.add_question(current_session(), clock(), current_user.username, bank, item.question, item.media)
    flash(_("Soal sudah disimpan."), "success")
    return redirect(url_for("questions.show", question_id=row.id))


@blueprint.route("/bank/soal/<question_id>/ubah", methods=["GET", "POST"])
@needs(Permission.WRITE_QUESTIONS)
def edit(question_id: str) -> Response | str | tuple[str, int]:
    """Change a question; formulas stand as LaTeX between dollar signs."""
    row = question_bank.find_question(current_session(), question_id)
    before = Question.from_dict(row.body)
    if request.method == "GET":
        return _page(question_forms.form_of(before), row.bank_id, row, None)
    form = read_fields(before.type, request.form, request.files.get("attached"))
    if request.form.get("revision") != str(row.revision):
        changed = Refusal(
            "P-422",
            N_("Soal ini baru saja diubah oleh orang lain."),
            N_("Salin perubahan Anda, buka soal ini lagi, lalu ulangi di sana."),
            status=409,
        )
        return _page(form, row.bank_id, row, tell(changed))
    item = _judge(form, before)
    if item.question is None:
        return _page(form, row.bank_id, row, _told(item))
    others = question_bank.change_question(
        current_session(),
        clock(),
        current_user.username,
        row,
        item.question,
        item.media,
        whole_group="whole_group" in request.form,
    )
    flash(_("Soal sudah disimpan."), "success")
    if others:
        flash(_("Stimulus %(n)s soal lain dalam grup ini ikut diperbarui.", n=others), "success")
    return redirect(url_for("questions.show", question_id=question_id))


@blueprint.route("/bank/soal/<question_id>/hapus", methods=["GET", "POST"])
@needs(Permission.WRITE_QUESTIONS)
def delete(question_id: str) -> Response | str:
    """Delete a question that no paper uses, after one question."""
    row = question_bank.find_question(current_session(), question_id)
    if request.method == "POST":
        bank_id = row.bank_id
        question_bank.delete_question(current_session(), clock(), current_user.username, row)
        flash(_("Soal sudah dihapus."), "success")
        return redirect(url_for("bank.show", bank_id=bank_id))
    return render_template(
        "pusat/confirm.html",
        title=_("Hapus soal ini?"),
        what=question_bank.line_of(row).text,
        label=_("Hapus soal"),
        back=url_for("questions.show", question_id=question_id),
    )


@blueprint.get("/media/<name>")
@needs(Permission.SIGN_IN)
def media_file(name: str) -> Response:
    """A picture or recording. Its name is the hash of its bytes, so a browser may keep it."""
    found = media.read_media(current_session(), name)
    response = make_response(found.data)
    response.mimetype = found.mime
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response.make_conditional(request.environ, accept_ranges=True, complete_length=found.size)


def framed(page: str) -> Response:
    """A page that our own pages may show in a frame."""
    response = make_response(page)
    response.headers.update(FRAMED)
    return response


def _type(kind: str) -> QuestionType:
    if kind not in {str(one) for one in QuestionType if one is not QuestionType.DESCRIPTION}:
        raise Refusal("P-423", N_("Jenis soal ini tidak dikenal."), N_("Pilih jenis di halaman bank soal."), status=404)
    return QuestionType(kind)


def _judge(form: QuestionForm, before: Question) -> ReadItem:
    names = question_bank.media_in(" ".join(_texts(form)))
    known = media.known_media(current_session(), names)
    item = question_forms.question_of(form, before, known, lambda: question_bank.new_id(os.urandom))
    return replace(item, place=form.title)


def _texts(form: QuestionForm) -> list[str]:
    parts = [form.stem, form.stimulus, form.marking_guide, *form.columns]
    return parts + [one.html for one in form.options] + [one.html for one in form.rows]


def _told(item: ReadItem) -> Told:
    return Told("P-424", item.message(_), _("Perbaiki isian itu, lalu simpan lagi. Belum ada yang disimpan."), 400)


def _page(form: QuestionForm, bank_id: int, row: BankQuestion | None, refused: Told | None) -> tuple[str, int]:
    page = render_template(
        "pusat/bank/edit.html", form=form.padded(), bank_id=bank_id, row=row, refused=refused, type_words=type_words
    )
    return page, refused.status if refused else 200
