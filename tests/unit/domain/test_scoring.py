"""What each type of question earns: the rules of docs/scoring.md, row by row, and what holds for every question."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.questions import Answer, Column, Option, Question, QuestionType, Row
from app.domain.scoring import FEW_OPTIONS, FEW_ROWS, Score, marked, score, total


def choice(kind: QuestionType, *weights: float, mark: float = 1.0) -> Question:
    options = tuple(Option(f"o{number}", "<p>x</p>", weight) for number, weight in enumerate(weights, 1))
    return Question(kind, "<p>?</p>", id="q1", options=options, mark=mark)


def multiple(*weights: float) -> Question:
    return choice(QuestionType.MULTIPLE, *weights)


def table(kind: QuestionType, *keys: tuple[str, ...], columns: str = "ab") -> Question:
    return Question(
        kind,
        "<p>?</p>",
        columns=tuple(Column(letter, letter) for letter in columns),
        rows=tuple(Row(f"r{number}", "<p>x</p>", key) for number, key in enumerate(keys, 1)),
    )


def short(*answers: Answer, **settings: Any) -> Question:
    return Question(QuestionType.SHORT, "<p>?</p>", answers=answers, **settings)


def earned(question: Question, value: object) -> float:
    return score(question, value).earned


def test_single_earns_the_mark_of_the_chosen_option() -> None:
    question = choice(QuestionType.SINGLE, 0, 1, 0.5, -0.25, mark=2.0)
    assert [earned(question, f"o{number}") for number in (1, 2, 3, 4)] == [0.0, 2.0, 1.0, 0.0]
    assert earned(question, None) == 0.0


@pytest.mark.parametrize(
    ("chosen", "points"), [(["o1", "o2"], 1.0), (["o2", "o1"], 1.0), (["o1"], 0.0), (["o1", "o2", "o3"], 0.0)]
)
def test_multiple_with_few_options_is_all_or_nothing(chosen: list[str], points: float) -> None:
    question = multiple(0.5, 0.5, *[0.0] * (FEW_OPTIONS - 2))
    assert earned(question, chosen) == points


@pytest.mark.parametrize(
    ("chosen", "points"),
    [
        (["o1", "o2"], 1.0),
        (["o1"], 0.5),
        (["o1", "o3"], 0.0),
        (["o1", "o2", "o3"], 0.5),
        (["o1", "o2", "o3", "o4", "o5"], 0.0),
        (["o3", "o4"], 0.0),
        (["o1", "o1"], 0.5),
        ([], 0.0),
    ],
)
def test_multiple_with_many_options_earns_right_minus_wrong(chosen: list[str], points: float) -> None:
    assert earned(multiple(0.5, 0.5, 0, 0, 0), chosen) == points


def test_weights_of_the_author_are_respected_when_wrong_options_have_a_price() -> None:
    question = multiple(0.3333333, 0.3333333, -1, 0.3333333, -1)
    assert earned(question, ["o1", "o2", "o4"]) == 1.0
    assert earned(question, ["o1", "o2"]) == pytest.approx(2 / 3, abs=1e-5)
    assert earned(question, ["o1", "o2", "o4", "o3"]) == 0.0


def test_unequal_weights_without_a_price_still_make_a_wrong_choice_cost() -> None:
    question = multiple(0.7, 0.3, 0)
    assert earned(question, ["o1"]) == 0.7
    assert earned(question, ["o1", "o2"]) == 1.0
    assert earned(question, ["o1", "o2", "o3"]) == 0.5


def test_weights_beyond_the_whole_mark_do_not_pay_for_a_wrong_choice() -> None:
    question = multiple(1, 1, -1)
    assert earned(question, ["o1", "o2"]) == 1.0
    assert earned(question, ["o1", "o2", "o3"]) == 0.5


def test_category_with_few_rows_is_all_or_nothing() -> None:
    question = table(QuestionType.CATEGORY, *[("a",), ("b",), ("a",)][:FEW_ROWS])
    assert earned(question, {"r1": "a", "r2": "b", "r3": "a"}) == 1.0
    assert earned(question, {"r1": "a", "r2": "b", "r3": "b"}) == 0.0
    assert earned(question, {"r1": "a", "r2": "b"}) == 0.0


def test_category_with_many_rows_earns_the_share_of_right_rows() -> None:
    question = table(QuestionType.CATEGORY, ("a",), ("b",), ("a",), ("b",))
    assert earned(question, {"r1": "a", "r2": "b", "r3": "a", "r4": "b"}) == 1.0
    assert earned(question, {"r1": "a", "r2": "b", "r3": "a", "r4": "a"}) == 0.75
    assert earned(question, {"r4": "b"}) == 0.25


def test_matching_earns_right_pairs_minus_wrong_pairs() -> None:
    question = table(QuestionType.MATCHING, ("a",), ("b", "c"), ("d",), columns="abcd")
    assert earned(question, {"r1": ["a"], "r2": ["c", "b"], "r3": ["d"]}) == 1.0
    assert earned(question, {"r1": ["a"], "r2": ["b"], "r3": ["d"]}) == 0.75
    assert earned(question, {"r1": ["a"], "r2": ["b", "a"], "r3": ["d"]}) == 0.5
    assert earned(question, {row: list("abcd") for row in ("r1", "r2", "r3")}) == 0.0


def test_short_earns_the_best_weight_that_matches() -> None:
    question = short(Answer(text="Nazareth"), Answer(text="Nazereth", weight=0.75), Answer(number=3, weight=0.5))
    assert [earned(question, given) for given in ("nazareth", "Nazereth", "3,0", "Roma")] == [1.0, 0.75, 0.5, 0.0]


def test_an_essay_waits_for_its_marker_and_an_empty_one_does_not() -> None:
    question = Question(QuestionType.ESSAY, "<p>?</p>", mark=5.0)
    assert score(question, "Karena …") == Score(0.0, 5.0, waits_for_marker=True)
    assert score(question, " \n") == score(question, None) == Score(0.0, 5.0)
    assert marked(question, 3.5) == Score(3.5, 5.0)
    for points in (-0.5, 5.5, float("nan")):
        with pytest.raises(ValueError):
            marked(question, points)


def test_a_description_is_worth_nothing() -> None:
    assert score(Question(QuestionType.DESCRIPTION, "<p>Bacalah.</p>"), "x") == Score(0.0, 0.0)


def test_a_total_adds_up_and_waits_while_one_waits() -> None:
    assert total([Score(0.1, 1.0), Score(0.2, 1.0), Score(0.0, 5.0, True)]) == Score(0.3, 7.0, True)
    assert total([]) == Score(0.0, 0.0)


def test_a_multiple_where_everything_is_right_is_kept_off_the_paper() -> None:
    assert "every option is marked as right" in multiple(0.5, 0.5).problems()
    assert multiple(0.5, 0.5, 0).problems() == []


def test_a_matching_where_every_pair_is_right_is_kept_off_the_paper() -> None:
    assert "every pair is marked as right" in table(QuestionType.MATCHING, ("a", "b"), ("b", "a")).problems()
    assert table(QuestionType.MATCHING, ("a", "b"), ("b",)).problems() == []


WEIGHTS = st.sampled_from([0.0, 0.0, 1.0, 0.5, 0.25, 1 / 3, -0.25, -1.0])
MARKS = st.sampled_from([1.0, 2.0, 0.5, 3.7])


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Any question that may stand on a paper."""
    kind = draw(st.sampled_from([kind for kind in QuestionType if kind is not QuestionType.DESCRIPTION]))
    if kind in {QuestionType.SINGLE, QuestionType.MULTIPLE}:
        question = choice(kind, *draw(st.lists(WEIGHTS, min_size=2, max_size=8)))
    elif kind in {QuestionType.CATEGORY, QuestionType.MATCHING}:
        most = 1 if kind is QuestionType.CATEGORY else 3
        key = st.lists(st.sampled_from("abc"), min_size=most if most == 1 else 0, max_size=most, unique=True)
        question = table(kind, *map(tuple, draw(st.lists(key, min_size=1, max_size=7))), columns="abc")
    elif kind is QuestionType.SHORT:
        answers = st.builds(Answer, text=st.text(max_size=5), weight=st.sampled_from([0.0, 0.5, 1.0]))
        question = short(*draw(st.lists(answers, min_size=1, max_size=3)))
    else:
        question = Question(kind, "<p>?</p>")
    return replace(question, mark=draw(MARKS))


SCRAPS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(["o1", "a", "r1"]),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.sampled_from(["r1", "r2", "x"]) | st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=8,
)


@given(questions(), SCRAPS)
def test_whatever_is_given_earns_between_nothing_and_the_mark_and_never_raises(
    question: Question, value: object
) -> None:
    result = score(question, value)
    assert 0.0 <= result.earned <= result.possible == question.mark


def everything(question: Question) -> object:
    if question.type is QuestionType.MULTIPLE:
        return [option.id for option in question.options]
    return {row.id: [column.id for column in question.columns] for row in question.rows}


def the_key(question: Question) -> object:
    if question.type is QuestionType.SINGLE:
        return max(question.options, key=lambda option: option.weight).id
    if question.type is QuestionType.MULTIPLE:
        return [option.id for option in question.options if option.weight > 0]
    return {row.id: row.key[0] if question.type is QuestionType.CATEGORY else list(row.key) for row in question.rows}


@given(questions())
def test_selecting_everything_never_earns_full_marks(question: Question) -> None:
    if question.type in {QuestionType.MULTIPLE, QuestionType.MATCHING} and not question.problems():
        assert earned(question, everything(question)) < question.mark


@given(questions())
def test_the_key_earns_full_marks_where_the_author_gave_no_weights(question: Question) -> None:
    weights = {option.weight for option in question.options if option.weight > 0}
    plain = question.type in {QuestionType.CATEGORY, QuestionType.MATCHING} or (
        question.type is QuestionType.MULTIPLE and len(weights) == 1 and min(o.weight for o in question.options) == 0
    )
    if plain and not question.problems():
        assert earned(question, the_key(question)) == question.mark


@given(questions(), SCRAPS)
def test_an_answer_that_names_an_unknown_id_earns_nothing(question: Question, value: object) -> None:
    if question.type is QuestionType.MULTIPLE:
        assert earned(question, ["o1", "unknown"]) == 0.0
    elif question.type is QuestionType.CATEGORY:
        assert earned(question, {**dict.fromkeys((row.id for row in question.rows), "a"), "unknown": "a"}) == 0.0
    elif question.type is QuestionType.MATCHING:
        assert earned(question, {"unknown": ["a"]}) == 0.0
