"""The student API of the exam process: admission, start, state, answers, finish (docs/openapi/sekolah.yaml).

Every view checks a signed bearer and nothing else about the caller: no cookie, no session row, no template. What
changes an attempt is handed to the one writer and answered after its commit.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, request
from sqlalchemy import Connection

from app.domain.refusals import Refusal
from app.domain.strict_json import parse_json_strictly
from app.domain.wording import N_
from app.sekolah.services import admission, finishing
from app.sekolah.services.attempt_state import describe_attempt, seat_row
from app.sekolah.services.exam_office import ExamOffice
from app.sekolah.services.save_answers import compact_json, save_answers
from app.sekolah.services.save_request import misshapen
from app.sekolah.services.seats import Seat
from app.sekolah.services.sitting_book import OpenSitting
from app.sekolah.views import short_way

EXTENSION = "guyub_exam"
SMALL_BODY = 10_000  # bytes; a token is six characters

blueprint = Blueprint("exam_api", __name__, url_prefix="/api/v1")


@blueprint.post("/admission")
def admit() -> Response:
    """Claim a seat with a ticket and the entry token."""
    office = _office()
    ticket = office.keys.read_ticket(request.headers.get("Authorization"))
    body = parse_json_strictly(read_body(), SMALL_BODY)
    if not isinstance(body, dict):
        raise misshapen()
    guesser = str(ticket.attempt)
    office.guesses.check("S-112", guesser)
    now_ms = office.now_ms()
    with office.reader() as connection:
        row = admission.admissible_row(connection, ticket)
        sitting = office.book.read(connection, row["sitting_id"], row["paper_sha256"])
    if not admission.check_token(sitting, body.get("token"), now_ms):
        office.guesses.note_wrong(guesser)
        raise admission.wrong_token()
    office.guesses.note_right(guesser)
    address = client_address(office.settings.trusted_proxies)
    claim: admission.Claim = office.write(
        lambda connection: admission.claim_seat(connection, office.clock, ticket, address, now_ms)
    )
    seat = office.keys.seat(claim.attempt, claim.epoch, sitting.id)
    return answer({"attempt": str(claim.attempt), "seat": seat, "epoch": claim.epoch, "state": claim.state})


@blueprint.post("/attempts/<attempt>/start")
def start(attempt: str) -> Response:
    """Start the attempt's clock; the first call counts."""
    office, seat = _office(), _seat(attempt)
    office.now_ms()
    with office.reader() as connection:
        sitting = _sitting(office, connection, seat)
    office.write(lambda connection: admission.start_attempt(connection, office.keeper, seat, sitting))
    return _state(office, seat)


@blueprint.get("/attempts/<attempt>")
def state(attempt: str) -> Response:
    """The attempt as its browser needs it."""
    return _state(_office(), _seat(attempt))


@blueprint.post("/attempts/<attempt>/answers")
def save(attempt: str) -> Response:
    """Save answers; without items this is the heartbeat. Plain requests take the short way (`short_way`)."""
    failure: Refusal | None = request.environ.get(short_way.FAILURE)
    if failure is not None:
        raise failure
    authorization = request.headers.get("Authorization")
    body = save_answers(_office(), authorization, attempt, read_body())
    return Response(body, content_type="application/json")


@blueprint.post("/attempts/<attempt>/finish")
def finish(attempt: str) -> Response:
    """Close the attempt; repeating gives the same receipt."""
    office, seat = _office(), _seat(attempt)
    now_ms = office.now_ms()
    with office.reader() as connection:
        sitting = _sitting(office, connection, seat)
    office.write(lambda connection: finishing.finish_attempt(connection, seat, sitting, now_ms))
    with office.reader() as connection:
        return answer(finishing.receipt(connection, office.keys, seat.attempt))


def answer(data: dict[str, Any], status: int = 200) -> Response:
    """JSON without the detours of a framework's encoder."""
    response = Response(compact_json(data), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def read_body() -> bytes:
    """The bytes sent. A compressed body is refused (S-144): unpacking it could cost any amount of memory."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Refusal(
            "S-144",
            N_("Kiriman yang dimampatkan tidak diterima."),
            N_("Muat ulang halaman, lalu coba lagi."),
            status=415,
        )
    return request.get_data(cache=False)


def client_address(trusted_proxies: int) -> str:
    """The PC's address, for the proctor only; a forwarded one counts only behind as many proxies as we run."""
    if trusted_proxies:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        if len(hops) >= trusted_proxies:
            return hops[-trusted_proxies]
    return request.remote_addr or ""


def _office() -> ExamOffice:
    office: ExamOffice = current_app.extensions[EXTENSION]
    return office


def _seat(attempt: str) -> Seat:
    return _office().keys.read_seat(request.headers.get("Authorization"), attempt)


def _sitting(office: ExamOffice, connection: Connection, seat: Seat) -> OpenSitting:
    """The seat's sitting with the paper it has now."""
    row = seat_row(connection, seat)
    return office.book.read(connection, row["sitting_id"], row["paper_sha256"])


def _state(office: ExamOffice, seat: Seat) -> Response:
    now_ms = office.now_ms()
    with office.reader() as connection:
        row = seat_row(connection, seat)
        sitting = office.book.read(connection, row["sitting_id"], row["paper_sha256"])
        return answer(describe_attempt(connection, row, sitting, now_ms))
