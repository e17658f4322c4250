"""*USB*: package in, results out, receipts in, from a stick at the server or an archive sent by the browser."""

from __future__ import annotations

import io

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.sekolah.jobs import place, sync_from
from app.sekolah.services import identity, stick, uploading
from app.sekolah.services.syncing import Outcome
from app.sekolah.views.desk import actor, blueprint, long_work, page
from app.web.access import needs
from app.web.current import settings
from app.web.transactions import current_session


@blueprint.get("/usb")
@needs(Permission.SYNC)
def usb() -> str:
    """The sticks that are mounted, and both directions."""
    return page("usb.html", sticks=stick.mounted(place().usb_path), waiting=_waiting())


@blueprint.post("/usb/masuk")
@needs(Permission.SYNC)
def bring_in() -> Response:
    """Packages, releases and receipts from a stick or an archive."""
    identity.office(current_session(), settings().keys_dir)
    here = long_work()
    file = request.files.get("archive")
    if file and file.filename:
        with stick.unpacked(here, io.BytesIO(file.read()) if not file.seekable() else file.stream) as transport:
            _tell(sync_from(here, transport, actor()))
    else:
        _tell(sync_from(here, stick.open_stick(request.form.get("folder", ""), here.usb_path), actor()))
    return redirect(url_for("sekolah.downloads"))


@blueprint.post("/usb/keluar")
@needs(Permission.UPLOAD_RESULTS)
def take_out() -> Response:
    """Every waiting bundle onto a stick."""
    here = long_work()
    folder = stick.allowed(request.form.get("folder", ""), here.usb_path)
    written = stick.put_results_on(here, folder, actor())
    if written:
        flash(_("%(number)s berkas hasil ditulis ke USB. Lepas USB dengan aman.", number=len(written)), "success")
    else:
        flash(_("Tidak ada hasil yang menunggu. Tutup tes dahulu di Status Tes."), "warning")
    return redirect(url_for("sekolah.usb"))


def _waiting() -> int:
    return sum(
        1
        for standing in uploading.standings(current_session())
        if standing.late or standing.bundle is None or standing.bundle.receipt is None
    )


def _tell(outcome: Outcome | None) -> None:
    if outcome is None:
        raise Refusal(
            "S-215",
            N_("Sinkronisasi lain sedang berjalan."),
            N_("Tunggu sampai selesai di Status Download, lalu ulangi."),
            status=409,
        )
    if outcome.receipts:
        flash(_("Tanda terima hasil ujian disimpan."), "success")
        if not outcome.new and not outcome.unchanged and not outcome.refused:
            return
    if outcome.refused:
        flash(_("%(number)s paket ditolak. Sebabnya tertulis di bawah.", number=len(outcome.refused)), "error")
    flash(
        _("Dari USB: %(new)s paket baru, %(same)s tidak berubah.", new=len(outcome.new), same=len(outcome.unchanged)),
        "success" if not outcome.refused else "warning",
    )
