"""The order of questions and choices for one attempt, computed from its seed.

The algorithm is written twice, here and in app/static/exam/shuffling.js, and must stay the same to the letter: the
school prints what the browser showed. It keeps nothing secret: the order protects against looking at the neighbour's
screen, not against calculation.

Generator: sfc32 (Chris Doty-Humphrey's Small Fast Counting generator, 32 bit, from PractRand; public domain). Its state
is (mix(seed), mix(hash), mix(seed XOR hash), 1), the first 12 outputs are dropped. `hash` is FNV-1a (32 bit) over the
UTF-16 code units of a label, so that each question has an order of its own; `mix` is the finaliser of MurmurHash3.
Shuffle: Fisher and Yates from the end, each index being floor(output * n / 2**32).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_WORD = 0xFFFFFFFF


def question_order(paper: Mapping[str, Any], seed: int) -> list[str]:
    """The ids of a paper file's questions in the order of the attempt with this `seed` (unsigned 32 bit).

    Questions with the same stimulus stay together in the order of the paper file; a paper with `"shuffle": false`
    keeps its order.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for question in paper["questions"]:
        stimulus = question.get("stimulus")
        place = ("stimulus", stimulus) if stimulus else ("question", question["id"])
        groups.setdefault(place, []).append(question["id"])
    ordered = list(groups.values())
    if paper.get("shuffle") is not False:
        _shuffle(ordered, _generator(seed, "paper"))
    return [question for group in ordered for question in group]


def option_order(question: Mapping[str, Any], seed: int) -> list[str]:
    """The ids of what a question of the paper file offers to choose from, in the order of the attempt.

    These are the options of `single` and `multiple`, the columns of `matching`, and the columns of `category` (never
    shuffled: Benar stays before Salah). Rows keep the order of the file. A question with `"shuffle": false` keeps its
    order; `short` and `essay` offer nothing.
    """
    kind = question["type"]
    offered = question.get("columns" if kind in {"matching", "category"} else "options") or []
    ids = [choice["id"] for choice in offered]
    if kind != "category" and question.get("shuffle") is not False:
        _shuffle(ids, _generator(seed, "question " + question["id"]))
    return ids


def _shuffle(items: list[Any], draw: Callable[[], int]) -> None:
    for last in range(len(items) - 1, 0, -1):
        other = (draw() * (last + 1)) >> 32
        items[last], items[other] = items[other], items[last]


def _generator(seed: int, label: str) -> Callable[[], int]:
    label_hash = _fnv1a(label)
    a, b, c, counter = _mix(seed), _mix(label_hash), _mix(seed ^ label_hash), 1

    def draw() -> int:
        nonlocal a, b, c, counter
        output = (a + b + counter) & _WORD
        counter = (counter + 1) & _WORD
        a = b ^ (b >> 9)
        b = (c + (c << 3)) & _WORD
        c = (((c << 21) | (c >> 11)) + output) & _WORD
        return output

    for _ in range(12):
        draw()
    return draw


def _fnv1a(text: str) -> int:
    units = text.encode("utf-16-le", "surrogatepass")
    value = 0x811C9DC5
    for index in range(0, len(units), 2):
        value = ((value ^ (units[index] | units[index + 1] << 8)) * 0x01000193) & _WORD
    return value


def _mix(value: int) -> int:
    value &= _WORD
    value = ((value ^ (value >> 16)) * 0x85EBCA6B) & _WORD
    value = ((value ^ (value >> 13)) * 0xC2B2AE35) & _WORD
    return value ^ (value >> 16)
