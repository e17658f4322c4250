"""Pages of question banks: the list, one bank with its questions, and the import of a file with its preview."""

from __future__ import annotations

import json
import os

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.domain.questions import QuestionType
from app.domain.refusals import Refusal
from app.pusat.services import banks, question_bank
from app.pusat.services.question_files import read_question_file
from app.pusat.services.question_files.items import items_from_wire, items_to_wire
from app.pusat.services.question_files.sheet_template import question_template
from app.pusat.services.sheet_exports import XLSX
from app.pusat.views.forms import tell, type_words
from app.pusat.views.inline_media import shown_inline
from app.pusat.views.uploads import download, drop, keep, reopen, uploaded
from app.web.access import needs
from app.web.current import clock
from app.web.transactions import current_session, reads_only, writing

blueprint = Blueprint("bank", __name__, url_prefix="/bank")
KIND = "questions"


@blueprint.get("/")
@needs(Permission.WRITE_QUESTIONS)
def overview() -> str:
    """All banks."""
    return render_template("pusat/bank/overview.html", lines=banks.list_banks(current_session()))


@blueprint.route("/baru", methods=["GET", "POST"])
@needs(Permission.WRITE_QUESTIONS)
def new() -> Response | str | tuple[str, int]:
    """Add a bank."""
    refused = None
    title, subject = request.form.get("title", ""), request.form.get("subject", "")
    if request.method == "POST":
        try:
            bank = banks.add_bank(current_session(), clock(), current_user.username, title, subject)
        except Refusal as refusal:
            refused = tell(refusal)
        else:
            flash(_("Bank soal “%(title)s” sudah dibuat.", title=bank.title), "success")
            return redirect(url_for("bank.show", bank_id=bank.id))
    page = render_template("pusat/bank/form.html", bank=None, title=title, subject=subject, refused=refused)
    return page, refused.status if refused else 200


@blueprint.route("/<row:bank_id>/ubah", methods=["GET", "POST"])
@needs(Permission.WRITE_QUESTIONS)
def edit(bank_id: int) -> Response | str | tuple[str, int]:
    """Change a bank's title and subject."""
    bank = banks.find_bank(current_session(), bank_id)
    title, subject, refused = bank.title, bank.subject, None
    if request.method == "POST":
        title, subject = request.form.get("title", ""), request.form.get("subject", "")
        try:
            banks.change_bank(current_session(), clock(), current_user.username, bank, title, subject)
        except Refusal as refusal:
            refused = tell(refusal)
        else:
            flash(_("Bank soal sudah disimpan."), "success")
            return redirect(url_for("bank.show", bank_id=bank_id))
    page = render_template("pusat/bank/form.html", bank=bank, title=title, subject=subject, refused=refused)
    return page, refused.status if refused else 200


@blueprint.route("/<row:bank_id>/hapus", methods=["GET", "POST"])
@needs(Permission.WRITE_QUESTIONS)
def delete(bank_id: int) -> Response | str:
    """Delete a bank and its questions, after one question."""
    bank = banks.find_bank(current_session(), bank_id)
    if request.method == "POST":
        banks.delete_bank(current_session(), clock(), current_user.username, bank)
        flash(_("Bank soal sudah dihapus."), "success")
        return redirect(url_for("bank.overview"))
    return render_template(
        "pusat/confirm.html",
        title=_("Hapus bank “%(title)s”?", title=bank.title),
        what=_("%(n)s soal di dalamnya ikut dihapus. Tindakan ini tidak dapat dibatalkan.", n=len(bank.questions)),
        label=_("Hapus bank soal"),
        back=url_for("bank.show", bank_id=bank_id),
    )


@blueprint.get("/<row:bank_id>")
@needs(Permission.WRITE_QUESTIONS)
def show(bank_id: int) -> str:
    """The questions of a bank, filtered."""
    bank = banks.find_bank(current_session(), bank_id)
    kind, text = request.args.get("jenis", ""), request.args.get("q", "")
    return render_template(
        "pusat/bank/show.html",
        bank=bank,
        lines=question_bank.list_questions(current_session(), bank_id, kind, text),
        counts=question_bank.count_types(current_session(), bank_id),
        kinds=writable_types(),
        kind=kind,
        text=text,
        type_words=type_words,
    )


@blueprint.get("/templat.xlsx")
@needs(Permission.WRITE_QUESTIONS)
def template() -> Response:
    """Our question template."""
    return download(question_template(), "templat-soal.xlsx", XLSX)


@blueprint.route("/<row:bank_id>/impor", methods=["GET", "POST"])
@needs(Permission.WRITE_QUESTIONS)
@reads_only
def upload(bank_id: int) -> Response | str | tuple[str, int]:
    """Take a question file and lead to its preview. Nothing is written to the database here."""
    bank = banks.find_bank(current_session(), bank_id)
    refused = None
    if request.method == "POST":
        try:
            name, data = uploaded()
            read = json.dumps(items_to_wire(read_question_file(name, data))).encode()
            return redirect(url_for("bank.preview", bank_id=bank_id, draft=keep(KIND, name, read, {})))
        except Refusal as refusal:
            refused = tell(refusal)
    page = render_template("pusat/bank/upload.html", bank=bank, refused=refused)
    return page, refused.status if refused else 200


@blueprint.get("/<row:bank_id>/impor/<draft>")
@needs(Permission.WRITE_QUESTIONS)
def preview(bank_id: int, draft: str) -> str:
    """Everything that was read: new questions, known ones, errors by place, what was left out."""
    bank = banks.find_bank(current_session(), bank_id)
    kept = reopen(KIND, draft)
    plan = question_bank.plan_import(current_session(), bank, items_from_wire(json.loads(kept.data)))
    return render_template(
        "pusat/bank/preview.html", bank=bank, plan=plan, draft=kept, shown=shown_inline(plan), type_words=type_words
    )


@blueprint.post("/<row:bank_id>/impor/<draft>")
@needs(Permission.WRITE_QUESTIONS)
@reads_only
def confirm(bank_id: int, draft: str) -> Response:
    """Import what the preview showed; it was read once, at the upload."""
    kept = reopen(KIND, draft)
    items = items_from_wire(json.loads(kept.data))
    actor = current_user.username
    current_session().rollback()
    with writing():
        session = current_session()
        bank = banks.find_bank(session, bank_id)
        plan = question_bank.plan_import(session, bank, items)
        question_bank.apply_import(session, clock(), actor, bank, plan, kept.file_name, os.urandom)
        session.commit()
    drop(draft)
    flash(_("Impor selesai: %(new)s soal baru, %(same)s sudah ada.", new=len(plan.new), same=plan.same), "success")
    return redirect(url_for("bank.show", bank_id=bank_id))


def writable_types() -> list[QuestionType]:
    """The types a question in the bank can have."""
    return [kind for kind in QuestionType if kind is not QuestionType.DESCRIPTION]
