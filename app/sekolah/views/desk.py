"""What the pages of proctor and technician share: the blueprint, the sitting a page is about, and the day's steps.

Nothing is decided here. Pages live in the `*_pages` modules beside this one and register on the blueprint.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Attempt, HeldSitting
from app.sekolah.jobs import place
from app.sekolah.services import day
from app.sekolah.services.board import BoardRow
from app.sekolah.services.checklist import Checklist, read_checklist
from app.sekolah.services.exam_time import exam_now_ms
from app.sekolah.services.kept_words import tell
from app.sekolah.services.workplace import Workplace
from app.sekolah.views.live import live
from app.sekolah.views.state_words import closed_words, left_words, server_word, standing_choices
from app.web.access import access_of
from app.web.current import clock
from app.web.transactions import current_session

SMALL_FILE = 16_000_000  # bytes

blueprint = Blueprint("sekolah", __name__, url_prefix="/sekolah")


@blueprint.context_processor
def _words() -> dict[str, object]:
    """Words that fragments of these pages use."""
    words: dict[str, object] = {"server_word": server_word, "left_words": left_words, "closed_words": closed_words}
    return words | {"told": _told, "fits": _fits, "standings": standing_choices}


def page(template: str, **data: Any) -> str:
    """A page of this blueprint, with the checklist at the left."""
    found = read_checklist(current_session())
    return render_template(f"sekolah/{template}", checklist=_lines(found), now_step=found.now, **data)


def pieces(template: str, **data: Any) -> Response:
    """What a live page asks for again and again: its own fragment, and the checklist."""
    steps = render_template("sekolah/_steps.html", checklist=_lines(read_checklist(current_session())))
    return live(render_template(f"sekolah/{template}", **data) + steps)


def actor() -> str:
    """Who is doing it, as the log names people."""
    return str(current_user.username)


def now_ms() -> int:
    """The exam time now."""
    return exam_now_ms(current_session(), clock())


def long_work() -> Workplace:
    """Where long work happens; the request's own transaction is let go, so that nothing is held up meanwhile."""
    current_session().rollback()
    return place()


def uploaded(name: str, limit: int = SMALL_FILE) -> bytes:
    """The bytes of a file that a form brought; refuses (S-209) none, or more than `limit` bytes."""
    file = request.files.get(name)
    data = file.read(limit + 1) if file else b""
    if not data or len(data) > limit:
        raise Refusal(
            "S-209",
            N_("Berkas belum dipilih, kosong, atau terlalu besar."),
            N_("Pilih berkas dari pusat, lalu kirim sekali lagi."),
        )
    return data


def chosen_sitting() -> HeldSitting | None:
    """The sitting named by `?sesi=`, else the one the day is about; None while there is none."""
    named = request.values.get("sesi", "")
    if named:
        return day.find_sitting(current_session(), named)
    return day.sitting_in_focus(day.held_sittings(current_session()))


def _fits(person: Attempt | BoardRow) -> bool:
    """Whether this is who the page's search looks for; everyone is, while nothing is looked for."""
    wanted = request.args.get("cari", "").strip().lower()
    return wanted in f"{person.seat} {person.number} {person.name}".lower()


def _told(stored: str) -> str:
    """What a row of the database keeps of a failure, in the reader's language."""
    return tell(stored, gettext)


def _lines(found: Checklist) -> list[tuple[str, str, str]]:
    """The checklist as the macro draws it; a step whose page this person may not open has no link."""
    lines = []
    for step, state in found.states():
        values: dict[str, Any] = {"sesi": found.sitting.id} if step.with_sitting and found.sitting else {}
        url = url_for(step.endpoint, **values) if _may_open(step.endpoint) else ""
        lines.append((gettext(step.label), state, url))
    return lines


def _may_open(endpoint: str) -> bool:
    access = access_of(current_app, endpoint)
    permission: Permission | None = access.permission if access else None
    return permission is not None and bool(current_user.may(permission))
