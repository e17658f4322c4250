"""The student's way at the exam process, from the door to the receipt."""

from __future__ import annotations

from app.domain.attempt_states import AttemptState, ClosedBy
from tests.functional.sekolah.exam.conftest import LENGTH_S, MINIMUM_S, Room, Student


def test_a_whole_exam_from_token_to_receipt(room: Room, siti: Student) -> None:
    admitted = siti.admit()
    assert admitted.status_code == 200, admitted.text
    assert admitted.json["state"] == "admitted"
    started = siti.start().json
    assert started["state"] == "working"
    assert started["remaining_ms"] == LENGTH_S * 1000
    assert started["minimum_ms"] == MINIMUM_S * 1000
    assert started["answers"] == []
    assert started["next_sequence"] == 1
    saved = siti.send(
        [siti.item("q1", "b"), siti.item("q2", ["b", "a"]), siti.item("q3", {"r1": "y"}, doubtful=True)], "q3"
    )
    assert saved.json["acknowledged"] == [1, 2, 3]
    assert siti.answer("q6", "Karena 😀 ملح").json["acknowledged"] == [4]
    room.clock.advance(MINIMUM_S)
    finished = siti.finish()
    assert finished.status_code == 200, finished.text
    assert finished.json["state"] == "finished"
    assert finished.json["answered"] == 4
    assert siti.finish().json == finished.json
    assert room.answers("0001") == {"q1": "b", "q2": ["a", "b"], "q3": {"r1": "y"}, "q6": "Karena 😀 ملح"}
    attempt = room.attempt("0001")
    assert (attempt.state, attempt.closed_by) == (AttemptState.FINISHED, ClosedBy.STUDENT)
    assert (attempt.answered, attempt.doubtful, attempt.sequence, attempt.position) == (4, 1, 4, "q3")


def test_a_reload_leads_back_to_the_same_answers_and_the_same_time(room: Room, siti: Student) -> None:
    siti.begin()
    siti.send([siti.item("q1", "c"), siti.item("q1", "a", doubtful=True)], "q1")
    room.clock.advance(600)
    state = siti.state().json
    assert state["answers"] == [{"question": "q1", "sequence": 2, "value": "a", "doubtful": True}]
    assert (state["next_sequence"], state["position"]) == (3, "q1")
    assert state["remaining_ms"] == (LENGTH_S - 600) * 1000
    assert siti.start().json["remaining_ms"] == state["remaining_ms"], "starting again changes nothing"
