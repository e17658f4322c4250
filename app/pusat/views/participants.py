"""Pages of participants: the list, one participant, and the import of a sheet with its preview."""

from __future__ import annotations

import json
import os

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.domain.refusals import Refusal
from app.pusat.services import (
    participant_files,
    participant_passwords,
    participant_sheets,
    participants,
    schools,
    sealed_versions,
    sheet_exports,
)
from app.pusat.services.participants import ParticipantFilter
from app.pusat.services.sheet_worker import from_wire, to_wire
from app.pusat.views.forms import box, field_words, tell
from app.pusat.views.uploads import download, drop, keep, reopen, uploaded
from app.web.access import needs
from app.web.current import clock
from app.web.transactions import current_session, reads_only, writing

blueprint = Blueprint("participants", __name__, url_prefix="/peserta")
KIND = "participants"


@blueprint.get("/")
@needs(Permission.MANAGE_PARTICIPANTS)
def overview() -> str:
    """The list, filtered and paged."""
    wanted = _wanted()
    return render_template(
        "pusat/participants/overview.html",
        found=participants.find_participants(current_session(), wanted),
        wanted=wanted,
        schools=[line.school for line in schools.list_schools(current_session())],
        classes=participants.list_classes(current_session(), wanted.npsn),
    )


@blueprint.get("/ekspor.xlsx")
@needs(Permission.MANAGE_PARTICIPANTS)
def export() -> Response:
    """The filtered list as a sheet, without passwords."""
    found = participants.all_participants(current_session(), _wanted())
    return download(sheet_exports.participant_list(found), "peserta.xlsx", sheet_exports.XLSX)


@blueprint.get("/templat.xlsx")
@needs(Permission.MANAGE_PARTICIPANTS)
def template() -> Response:
    """Our empty template."""
    return download(sheet_exports.participant_template(), "templat-peserta.xlsx", sheet_exports.XLSX)


@blueprint.route("/impor", methods=["GET", "POST"])
@needs(Permission.MANAGE_PARTICIPANTS)
@reads_only
def upload() -> Response | str | tuple[str, int]:
    """Take a sheet and lead to its preview. Nothing is written to the database here."""
    npsn, refused = request.args.get("sekolah", ""), None
    if request.method == "POST":
        npsn = request.form.get("npsn", "")
        try:
            name, data = uploaded()
            table = participant_files.read_participant_table(name, data)
            participant_sheets.judge_table(table)  # what is empty is refused here
            cells = json.dumps(to_wire(table)).encode()
            return redirect(url_for("participants.preview", draft=keep(KIND, name, cells, {"npsn": npsn})))
        except Refusal as refusal:
            refused = tell(refusal)
    page = render_template(
        "pusat/participants/upload.html",
        schools=[line.school for line in schools.list_schools(current_session())],
        npsn=npsn,
        refused=refused,
    )
    return page, refused.status if refused else 200


@blueprint.get("/impor/<draft>")
@needs(Permission.MANAGE_PARTICIPANTS)
def preview(draft: str) -> str:
    """What an import would do: new, changed, same, and every finding."""
    kept = reopen(KIND, draft)
    reading = participant_sheets.judge_table(from_wire(json.loads(kept.data)))
    plan = participants.plan_import(current_session(), reading, kept.about["npsn"])
    return render_template("pusat/participants/preview.html", plan=plan, draft=kept, field_words=field_words)


@blueprint.post("/impor/<draft>")
@needs(Permission.MANAGE_PARTICIPANTS)
@reads_only
def confirm(draft: str) -> Response:
    """Import what the preview showed, whole or not at all. The sheet is judged before the writer's turn begins."""
    kept = reopen(KIND, draft)
    reading = participant_sheets.judge_table(from_wire(json.loads(kept.data)))
    actor = current_user.username
    current_session().rollback()
    with writing():
        plan = participants.plan_import(current_session(), reading, kept.about["npsn"])
        participants.apply_import(current_session(), clock(), actor, plan, box(), os.urandom)
        current_session().commit()
    drop(draft)
    flash(
        _(
            "Impor selesai: %(new)s baru, %(changed)s berubah, %(same)s sama.",
            new=len(plan.new),
            changed=len(plan.changed),
            same=plan.same,
        ),
        "success",
    )
    return redirect(url_for("participants.overview", sekolah=kept.about["npsn"]))


@blueprint.route("/nomor/<number>", methods=["GET", "POST"])
@needs(Permission.MANAGE_PARTICIPANTS)
def edit(number: str) -> Response | str | tuple[str, int]:
    """One participant, and the form that changes the details."""
    participant = participants.find_participant(current_session(), number)
    typed = participant_sheets.as_typed(participant)
    findings: list[participant_sheets.Finding] = []
    refused = None
    if request.method == "POST":
        typed = {name: request.form.get(name, "") for name in typed} | {"number": number}
        row, findings = participant_sheets.judge_form(typed)
        try:
            if row is not None:
                participants.change_participant(current_session(), clock(), current_user.username, participant, row)
                flash(_("Data %(name)s sudah disimpan.", name=participant.name), "success")
                return redirect(url_for("participants.edit", number=number))
        except Refusal as refusal:
            refused = tell(refusal)
    errors = {finding.column: _(finding.text, **finding.values) for finding in findings if finding.blocks}
    places = participants.sittings_of(current_session(), number)
    page = render_template(
        "pusat/participants/edit.html",
        participant=participant,
        places=places,
        outdated=sealed_versions.outdated(current_session(), [place.sitting for place in places]),
        typed=typed,
        errors=errors,
        refused=refused,
    )
    return page, 400 if errors or refused else 200


@blueprint.route("/nomor/<number>/kata-sandi", methods=["GET", "POST"])
@needs(Permission.MANAGE_PARTICIPANTS)
def password(number: str) -> Response | str | tuple[str, int]:
    """A new password for one participant, after one question that says where the old one is sealed."""
    session, refused = current_session(), None
    participant = participants.find_participant(session, number)
    if request.method == "POST":
        try:
            participant_passwords.renew_password(
                session, clock(), current_user.username, box(), participant, os.urandom
            )
            flash(_("%(name)s punya kata sandi baru. Cetak kartu loginnya.", name=participant.name), "success")
            return redirect(url_for("participants.edit", number=number, _anchor="jadwal"))
        except Refusal as refusal:
            refused = tell(refusal)
            participant = participants.find_participant(session, number)
    page = render_template(
        "pusat/participants/password.html",
        participant=participant,
        running=participant_passwords.running_sitting(session, number, clock().now()),
        sealed=participant_passwords.sealed_in(session, number),
        refused=refused,
    )
    return page, refused.status if refused else 200


@blueprint.route("/nomor/<number>/hapus", methods=["GET", "POST"])
@needs(Permission.MANAGE_PARTICIPANTS)
def delete(number: str) -> Response | str:
    """Delete a participant who is in no sitting, after one question."""
    participant = participants.find_participant(current_session(), number)
    if request.method == "POST":
        name, npsn = participant.name, participant.school_npsn
        participants.delete_participant(current_session(), clock(), current_user.username, participant)
        flash(_("%(name)s sudah dihapus dari daftar peserta.", name=name), "success")
        return redirect(url_for("participants.overview", sekolah=npsn))
    return render_template(
        "pusat/confirm.html",
        title=_("Hapus %(name)s?", name=participant.name),
        what=_("Peserta dengan nomor %(number)s dan kata sandinya dihapus.", number=number),
        label=_("Hapus peserta"),
        back=url_for("participants.edit", number=number),
    )


def _wanted() -> ParticipantFilter:
    given = request.args
    page = given.get("halaman", "1")
    return ParticipantFilter(
        npsn=given.get("sekolah", ""),
        class_name=given.get("kelas", ""),
        text=given.get("q", ""),
        page=int(page) if page.isdecimal() and len(page) < 6 else 1,
    )
