"""Says what the program understood of a question file, as plain data for people and programs; stores nothing.

Needs no database and no web application.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.domain.questions import Answer, Question, QuestionType
from app.domain.refusals import Refusal
from app.domain.wording import N_

from .items import ReadItem
from .plain import readable_text
from .reading import read_question_file


def _answer(answer: Answer) -> dict[str, Any]:
    if answer.number is not None:
        return {"number": answer.number, "tolerance": answer.tolerance, "weight": answer.weight}
    return {"text": answer.text, "weight": answer.weight}


def _pairs(question: Question) -> list[dict[str, str]]:
    """One pair for each right column of each row; a right side that belongs to no row has an empty left."""
    names = {column.id: readable_text(column.html) for column in question.columns}
    pairs = [{"left": readable_text(row.html), "right": names[column]} for row in question.rows for column in row.key]
    used = {column for row in question.rows for column in row.key}
    if question.type is QuestionType.MATCHING:
        pairs += [{"left": "", "right": name} for identity, name in names.items() if identity not in used]
    return pairs


def describe_question(question: Question) -> dict[str, Any]:
    """A question as JSON-ready data: texts readable (formulas as `$LaTeX$`, pictures as `[gambar]`), key included."""
    return {
        "type": str(question.type),
        "title": question.title,
        "stem": readable_text(question.stem),
        "stem_html": question.stem,
        "stimulus": readable_text(question.stimulus),
        "options": [{"text": readable_text(option.html), "weight": option.weight} for option in question.options],
        "pairs": _pairs(question),
        "answers": [_answer(answer) for answer in question.answers],
        "mark": question.mark,
        "marking_guide": readable_text(question.marking_guide),
        "media": list(question.media),
    }


def describe_item(item: ReadItem) -> dict[str, Any]:
    """An item as JSON-ready data: a question with its place, or `error` or `skipped` with their place."""
    if item.question is None:
        return (
            {"error": item.error, "place": item.place} if item.error else {"skipped": item.skipped, "place": item.place}
        )
    described = describe_question(item.question) | {"place": item.place}
    if item.source_id:
        described["id"] = item.source_id
    if item.tags:
        described["tags"] = list(item.tags)
    if item.category:
        described["category"] = item.category
    return described


def check_file(path: Path | str) -> tuple[list[dict[str, Any]], bool]:
    """What stands in a question file, one object per place in file order, and whether all of it could be read.

    A file that cannot be read at all gives one object with `error`, `remedy`, `code` and place "berkas".
    """
    path = Path(path)
    try:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise Refusal(
                "P-211",
                N_("Berkas %(name)s tidak dapat dibuka."),
                N_("Periksa nama dan izin berkasnya."),
                values={"name": path.name},
            ) from error
        items = read_question_file(path.name, data)
    except Refusal as refusal:
        cause = refusal.cause % refusal.values if refusal.values else refusal.cause
        remedy = refusal.remedy % refusal.values if refusal.values else refusal.remedy
        return [{"error": cause, "remedy": remedy, "code": refusal.code, "place": "berkas"}], False
    return [describe_item(item) for item in items], not any(item.error for item in items)
