"""*Status Peserta*: the room live, and each action at the student it is about. *Reset Peserta*: the requests."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.models import HeldSitting, HeldState
from app.sekolah.services import attempts, contact, day, readiness
from app.sekolah.services import board as service
from app.sekolah.views.board_cache import cached_board
from app.sekolah.views.desk import actor, blueprint, chosen_sitting, now_ms, page
from app.sekolah.views.live import live
from app.sekolah.views.people_pages import find_attempt
from app.sekolah.views.sitting_pages import free_space, shown_token
from app.sekolah.views.state_words import COUNT_WORDS, STANDING_SHAPES, held_word, row_words, server_word
from app.web.access import needs
from app.web.current import clock
from app.web.transactions import current_session

SEATS, TABLE = "denah", "tabel"


@blueprint.get("/status")
@needs(Permission.WATCH_ROOM)
def board() -> str:
    """The board of a sitting, as a table or as the seats of the room."""
    sitting = chosen_sitting()
    shape = request.args.get("tampil", TABLE)
    found = service.read_board(current_session(), sitting, now_ms()) if sitting else None
    return page(
        "board.html",
        sitting=sitting,
        sittings=day.held_sittings(current_session()),
        shape=shape if shape in {SEATS, TABLE} else TABLE,
        **(_data(sitting, found) if sitting and found else {}),
    )


@blueprint.get("/status/<sitting_id>/langsung")
@needs(Permission.WATCH_ROOM)
def board_live(sitting_id: str) -> Response:
    """What changed on the board since the version the watcher has; 304 if nothing did."""
    sitting = day.find_sitting(current_session(), sitting_id)
    found, older = cached_board(sitting, now_ms(), request.headers.get("If-None-Match", "").strip('"'))
    data = _data(sitting, found)
    version = f"{found.version}{data['top_version']}"
    if older is not None and version == request.headers.get("If-None-Match", "").strip('"'):
        return live("", version)
    if older is not None and [row.id for row in older.rows] != [row.id for row in found.rows]:
        response = live("", version)
        response.headers["X-Reload"] = "1"
        return response
    shape = SEATS if request.args.get("tampil") == SEATS else TABLE
    data["rows"] = found.changed_since(older)
    return live(render_template("sekolah/_board_changes.html", shape=shape, sitting=sitting, **data), version)


@blueprint.get("/reset")
@needs(Permission.WATCH_ROOM)
def resets() -> str:
    """Every request that waits, and a search for whoever must move without asking."""
    session = current_session()
    sitting = chosen_sitting()
    found = service.read_board(session, sitting, now_ms()) if sitting else None
    return page(
        "resets.html",
        requests=service.waiting_requests(session),
        sitting=sitting,
        rows=[row for row in found.rows if row.seat_held and not row.finished] if found else [],
        row_words=row_words,
        shapes=STANDING_SHAPES,
    )


@blueprint.post("/peserta/<int:attempt_id>/reset")
@needs(Permission.HELP_PARTICIPANT)
def reset(attempt_id: int) -> Response:
    """*Reset Peserta*: the old PC's seat ends, the student may log in at another."""
    attempt = attempts.reset_seat(current_session(), clock(), attempt_id, actor(), now_ms=now_ms())
    flash(_("%(name)s direset. Peserta masuk lagi dengan token yang sekarang.", name=attempt.name), "success")
    return _back(attempt.sitting_id)


@blueprint.post("/reset/<int:request_id>/tolak")
@needs(Permission.HELP_PARTICIPANT)
def refuse_reset(request_id: int) -> Response:
    """The student stays at the PC."""
    refused = attempts.refuse_reset(current_session(), clock(), request_id, actor())
    attempt = find_attempt(refused.attempt_id)
    flash(_("Permintaan %(name)s ditolak. Peserta tetap di komputernya.", name=attempt.name), "warning")
    return _back(attempt.sitting_id)


@blueprint.get("/peserta/<int:attempt_id>/selesaikan")
@needs(Permission.HELP_PARTICIPANT)
def ask_to_finish(attempt_id: int) -> str:
    """Names the student and says what will happen."""
    attempt = find_attempt(attempt_id)
    return page("finish.html", attempt=attempt, sitting=day.find_sitting(current_session(), attempt.sitting_id))


@blueprint.post("/peserta/<int:attempt_id>/selesaikan")
@needs(Permission.HELP_PARTICIPANT)
def finish(attempt_id: int) -> Response:
    """Finish for a student."""
    attempt = attempts.finish_for_student(current_session(), clock(), attempt_id, actor(), now_ms=now_ms())
    flash(_("Tes %(name)s diselesaikan. Jawabannya tersimpan.", name=attempt.name), "success")
    return _back(attempt.sitting_id)


def _data(sitting: HeldSitting, found: service.Board) -> dict[str, object]:
    said = contact.read(current_session())
    shown = shown_token(sitting)
    health = readiness.room_health(current_session(), clock().now(), free_space())
    top = f"-{server_word(said)[1]}{health.name}{health.ready}"
    return {
        "health": health,
        "board": found,
        "rows": found.rows,
        "server": server_word(said),
        "contact": said,
        "token": shown,
        "counts": [
            (COUNT_WORDS[standing], number, STANDING_SHAPES[standing]) for standing, number in found.counts.items()
        ],
        "row_words": row_words,
        "shapes": STANDING_SHAPES,
        "held": held_word(sitting.state),
        "needy": found.needy,
        "active": sitting.state is HeldState.ACTIVE,
        "top_version": f"{top}{shown.text}{shown.minutes}" if shown else top,
    }


def _back(sitting_id: str) -> Response:
    """To the page the click came from."""
    if request.form.get("from") == "resets":
        return redirect(url_for("sekolah.resets", sesi=sitting_id))
    shape = SEATS if request.form.get("tampil") == SEATS else None
    return redirect(url_for("sekolah.board", sesi=sitting_id, tampil=shape))
