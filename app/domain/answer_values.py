"""Checks and normalises what a student's browser sends as an answer, before anything of it is stored.

Every answer has the shape of its question's type and names only ids of its paper, whatever was sent: what does not is
refused with cause and remedy (S-120 to S-128), and the refusal never repeats the value. The work is proportional to the
size of the value. Text is kept as typed apart from characters no database or page can hold. It does not judge time,
sequence order or rightness.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.refusals import Refusal
from app.domain.wording import N_

SHORT_CHARACTERS = 500
ESSAY_CHARACTERS = 20_000
LAST_SEQUENCE = 2**53  # the largest whole number a browser counts to without error
EMPTY = "null"

_UNKEEPABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class QuestionIndex:
    """The ids an answer to one question may name. `choices` are option ids, or column ids where there are rows."""

    type: str
    choices: frozenset[str]
    rows: frozenset[str]


@dataclass(frozen=True)
class PaperIndex:
    """What an exam process holds of a paper in memory to check answers: question id to allowed ids."""

    questions: Mapping[str, QuestionIndex]

    @classmethod
    def from_paper(cls, paper: Mapping[str, Any]) -> PaperIndex:
        """Build it from the paper file (docs/architecture.md). Raises KeyError where the file lacks a field."""
        return cls({question["id"]: _index(question) for question in paper["questions"]})

    def __len__(self) -> int:
        """The number of questions, the m of "n of m"."""
        return len(self.questions)


def _index(question: Mapping[str, Any]) -> QuestionIndex:
    rows = frozenset(row["id"] for row in question.get("rows") or ())
    offered = question.get("columns" if question["type"] in {"category", "matching"} else "options") or ()
    return QuestionIndex(question["type"], frozenset(choice["id"] for choice in offered), rows)


def normalise(index: PaperIndex, question_id: object, value: object) -> str:
    """The answer as canonical JSON text for storage; "null" when it clears the answer. Refuses (422) what is unfit.

    Two answers that mean the same give the same text: ids in a list are sorted and named once, empty parts left out.
    """
    question = index.questions.get(question_id) if isinstance(question_id, str) else None
    if question is None or question.type not in _CHECKS:
        raise Refusal(
            "S-122",
            N_("Jawaban ini menyebut soal yang tidak ada di paket ujian ini."),
            N_("Muat ulang halaman ujian. Jika tetap terjadi, laporkan kode ini kepada proktor."),
            status=422,
        )
    checked = None if value is None else _CHECKS[question.type](question, value)
    if is_empty(checked):
        return EMPTY
    return json.dumps(checked, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def is_empty(value: object) -> bool:
    """Whether an answer value says nothing: null, blank text, an empty list, or a table without a choice."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, Mapping):
        return all(is_empty(part) for part in value.values())
    return isinstance(value, list | tuple) and not value


def is_answered(stored: str) -> bool:
    """Whether a stored answer (the text `normalise` gave) counts as answered."""
    return stored != EMPTY


def valid_sequence(value: object) -> int:
    """`value` if it is a sequence number (whole, 1 to 2**53), else a refusal (422)."""
    if type(value) is not int or not 1 <= value <= LAST_SEQUENCE:
        raise Refusal(
            "S-127",
            N_("Nomor urut jawaban tidak sah."),
            N_("Muat ulang halaman ujian. Jika tetap terjadi, laporkan kode ini kepada proktor."),
            status=422,
        )
    return value


def _single(question: QuestionIndex, value: object) -> str:
    return _choice(question, value)


def _multiple(question: QuestionIndex, value: object) -> list[str]:
    return _choices(question, value)


def _category(question: QuestionIndex, value: object) -> dict[str, str]:
    table = _table(question, value)
    return {row: _choice(question, column) for row, column in table.items() if column is not None}


def _matching(question: QuestionIndex, value: object) -> dict[str, list[str]]:
    table = _table(question, value)
    chosen = {row: _choices(question, columns) for row, columns in table.items() if columns is not None}
    return {row: columns for row, columns in chosen.items() if columns}


def _short(_question: QuestionIndex, value: object) -> str:
    return " ".join(_text(value, SHORT_CHARACTERS).splitlines())


def _essay(_question: QuestionIndex, value: object) -> str:
    return _text(value, ESSAY_CHARACTERS)


_CHECKS = {
    "single": _single,
    "multiple": _multiple,
    "category": _category,
    "matching": _matching,
    "short": _short,
    "essay": _essay,
}


def _choice(question: QuestionIndex, value: object) -> str:
    if not isinstance(value, str):
        raise _misshapen()
    if value not in question.choices:
        raise _unknown_choice()
    return value


def _choices(question: QuestionIndex, value: object) -> list[str]:
    if not isinstance(value, list):
        raise _misshapen()
    if len(value) > len(question.choices):
        raise _unknown_choice()  # more than there are: before anything is done for each of them
    return sorted({_choice(question, item) for item in value})


def _table(question: QuestionIndex, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _misshapen()
    if not value.keys() <= question.rows:
        raise _unknown_choice()
    return value


def _text(value: object, most: int) -> str:
    if not isinstance(value, str):
        raise _misshapen()
    if len(value) > most:
        raise Refusal(
            "S-125",
            N_("Jawaban terlalu panjang: %(given)s karakter, paling banyak %(most)s."),
            N_("Persingkat jawaban, lalu simpan lagi. Jawaban terakhir yang sudah tersimpan tidak berubah."),
            status=422,
            values={"given": len(value), "most": most},
        )
    kept = _UNKEEPABLE.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    return _SURROGATE.sub("\ufffd", kept)


def _misshapen() -> Refusal:
    return Refusal(
        "S-123",
        N_("Bentuk jawaban tidak sesuai dengan jenis soalnya."),
        N_("Muat ulang halaman ujian, lalu jawab soal ini sekali lagi."),
        status=422,
    )


def _unknown_choice() -> Refusal:
    return Refusal(
        "S-124",
        N_("Jawaban ini menyebut pilihan yang tidak ada pada soalnya."),
        N_("Muat ulang halaman ujian, lalu jawab soal ini sekali lagi."),
        status=422,
    )
