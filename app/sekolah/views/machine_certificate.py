"""The certificate of the school's own authority, and how to install it on the lab's computers. It is no secret."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, abort, render_template, send_file
from werkzeug.wrappers import Response

from app.services import box
from app.web.access import open_to_all

NAME = "ca.crt"

blueprint = Blueprint("certificate", __name__)


@blueprint.get("/ca.crt")
@open_to_all("a certificate is meant to be had by everyone")
def file() -> Response:
    """The certificate, as the box rendered it; 404 where there is none."""
    return send_file(_certificate(), "application/x-x509-ca-cert", as_attachment=True, download_name="guyub-ca.crt")


@blueprint.get("/sertifikat")
@open_to_all("how to install it is no secret either")
def how_to() -> str:
    """What to do with it on Windows, Android and Linux."""
    _certificate()
    return render_template("setup/certificate.html")


def _certificate() -> Path:
    path = box.run_folder() / NAME
    if not path.is_file() or not path.stat().st_size:  # empty: not made yet
        abort(404)
    return path
