"""Pages of schools: the list, one school with its servers and rooms, and its forms."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.domain.refusals import Refusal
from app.models import School
from app.pusat.services import participants, schools
from app.pusat.services.schools import SchoolDetails
from app.pusat.views.forms import Told, tell
from app.web.access import needs
from app.web.current import clock
from app.web.transactions import current_session

blueprint = Blueprint("schools", __name__, url_prefix="/sekolah")


@blueprint.get("/")
@needs(Permission.MANAGE_SCHOOLS)
def overview() -> str:
    """All schools, filtered."""
    text, province = request.args.get("q", ""), request.args.get("provinsi", "")
    return render_template(
        "pusat/schools/overview.html",
        lines=schools.list_schools(current_session(), text, province),
        provinces=schools.list_provinces(current_session()),
        text=text,
        province=province,
    )


@blueprint.route("/baru", methods=["GET", "POST"])
@needs(Permission.MANAGE_SCHOOLS)
def new() -> Response | str | tuple[str, int]:
    """Add a school."""
    details, refused = SchoolDetails("", ""), None
    if request.method == "POST":
        details = _details(request.form.get("npsn", ""))
        try:
            school = schools.add_school(current_session(), clock(), current_user.username, details)
        except Refusal as refusal:
            refused = tell(refusal)
        else:
            flash(_("%(name)s sudah ditambahkan. Sekarang daftarkan servernya.", name=school.name), "success")
            return redirect(url_for("schools.show", npsn=school.npsn))
    return _form(details, refused, None)


@blueprint.get("/<npsn>")
@needs(Permission.MANAGE_SCHOOLS)
def show(npsn: str) -> str:
    """One school: servers, rooms, participants."""
    return render_school(schools.find_school(current_session(), npsn), None)


@blueprint.route("/<npsn>/ubah", methods=["GET", "POST"])
@needs(Permission.MANAGE_SCHOOLS)
def edit(npsn: str) -> Response | str | tuple[str, int]:
    """Change a school's details."""
    school = schools.find_school(current_session(), npsn)
    details = SchoolDetails(npsn, school.name, school.city, school.province, school.time_zone)
    refused = None
    if request.method == "POST":
        details = _details(npsn)
        try:
            schools.change_school(current_session(), clock(), current_user.username, school, details)
        except Refusal as refusal:
            refused = tell(refusal)
        else:
            flash(_("Data sekolah sudah disimpan."), "success")
            return redirect(url_for("schools.show", npsn=npsn))
    return _form(details, refused, npsn)


@blueprint.route("/<npsn>/hapus", methods=["GET", "POST"])
@needs(Permission.MANAGE_SCHOOLS)
def delete(npsn: str) -> Response | str:
    """Delete a school that holds nothing, after one question."""
    school = schools.find_school(current_session(), npsn)
    if request.method == "POST":
        name = school.name
        schools.delete_school(current_session(), clock(), current_user.username, school)
        flash(_("%(name)s sudah dihapus.", name=name), "success")
        return redirect(url_for("schools.overview"))
    return render_template(
        "pusat/confirm.html",
        title=_("Hapus %(name)s?", name=school.name),
        what=_("Sekolah ini hilang dari daftar. Tindakan ini tidak dapat dibatalkan."),
        label=_("Hapus sekolah"),
        back=url_for("schools.show", npsn=npsn),
    )


def render_school(school: School, refused: Told | None) -> str:
    """The page of one school; the server and room forms on it come back here with their refusal."""
    rooms, seats = schools.count_rooms(current_session(), school)
    classes = participants.list_classes(current_session(), school.npsn)
    return render_template(
        "pusat/schools/show.html",
        school=school,
        zone=schools.TIME_ZONES.get(school.time_zone, school.time_zone),
        rooms=rooms,
        seats=seats,
        classes=classes,
        participants=sum(count for _name, count in classes),
        refused=refused,
    )


def _details(npsn: str) -> SchoolDetails:
    form = request.form
    return SchoolDetails(
        npsn=npsn,
        name=form.get("name", ""),
        city=form.get("city", ""),
        province=form.get("province", ""),
        time_zone=form.get("time_zone", ""),
    )


def _form(details: SchoolDetails, refused: Told | None, npsn: str | None) -> tuple[str, int]:
    page = render_template(
        "pusat/schools/form.html", details=details, refused=refused, npsn=npsn, zones=list(schools.TIME_ZONES.items())
    )
    return page, refused.status if refused else 200
