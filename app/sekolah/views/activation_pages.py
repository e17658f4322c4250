"""*Aktivasi Server*: ID Server and code, by network or by file, and the technician's word on the school's name."""

from __future__ import annotations

import io

from flask import flash, redirect, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.sekolah.jobs import place
from app.sekolah.services import activation as service
from app.sekolah.services import contact, identity
from app.sekolah.services.line import address_of, keep_address, open_line
from app.sekolah.services.reporting import PROGRAM
from app.sekolah.views.desk import SMALL_FILE, actor, blueprint, long_work, page, uploaded
from app.web.access import needs
from app.web.current import clock, settings
from app.web.transactions import current_session


@blueprint.get("/aktivasi")
@needs(Permission.SET_UP_SERVER)
def activation() -> str:
    """Where activation stands: to be asked for, to be answered, to be confirmed, or done."""
    session = current_session()
    return page(
        "activation.html",
        identity=identity.find_identity(session),
        pending=service.pending(settings().keys_dir),
        contact=contact.read(session),
        address=address_of(session, _address_in_settings()),
        address_fixed=bool(_address_in_settings()),
    )


@blueprint.post("/aktivasi")
@needs(Permission.SET_UP_SERVER)
def request_activation() -> Response:
    """Make the request; by network it is sent at once, by file it waits to be carried."""
    session = current_session()
    if request.form.get("address", "").strip():
        keep_address(session, clock(), request.form["address"])
    here = place()
    typed_id, typed_code = request.form.get("server_id", ""), request.form.get("code", "")
    waiting = service.start(session, clock(), here.keys_dir, typed_id, typed_code, PROGRAM, planned=here.server_id)
    session.commit()
    if request.form.get("way") == "file":
        return redirect(url_for("sekolah.activation"))
    try:
        answer = open_line(long_work()).activate(waiting.request)
    except Refusal as refusal:
        raise _in_plain_words(refusal) from refusal
    service.accept_answer(session, clock(), here.keys_dir, answer, actor(), pinned=here.centre_key)
    return redirect(url_for("sekolah.activation"))


@blueprint.get("/aktivasi/permintaan")
@needs(Permission.SET_UP_SERVER)
def activation_request_file() -> Response:
    """The request as a file to be carried to the centre."""
    waiting = service.pending(settings().keys_dir)
    if waiting is None:
        raise Refusal(
            "S-204",
            N_("Belum ada permintaan aktivasi di server ini."),
            N_("Isi ID Server dan kode aktivasi dahulu, lalu buat berkas permintaan."),
            status=409,
        )
    name = f"{waiting.server_id}.request"
    return send_file(io.BytesIO(waiting.request), "application/octet-stream", as_attachment=True, download_name=name)


@blueprint.post("/aktivasi/jawaban")
@needs(Permission.SET_UP_SERVER)
def activation_answer_file() -> Response:
    """The centre's answer, carried here as a file."""
    data = uploaded("answer", SMALL_FILE)
    here = place()
    service.accept_answer(current_session(), clock(), here.keys_dir, data, actor(), pinned=here.centre_key)
    return redirect(url_for("sekolah.activation"))


@blueprint.post("/aktivasi/pastikan")
@needs(Permission.SET_UP_SERVER)
def confirm_activation() -> Response:
    """Yes, this is our school."""
    found = service.confirm(current_session(), clock(), settings().keys_dir, actor())
    flash(_("Server ini aktif untuk %(school)s.", school=found.school_name), "success")
    return redirect(url_for("sekolah.downloads"))


@blueprint.post("/aktivasi/bukan")
@needs(Permission.SET_UP_SERVER)
def reject_activation() -> Response:
    """No, this is another school."""
    service.reject(current_session(), clock(), settings().keys_dir, actor())
    flash(_("Jawaban itu dibuang. Periksa ID Server dan kode pada surat dari pusat, lalu coba lagi."), "warning")
    return redirect(url_for("sekolah.activation"))


def _address_in_settings() -> str:
    return str(getattr(settings(), "centre_url", ""))


def _in_plain_words(refusal: Refusal) -> Refusal:
    """What the centre answered to an activation, with the remedy for a technician."""
    reason = refusal.extra.get("reason")
    if reason == "not-found":
        return Refusal(
            "S-207",
            N_("Pusat tidak mengenal ID Server ini."),
            N_("Periksa satu per satu huruf dan angka ID Server pada surat dari pusat, lalu kirim lagi."),
            status=409,
        )
    if reason == "centre-refused":
        return Refusal(
            "S-208",
            N_("Pusat menolak aktivasi: %(detail)s"),
            N_("Periksa ID Server dan kode. Kode hanya berlaku sekali; minta kode baru bila sudah dipakai."),
            status=409,
            values={"detail": refusal.values.get("detail", "")},
        )
    return refusal
