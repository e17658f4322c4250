"""The demo's questions say what they were written to say, show everything, and their keys are right."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest

from app.demo.files import gift_questions, participant_sheet, question_package
from app.demo.literasi_sains import ENTRIES, Entry
from app.demo.people import NPSN, PARTICIPANTS, participants
from app.domain.questions import Question, QuestionType
from app.domain.scoring import score
from app.pusat.services.participant_files import read_participant_file
from app.pusat.services.question_files import ReadItem, read_question_file
from app.pusat.services.question_files.composing import html_parts
from app.pusat.services.question_files.plain import readable_text

LETTERS = "ABCDEFGH"


@cache
def items() -> tuple[ReadItem, ...]:
    """All forty, as the importers read the demo's files."""
    return (*read_question_file("soal.zip", question_package()), *read_question_file("soal.gift", gift_questions()))


def questions() -> list[Question]:
    found = [item.question for item in items()]
    assert all(question is not None for question in found), [item.error or item.skipped for item in items()]
    return [question for question in found if question is not None]


def by_key(question: Question) -> object:
    """The answer that the key calls right; None for an essay."""
    match question.type:
        case QuestionType.SINGLE:
            return next(option.id for option in question.options if option.weight == 1)
        case QuestionType.MULTIPLE:
            return [option.id for option in question.options if option.weight > 0]
        case QuestionType.CATEGORY:
            return {row.id: row.key[0] for row in question.rows}
        case QuestionType.MATCHING:
            return {row.id: list(row.key) for row in question.rows if row.key}
        case QuestionType.SHORT:
            answer = question.answers[0]
            return answer.text if answer.number is None else f"{answer.number:.12g}".replace(".", ",")
    return None


def test_there_are_forty_questions_of_all_six_types() -> None:
    kinds = Counter(question.type for question in questions())
    assert sum(kinds.values()) == 40
    assert set(kinds) == set(QuestionType) - {QuestionType.DESCRIPTION}


def test_every_question_can_be_put_on_a_paper() -> None:
    assert [(question.stem, question.problems()) for question in questions() if question.problems()] == []


def test_answering_by_the_key_earns_every_mark() -> None:
    for question in questions():
        if question.type is not QuestionType.ESSAY:
            assert score(question, by_key(question)).earned == question.mark, question.stem


@pytest.mark.parametrize(("place", "entry"), list(enumerate(ENTRIES)), ids=lambda value: str(value)[:20])
def test_what_was_written_is_what_was_imported(place: int, entry: Entry) -> None:
    question = questions()[place]
    assert str(question.type) == entry.type
    assert question.mark == entry.mark
    right = {letter.strip() for letter in entry.right.split(",") if letter.strip()}
    assert {LETTERS[at] for at, option in enumerate(question.options) if option.weight > 0} == right
    columns = {column.id: LETTERS[at] for at, column in enumerate(question.columns)}
    assert [",".join(columns[key] for key in row.key) for row in question.rows] == [key for _text, key in entry.rows]
    accepted = [answer.text or f"{answer.number:g}" for answer in question.answers]
    assert accepted == list(entry.answers)
    assert [plain(part) for part in shown(question)] == [plain(part) for part in written(entry)]
    assert bool(question.media) == bool(entry.picture or entry.recording)
    assert question.audio_plays == entry.plays


def test_formulas_are_set_and_pictures_are_there() -> None:
    media = {one.name: one.mime for item in items() for one in item.media}
    for question in questions():
        text = "".join(html_parts(question))
        assert "katex-error" not in text
        assert "$" not in re.sub(r"<annotation.*?</annotation>", "", text), question.stem
        for name in question.media:
            assert f"/media/{name}" in text
            assert name in media
    assert sum("katex" in "".join(html_parts(question)) for question in questions()) >= 8
    assert Counter(media.values()) == {"image/png": 6, "audio/mpeg": 1}


def test_the_three_texts_hold_their_questions_together() -> None:
    groups = Counter(question.stimulus for question in questions() if question.stimulus)
    assert sorted(groups.values()) == [3, 4, 6]


def test_the_participant_sheet_is_read_without_a_word() -> None:
    reading = read_participant_file("peserta.xlsx", participant_sheet(NPSN, participants()))
    assert [finding.text for finding in reading.findings] == []
    assert len(reading.rows) == PARTICIPANTS
    assert [row.name for row in reading.rows[:2]] == ["Siti Rahayu", "Budi Santoso"]
    assert len({row.name for row in reading.rows}) == PARTICIPANTS
    assert all(row.nisn.startswith("00999") for row in reading.rows)


def shown(question: Question) -> list[str]:
    """What students read of the parts that an author writes into cells."""
    parts = [question.stimulus, question.stem]
    return parts + [part.html for group in (question.options, question.columns, question.rows) for part in group]


def written(entry: Entry) -> list[str]:
    return [entry.stimulus, entry.stem, *entry.options, *entry.columns, *(text for text, _key in entry.rows)]


def plain(part: str) -> str:
    """Letters and digits only, without formulas, pictures and recordings: those are another test's business."""
    part = re.sub(r'<span class="katex">.*</span>|\$[^$]+\$|<img[^>]*>|<audio.*?</audio>', " ", part, flags=re.DOTALL)
    return re.sub(r"\W", "", readable_text(part))
