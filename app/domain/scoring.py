"""How many points an answer earns, by the rules of AKM and TKA. The table for people is docs/scoring.md.

Scoring never raises on an answer: what is no valid answer to the question earns nothing. It does not mark essays (they
wait for a marker) and it does not repair questions: `Question.problems()` keeps the ones that cannot be scored fairly
off a paper.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.questions import WEIGHT_TOLERANCE, Question, QuestionType
from app.domain.short_answers import share_of_short_answer

FEW_OPTIONS = 4  # up to so many options a MULTIPLE is all or nothing
FEW_ROWS = 3  # up to so many rows a CATEGORY is all or nothing


@dataclass(frozen=True)
class Score:
    """Points `earned` out of `possible`; with `waits_for_marker` the earned ones are still to be given by a person."""

    earned: float
    possible: float
    waits_for_marker: bool = False


def score(question: Question, value: object) -> Score:
    """Score an answer value (docs/architecture.md, "Answer values"; None for no answer) with the question's key."""
    if question.type is QuestionType.DESCRIPTION:
        return Score(0.0, 0.0)
    if question.type is QuestionType.ESSAY:
        return Score(0.0, question.mark, isinstance(value, str) and bool(value.strip()))
    share = min(1.0, max(0.0, _SHARES[question.type](question, value)))
    if share > 1 - WEIGHT_TOLERANCE:  # three times 33.333 % is the whole mark
        share = 1.0
    return Score(round(question.mark * share, 6) if share < 1 else question.mark, question.mark)


def marked(question: Question, points: float) -> Score:
    """The score of an essay after a person gave it `points`. Raises ValueError outside 0 to the question's mark."""
    if not 0 <= points <= question.mark:
        raise ValueError(f"{points} points were given where 0 to {question.mark} are possible")
    return Score(float(points), question.mark)


def total(scores: Iterable[Score]) -> Score:
    """All scores of a paper together; it waits for a marker as long as one of them does."""
    earned = possible = 0.0
    waits = False
    for one in scores:
        earned, possible, waits = earned + one.earned, possible + one.possible, waits or one.waits_for_marker
    return Score(round(earned, 6), round(possible, 6), waits)


def _single(question: Question, value: object) -> float:
    if not isinstance(value, str):
        return 0.0
    return next((option.weight for option in question.options if option.id == value), 0.0)


def _multiple(question: Question, value: object) -> float:
    chosen = _ids(value, {option.id for option in question.options})
    if not chosen:
        return 0.0
    right = {option.id: option.weight for option in question.options if option.weight > 0}
    if not right:
        return 0.0
    if _weights_say_more_than_the_key(question):
        return _weighted(question, chosen, list(right.values()))
    if len(question.options) <= FEW_OPTIONS:
        return 1.0 if chosen == set(right) else 0.0
    return (len(chosen & set(right)) - len(chosen - set(right))) / len(right)


def _weights_say_more_than_the_key(question: Question) -> bool:
    """Whether the author gave a price to wrong options or unequal worth to right ones (GIFT percentages)."""
    weights = [option.weight for option in question.options]
    right = [weight for weight in weights if weight > 0]
    # A hundredth of a percent point apart is rounding: 33.333 % and 33.334 % are meant to be equal.
    return min(weights) < 0 or max(right) - min(right) > 100 * WEIGHT_TOLERANCE


def _weighted(question: Question, chosen: set[str], right: list[float]) -> float:
    """The sum of the weights chosen. Where wrong options carry no price, each costs as much as a right one is worth."""
    weights = [option.weight for option in question.options]
    price = 0.0 if min(weights) < 0 else sum(right) / len(right)
    earned = sum(option.weight or -price for option in question.options if option.id in chosen)
    return earned / max(1.0, sum(right))


def _category(question: Question, value: object) -> float:
    rows = {row.id: row.key for row in question.rows}
    columns = {column.id for column in question.columns}
    if not isinstance(value, dict) or not rows:
        return 0.0
    if any(row not in rows or not isinstance(column, str) or column not in columns for row, column in value.items()):
        return 0.0
    right = sum(1 for row, column in value.items() if column in rows[row])
    if len(rows) <= FEW_ROWS:
        return 1.0 if right == len(rows) else 0.0
    return right / len(rows)


def _matching(question: Question, value: object) -> float:
    rows = {row.id for row in question.rows}
    columns = {column.id for column in question.columns}
    if not isinstance(value, dict) or not value.keys() <= rows:
        return 0.0
    chosen: set[tuple[str, str]] = set()
    for row, ends in value.items():
        known = _ids(ends, columns)
        if known is None:
            return 0.0
        chosen |= {(row, end) for end in known}
    right = {(row.id, end) for row in question.rows for end in row.key}
    return (len(chosen & right) - len(chosen - right)) / len(right) if right else 0.0


def _short(question: Question, value: object) -> float:
    return share_of_short_answer(question.answers, value, question.case_sensitive) if isinstance(value, str) else 0.0


def _ids(value: object, known: set[str]) -> set[str] | None:
    """A list of known ids as a set; None if it is anything else."""
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        return None
    chosen = set(value)
    return chosen if chosen <= known else None


_SHARES = {
    QuestionType.SINGLE: _single,
    QuestionType.MULTIPLE: _multiple,
    QuestionType.CATEGORY: _category,
    QuestionType.MATCHING: _matching,
    QuestionType.SHORT: _short,
}
