"""*Status Tes*: activate a sitting, show its entry token for the whole room to read, and end it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.entry_token import current_token
from app.domain.package_keys import Binding, entry_token_key
from app.domain.permissions import Permission
from app.models import HeldSitting, HeldState
from app.sekolah.jobs import place
from app.sekolah.services import board, contact, day, groups, identity
from app.sekolah.services.backup_wish import want_backup
from app.sekolah.services.board import exam_time_as_clock
from app.sekolah.services.shown_tokens import ShownTokens
from app.sekolah.views.desk import actor, blueprint, now_ms, page, pieces
from app.sekolah.views.state_words import held_word, server_word
from app.web.access import needs
from app.web.current import clock, settings
from app.web.transactions import current_session

EXTENSION = "guyub_shown_tokens"


@dataclass(frozen=True)
class ShownToken:
    """The entry token of an active sitting; `until` is when the next one replaces it, `left_ms` how long that is."""

    text: str
    until_ms: int
    left_ms: int

    @property
    def minutes(self) -> int:
        """Whole minutes left, at least 1."""
        return max(1, -(-self.left_ms // 60_000))


@blueprint.get("/tes")
@needs(Permission.WATCH_ROOM)
def sittings() -> str:
    """All sittings of this server."""
    session = current_session()
    found = day.held_sittings(session)
    tokens = {sitting.id: shown_token(sitting) for sitting in found if sitting.state is HeldState.ACTIVE}
    for sitting_id, shown in tokens.items():
        note_shown(sitting_id, shown)
    return page(
        "sittings.html",
        sittings=found,
        tokens=tokens,
        assigned={sitting.id: groups.assigned_count(session, sitting.id) for sitting in found},
        waiting={sitting.id: day.waiting_uploads(session, sitting) for sitting in found},
        held_word=held_word,
        space=free_space(),
        exam_time_as_clock=exam_time_as_clock,
    )


@blueprint.post("/tes/<sitting_id>/aktifkan")
@needs(Permission.OPEN_PACKAGE)
def activate(sitting_id: str) -> Response:
    """Let students in."""
    sitting = day.activate_sitting(
        current_session(),
        clock(),
        sitting_id,
        actor(),
        space=free_space(),
        reason=request.form.get("reason", ""),
    )
    flash(_("%(title)s aktif. Bacakan token setelah semua peserta masuk.", title=sitting.title), "success")
    return redirect(url_for("sekolah.token", sitting_id=sitting.id))


@blueprint.get("/tes/<sitting_id>/token")
@needs(Permission.WATCH_ROOM)
def token(sitting_id: str) -> Response | str:
    """The token as large as the screen, with the minutes left."""
    sitting = day.find_sitting(current_session(), sitting_id)
    shown = shown_token(sitting)
    if shown is None:
        return redirect(url_for("sekolah.sittings"))
    note_shown(sitting_id, shown)
    said = contact.read(current_session())
    return page("token.html", sitting=sitting, token=shown, server=server_word(said), until=_until(shown))


@blueprint.get("/tes/<sitting_id>/token/langsung")
@needs(Permission.WATCH_ROOM)
def token_live(sitting_id: str) -> Response:
    """The token alone, for the page that shows it."""
    sitting = day.find_sitting(current_session(), sitting_id)
    shown = shown_token(sitting)
    note_shown(sitting_id, shown)
    return pieces("_token.html", sitting=sitting, token=shown, until=_until(shown))


@blueprint.get("/tes/<sitting_id>/tutup")
@needs(Permission.END_SITTING)
def ask_to_close(sitting_id: str) -> str:
    """What ending means, and who is still working."""
    session = current_session()
    sitting = day.find_sitting(session, sitting_id)
    found = board.read_board(session, sitting, now_ms())
    return page("close_sitting.html", sitting=sitting, open_rows=found.open_rows, counts=found.counts)


@blueprint.post("/tes/<sitting_id>/tutup")
@needs(Permission.END_SITTING)
def close(sitting_id: str) -> Response:
    """End the sitting for everyone."""
    closed = day.close_sitting(current_session(), clock(), sitting_id, actor(), now_ms=now_ms())
    want_backup(current_session(), settings().data_dir)
    flash(
        _("Tes ditutup. %(number)s peserta ditutup oleh proktor. Sekarang unggah hasilnya.", number=closed), "success"
    )
    return redirect(url_for("sekolah.uploads"))


def shown_token(sitting: HeldSitting) -> ShownToken | None:
    """The token of an active sitting; None while it is not active."""
    known = identity.find_identity(current_session())
    if sitting.state is not HeldState.ACTIVE or sitting.release_secret is None or known is None:
        return None
    at_ms = now_ms()
    key = entry_token_key(sitting.release_secret, Binding(known.server_id, sitting.id, sitting.version))
    text, until_ms = current_token(key, at_ms)
    return ShownToken(text, until_ms, until_ms - at_ms)


def note_shown(sitting_id: str, token: ShownToken | None) -> None:
    """Into the log: this person was shown this token."""
    if token is not None:
        noted: ShownTokens = current_app.extensions.setdefault(EXTENSION, ShownTokens())
        noted.note(place(), actor(), sitting_id, token.until_ms)


def free_space() -> day.Space:
    """Free space on the data disk."""
    return day.Space.of(settings().data_dir)


def _until(shown: ShownToken | None) -> object:
    return exam_time_as_clock(shown.until_ms) if shown else None
