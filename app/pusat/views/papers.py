"""Pages of papers: the list, one paper, choosing questions from the banks, and the paper as a student sees it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.domain.refusals import Refusal
from app.pusat.services import banks, papers, question_bank
from app.pusat.views.bank import writable_types
from app.pusat.views.forms import problem_words, tell, type_words
from app.web.access import needs
from app.web.current import clock
from app.web.transactions import current_session

blueprint = Blueprint("papers", __name__, url_prefix="/paket")


@blueprint.get("/")
@needs(Permission.WRITE_QUESTIONS)
def overview() -> str:
    """All papers."""
    return render_template("pusat/papers/overview.html", lines=papers.list_papers(current_session()))


@blueprint.route("/baru", methods=["GET", "POST"])
@needs(Permission.WRITE_QUESTIONS)
def new() -> Response | str | tuple[str, int]:
    """Add a paper."""
    title, subject, refused = request.form.get("title", ""), request.form.get("subject", ""), None
    if request.method == "POST":
        try:
            paper = papers.add_paper(current_session(), clock(), current_user.username, title, subject)
        except Refusal as refusal:
            refused = tell(refusal)
        else:
            flash(_("Paket “%(title)s” sudah dibuat. Sekarang pilih soalnya.", title=paper.title), "success")
            return redirect(url_for("papers.choose", paper_id=paper.id))
    page = render_template("pusat/papers/form.html", paper=None, title=title, subject=subject, refused=refused)
    return page, refused.status if refused else 200


@blueprint.route("/<row:paper_id>/ubah", methods=["GET", "POST"])
@needs(Permission.WRITE_QUESTIONS)
def edit(paper_id: int) -> Response | str | tuple[str, int]:
    """Change a paper's title and subject."""
    paper = papers.find_paper(current_session(), paper_id)
    title, subject, refused = paper.title, paper.subject, None
    if request.method == "POST":
        title, subject = request.form.get("title", ""), request.form.get("subject", "")
        try:
            papers.change_paper(current_session(), clock(), current_user.username, paper, title, subject)
        except Refusal as refusal:
            refused = tell(refusal)
        else:
            flash(_("Paket soal sudah disimpan."), "success")
            return redirect(url_for("papers.show", paper_id=paper_id))
    page = render_template("pusat/papers/form.html", paper=paper, title=title, subject=subject, refused=refused)
    return page, refused.status if refused else 200


@blueprint.route("/<row:paper_id>/hapus", methods=["GET", "POST"])
@needs(Permission.WRITE_QUESTIONS)
def delete(paper_id: int) -> Response | str:
    """Delete a paper that no sitting uses, after one question."""
    paper = papers.find_paper(current_session(), paper_id)
    if request.method == "POST":
        papers.delete_paper(current_session(), clock(), current_user.username, paper)
        flash(_("Paket soal sudah dihapus."), "success")
        return redirect(url_for("papers.overview"))
    return render_template(
        "pusat/confirm.html",
        title=_("Hapus paket “%(title)s”?", title=paper.title),
        what=_("Susunannya hilang; soalnya tetap ada di bank soal."),
        label=_("Hapus paket soal"),
        back=url_for("papers.show", paper_id=paper_id),
    )


@blueprint.get("/<row:paper_id>")
@needs(Permission.WRITE_QUESTIONS)
def show(paper_id: int) -> str:
    """A paper: totals, problems, questions in order."""
    view = papers.view_paper(current_session(), papers.find_paper(current_session(), paper_id))
    return render_template(
        "pusat/papers/show.html",
        view=view,
        problems=[(number, line, problem_words(line.question)) for number, line in view.faulty],
        sittings=papers.sittings_of(current_session(), view.paper),
        type_words=type_words,
    )


@blueprint.post("/<row:paper_id>/urutan")
@needs(Permission.WRITE_QUESTIONS)
def arrange(paper_id: int) -> Response:
    """Save the typed numbers, move one question a step, or take the ticked ones off."""
    paper = papers.find_paper(current_session(), paper_id)
    session, actor, form = current_session(), current_user.username, request.form
    if "remove" in form:
        count = papers.remove_questions(session, clock(), actor, paper, form.getlist("question"))
        flash(_("%(n)s soal dikeluarkan dari paket.", n=count), "success")
    else:
        wanted = {name[6:]: float(value) for name, value in form.items() if name[:6] == "order_" and _is_number(value)}
        papers.order_questions(session, clock(), actor, paper, wanted)
        flash(_("Urutan sudah disimpan."), "success")
    return redirect(url_for("papers.show", paper_id=paper_id))


@blueprint.route("/<row:paper_id>/pilih", methods=["GET", "POST"])
@needs(Permission.WRITE_QUESTIONS)
def choose(paper_id: int) -> Response | str | tuple[str, int]:
    """Choose questions from a bank; those already on the paper are not offered."""
    paper, refused = papers.find_paper(current_session(), paper_id), None
    if request.method == "POST":
        try:
            ids = request.form.getlist("question")
            count = papers.add_questions(current_session(), clock(), current_user.username, paper, ids)
        except Refusal as refusal:
            refused = tell(refusal)
        else:
            flash(_("%(n)s soal ditambahkan ke paket.", n=count), "success" if count else "warning")
            return redirect(url_for("papers.show", paper_id=paper_id))
    lines = banks.list_banks(current_session())
    bank_id = _chosen_bank(request.args.get("bank", ""), [line.bank.id for line in lines], paper.subject, lines)
    kind, text = request.args.get("jenis", ""), request.args.get("q", "")
    there = {place.question_id for place in paper.questions}
    found = question_bank.list_questions(current_session(), bank_id, kind, text) if bank_id else []
    page = render_template(
        "pusat/papers/choose.html",
        paper=paper,
        banks=lines,
        bank_id=bank_id,
        kind=kind,
        text=text,
        kinds=writable_types(),
        lines=[line for line in found if line.row.id not in there],
        used=sum(line.row.id in there for line in found),
        refused=refused,
        type_words=type_words,
    )
    return page, refused.status if refused else 200


@blueprint.get("/<row:paper_id>/tampilan")
@needs(Permission.WRITE_QUESTIONS)
def preview(paper_id: int) -> Response | str:
    """The whole paper as a student sees it, one question at a time."""
    view = papers.view_paper(current_session(), papers.find_paper(current_session(), paper_id))
    if not view.lines:
        return redirect(url_for("papers.show", paper_id=paper_id))
    typed = request.args.get("no", "1")
    number = min(max(1, int(typed) if typed.isdecimal() and len(typed) < 5 else 1), len(view.lines))
    return render_template("pusat/papers/preview.html", view=view, number=number, line=view.lines[number - 1])


def _chosen_bank(typed: str, ids: list[int], subject: str, lines: list[banks.BankLine]) -> int | None:
    """The bank asked for, else one of the paper's subject, else the first."""
    if typed.isdecimal() and int(typed) in ids:
        return int(typed)
    same = [line.bank.id for line in lines if line.bank.subject.casefold() == subject.casefold()]
    return next(iter(same or ids), None)


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 5
