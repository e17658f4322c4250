"""One student's answer sheet: each question with the answer given, the right answer and what it earned.

In the order of the file, so that sheets can be laid side by side; the number and the letters the student saw come from
the attempt's seed. The key in it comes from the version that was sat, never from the bank of today.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.questions import Question, QuestionType
from app.domain.refusals import Refusal
from app.domain.shuffling import option_order, question_order
from app.domain.wording import N_
from app.models import AttemptResult, Participant, QuestionResult, Sitting, Upload
from app.pusat.services.sealed_versions import read_publication
from app.pusat.services.sittings import find_sitting

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Item:
    """One question. `given` and `right` are lines of safe HTML; an unmarked essay's `earned` is None."""

    number: int  # in the file
    shown: int  # as the student saw it
    kind: str
    stem: Markup
    stimulus: Markup
    given: list[Markup]
    right: list[Markup]
    earned: float | None
    possible: float
    doubtful: bool
    late: bool
    marked_by: str


@dataclass(frozen=True)
class Sheet:
    """The whole sheet."""

    sitting: Sitting
    participant: Participant
    run: AttemptResult
    upload: Upload
    items: list[Item]
    media: list[str]


def read_sheet(session: Session, sitting_id: str, number: str) -> Sheet:
    """The sheet of one participant; Refusal P-765 while nothing came in for them."""
    query = (
        select(AttemptResult)
        .where(AttemptResult.sitting_id == sitting_id, AttemptResult.number == number)
        .options(selectinload(AttemptResult.questions))
    )
    run = session.scalars(query).first()
    if run is None:
        raise Refusal(
            "P-765",
            N_("Belum ada hasil untuk peserta %(number)s dalam ujian ini."),
            N_("Tunggu sampai sekolah mengunggah hasilnya, lalu muat ulang."),
            status=404,
            values={"number": number},
        )
    return _sheet(session, find_sitting(session, sitting_id), run)


def read_sheets(session: Session, sitting: Sitting) -> Iterator[Sheet]:
    """The sheets of everyone who sat, by number."""
    query = (
        select(AttemptResult)
        .where(AttemptResult.sitting_id == sitting.id)
        .options(selectinload(AttemptResult.questions))
        .order_by(AttemptResult.number)
    )
    for run in session.scalars(query).all():
        if run.questions:
            yield _sheet(session, sitting, run)


def _sheet(session: Session, sitting: Sitting, run: AttemptResult) -> Sheet:
    upload = session.scalars(select(Upload).where(Upload.sha256 == run.upload_sha256)).one()
    publication = read_publication(session, sitting.id, upload.version)
    questions = [Question.from_dict(body) for body in publication.snapshot["questions"]] if publication else []
    results = {result.question_id: result for result in run.questions}
    paper = {"questions": [{"id": one.id, "stimulus": one.stimulus or None} for one in questions]}
    shown = {question_id: place for place, question_id in enumerate(question_order(paper, run.seed), 1)}
    participant = session.scalars(
        select(Participant).where(Participant.number == run.number).options(joinedload(Participant.school))
    ).one()
    items = [
        _item(question, number, shown[question.id], results[question.id], run.seed)
        for number, question in enumerate(questions, 1)
        if question.id in results
    ]
    return Sheet(sitting, participant, run, upload, items, sorted({name for one in questions for name in one.media}))


def _item(question: Question, number: int, shown: int, result: QuestionResult, seed: int) -> Item:
    value = json.loads(result.value)
    order = option_order(question.for_student(), seed)
    letters = {choice: LETTERS[place % len(LETTERS)] for place, choice in enumerate(order)}
    return Item(
        number=number,
        shown=shown,
        kind=str(question.type),
        stem=_safe(question.stem),
        stimulus=_safe(question.stimulus),
        given=_given(question, value, letters),
        right=_right(question, letters),
        earned=result.earned,
        possible=result.possible,
        doubtful=result.doubtful,
        late=result.late,
        marked_by=result.marked_by,
    )


def _given(question: Question, value: Any, letters: dict[str, str]) -> list[Markup]:
    """What the student answered; an empty list for nothing, and odd values as they are."""
    if value is None:
        return []
    if question.type in (QuestionType.SHORT, QuestionType.ESSAY):
        return [escape(line) for line in str(value).split("\n")]
    if question.type in (QuestionType.SINGLE, QuestionType.MULTIPLE):
        chosen = value if isinstance(value, list) else [value]
        return _options(question, [one for one in chosen if isinstance(one, str)], letters)
    if isinstance(value, dict):
        ends = {row: end if isinstance(end, list) else [end] for row, end in value.items()}
        return _pairs(question, ends)
    return [escape(json.dumps(value, ensure_ascii=False))]


def _right(question: Question, letters: dict[str, str]) -> list[Markup]:
    if question.type is QuestionType.ESSAY:
        return [_safe(question.marking_guide)] if question.marking_guide else []
    if question.type is QuestionType.SHORT:
        return [
            _accepted(answer.text, answer.number, answer.tolerance) for answer in question.answers if answer.weight > 0
        ]
    if question.type in (QuestionType.SINGLE, QuestionType.MULTIPLE):
        return _options(question, [option.id for option in question.options if option.weight > 0], letters)
    return _pairs(question, {row.id: list(row.key) for row in question.rows if row.key})


def _options(question: Question, chosen: Iterable[str], letters: dict[str, str]) -> list[Markup]:
    """The chosen options in the order the student saw them, each with its letter."""
    html = {option.id: option.html for option in question.options}
    known = sorted((one for one in chosen if one in html), key=lambda one: letters.get(one, ""))
    return [Markup("<b>{}.</b> {}").format(letters.get(one, "?"), _safe(html[one])) for one in known]


def _pairs(question: Question, ends: dict[str, list[Any]]) -> list[Markup]:
    columns = {column.id: column.html for column in question.columns}
    found = []
    for row in question.rows:
        names = [_safe(columns[end]) for end in ends.get(row.id, []) if isinstance(end, str) and end in columns]
        if names:
            found.append(Markup("{} → {}").format(_safe(row.html), Markup(", ").join(names)))
    return found


def _accepted(text: str | None, number: float | None, tolerance: float) -> Markup:
    if number is None:
        return escape(text or "")
    plain = f"{number:g}".replace(".", ",")
    return escape(f"{plain} ± {tolerance:g}".replace(".", ",") if tolerance else plain)


def _safe(html: str) -> Markup:
    return Markup(html)  # noqa: S704 - cleaned when the question was imported or edited
