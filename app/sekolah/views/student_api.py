"""The student API of the web process: login and the request to move to another PC (docs/openapi/sekolah.yaml).

It runs apart from the exam process, so that a rush of logins delays no save. Number and password come as JSON with
every call; there is no cookie and no session.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from sqlalchemy import Connection, RowMapping

from app.domain.refusals import Refusal
from app.domain.strict_json import parse_json_strictly
from app.models import db
from app.sekolah.services import exam_time, login, reset_requests
from app.sekolah.services.admission import require_admissible
from app.sekolah.services.guessing import Guesses
from app.sekolah.services.login_marks import LoginMarks
from app.sekolah.services.queueing import Line
from app.sekolah.services.save_request import misshapen
from app.sekolah.services.seats import SeatKeys
from app.sekolah.views.exam_api import answer, read_body
from app.web.access import machine
from app.web.current import EXTENSION as GIVEN
from app.web.current import clock
from app.web.transactions import reading, reads_only, writing

EXTENSION = "guyub_student_logins"
MOST_BYTES = 10_000

blueprint = Blueprint("student_api", __name__, url_prefix="/api/v1")


@dataclass(slots=True)
class LoginDesk:
    """What one web process holds for logins."""

    keys: SeatKeys
    line: Line
    guesses: Guesses = field(default_factory=Guesses)
    peppers: login.Peppers = field(default_factory=login.Peppers)
    marks: LoginMarks = field(default_factory=LoginMarks)


@blueprint.record_once
def _set_up(state: BlueprintSetupState) -> None:
    settings = state.app.extensions[GIVEN].settings
    at_once = max(2, settings.web_threads // 2)  # the other threads answer those who must wait, and the staff
    state.app.extensions[EXTENSION] = LoginDesk(SeatKeys.of(settings.keys_dir), Line(at_once))


@blueprint.post("/login")
@machine("number and password come with the call")
@reads_only
def log_in() -> Response:
    """Number and password to a ticket, with what the student confirms."""
    desk = _desk()
    number, password = _credentials()
    with desk.line.turn(f"{number} {_address()}"), reading(), db.engine.connect() as connection:
        row = _checked(desk, connection, number, password)
        login.require_free(row)
        now_ms = exam_time.exam_now_ms(connection, clock())
    desk.marks.add(db.engine, row["id"], now_ms, _address())
    ticket = desk.keys.ticket(row["id"], row["sitting_id"], secrets.token_urlsafe(12))
    return answer({"ticket": ticket, **login.describe_login(row)})


@blueprint.post("/reset-requests")
@machine("number and password come with the call")
@reads_only
def request_reset() -> Response:
    """Ask to move to this PC, or hear what the proctor said."""
    desk = _desk()
    number, password = _credentials()
    with desk.line.turn(f"{number} {_address()}"), reading(), db.engine.connect() as connection:
        row = _checked(desk, connection, number, password)
        require_admissible(row)
        told = reset_requests.answer_so_far(connection, clock(), row["id"], seat_held=row["seat_held"])
    if told.state is None:
        with writing(), db.engine.begin() as connection:
            told = reset_requests.ask(connection, clock(), row["id"], _address())
    state = told.state.value if told.state else None
    return answer({"id": None if told.id is None else str(told.id), "state": state}, 202)


def _checked(desk: LoginDesk, connection: Connection, number: str, password: str) -> RowMapping:
    """The attempt, or the refusal that is the same for every wrong pair, with a growing wait."""
    guesser = (number, _address())
    desk.guesses.check("S-108", *guesser)
    try:
        row = login.find_attempt(connection, desk.peppers, number, password)
    except Refusal as refusal:
        if refusal.code == "S-101":
            desk.guesses.note_wrong(*guesser)
        raise
    desk.guesses.note_right(*guesser)
    return row


def _credentials() -> tuple[str, str]:
    body: Any = parse_json_strictly(read_body(), MOST_BYTES)
    if not isinstance(body, dict):
        raise misshapen()
    number, password = login.read_number(body.get("number")), body.get("password")
    if number is None or not isinstance(password, str) or len(password) > login.LONGEST_PASSWORD:
        raise login.wrong_login()
    return number, password


def _address() -> str:
    return request.remote_addr or ""


def _desk() -> LoginDesk:
    desk: LoginDesk = current_app.extensions[EXTENSION]
    return desk
