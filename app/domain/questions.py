"""What a question is: its types, its parts, and the two halves it is split into (what a student sees, and the key).

Every question file format is read into these classes, and everything later (bank, preview, paper, scoring, answer
sheet) starts from them. HTML in here is already safe: the importers clean it before a question is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

SCHEMA = 1
WEIGHT_TOLERANCE = 1e-4

IdMaker = Callable[[], str]  # gives a fresh opaque id at each call


class QuestionType(StrEnum):
    """The item types of AKM and TKA, in the order the field lists them."""

    SINGLE = "single"  # Pilihan Ganda: exactly one right option
    MULTIPLE = "multiple"  # Pilihan Ganda Kompleks MCMA: several right options
    CATEGORY = "category"  # Pilihan Ganda Kompleks kategori: one column per statement
    MATCHING = "matching"  # Menjodohkan: any number of columns per row
    SHORT = "short"  # Isian Singkat: short text or number
    ESSAY = "essay"  # Uraian: marked by people
    DESCRIPTION = "description"  # no question at all: text that others refer to (a stimulus in a file)


@dataclass(frozen=True)
class Option:
    """One choice. `weight` is the fraction of the question's mark it earns, from -1 to 1."""

    id: str
    html: str
    weight: float = 0.0


@dataclass(frozen=True)
class Column:
    """One heading of a category table, or one right-hand side of a matching question."""

    id: str
    html: str


@dataclass(frozen=True)
class Row:
    """One statement or left-hand side; `key` holds the ids of the columns that belong to it."""

    id: str
    html: str
    key: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """One accepted short answer: `text`, or `number` within plus or minus `tolerance`; `weight` from 0 to 1."""

    text: str | None = None
    number: float | None = None
    tolerance: float = 0.0
    weight: float = 1.0


@dataclass(frozen=True)
class Question:
    """One question, order-free. `media` names the files its HTML shows as `/media/<sha256>.<ext>`."""

    type: QuestionType
    stem: str
    id: str = ""
    title: str = ""
    stimulus: str = ""  # HTML shared by a group of questions (Soal Grup); equal text means the same group
    options: tuple[Option, ...] = ()
    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    answers: tuple[Answer, ...] = ()
    mark: float = 1.0
    shuffle_options: bool = True
    case_sensitive: bool = False
    audio_plays: int = 0  # how often the stem's recording may be heard; 0 means without limit
    marking_guide: str = ""  # HTML for the marker of an essay; part of the key
    media: tuple[str, ...] = field(default_factory=tuple)

    def problems(self) -> list[str]:
        """What keeps this question from being put on a paper, as short sentences; empty if nothing does."""
        found = [] if self.stem.strip() or self.stimulus.strip() else ["the stem is empty"]
        check = {
            QuestionType.SINGLE: self._single_problems,
            QuestionType.MULTIPLE: self._multiple_problems,
            QuestionType.CATEGORY: self._table_problems,
            QuestionType.MATCHING: self._table_problems,
            QuestionType.SHORT: self._short_problems,
        }.get(self.type)
        return found + (check() if check else [])

    def _option_problems(self) -> list[str]:
        if len(self.options) < 2:
            return ["at least two options are needed"]
        if len({option.id for option in self.options}) < len(self.options):
            return ["two options share an id"]
        if any(not option.html.strip() for option in self.options):
            return ["an option is empty"]
        return []

    def _single_problems(self) -> list[str]:
        full = [option for option in self.options if abs(option.weight - 1) < WEIGHT_TOLERANCE]
        return self._option_problems() + ([] if full else ["no option is marked as the right one"])

    def _multiple_problems(self) -> list[str]:
        right = [option for option in self.options if option.weight > 0]
        if not right:
            return [*self._option_problems(), "no option is marked as right"]
        choosing_all_is_right = len(right) == len(self.options)
        return self._option_problems() + (["every option is marked as right"] if choosing_all_is_right else [])

    def _table_problems(self) -> list[str]:
        known = {column.id for column in self.columns}
        found = [] if self.rows and known else ["rows and columns are needed"]
        for number, row in enumerate(self.rows, 1):
            if not set(row.key) <= known:
                found.append(f"row {number} points to a column that is not there")
            elif self.type is QuestionType.CATEGORY and len(row.key) != 1:
                found.append(f"row {number} needs exactly one right column")
        if not any(row.key for row in self.rows):
            found.append("no row has a right column")
        choosing_all_is_right = bool(self.rows and known) and all(set(row.key) >= known for row in self.rows)
        if self.type is QuestionType.MATCHING and choosing_all_is_right:
            found.append("every pair is marked as right")
        return found

    def _short_problems(self) -> list[str]:
        return [] if any(answer.weight > 0 for answer in self.answers) else ["no accepted answer is given"]

    def to_dict(self) -> dict[str, Any]:
        """The whole question, key included, as JSON-ready data (for the bank; never for a school)."""
        return {"schema": SCHEMA, **asdict(self), "type": str(self.type)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Question:
        """Read `to_dict` output back. Raises ValueError for another schema, KeyError or TypeError for broken data."""
        if data.get("schema") != SCHEMA:
            raise ValueError(f"question schema {data.get('schema')!r} is not known here (this program knows {SCHEMA})")
        fields = {name: value for name, value in data.items() if name != "schema"}
        return cls(
            **{
                **fields,
                "type": QuestionType(data["type"]),
                "options": tuple(Option(**option) for option in data["options"]),
                "columns": tuple(Column(**column) for column in data["columns"]),
                "rows": tuple(Row(**{**row, "key": tuple(row["key"])}) for row in data["rows"]),
                "answers": tuple(Answer(**answer) for answer in data["answers"]),
                "media": tuple(data["media"]),
            }
        )

    def for_student(self) -> dict[str, Any]:
        """The half a school may hold: no weight, no key, no accepted answer, no guide, no title."""
        return {
            "id": self.id,
            "type": str(self.type),
            "stem": self.stem,
            "options": [{"id": option.id, "html": option.html} for option in self.options],
            "columns": [{"id": column.id, "html": column.html} for column in self.columns],
            "rows": [{"id": row.id, "html": row.html} for row in self.rows],
            "shuffle": self.shuffle_options,
            "audio_plays": self.audio_plays,
        }

    def with_ids(self, new_id: IdMaker) -> Question:
        """The same question under fresh opaque ids, so that no id tells which option came first in the file."""
        columns = {column.id: new_id() for column in self.columns}
        return replace(
            self,
            id=self.id or new_id(),
            options=tuple(replace(option, id=new_id()) for option in self.options),
            columns=tuple(replace(column, id=columns[column.id]) for column in self.columns),
            rows=tuple(replace(row, id=new_id(), key=tuple(columns[c] for c in row.key)) for row in self.rows),
        )
