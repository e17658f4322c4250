"""Files in and out of the centre's pages: an upload kept between preview and confirmation, and downloads."""

from __future__ import annotations

import io
from pathlib import PurePath

from flask import request, send_file
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.pusat.jobs import place
from app.pusat.services import drafts
from app.pusat.services.drafts import Draft, Where
from app.web.current import clock, settings
from app.web.transactions import current_session


def uploaded(field: str = "file") -> tuple[str, bytes]:
    """(name, bytes) of the file in the form; Refusal P-652 if there is none or it is empty."""
    given = request.files.get(field)
    data = given.read() if given is not None else b""
    if given is None or not given.filename or not data:
        raise Refusal(
            "P-652",
            N_("Belum ada berkas yang dipilih, atau berkasnya kosong."),
            N_("Pilih berkas dari komputer Anda, lalu tekan tombol unggah."),
        )
    return PurePath(given.filename.replace("\\", "/")).name[:200], data


def keep(kind: str, name: str, data: bytes, about: dict[str, str]) -> str:
    """Keep an upload of the signed-in person until it is confirmed."""
    return drafts.keep_draft(_where(), clock(), current_user.username, kind, name, data, about)


def reopen(kind: str, draft: str) -> Draft:
    """The signed-in person's upload again."""
    return drafts.open_draft(_where(), current_user.username, kind, draft)


def drop(draft: str) -> None:
    """Forget an upload."""
    drafts.drop_draft(_where(), draft)


def _where() -> Where:
    return current_session() if place().shared else settings().data_dir


def download(data: bytes, name: str, mime: str) -> Response:
    """A file to save."""
    return send_file(io.BytesIO(data), mimetype=mime, as_attachment=True, download_name=name)
