"""What becomes of answers: in time, late, again, out of order, from an old seat, and of a shape nobody should send."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from app.domain.attempt_states import AttemptState, ClosedBy
from app.domain.timing import GRACE_MS
from app.sekolah.services import attempts
from tests.functional.sekolah.exam.conftest import LENGTH_S, Room, Student


def now_ms(room: Room) -> int:
    return room.office.now_ms()


def reset(room: Room, student: Student) -> None:
    """Ratna resets the student's seat."""
    attempts.reset_seat(room.session, room.clock, student.id, "ratna", now_ms=now_ms(room))
    room.session.commit()


def test_the_same_item_again_gets_the_same_acknowledgement_and_changes_nothing(room: Room, siti: Student) -> None:
    siti.begin()
    item = siti.item("q1", "a")
    first = siti.send([item]).json
    room.clock.advance(60)
    again = siti.send([item, item]).json
    assert first["acknowledged"] == [1]
    assert again["acknowledged"] == [1, 1]
    assert "conflict" not in again
    assert room.journal("0001") == [(1, 1, "q1", "kept")]


def test_a_sequence_with_another_value_keeps_the_first_and_says_so(room: Room, siti: Student) -> None:
    siti.begin()
    siti.send([siti.item("q1", "a")])
    answer = siti.send([{"sequence": 1, "question": "q1", "value": "b"}])
    assert (answer.status_code, answer.json["acknowledged"], answer.json["conflict"]) == (200, [1], [1])
    assert room.answers("0001") == {"q1": "a"}


def test_the_highest_sequence_wins_in_whatever_order_answers_arrive(room: Room, siti: Student) -> None:
    siti.begin()
    items = [siti.item("q1", value) for value in "abc"]
    assert siti.send([items[2]]).json["acknowledged"] == [3]
    assert siti.send([items[0], items[1]]).json["acknowledged"] == [1, 2]
    assert room.answers("0001") == {"q1": "c"}
    assert [outcome for *_rest, outcome in room.journal("0001")] == ["kept", "older", "older"]
    assert room.attempt("0001").answered == 1


def test_clearing_an_answer_and_the_doubtful_mark_keep_the_counters_right(room: Room, siti: Student) -> None:
    siti.begin()
    siti.send([siti.item("q1", "a", doubtful=True), siti.item("q5", "x"), siti.item("q6", "y")])
    assert (room.attempt("0001").answered, room.attempt("0001").doubtful) == (3, 1)
    siti.send([siti.item("q1", None), siti.item("q5", "   ")])
    assert (room.attempt("0001").answered, room.attempt("0001").doubtful) == (1, 0)
    assert room.answers("0001") == {"q1": None, "q5": None, "q6": "y"}


@pytest.mark.parametrize(
    ("written_after_s", "arrives_after_s", "counts"),
    [
        (LENGTH_S - 1, LENGTH_S - 1, True),
        (LENGTH_S, LENGTH_S, True),
        (LENGTH_S, LENGTH_S + 1, True),
        (LENGTH_S - 1, LENGTH_S + GRACE_MS // 1000, True),
        (LENGTH_S + 0.001, LENGTH_S + 0.001, False),
        (LENGTH_S + 1, LENGTH_S + 2, False),
        (LENGTH_S - 1, LENGTH_S + GRACE_MS // 1000 + 0.001, False),
    ],
)
def test_the_deadline_holds_to_the_millisecond(
    room: Room, siti: Student, written_after_s: float, arrives_after_s: float, counts: bool
) -> None:
    siti.begin()
    room.clock.advance(arrives_after_s)
    answer = siti.answer("q1", "a", age_ms=round((arrives_after_s - written_after_s) * 1000)).json
    assert answer["acknowledged"] == [1], "nothing that arrives is asked for again"
    assert answer.get("refused", []) == ([] if counts else [1])
    assert room.answers("0001") == ({"q1": "a"} if counts else {})
    assert room.journal("0001")[0][3] == ("kept" if counts else "refused")


@pytest.mark.parametrize("jump_s", [-86_400, -3600, 3600, 86_400])
def test_setting_the_wall_clock_moves_no_deadline(room: Room, siti: Student, jump_s: int) -> None:
    siti.begin()
    room.clock.advance(600)
    room.clock.jump(jump_s)
    assert siti.state().json["remaining_ms"] == (LENGTH_S - 600) * 1000
    room.clock.advance(LENGTH_S - 600)
    assert "refused" not in siti.answer("q1", "a").json
    room.clock.advance(0.001)
    assert siti.answer("q1", "b").json["refused"] == [2]


def test_answers_before_mulai_are_not_taken(siti: Student) -> None:
    siti.admit()
    answer = siti.answer("q1", "a")
    assert (answer.status_code, answer.json["code"]) == (409, "S-133")


def test_a_heartbeat_tells_the_time_and_is_seen_by_the_proctor(room: Room, siti: Student) -> None:
    siti.begin()
    room.clock.advance(30)
    answer = siti.send([], "q4").json
    assert answer["remaining_ms"] == (LENGTH_S - 30) * 1000
    assert answer["acknowledged"] == []
    room.office.beat()
    attempt = room.attempt("0001")
    assert (attempt.last_seen_ms, attempt.position) == (now_ms(room), "q4")
    assert room.journal("0001") == []


def test_what_an_old_seat_still_holds_is_kept_aside_and_merged_where_nothing_newer_exists(
    room: Room, siti: Student
) -> None:
    siti.begin()
    siti.answer("q1", "a")
    waiting = [siti.item("q1", "b"), siti.item("q5", "dari PC lama")]  # the old PC's network is gone
    room.clock.advance(10)
    reset(room, siti)
    moved = Student(room, "0001", nonce="pc2", sequence=3)
    assert moved.admit().json["epoch"] == 2
    moved.answer("q1", "c")
    room.clock.advance(10)
    old = siti.send([dict(item, age_ms=15_000) for item in waiting])
    assert (old.status_code, old.json["code"], old.json["aside"]) == (409, "S-131", [2, 3])
    assert room.answers("0001") == {"q1": "c", "q5": "dari PC lama"}
    assert room.journal("0001")[2:] == [(1, 2, "q1", "aside"), (1, 3, "q5", "aside")]
    assert siti.send([dict(item, age_ms=15_000) for item in waiting]).json["aside"] == [2, 3]
    assert len(room.journal("0001")) == 4


def test_what_is_written_at_the_old_pc_after_the_move_is_kept_but_never_counts(room: Room, siti: Student) -> None:
    siti.begin()
    reset(room, siti)
    room.clock.advance(1)
    answer = siti.answer("q1", "a", age_ms=0)
    assert (answer.status_code, answer.json["aside"]) == (409, [1])
    assert room.answers("0001") == {}
    assert room.journal("0001") == [(1, 1, "q1", "aside")]


def test_only_one_pc_can_hold_the_seat_and_a_repeated_claim_is_the_same_claim(room: Room, siti: Student) -> None:
    assert siti.admit().json["epoch"] == 1
    seat = siti.seat
    assert siti.admit().json["epoch"] == 1, "the answer to the first claim got lost"
    assert siti.seat == seat
    other = Student(room, "0001", nonce="pc2").admit()
    assert (other.status_code, other.json["code"]) == (409, "S-106")


def test_a_seat_writes_only_to_its_own_attempt(room: Room, siti: Student, budi: Student) -> None:
    siti.begin()
    budi.begin()
    foreign = siti.post(f"/api/v1/attempts/{budi.id}/answers", {"items": [siti.item("q1", "a")]})
    assert (foreign.status_code, foreign.json["code"]) == (401, "S-114")
    assert room.answers("0002") == {}


@pytest.mark.parametrize("seat", ["", "x", "s.1.1.uji1.", "s.1.2.uji1.AAAA", "t.1.pc1.uji1.AAAA", "é" * 20, "s" * 5000])
def test_a_forged_seat_is_no_seat(siti: Student, seat: str) -> None:
    siti.begin()
    siti.seat = seat
    for answer in (siti.answer("q1", "a"), siti.state(), siti.start(), siti.finish()):
        assert (answer.status_code, answer.json["code"]) == (401, "S-114")


def test_a_ticket_is_no_seat_and_a_seat_no_ticket(room: Room, siti: Student) -> None:
    siti.begin()
    assert siti.post("/api/v1/admission", {"token": room.token}).json["code"] == "S-110"
    siti.seat = room.office.keys.ticket(siti.id, "uji1", "pc1")
    assert siti.answer("q1", "a").status_code == 401


def test_an_attempt_closed_by_the_proctor_takes_what_was_written_before(room: Room, siti: Student) -> None:
    siti.begin()
    room.clock.advance(100)
    attempts.finish_for_student(room.session, room.clock, siti.id, "ratna", now_ms=now_ms(room))
    room.session.commit()
    room.clock.advance(10)
    answer = siti.send([siti.item("q1", "a", age_ms=15_000), siti.item("q5", "x", age_ms=0)]).json
    assert answer["state"] == "finished"
    assert (answer["acknowledged"], answer["refused"]) == ([1, 2], [2])
    assert room.answers("0001") == {"q1": "a"}


def test_the_clock_closes_an_attempt_at_its_deadline(room: Room, siti: Student) -> None:
    siti.begin()
    deadline = room.attempt("0001").deadline_ms
    room.clock.advance(LENGTH_S + GRACE_MS / 1000)
    for _ in range(5):
        room.office.beat()
    assert room.attempt("0001").state is AttemptState.WORKING, "late answers may still come"
    room.clock.advance(0.001)
    for _ in range(5):
        room.office.beat()
    attempt = room.attempt("0001")
    assert (attempt.state, attempt.closed_by, attempt.finished_ms) == (
        AttemptState.FINISHED,
        ClosedBy.CLOCK,
        deadline,
    )


def test_credit_moves_the_deadline_and_reopens_what_only_the_clock_closed(room: Room, siti: Student) -> None:
    siti.begin()
    room.clock.advance(LENGTH_S + GRACE_MS / 1000 + 1)
    for _ in range(5):
        room.office.beat()
    reached = attempts.give_credit(
        room.session, room.clock, "uji1", "ratna", now_ms=now_ms(room), amount_ms=1_800_000, reason="Listrik padam"
    )
    room.session.commit()
    assert reached == 1
    answer = siti.answer("q1", "a").json
    assert answer["state"] == "working"
    assert answer["remaining_ms"] == 1_800_000 - GRACE_MS - 1000
    assert room.answers("0001") == {"q1": "a"}


def test_selesai_waits_for_the_minimum_time(room: Room, siti: Student) -> None:
    siti.begin()
    early = siti.finish()
    assert (early.status_code, early.json["code"], early.json["minimum_ms"]) == (409, "S-143", 1_800_000)
    room.clock.advance(1800)
    assert siti.finish().status_code == 200


def test_the_receipt_tells_answers_apart(room: Room, siti: Student, budi: Student) -> None:
    for student, value in ((siti, "a"), (budi, "b")):
        student.begin()
        student.answer("q1", value)
    room.clock.advance(1800)
    receipts = {siti.finish().json["receipt"], budi.finish().json["receipt"]}
    assert len(receipts) == 2


def test_a_wrong_token_is_slowed_down_but_nobody_is_locked_out(room: Room, siti: Student, budi: Student) -> None:
    for _ in range(3):
        assert siti.admit("AAAAAA").json["code"] == "S-111"
    slowed = siti.admit()
    assert (slowed.status_code, slowed.json["code"]) == (429, "S-112")
    assert slowed.json["retry_after_s"] <= 8
    assert budi.admit().status_code == 200


@pytest.mark.parametrize(
    "typing", [str.lower, lambda token: " ".join(token), lambda token: f" {token[:3]}-{token[3:]}\t"]
)
def test_the_token_is_read_kindly(room: Room, siti: Student, typing: Any) -> None:
    assert siti.admit(typing(room.token)).status_code == 200


def test_the_token_of_the_last_quarter_still_opens_the_door_and_the_one_before_does_not(
    room: Room, siti: Student, budi: Student
) -> None:
    token = room.token
    room.clock.advance(15 * 60)
    assert siti.admit(token).status_code == 200
    room.clock.advance(15 * 60)
    assert budi.admit(token).json["code"] == "S-111"


@pytest.mark.parametrize("token", ["", "A" * 1000, "\0\0\0", "\ud800", None, 123456, ["A"], {"a": 1}])
def test_what_is_no_token_is_refused_politely(siti: Student, token: Any) -> None:
    answer = siti.post("/api/v1/admission", {"token": token}, siti.room.office.keys.ticket(siti.id, "uji1", "pc1"))
    assert (answer.status_code, answer.json["code"]) == (403, "S-111")


@pytest.mark.parametrize("sequence", [-1, 0, 2**63, 2**53 + 1, 1.5, 1.0, "1", None, True, [1]])
def test_an_impossible_sequence_refuses_the_request(siti: Student, sequence: Any) -> None:
    siti.begin()
    answer = siti.send([{"sequence": sequence, "question": "q1", "value": "a"}])
    assert (answer.status_code, answer.json["code"]) == (422, "S-127")


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("q9", "a"), (None, "a"), (7, "a"), ({}, "a"), ("q1", "z"), ("q1", ["a"]), ("q1", 1), ("q1", {"a": 1}),
        ("q2", "a"), ("q2", ["a", "b", "a"]), ("q2", ["z"]), ("q3", {"r9": "y"}), ("q3", {"r1": "z"}), ("q3", "y"),
        ("q4", {"r1": "k1"}), ("q4", {"r1": ["z"]}), ("q5", "x" * 501), ("q6", "x" * 20_001), ("q5", 3.14),
    ],
)  # fmt: skip
def test_one_answer_that_does_not_fit_never_holds_up_the_others(
    room: Room, siti: Student, question: Any, value: Any
) -> None:
    siti.begin()
    bad, good = siti.item(question, value), siti.item("q1", "a")
    mixed = siti.send([bad, good])
    assert mixed.status_code == 200, mixed.text
    assert mixed.json["acknowledged"] == [2]
    assert [entry["sequence"] for entry in mixed.json["rejected"]] == [1]
    alone = siti.send([bad])
    assert alone.status_code == 422
    assert alone.json["rejected"] == mixed.json["rejected"]
    assert alone.json["remedy"]
    assert room.answers("0001") == {"q1": "a"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"{", 400), (b"\xff\xfe", 400), (b"[]", 422), (b"null", 422), (b"{}", 422), (b'{"items": 1}', 422),
        (b'{"items": [1]}', 422), (b'{"items": [{}]}', 422), (b'{"items": [], "items": []}', 400),
        (b'{"items": [{"sequence": NaN, "question": "q1", "value": "a"}]}', 400),
        (b'{"items": [{"sequence": 1e999, "question": "q1", "value": "a"}]}', 400),
        (b'{"items": [{"sequence": 1, "question": "q1", "value": "a", "age_ms": "x"}]}', 422),
        (b'{"items": [{"sequence": 1, "question": "q1", "value": "a", "doubtful": 1}]}', 422),
        (b"[" * 100_000, 400), (b'{"a":' * 50_000, 400), (b'{"items": [' + b"0," * 600 + b"0]}", 422),
        (b'"' + b"x" * 1_000_000 + b'"', 413),
    ],
)  # fmt: skip
def test_a_body_that_nobody_should_send_is_refused_and_never_a_fault(siti: Student, body: bytes, status: int) -> None:
    siti.begin()
    answer = siti.raw(body)
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json["remedy"]


def test_a_compressed_body_is_refused_before_it_is_unpacked(siti: Student) -> None:
    siti.begin()
    bomb = gzip.compress(b" " * 50_000_000)
    assert siti.raw(bomb, **{"Content-Encoding": "gzip"}).status_code == 415


def test_texts_of_all_scripts_come_back_as_they_were_written(room: Room, siti: Student) -> None:
    siti.begin()
    text = "ꦲꦏ꧀ꦱꦫ ملاحظة 😀 \u202e x² 🎓 '\";--"
    siti.send([siti.item("q6", text), siti.item("q5", "a\0b\ud800c")])
    assert room.answers("0001")["q6"] == text
    assert room.answers("0001")["q5"] == "ab\ufffdc"
    assert siti.state().json["answers"][1]["value"] == text


@pytest.mark.parametrize("age", [-5, 1e300, 2**62, 0.5, None])
def test_an_odd_age_is_read_as_far_as_it_makes_sense(room: Room, siti: Student, age: Any) -> None:
    siti.begin()
    assert siti.answer("q1", "a", age_ms=age).status_code == 200
    assert room.answers("0001") == {"q1": "a"}


def test_the_way_past_the_framework_and_the_way_through_it_answer_alike(room: Room, siti: Student) -> None:
    siti.begin()
    item = siti.item("q1", "a")
    short = siti.send([item])
    body = json.dumps({"items": [item]}).encode()
    chunked = room.client().post(
        f"/api/v1/attempts/{siti.id}/answers",
        data=body,
        headers={"Authorization": f"Bearer {siti.seat}", "Content-Encoding": "identity"},
    )
    assert chunked.status_code == short.status_code == 200
    assert chunked.json == short.json


def test_refusals_speak_the_language_of_the_page(siti: Student) -> None:
    siti.begin()
    answer = siti.raw(b"[]", **{"Accept-Language": "id-ID,id;q=0.9"})
    assert "kiriman" in answer.json["detail"].lower()
