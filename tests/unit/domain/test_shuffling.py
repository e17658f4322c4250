"""The order of questions and choices: the same in Python and in the browser, fair, and true to the groups."""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import quickjs
from hypothesis import given
from hypothesis import strategies as st

from app.domain.shuffling import option_order, question_order

SCRIPT = Path(__file__).parents[3] / "app" / "static" / "exam" / "shuffling.js"
TYPES = ("single", "multiple", "category", "matching", "short", "essay")
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789é字😀"
PINNED_QUESTIONS = ["q5", "q4", "q3", "q7", "q1", "q6", "q2", "q8"]
PINNED_OPTIONS = "DECBA"
EDGE_SEEDS = (0, 1, 2**31 - 1, 2**31, 2**32 - 1)


@pytest.fixture(scope="module")
def script() -> quickjs.Context:
    context = quickjs.Context()
    context.module(
        SCRIPT.read_text(encoding="utf-8")
        + """
        globalThis.orders = (text, seed) => {
          const paper = JSON.parse(text);
          return JSON.stringify([questionOrder(paper, seed), paper.questions.map((q) => optionOrder(q, seed))]);
        };"""
    )
    return context


def in_browser(script: quickjs.Context, paper: dict[str, Any], seed: int) -> list[Any]:
    result: list[Any] = json.loads(script.get("orders")(json.dumps(paper), seed))
    return result


def in_python(paper: dict[str, Any], seed: int) -> list[Any]:
    return [question_order(paper, seed), [option_order(question, seed) for question in paper["questions"]]]


def random_paper(chance: random.Random) -> dict[str, Any]:
    def new_id() -> str:
        return "".join(chance.choices(LETTERS, k=chance.randrange(4, 12)))

    def parts(most: int) -> list[dict[str, str]]:
        return [{"id": new_id(), "html": ""} for _ in range(chance.randrange(0, most))]

    paper: dict[str, Any] = {"schema": 1, "questions": []}
    for number in range(chance.randrange(0, 60)):
        kind = chance.choice(TYPES)
        question = {
            "id": f"{new_id()}{number}",
            "type": kind,
            "stimulus": chance.choice([None, None, "s1", "s2", "s3"]),
        }
        if kind in {"single", "multiple"}:
            question["options"] = parts(9)
        elif kind in {"category", "matching"}:
            question |= {"options": [], "columns": parts(7), "rows": parts(7)}
        question["shuffle"] = chance.random() < 0.8
        paper["questions"].append(question)
    if chance.random() < 0.1:
        paper["shuffle"] = chance.random() < 0.5
    return paper


def test_python_and_the_browser_order_hundreds_of_papers_alike(script: quickjs.Context) -> None:
    chance = random.Random(20261122)
    for number in range(600):
        paper = random_paper(chance)
        seed = EDGE_SEEDS[number] if number < len(EDGE_SEEDS) else chance.getrandbits(32)
        assert in_browser(script, paper, seed) == in_python(paper, seed), f"paper {number}, seed {seed}"


def test_the_order_of_a_paper_that_was_sat_never_changes() -> None:
    paper = {"questions": [{"id": f"q{number}", "type": "short", "stimulus": None} for number in range(1, 9)]}
    assert question_order(paper, 20261122) == PINNED_QUESTIONS
    question = {"id": "q1", "type": "single", "options": [{"id": letter} for letter in "ABCDE"]}
    assert "".join(option_order(question, 4_294_967_295)) == PINNED_OPTIONS


@given(st.randoms(use_true_random=False), st.integers(0, 2**32 - 1))
def test_every_question_comes_once_and_a_group_stays_together_in_its_order(chance: random.Random, seed: int) -> None:
    paper = random_paper(chance)
    order = question_order(paper, seed)
    assert sorted(order) == sorted(question["id"] for question in paper["questions"])
    for stimulus in ("s1", "s2", "s3"):
        group = [question["id"] for question in paper["questions"] if question["stimulus"] == stimulus]
        if group:
            begin = order.index(group[0])
            assert order[begin : begin + len(group)] == group


def test_rows_and_the_columns_of_a_category_keep_their_order() -> None:
    question = {"id": "q", "type": "category", "columns": [{"id": "benar"}, {"id": "salah"}], "shuffle": True}
    assert {tuple(option_order(question, seed)) for seed in range(50)} == {("benar", "salah")}


def test_the_columns_of_a_matching_question_are_shuffled() -> None:
    question = {"id": "q", "type": "matching", "columns": [{"id": letter} for letter in "abcd"]}
    assert len({tuple(option_order(question, seed)) for seed in range(200)}) > 20


def test_a_question_that_must_not_be_shuffled_keeps_its_order() -> None:
    question = {"id": "q", "type": "single", "options": [{"id": letter} for letter in "abcde"], "shuffle": False}
    assert all(option_order(question, seed) == list("abcde") for seed in range(50))


def test_every_order_of_four_options_comes_about_equally_often() -> None:
    question = {"id": "q", "type": "single", "options": [{"id": letter} for letter in "abcd"]}
    seen = Counter(tuple(option_order(question, seed)) for seed in range(24_000))
    assert len(seen) == 24
    # 1,000 expected each; chi-square with 23 degrees of freedom is below 53 in 99.96 % of fair draws
    assert sum((count - 1_000) ** 2 / 1_000 for count in seen.values()) < 53


def test_neighbouring_seeds_and_questions_have_orders_of_their_own() -> None:
    paper = {"questions": [{"id": f"q{n}", "type": "short"} for n in range(40)]}
    assert len({tuple(question_order(paper, seed)) for seed in range(500)}) == 500
    options = [{"id": letter} for letter in "abcde"]
    one_seed = Counter(
        tuple(option_order({"id": f"q{n}", "type": "single", "options": options}, 7)) for n in range(600)
    )
    assert len(one_seed) > 100
    assert one_seed.most_common(1)[0][1] < 20
