"""*Upload Hasil*: results to the centre by network or stick, with a bar, and the receipts."""

from __future__ import annotations

import io

from flask import flash, redirect, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Bundle
from app.sekolah.jobs import upload_by_network
from app.sekolah.services import contact, day, stick, uploading
from app.sekolah.views.desk import actor, blueprint, long_work, page, pieces, uploaded
from app.sekolah.views.state_words import held_word, server_word
from app.web.access import needs
from app.web.jobs import jobs
from app.web.transactions import current_session


@blueprint.get("/unggah")
@needs(Permission.UPLOAD_RESULTS)
def uploads() -> str:
    """Each closed sitting, its bundle and receipt."""
    return page("uploads.html", **_data())


@blueprint.get("/unggah/langsung")
@needs(Permission.UPLOAD_RESULTS)
def uploads_live() -> Response:
    """The list alone, for the page that watches."""
    return pieces("_uploads.html", **_data())


@blueprint.post("/unggah/<sitting_id>")
@needs(Permission.UPLOAD_RESULTS)
def start_upload(sitting_id: str) -> Response:
    """Send over the network, in the background; what was sent before is not sent again."""
    here = long_work()
    who = actor()
    uploading.order(here, sitting_id, who)
    jobs().start("upload", lambda: upload_by_network(here, [sitting_id], who))
    flash(_("Pengunggahan dimulai. Halaman ini boleh ditutup."), "success")
    return redirect(url_for("sekolah.uploads"))


@blueprint.post("/unggah/<sitting_id>/berkas")
@needs(Permission.UPLOAD_RESULTS)
def results_file(sitting_id: str) -> Response:
    """The bundle in a .zip of a `guyub` folder, for a stick at the PC where the browser runs."""
    archive = stick.results_archive(long_work(), [sitting_id], actor())
    content = archive.read_bytes()
    archive.unlink()
    name = f"guyub-hasil-{sitting_id}.zip"
    return send_file(io.BytesIO(content), "application/zip", as_attachment=True, download_name=name)


@blueprint.post("/unggah/tanda-terima")
@needs(Permission.UPLOAD_RESULTS)
def receipt_file() -> Response:
    """A receipt that somebody brought."""
    data = uploaded("file")
    bundle = uploading.take_receipt(long_work(), data, actor())
    title = day.find_sitting(current_session(), bundle.sitting_id).title
    flash(_("Tanda terima untuk %(title)s disimpan.", title=title), "success")
    return redirect(url_for("sekolah.uploads"))


@blueprint.get("/unggah/tanda-terima/<sha256>")
@needs(Permission.UPLOAD_RESULTS)
def stored_receipt(sha256: str) -> Response:
    """A stored receipt, to be printed or kept."""
    bundle = current_session().get(Bundle, sha256[:64])
    if bundle is None or bundle.receipt is None:
        raise Refusal(
            "S-242", N_("Tanda terima ini belum ada."), N_("Unggah hasilnya dahulu, lalu coba lagi."), status=404
        )
    return send_file(
        io.BytesIO(bundle.receipt), "text/plain", as_attachment=True, download_name=f"{bundle.sha256}.receipt"
    )


def _data() -> dict[str, object]:
    session = current_session()
    said = contact.read(session)
    return {
        "standings": uploading.standings(session),
        "held_word": held_word,
        "contact": said,
        "server": server_word(said),
    }
