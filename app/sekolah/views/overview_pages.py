"""The first page: is the server well, what is the next step, how far is each sitting."""

from __future__ import annotations

from app.domain.permissions import Permission
from app.sekolah.services import board, contact, day, identity
from app.sekolah.views.desk import blueprint, page
from app.sekolah.views.setup_pages import look
from app.sekolah.views.state_words import held_word
from app.web.access import needs
from app.web.jobs import jobs
from app.web.transactions import current_session


@blueprint.get("/")
@needs(Permission.SIGN_IN)
def overview() -> str:
    """The day at a glance."""
    session = current_session()
    return page(
        "overview.html",
        identity=identity.find_identity(session),
        contact=contact.read(session),
        sittings=day.held_sittings(session),
        requests=len(board.waiting_requests(session)),
        held_word=held_word,
        machine=look().latest(jobs().start),
    )
