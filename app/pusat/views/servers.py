"""Pages of a school's servers and rooms. An activation code is shown on the answer to the form and nowhere else."""

from __future__ import annotations

import os

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.domain.refusals import Refusal
from app.models import Server
from app.pusat.services import rooms, schools, servers
from app.pusat.views.forms import box, tell, whole_number
from app.pusat.views.schools import render_school
from app.web.access import needs
from app.web.current import clock
from app.web.transactions import current_session

blueprint = Blueprint("servers", __name__)


@blueprint.post("/sekolah/<npsn>/server")
@needs(Permission.MANAGE_SCHOOLS)
def add(npsn: str) -> str | tuple[str, int]:
    """Add a server and show its activation code this once."""
    school = schools.find_school(current_session(), npsn)
    try:
        server, code = servers.add_server(
            current_session(), clock(), current_user.username, school, request.form.get("name", ""), box(), os.urandom
        )
    except Refusal as refusal:
        return render_school(school, told := tell(refusal)), told.status
    return _code_page(server, code)


@blueprint.route("/server/<server_id>/kode", methods=["GET", "POST"])
@needs(Permission.MANAGE_SCHOOLS)
def new_code(server_id: str) -> str | tuple[str, int]:
    """Issue a new activation code, after a reason was given."""
    server = servers.find_server(current_session(), server_id)
    refused = None
    if request.method == "POST":
        reason = request.form.get("reason", "")
        try:
            code = servers.reissue_code(
                current_session(), clock(), current_user.username, server, reason, box(), os.urandom
            )
        except Refusal as refusal:
            refused = tell(refusal)
        else:
            return _code_page(server, code)
    page = render_template("pusat/schools/new_code.html", server=server, refused=refused)
    return page, refused.status if refused else 200


@blueprint.post("/server/<server_id>/nama")
@needs(Permission.MANAGE_SCHOOLS)
def rename(server_id: str) -> Response | tuple[str, int]:
    """Another name for a server."""
    server = servers.find_server(current_session(), server_id)
    try:
        servers.rename_server(current_session(), clock(), current_user.username, server, request.form.get("name", ""))
    except Refusal as refusal:
        return render_school(server.school, told := tell(refusal)), told.status
    flash(_("Nama server sudah disimpan."), "success")
    return redirect(url_for("schools.show", npsn=server.school_npsn))


@blueprint.route("/server/<server_id>/hapus", methods=["GET", "POST"])
@needs(Permission.MANAGE_SCHOOLS)
def delete(server_id: str) -> Response | str:
    """Delete a server that was never used, after one question."""
    server = servers.find_server(current_session(), server_id)
    back = url_for("schools.show", npsn=server.school_npsn)
    if request.method == "POST":
        servers.delete_server(current_session(), clock(), current_user.username, server)
        flash(_("Server %(server)s sudah dihapus.", server=server_id), "success")
        return redirect(back)
    return render_template(
        "pusat/confirm.html",
        title=_("Hapus server %(server)s?", server=server_id),
        what=_("ID Server dan kode aktivasinya tidak berlaku lagi. Tindakan ini tidak dapat dibatalkan."),
        label=_("Hapus server"),
        back=back,
    )


@blueprint.post("/server/<server_id>/ruang")
@needs(Permission.MANAGE_SCHOOLS)
def add_room(server_id: str) -> Response | tuple[str, int]:
    """Add a room to a server."""
    server = servers.find_server(current_session(), server_id)
    try:
        seats = whole_number(request.form, "seats", _("Jumlah tempat"))
        room = rooms.add_room(
            current_session(), clock(), current_user.username, server, request.form.get("name", ""), seats
        )
    except Refusal as refusal:
        return render_school(server.school, told := tell(refusal)), told.status
    flash(_("Ruang %(name)s sudah ditambahkan.", name=room.name), "success")
    return redirect(url_for("schools.show", npsn=server.school_npsn))


@blueprint.route("/ruang/<row:room_id>", methods=["GET", "POST"])
@needs(Permission.MANAGE_SCHOOLS)
def edit_room(room_id: int) -> Response | str | tuple[str, int]:
    """Change a room."""
    room = rooms.find_room(current_session(), room_id)
    name, seats, refused = room.name, str(room.seats), None
    if request.method == "POST":
        name, seats = request.form.get("name", ""), request.form.get("seats", "")
        try:
            count = whole_number(request.form, "seats", _("Jumlah tempat"))
            rooms.change_room(current_session(), clock(), current_user.username, room, name, count)
        except Refusal as refusal:
            refused = tell(refusal)
        else:
            flash(_("Data ruang sudah disimpan."), "success")
            return redirect(url_for("schools.show", npsn=room.server.school_npsn))
    page = render_template("pusat/schools/room.html", room=room, name=name, seats=seats, refused=refused)
    return page, refused.status if refused else 200


@blueprint.route("/ruang/<row:room_id>/hapus", methods=["GET", "POST"])
@needs(Permission.MANAGE_SCHOOLS)
def delete_room(room_id: int) -> Response | str:
    """Delete a room that no sitting uses, after one question."""
    room = rooms.find_room(current_session(), room_id)
    back = url_for("schools.show", npsn=room.server.school_npsn)
    if request.method == "POST":
        rooms.delete_room(current_session(), clock(), current_user.username, room)
        flash(_("Ruang sudah dihapus."), "success")
        return redirect(back)
    return render_template(
        "pusat/confirm.html",
        title=_("Hapus ruang %(name)s?", name=room.name),
        what=_("Ruang ini hilang dari server %(server)s.", server=room.server_id),
        label=_("Hapus ruang"),
        back=back,
    )


def _code_page(server: Server, code: str) -> str:
    return render_template("pusat/schools/code.html", server=server, school=server.school, code=code, now=clock().now())
