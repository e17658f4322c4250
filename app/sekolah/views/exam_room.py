"""The exam room's page, the papers and the media, for boxes where no nginx hands them out.

Papers are stored compressed and go out as they are; names are hashes, so a browser may keep them for ever. Only what
an opened package put into `<data>/open` can be had, and only by names of exactly the right shape.
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from flask import Blueprint, Response, abort, render_template, request, send_from_directory

from app.settings import SekolahSettings
from app.web.access import open_to_all
from app.web.current import settings

KEEP = "public, max-age=31536000, immutable"
_PAPER = re.compile(r"[0-9a-f]{64}\.json")
_MEDIA = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{1,5}")
_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
    "m4a": "audio/mp4",
    "wav": "audio/wav",
}

blueprint = Blueprint("exam_room", __name__)


@blueprint.get("/")
@open_to_all("students come here without any account; the page holds nothing")
def room() -> str:
    """The shell of the exam room."""
    return render_template("exam/room.html")


@blueprint.get("/papers/<name>")
@open_to_all("released papers without key; nothing lies here before release")
def paper(name: str) -> Response:
    """A paper, compressed as it is stored."""
    if not _PAPER.fullmatch(name):
        abort(404)
    response = send_from_directory(_open() / "papers", f"{name}.gz", mimetype="application/json", conditional=True)
    response.headers["Cache-Control"] = KEEP
    response.headers["Vary"] = "Accept-Encoding"
    if "gzip" in request.headers.get("Accept-Encoding", "") or response.status_code == 304:
        response.headers["Content-Encoding"] = "gzip"
        return response
    response.close()
    plain = gzip.decompress((_open() / "papers" / f"{name}.gz").read_bytes())
    return Response(plain, mimetype="application/json", headers={"Cache-Control": KEEP, "Vary": "Accept-Encoding"})


@blueprint.get("/media/<name>")
@open_to_all("pictures and recordings of released papers")
def media(name: str) -> Response:
    """A picture or a recording; parts of it can be asked for."""
    kind = _TYPES.get(name.rpartition(".")[2])
    if not _MEDIA.fullmatch(name) or kind is None:
        abort(404)
    response = send_from_directory(_open() / "media", name, mimetype=kind, conditional=True)
    response.headers["Cache-Control"] = KEEP
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    return response


def _open() -> Path:
    current = settings()
    if not isinstance(current, SekolahSettings):
        abort(404)
    return current.open_dir
