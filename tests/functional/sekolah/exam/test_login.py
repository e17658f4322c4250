"""Login at the web process: kind to typing, the same answer for every wrong pair, and never a locked door."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.domain.attempt_states import AttemptState
from app.domain.refusals import Refusal
from app.factory import create_app
from app.models import HeldSitting, HeldState, RequestState, ResetRequest, db
from app.sekolah.services import attempts
from app.sekolah.services.exam_time import exam_now_ms
from app.sekolah.services.queueing import Line
from app.sekolah.views.student_api import LoginDesk
from app.web.current import Given
from tests.conftest import take_down
from tests.functional.sekolah.exam.conftest import PASSWORDS, SITTING, Room, Student


@pytest.fixture
def web(room: Room) -> Iterator[Flask]:
    app = create_app(room.settings, Given(room.settings, clock=room.clock))
    yield app
    take_down(app)


def login(web: Flask, number: Any = "0001", password: Any = PASSWORDS["0001"], **headers: str) -> TestResponse:
    return web.test_client().post("/api/v1/login", json={"number": number, "password": password}, headers=headers)


def ask(web: Flask, number: str = "0001") -> TestResponse:
    return web.test_client().post("/api/v1/reset-requests", json={"number": number, "password": PASSWORDS[number]})


def desk(web: Flask) -> LoginDesk:
    found: LoginDesk = web.extensions["guyub_student_logins"]
    return found


def set_sitting(room: Room, **values: Any) -> None:
    sitting = room.session.get_one(HeldSitting, SITTING)
    for name, value in values.items():
        setattr(sitting, name, value)
    room.session.commit()


def test_number_and_password_give_a_ticket_that_opens_the_door(web: Flask, room: Room, siti: Student) -> None:
    answer = login(web)
    assert answer.status_code == 200, answer.text
    assert answer.json["participant"] == {
        "number": "0001", "name": "Siti Aminah", "gender": "P", "class_name": "XII-1", "seat": 1,
    }  # fmt: skip
    assert answer.json["sitting"]["title"] == "Numerasi"
    assert answer.json["state"] == "waiting"
    admitted = siti.post("/api/v1/admission", {"token": room.token}, answer.json["ticket"])
    assert admitted.status_code == 200, admitted.text


def test_a_login_writes_nothing_itself_and_marks_the_board_a_moment_later(web: Flask, room: Room) -> None:
    assert login(web).status_code == 200
    assert room.attempt("0001").logged_in_ms is None
    with web.app_context():
        desk(web).marks.write(db.engine)
    assert room.attempt("0001").logged_in_ms == int(room.clock.wall.timestamp() * 1000)
    assert room.attempt("0001").address == "127.0.0.1"


@pytest.mark.parametrize("typed", ["abcd2345", " ABCD 2345 ", "ＡＢＣＤ２３４５", "ABCD-2345"])
def test_typing_is_read_kindly(web: Flask, typed: str) -> None:
    assert login(web, password=typed).status_code == 200
    assert login(web, number=" ０００１ ", password=typed).status_code == 200


@pytest.mark.parametrize(
    ("number", "password"),
    [
        ("9999", "ABCD2345"), ("0001", "ABCD2346"), ("0002", "ABCD2345"), ("", ""), ("0001\0", "ABCD2345"),
        ("\ud800", "ABCD2345"), ("0001", "\ud800"), (1, "ABCD2345"), ("0001", None), ("0001", "A" * 3000),
        ({"$ne": 1}, "ABCD2345"), ("0001' OR 1=1 --", "x"), ("x" * 5000, "y"),
    ],
)  # fmt: skip
def test_unknown_numbers_and_wrong_passwords_get_the_same_answer(web: Flask, number: Any, password: Any) -> None:
    answer = login(web, number, password)
    assert (answer.status_code, answer.json["code"]) == (401, "S-101")
    assert answer.mimetype == "application/problem+json"
    assert answer.json["remedy"]


def test_a_megabyte_is_refused_without_a_fault(web: Flask) -> None:
    assert login(web, password="A" * 1_000_000).status_code == 413
    assert web.test_client().post("/api/v1/login", data=b"[" * 9000).status_code == 400
    assert web.test_client().post("/api/v1/login", data=b"[]").status_code == 422


def test_wrong_passwords_slow_down_only_that_number_from_that_pc(web: Flask) -> None:
    for _ in range(3):
        assert login(web, password="SALAH").status_code == 401
    slowed = login(web)
    assert (slowed.status_code, slowed.json["code"]) == (429, "S-108")
    assert slowed.headers["Retry-After"] == str(slowed.json["retry_after_s"])
    assert 0 < slowed.json["retry_after_s"] <= 8
    assert login(web, "0002", PASSWORDS["0002"]).status_code == 200, "another student at the same address"
    elsewhere = web.test_client().post(
        "/api/v1/login",
        json={"number": "0001", "password": PASSWORDS["0001"]},
        environ_base={"REMOTE_ADDR": "127.0.0.2"},
    )
    assert elsewhere.status_code == 200, "the student herself at another PC"


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        (HeldState.OPEN, 403, "S-113"), (HeldState.CLOSED, 403, "S-104"), (HeldState.UPLOADED, 403, "S-104"),
    ],
)  # fmt: skip
def test_who_knows_the_password_is_told_what_stands_in_the_way(
    web: Flask, room: Room, state: HeldState, status: int, code: str
) -> None:
    set_sitting(room, state=state)
    answer = login(web)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.json["detail"]
    assert answer.json["remedy"]


def test_before_release_nobody_can_log_in_whatever_the_password(web: Flask, room: Room) -> None:
    set_sitting(room, state=HeldState.LOCKED, release_secret=None)
    assert login(web).json["code"] == login(web, password="SALAH").json["code"] == "S-103"


def test_who_is_not_in_the_group_is_sent_to_the_proctor(web: Flask, room: Room) -> None:
    room.attempt("0001").assigned = False
    room.session.commit()
    assert (login(web).status_code, login(web).json["code"]) == (403, "S-102")


def test_who_has_finished_is_told_so(web: Flask, room: Room) -> None:
    attempt = room.attempt("0001")
    attempt.state = AttemptState.FINISHED
    room.session.commit()
    assert (login(web).status_code, login(web).json["code"]) == (409, "S-105")


def test_moving_to_another_pc_is_asked_approved_and_done(web: Flask, room: Room, siti: Student) -> None:
    siti.begin()
    siti.answer("q1", "a")
    refused = login(web)
    assert (refused.status_code, refused.json["code"]) == (409, "S-106")
    assert refused.json["reset_request"] is True
    asked = ask(web)
    assert (asked.status_code, asked.json["state"]) == (202, "waiting")
    assert ask(web).json == asked.json, "asking again is the same request"
    with web.app_context():
        now_ms = exam_now_ms(db.session(), room.clock)
        attempts.reset_seat(db.session(), room.clock, siti.id, "ratna", now_ms=now_ms, request_id=int(asked.json["id"]))
        db.session.commit()
    assert ask(web).json["state"] == "approved"
    moved = Student(room, "0001", nonce="pc2")
    answer = moved.post("/api/v1/admission", {"token": room.token}, login(web).json["ticket"])
    assert (answer.status_code, answer.json["epoch"], answer.json["state"]) == (200, 2, "working")
    moved.seat = answer.json["seat"]
    assert moved.state().json["answers"][0]["value"] == "a"
    assert moved.state().json["next_sequence"] == 2
    ended = siti.answer("q2", ["a"])
    assert (ended.status_code, ended.json["code"]) == (409, "S-131")


def test_a_refusal_is_told_before_the_student_may_ask_again(web: Flask, room: Room, siti: Student) -> None:
    siti.begin()
    first = ask(web).json["id"]
    with web.app_context():
        attempts.refuse_reset(db.session(), room.clock, int(first), "ratna")
        db.session.commit()
    assert ask(web).json == {"id": first, "state": "refused"}
    room.clock.advance(30)
    again = ask(web).json
    assert again["state"] == "waiting"
    assert again["id"] != first
    room.session.rollback()
    states = room.session.scalars(select(ResetRequest.state).order_by(ResetRequest.id)).all()
    assert states == [RequestState.REFUSED, RequestState.WAITING]


def test_whoever_must_wait_is_told_his_place_at_once(web: Flask) -> None:
    line = Line(1, abreast=1)
    web.extensions["guyub_student_logins"].line = line
    with line.turn("someone else"):
        answer = login(web)
        assert (answer.status_code, answer.json["code"], answer.json["place"]) == (503, "S-107", 1)
        assert answer.headers["Retry-After"]
        assert login(web, "0002", PASSWORDS["0002"]).json["place"] == 2
        assert login(web).json["place"] == 1, "asking again keeps the place"
    assert login(web, "0002", PASSWORDS["0002"]).json["place"] == 2, "who came first is first"
    assert login(web).status_code == 200
    assert login(web, "0002", PASSWORDS["0002"]).status_code == 200


def test_a_free_turn_is_not_kept_for_somebody_who_is_not_here() -> None:
    line = Line(1)
    with line.turn("someone else"):
        for who in ("first", "second"):
            with pytest.raises(Refusal), line.turn(who):
                pass
    with line.turn("second"):
        pass
    with line.turn("newcomer"):
        pass


@pytest.mark.parametrize(("language", "begins"), [("id", "Nomor peserta"), ("id-ID", "Nomor peserta"), ("fr", "Nomor")])
def test_the_answer_is_in_the_language_of_the_page(web: Flask, language: str, begins: str) -> None:
    assert login(web, password="SALAH", **{"Accept-Language": language}).json["detail"].startswith(begins)


def test_a_page_in_english_is_refused_in_english(web: Flask, siti: Student) -> None:
    english = login(web, password="SALAH", **{"Accept-Language": "en"}).json
    assert english["detail"] != login(web, password="SALAH").json["detail"]
