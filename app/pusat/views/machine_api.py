"""What school servers ask of the centre: activation, reports, the exchange tree, uploads (docs/openapi/pusat.yaml).

Every call but activation and the tree is signed by the server's key. The bodies are read here, capped, before anything
else. Nothing here grows with the number of servers.
"""

from __future__ import annotations

import base64
import hashlib

from flask import Blueprint, Response, jsonify, request, send_file
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from app.domain.protocol_refusals import refuse
from app.domain.records import to_body
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.pusat.jobs import place
from app.pusat.services import activation, known_servers, receiving, reports, uploads
from app.pusat.services.chunks import is_hash
from app.pusat.services.exchange_files import find_file
from app.pusat.services.workplace import Workplace
from app.sync.requests_auth import check_authorization
from app.web.access import machine
from app.web.current import clock
from app.web.transactions import reads_only

blueprint = Blueprint("machine_api", __name__)

_BYTES = "application/octet-stream"


@blueprint.post("/api/v1/activation")
@machine("the request is signed and proves the activation code")
@reads_only
def activate() -> Response:
    """A signed registration for a signed request that proves the code."""
    body = _body(activation.LONGEST_REQUEST)
    _server, answer = activation.activate(place(), body)
    return Response(answer, mimetype=_BYTES)


@blueprint.post("/api/v1/servers/<server>/report")
@machine("signed by the server's key")
@reads_only
def report(server: str) -> Response:
    """Keep what the server says of itself; tell the time and what it should know."""
    body = _body(reports.LONGEST_REPORT)
    here = place()
    _check_sender(here, server, body)
    said = reports.read_report(body, server)
    with here.transaction() as session:
        reports.keep_report(session, clock(), server, to_body(said))
    with here.look() as session:
        answer = reports.answer_report(session, said, clock().now())
    notices = [{**notice, "text": _(notice["text"]), "remedy": _(notice["remedy"])} for notice in answer["notices"]]
    return jsonify({**answer, "notices": notices})


@blueprint.get("/exchange/<path:path>")
@machine("signed, sealed or boxed files that anyone may copy")
def exchange_file(path: str) -> AnyResponse:
    """A file of the tree, whole or in part."""
    found = find_file(place(), path)
    response = send_file(found.content, mimetype=_BYTES, etag=found.etag, conditional=True, max_age=None)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if found.immutable else "no-cache"
    return response


@blueprint.get("/api/v1/servers/<server>/uploads/<bundle>")
@machine("signed by the server's key")
def upload_state(server: str, bundle: str) -> Response:
    """Which chunks are here, and the receipt if there is one."""
    here = place()
    _check_sender(here, server, _body(0))
    _check_hash(bundle)
    with here.look() as session:
        receipt = uploads.stored_receipt(session, server, bundle)
    return jsonify(
        have=[] if receipt else uploads.list_chunks(here, server, bundle),
        receipt=base64.b64encode(receipt).decode("ascii") if receipt else None,
    )


@blueprint.put("/api/v1/servers/<server>/uploads/<bundle>/chunks/<chunk>")
@machine("signed by the server's key")
@reads_only
def put_chunk(server: str, bundle: str, chunk: str) -> tuple[str, int]:
    """Keep one chunk; the same again changes nothing."""
    data = _body(uploads.CHUNK)
    here = place()
    _check_sender(here, server, data)
    _check_hash(bundle)
    _check_hash(chunk)
    with here.look() as session:
        known = uploads.stored_receipt(session, server, bundle) is not None
    if not known:
        uploads.keep_chunk(here, server, bundle, chunk, data)
    return "", 204


@blueprint.post("/api/v1/servers/<server>/uploads/<bundle>")
@machine("signed by the server's key")
@reads_only
def complete_upload(server: str, bundle: str) -> Response:
    """The receipt: after the whole bundle was proven and stored, or again for one that was."""
    body = _body(uploads.LONGEST_LIST)
    here = place()
    _check_sender(here, server, body)
    _check_hash(bundle)
    receipt = receiving.receive_chunks(here, server, bundle, uploads.read_completion(body))
    return Response(receipt, mimetype=_BYTES)


def _body(most: int) -> bytes:
    """The body as received, at most so many bytes; Refusal P-753 (413) beyond."""
    request.max_content_length = max(most, 1)
    try:
        data = request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise _too_large(most) from error
    if len(data) > most:
        raise _too_large(most)
    return data


def _too_large(most: int) -> Refusal:
    return Refusal(
        "P-753",
        N_("Kiriman lebih besar dari yang diterima di alamat ini (%(most)s bita)."),
        N_("Perbarui program di server sekolah, lalu ulangi."),
        status=413,
        values={"most": most},
    )


def _check_sender(here: Workplace, server: str, body: bytes) -> None:
    """Refuses whoever is not this activated server: 401 without a good signature, 403 for another server."""
    path = request.full_path if request.query_string else request.path
    with here.look() as session:
        caller = check_authorization(
            request.headers.get("Authorization", ""),
            request.method,
            path,
            hashlib.sha256(body).hexdigest(),
            lambda server_id: known_servers.signing_key(session, server_id),
            int(clock().now().timestamp()),
        )
    if caller != server:
        foreign = refuse("foreign-server", found=caller, expected=server)
        foreign.status = 403
        raise foreign


def _check_hash(text: str) -> None:
    if not is_hash(text):
        raise Refusal(
            "P-754",
            N_("Alamat kiriman ini tidak menyebut berkas hasil dengan benar."),
            N_("Perbarui program di server sekolah, lalu unggah lagi."),
            status=404,
        )
