"""A question as a form and back: HTML with LaTeX in dollar signs to edit, cleaned and set again when it is stored.

The form shows fields, not ids: an option keeps its id as long as it keeps its place, an emptied field is removed. What
the form cannot say (unequal weights of a GIFT file) stays in its own field and is not lost by saving.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from app.domain.questions import Answer, Column, IdMaker, Option, Question, QuestionType, Row
from app.domain.wording import N_
from app.pusat.services.question_files import ReadItem
from app.pusat.services.question_files.composing import Composer
from app.pusat.services.question_files.plain import editable_html
from app.pusat.services.question_files.problems import Problem

EXTRA = 2  # empty fields below what there is
_UNORDERED = (QuestionType.SHORT, QuestionType.ESSAY)  # the form offers them no order to shuffle
LEAST_OPTIONS, LEAST_ROWS, LEAST_COLUMNS, LEAST_ANSWERS = 5, 4, 2, 2


@dataclass
class OptionField:
    """One option: `weight` in percent as typed, empty for what the key says."""

    html: str = ""
    right: bool = False
    weight: str = ""


@dataclass
class RowField:
    """One row: `key` holds the indexes of its right columns."""

    html: str = ""
    key: set[int] = field(default_factory=set)


@dataclass
class AnswerField:
    """One accepted answer: with a tolerance it is a number."""

    text: str = ""
    tolerance: str = ""
    weight: str = "100"


@dataclass
class QuestionForm:
    """All fields of the page; texts are editable source."""

    type: QuestionType
    title: str = ""
    stem: str = ""
    stimulus: str = ""
    mark: str = "1"
    shuffle: bool = True
    audio_plays: str = "0"
    case_sensitive: bool = False
    marking_guide: str = ""
    options: list[OptionField] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[RowField] = field(default_factory=list)
    answers: list[AnswerField] = field(default_factory=list)
    attached: tuple[str, bytes] | None = None  # a picture or recording to put below the stem

    def padded(self) -> QuestionForm:
        """The form with empty fields to write into."""
        _pad(self.options, OptionField, LEAST_OPTIONS)
        _pad(self.rows, RowField, LEAST_ROWS)
        _pad(self.columns, str, LEAST_COLUMNS, extra=1)
        _pad(self.answers, AnswerField, LEAST_ANSWERS)
        return self


def form_of(question: Question) -> QuestionForm:
    """The form that shows a question."""
    places = {column.id: index for index, column in enumerate(question.columns)}
    plain = _plain_weights(question)
    return QuestionForm(
        type=question.type,
        title=question.title,
        stem=editable_html(question.stem),
        stimulus=editable_html(question.stimulus),
        mark=number_text(question.mark),
        shuffle=question.shuffle_options,
        audio_plays=str(question.audio_plays),
        case_sensitive=question.case_sensitive,
        marking_guide=editable_html(question.marking_guide),
        options=[
            OptionField(editable_html(o.html), o.weight > 0, "" if plain else number_text(o.weight * 100))
            for o in question.options
        ],
        columns=[editable_html(column.html) for column in question.columns],
        rows=[RowField(editable_html(row.html), {places[key] for key in row.key}) for row in question.rows],
        answers=[_answer_field(answer) for answer in question.answers],
    )


def question_of(form: QuestionForm, before: Question, known: Collection[str], new_id: IdMaker) -> ReadItem:
    """The question in a form, or what is wrong with it. `before` gives the ids, `known` names the stored media."""
    composer = Composer(known)

    def make() -> Question:
        columns, places = _columns(form, before, composer, new_id)
        return Question(
            type=form.type,
            id=before.id or new_id(),
            title=form.title.strip(),
            stem=composer.html(form.stem + _attached(form, composer)),
            stimulus=composer.html(form.stimulus),
            options=_options(form, before, composer, new_id),
            columns=columns,
            rows=_rows(form, before, composer, new_id, places),
            answers=tuple(_answer(one) for one in form.answers if one.text.strip()),
            mark=_number(form.mark, N_("Bobot soal harus bilangan dari 0 sampai 1000."), 0, 1000),
            shuffle_options=before.shuffle_options if form.type in _UNORDERED else form.shuffle,
            case_sensitive=form.case_sensitive if form.type is QuestionType.SHORT else before.case_sensitive,
            audio_plays=int(_number(form.audio_plays, N_("Pemutaran audio harus bilangan dari 0 sampai 20."), 0, 20)),
            marking_guide=composer.html(form.marking_guide)
            if form.type is QuestionType.ESSAY
            else before.marking_guide,
        )

    return composer.item("", make)


def number_text(value: float) -> str:
    """A number as people type it here: decimal comma, no needless zeros."""
    return f"{value:.10g}".replace(".", ",")


def _pad(fields: list, make: type, least: int, extra: int = EXTRA) -> None:  # type: ignore[type-arg]
    fields.extend(make() for _place in range(max(extra, least - len(fields))))


def _plain_weights(question: Question) -> bool:
    """Whether "right" or "not right" says everything about the options' weights."""
    right = [option.weight for option in question.options if option.weight > 0]
    equal = all(abs(weight - right[0]) < 1e-3 for weight in right)
    if any(option.weight < 0 for option in question.options) or not equal:
        return False
    return not right or question.type is QuestionType.MULTIPLE or (len(right) == 1 and abs(right[0] - 1) < 1e-3)


def _options(form: QuestionForm, before: Question, composer: Composer, new_id: IdMaker) -> tuple[Option, ...]:
    filled = [(index, one) for index, one in enumerate(form.options) if one.html.strip()]
    right = sum(one.right for _index, one in filled)
    worth = 1.0 / right if right and form.type is QuestionType.MULTIPLE else 1.0
    text = N_("Bobot opsi harus bilangan dari -100 sampai 100.")
    custom = any(one.weight.strip() for _index, one in filled)
    return tuple(
        Option(
            id=before.options[index].id if index < len(before.options) else new_id(),
            html=composer.html(one.html),
            weight=_number(one.weight or "0", text, -100, 100) / 100 if custom else worth * one.right,
        )
        for index, one in filled
    )


def _columns(
    form: QuestionForm, before: Question, composer: Composer, new_id: IdMaker
) -> tuple[tuple[Column, ...], dict[int, str]]:
    places: dict[int, str] = {}
    columns = []
    for index, text in enumerate(form.columns):
        if text.strip():
            places[index] = before.columns[index].id if index < len(before.columns) else new_id()
            columns.append(Column(places[index], composer.html(text)))
    return tuple(columns), places


def _rows(
    form: QuestionForm, before: Question, composer: Composer, new_id: IdMaker, places: dict[int, str]
) -> tuple[Row, ...]:
    return tuple(
        Row(
            id=before.rows[index].id if index < len(before.rows) else new_id(),
            html=composer.html(one.html),
            key=tuple(places[column] for column in sorted(one.key) if column in places),
        )
        for index, one in enumerate(form.rows)
        if one.html.strip()
    )


def _attached(form: QuestionForm, composer: Composer) -> str:
    if form.attached is None:
        return ""
    name, data = form.attached
    if name.lower().endswith((".mp3", ".ogg", ".oga", ".wav", ".m4a")):
        return f'<p><audio src="{composer.add("audio", data, name)}" controls></audio></p>'
    return f"<p>{composer.picture_tag(data, name)}</p>"


def _answer_field(answer: Answer) -> AnswerField:
    weight = number_text(answer.weight * 100)
    if answer.number is None:
        return AnswerField(answer.text or "", "", weight)
    return AnswerField(number_text(answer.number), number_text(answer.tolerance), weight)


def _answer(one: AnswerField) -> Answer:
    weight = _number(one.weight or "100", N_("Bobot jawaban harus bilangan dari 0 sampai 100."), 0, 100) / 100
    if not one.tolerance.strip():
        return Answer(text=one.text.strip(), weight=weight)
    tolerance = _number(one.tolerance, N_("Toleransi harus bilangan, misalnya 0,05."), 0, 1e15)
    number = _number(one.text, N_("Jawaban bertoleransi harus bilangan, misalnya 3,14."), -1e15, 1e15)
    return Answer(number=number, tolerance=tolerance, weight=weight)


def _number(text: str, wrong: str, least: float, most: float) -> float:
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError as error:
        raise Problem(wrong) from error
    if not least <= value <= most:  # NaN is refused here too
        raise Problem(wrong)
    return value
