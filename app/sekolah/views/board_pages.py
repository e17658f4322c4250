"""*Status Peserta*: the room live, and each action at the student it is about. *Reset Peserta*: the requests."""

from __future__ import annotations

from datetime import datetime

from flask import flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.attempt_states import CLOSED_BY_WORDS, STANDING_WORDS
from app.domain.permissions import Permission
from app.sekolah.services import attempts, day
from app.sekolah.services import board as service
from app.sekolah.views.board_cache import news, tag_of, top_of
from app.sekolah.views.desk import actor, blueprint, chosen_sitting, now_ms, page
from app.sekolah.views.live import live
from app.sekolah.views.people_pages import find_attempt
from app.sekolah.views.sitting_pages import note_shown, shown_token
from app.sekolah.views.state_words import STANDING_SHAPES, clock_of, row_words
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
    top = top_of(found, sitting) if sitting and found else {}
    if sitting:
        note_shown(sitting.id, top["token"])
    return page(
        "board.html",
        sitting=sitting,
        sittings=day.held_sittings(current_session()),
        shape=shape if shape in {SEATS, TABLE} else TABLE,
        rows=found.rows if found else (),
        row_words=row_words,
        clock_of=clock_of,
        shapes=STANDING_SHAPES,
        patterns={standing.value: _(words) for standing, words in STANDING_WORDS.items()},
        closings={closing.value: _(words) for closing, words in CLOSED_BY_WORDS.items()},
        tag=tag_of(found) if found else "",
        **top,
    )


@blueprint.get("/status/<sitting_id>/langsung")
@needs(Permission.WATCH_ROOM)
def board_live(sitting_id: str) -> Response:
    """What changed since the watcher's tag (see `board_cache`); 304 if nothing did."""
    tag = request.headers.get("If-None-Match", "").strip('"')
    told = news(sitting_id, tag)
    if told is None:
        return live("", tag)
    if told.top is not None:
        note_shown(sitting_id, shown_token(day.find_sitting(current_session(), sitting_id)))
    times = {seen: clock_of(seen, told.time_zone) for seen in {row.seen_at for row in told.rows}}
    answer = jsonify(now=told.now_ms, people=told.people, top=told.top, rows=[_told(row, times) for row in told.rows])
    answer.headers["ETag"] = f'"{told.tag}"'
    answer.headers["Cache-Control"] = "no-cache, private"
    return answer


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


@blueprint.post("/peserta/<int:attempt_id>/tolak")
@needs(Permission.HELP_PARTICIPANT)
def refuse_reset(attempt_id: int) -> Response:
    """The student stays at the PC."""
    attempt = find_attempt(attempt_id)
    waiting = service.request_of(current_session(), attempt.id)
    attempts.refuse_reset(current_session(), clock(), waiting.id if waiting else 0, actor())
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


def _told(row: service.BoardRow, times: dict[datetime | None, str]) -> list[object]:
    """A row as the page's script reads it, in the order given there."""
    return [
        row.id,
        row.standing.value,
        row.answered,
        row.doubtful,
        row.silent_minutes,
        times[row.seen_at],
        row.deadline_ms if not row.finished else None,
        row.seat_held and not row.finished,
        row.request_id is not None and not row.finished,
        row.closed_by.value if row.closed_by else None,
    ]


def _back(sitting_id: str) -> Response:
    """To the page the click came from."""
    if request.form.get("from") == "resets":
        return redirect(url_for("sekolah.resets", sesi=sitting_id))
    shape = SEATS if request.form.get("tampil") == SEATS else None
    return redirect(url_for("sekolah.board", sesi=sitting_id, tampil=shape))
