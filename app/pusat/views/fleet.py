"""Pages of the fleet: every server's state on one page, one server's history, and the way by USB stick."""

from __future__ import annotations

import hashlib
import io
import tempfile
from typing import IO

from flask import Blueprint, Response, make_response, render_template, request, send_file
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from app.domain.permissions import Permission
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.pusat.jobs import place
from app.pusat.services import fleet, schools, servers, stick_files
from app.pusat.services.fleet import FleetFilter
from app.pusat.services.stick_files import Taken
from app.pusat.views.forms import Told, tell
from app.web.access import needs
from app.web.current import clock
from app.web.transactions import current_session, reads_only

blueprint = Blueprint("fleet", __name__, url_prefix="/armada")

_IN_MEMORY = 16 * 1024 * 1024  # bytes of a zip that are kept off the disk


@blueprint.get("/")
@needs(Permission.WATCH_SERVERS)
def overview() -> Response:
    """All servers; the page asks again for the changing part, which costs nothing while nothing changed."""
    session, wanted = current_session(), _wanted()
    found = fleet.watch(session, clock().now(), wanted)
    part = "HX-Request" in request.headers
    template = "pusat/fleet/_table.html" if part else "pusat/fleet/overview.html"
    page = render_template(
        template,
        fleet=found,
        wanted=wanted,
        provinces=[] if part else schools.list_provinces(session),
        words=CONTACT_WORDS,
        shapes=CONTACT_SHAPES,
    )
    response = make_response(page)
    if part:
        response.headers["Cache-Control"] = "private, no-cache"
        response.set_etag(hashlib.sha256(page.encode()).hexdigest()[:32])
        response.make_conditional(request)
    return response


@blueprint.get("/<server_id>")
@needs(Permission.WATCH_SERVERS)
def show(server_id: str) -> str:
    """One server: what it holds, what it sent, and files for a stick."""
    return _show(server_id, None, None)


@blueprint.get("/<server_id>/guyub.zip")
@needs(Permission.WATCH_SERVERS)
@reads_only
def stick_zip(server_id: str) -> AnyResponse:
    """Everything for this server as a zip whose one folder goes onto a stick."""
    servers.find_server(current_session(), server_id)
    current_session().rollback()
    target = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed with the response
    stick_files.write_zip(place(), server_id, target)
    target.seek(0)
    name = f"guyub-{server_id}.zip"
    return send_file(target, mimetype="application/zip", as_attachment=True, download_name=name)


@blueprint.post("/<server_id>/berkas")
@needs(Permission.WATCH_SERVERS)
@reads_only
def take_file(server_id: str) -> AnyResponse | tuple[str, int]:
    """A file that came on a stick: results, or a request for activation. The answers come back as a zip."""
    servers.find_server(current_session(), server_id)
    current_session().rollback()
    try:
        taken = stick_files.take_upload(place(), _given_file(), current_user.username, server_id)
    except Refusal as refusal:
        told = tell(refusal)
        return _show(server_id, told, None), told.status
    if not taken.files:
        return _show(server_id, None, taken), 409
    return _answer_zip(server_id, taken)


def _given_file() -> IO[bytes]:
    given = request.files.get("file")
    if given is None or not given.filename:
        raise Refusal(
            "P-795",
            N_("Belum ada berkas yang dipilih."),
            N_("Pilih arsip .zip, berkas .bundle, atau berkas .request dari USB."),
        )
    return given.stream


def _answer_zip(server_id: str, taken: Taken) -> AnyResponse:
    target = io.BytesIO()
    stick_files.write_answers(taken, target)
    target.seek(0)
    kind = "tanda-terima" if taken.bundles else "aktivasi"
    name = f"guyub-{kind}-{server_id}.zip"
    return send_file(target, mimetype="application/zip", as_attachment=True, download_name=name)


def _show(server_id: str, refused: Told | None, taken: Taken | None) -> str:
    session = current_session()
    server = servers.find_server(session, server_id)
    left = [(path, tell(refusal)) for path, refusal in taken.refused] if taken else []
    server = servers.find_server(session, server_id)
    return render_template(
        "pusat/fleet/show.html",
        server=server,
        history=fleet.read_history(session, clock().now(), server),
        refused=refused,
        left=left,
        words=CONTACT_WORDS,
        shapes=CONTACT_SHAPES,
    )


def _wanted() -> FleetFilter:
    page = request.args.get("halaman", "1")
    return FleetFilter(
        text=request.args.get("q", ""),
        province=request.args.get("provinsi", ""),
        contact=request.args.get("keadaan", ""),
        page=int(page) if page.isdecimal() and len(page) < 6 else 1,
    )


CONTACT_WORDS = {
    "new": N_("Belum aktif"),
    "never": N_("Belum melapor"),
    "in_touch": N_("Tersambung"),
    "silent": N_("Tidak terdengar"),
}
CONTACT_SHAPES = {"new": "idle", "never": "warn", "in_touch": "good", "silent": "bad"}
