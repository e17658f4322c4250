"""*Status Download*: start a sync and watch each kind of data arrive; the work goes on when the page is closed."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.sekolah.jobs import place, sync_by_network
from app.sekolah.services import contact, day, identity
from app.sekolah.services import downloads as rows
from app.sekolah.views.desk import actor, blueprint, long_work, page, pieces
from app.sekolah.views.state_words import download_word, server_word
from app.web.access import needs
from app.web.current import settings
from app.web.jobs import jobs
from app.web.transactions import current_session


@blueprint.get("/unduhan")
@needs(Permission.SYNC)
def downloads() -> str:
    """All rows, and the button."""
    return page("downloads.html", **_data())


@blueprint.get("/unduhan/langsung")
@needs(Permission.SYNC)
def downloads_live() -> Response:
    """The rows alone, for the page that watches."""
    return pieces("_downloads.html", **_data())


@blueprint.post("/unduhan")
@needs(Permission.SYNC)
def start_sync() -> Response:
    """Begin to sync; whoever comes second is told that it runs already."""
    identity.office(current_session(), settings().keys_dir)
    who = actor()
    long_work()
    here = place()
    jobs().start("sync", lambda: sync_by_network(here, who))
    flash(_("Sinkronisasi dimulai. Halaman ini boleh ditutup."), "success")
    return redirect(url_for("sekolah.downloads"))


def _data() -> dict[str, object]:
    session = current_session()
    return {
        "groups": rows.groups(session),
        "kind_words": rows.KIND_WORDS,
        "download_word": download_word,
        "running": rows.running(session),
        "contact": (said := contact.read(session)),
        "server": server_word(said),
        "held": {sitting.id: sitting for sitting in day.held_sittings(session)},
    }
