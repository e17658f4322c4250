"""What a browser may send as an answer, and what is refused before anything is stored."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.answer_values import (
    EMPTY,
    ESSAY_CHARACTERS,
    LAST_SEQUENCE,
    SHORT_CHARACTERS,
    PaperIndex,
    is_answered,
    is_empty,
    normalise,
    valid_sequence,
)
from app.domain.refusals import Refusal


def parts(*ids: str) -> list[dict[str, str]]:
    return [{"id": part, "html": "<p>x</p>"} for part in ids]


def question(kind: str, **fields: Any) -> dict[str, Any]:
    empty = {"stem": "<p>?</p>", "stimulus": None, "options": [], "columns": [], "rows": [], "shuffle": True}
    return {"id": kind, "type": kind, **empty, **fields}


PAPER = {
    "schema": 1,
    "questions": [
        question("single", options=parts("oA", "oB")),
        question("multiple", options=parts("oC", "oD", "oE")),
        question("category", columns=parts("benar", "salah"), rows=parts("r1", "r2")),
        question("matching", columns=parts("k1", "k2"), rows=parts("r3", "r4")),
        question("short"),
        question("essay"),
    ],
}
INDEX = PaperIndex.from_paper(PAPER)


def refusal(question_id: object, value: object) -> Refusal:
    with pytest.raises(Refusal) as caught:
        normalise(INDEX, question_id, value)
    assert caught.value.status == 422
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize(
    ("question_id", "value", "stored"),
    [
        ("single", "oA", '"oA"'),
        ("multiple", ["oE", "oC", "oE"], '["oC","oE"]'),
        ("category", {"r2": "salah", "r1": "benar"}, '{"r1":"benar","r2":"salah"}'),
        ("category", {"r1": "benar", "r2": None}, '{"r1":"benar"}'),
        ("matching", {"r4": ["k2", "k1"], "r3": []}, '{"r4":["k1","k2"]}'),
        ("short", "  1,5 ", '"  1,5 "'),
        ("short", "dua\nbaris", '"dua baris"'),
        ("essay", "Satu\r\ndua", '"Satu\\ndua"'),
    ],
)
def test_answers_of_the_same_meaning_are_stored_as_the_same_text(question_id: str, value: object, stored: str) -> None:
    assert normalise(INDEX, question_id, value) == stored
    assert normalise(INDEX, question_id, json.loads(stored)) == stored
    assert is_answered(stored)


@pytest.mark.parametrize("question_id", [entry["id"] for entry in PAPER["questions"]])
def test_null_clears_any_answer(question_id: str) -> None:
    assert normalise(INDEX, question_id, None) == EMPTY
    assert not is_answered(EMPTY)


@pytest.mark.parametrize(
    ("question_id", "value"),
    [
        ("multiple", []),
        ("category", {}),
        ("category", {"r1": None}),
        ("matching", {"r3": []}),
        ("short", " "),
        ("essay", "\n"),
    ],
)
def test_an_answer_that_says_nothing_clears_too(question_id: str, value: object) -> None:
    assert is_empty(value)
    assert normalise(INDEX, question_id, value) == EMPTY


@pytest.mark.parametrize("question_id", ["unknown", "", None, 7, "\ud800", ["single"], {"a": 1}])
def test_an_unknown_question_is_refused(question_id: object) -> None:
    assert refusal(question_id, "oA").code == "S-122"
    with pytest.raises(Refusal):
        normalise(INDEX, question_id, None)


@pytest.mark.parametrize(
    ("question_id", "value"),
    [
        ("single", "oC"),
        ("single", ""),
        ("single", "\ud800"),
        ("multiple", ["oC", "oA"]),
        ("multiple", ["oC"] * 100_000),
        ("category", {"r3": "benar"}),
        ("category", {"r1": "k1"}),
        ("matching", {"r3": ["k1", "benar"]}),
    ],
)
def test_an_unknown_option_row_or_column_is_refused(question_id: str, value: object) -> None:
    assert refusal(question_id, value).code == "S-124"


WRONG_SHAPES = [True, False, 0, 1.5, float("nan"), float("inf"), 2**63, [[]], [None], [1], {"r1": 1}, {"r3": "k1"}]


@pytest.mark.parametrize("question_id", ["single", "multiple", "short", "essay"])
@pytest.mark.parametrize("value", WRONG_SHAPES)
def test_a_wrong_shape_is_refused(question_id: str, value: object) -> None:
    assert refusal(question_id, value).code == "S-123"


@pytest.mark.parametrize(
    ("question_id", "value"),
    [
        ("category", "benar"),
        ("category", ["benar"]),
        ("category", {"r1": ["benar"]}),
        ("category", {"r1": True}),
        ("matching", {"r3": "k1"}),
        ("matching", {"r3": {"k1": 1}}),
        ("matching", {"r3": [["k1"]]}),
        ("single", ["oA"]),
        ("multiple", "oC"),
    ],
)
def test_the_shape_of_another_type_is_refused(question_id: str, value: object) -> None:
    assert refusal(question_id, value).code == "S-123"


def test_text_may_be_as_long_as_stated_and_no_longer() -> None:
    normalise(INDEX, "short", "x" * SHORT_CHARACTERS)
    normalise(INDEX, "essay", "😀" * ESSAY_CHARACTERS)
    assert refusal("short", "x" * (SHORT_CHARACTERS + 1)).code == "S-125"
    too_long = refusal("essay", "x" * 2**20)
    assert too_long.code == "S-125"
    assert too_long.cause % too_long.values == "Jawaban terlalu panjang: 1048576 karakter, paling banyak 20000."


def test_characters_nobody_can_keep_are_taken_out_and_the_rest_stays() -> None:
    assert json.loads(normalise(INDEX, "essay", "a\x00b\x1bc\td\ud800e\U0001f600")) == "abc\td\ufffde\U0001f600"
    assert json.loads(normalise(INDEX, "essay", "שלום العربية")) == "שלום العربية"


def test_a_refusal_never_repeats_what_was_sent() -> None:
    for question_id, value in (("single", "marker-7f"), ("marker-7f", "oA"), ("essay", ["marker-7f"])):
        caught = refusal(question_id, value)
        assert "marker-7f" not in f"{caught} {caught.values} {caught.extra}"


@given(st.sampled_from([entry["id"] for entry in PAPER["questions"]]), st.text(max_size=300))
def test_what_is_stored_can_be_encoded_and_read_back_and_stays_the_same(question_id: str, text: str) -> None:
    try:
        stored = normalise(INDEX, question_id, text)
    except Refusal:
        return
    assert "\x00" not in json.dumps(json.loads(stored.encode("utf-8")), ensure_ascii=False)
    assert normalise(INDEX, question_id, json.loads(stored)) == stored


SCRAPS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.sampled_from(["oA", "r1", "k1"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["r1", "r3", "x"]), inner, max_size=4),
    max_leaves=10,
)


@given(st.sampled_from([entry["id"] for entry in PAPER["questions"]]), SCRAPS)
def test_whatever_is_sent_is_stored_or_refused_and_nothing_else(question_id: str, value: object) -> None:
    try:
        stored = normalise(INDEX, question_id, value)
    except Refusal as caught:
        stored = caught.code
    refused = stored in {"S-123", "S-124", "S-125"}
    assert refused or normalise(INDEX, question_id, json.loads(stored)) == stored


@pytest.mark.parametrize("sequence", [1, 2, LAST_SEQUENCE])
def test_a_sequence_number_counts_from_one_to_what_a_browser_can_count(sequence: int) -> None:
    assert valid_sequence(sequence) == sequence


@pytest.mark.parametrize("sequence", [0, -1, LAST_SEQUENCE + 1, 2**63, 1.0, float("nan"), True, "1", None, [1]])
def test_anything_else_is_no_sequence_number(sequence: object) -> None:
    with pytest.raises(Refusal) as caught:
        valid_sequence(sequence)
    assert caught.value.code == "S-127"


def test_the_check_costs_as_much_as_the_value_and_not_as_the_paper() -> None:
    big = PaperIndex.from_paper(
        {"questions": [question("single", id=f"q{n}", options=parts("a", "b")) for n in range(9_000)]}
    )
    assert len(big) == 9_000

    def best_of_five(index: PaperIndex, question_id: str, value: str) -> float:
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            for _ in range(1_000):
                normalise(index, question_id, value)
            times.append(time.perf_counter() - begin)
        return min(times)

    assert best_of_five(big, "q8999", "a") < 5 * best_of_five(INDEX, "single", "oA")
