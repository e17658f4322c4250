"""The fields of the question page, as the browser sends them, into `QuestionForm`."""

from __future__ import annotations

from werkzeug.datastructures import FileStorage, MultiDict

from app.domain.questions import QuestionType
from app.pusat.services.question_forms import AnswerField, OptionField, QuestionForm, RowField

MOST_FIELDS = 60


def read_fields(kind: QuestionType, given: MultiDict[str, str], attached: FileStorage | None) -> QuestionForm:
    """The form as sent; missing fields are empty."""
    file = None
    if attached is not None and attached.filename and (data := attached.read()):
        file = (attached.filename, data)
    form = QuestionForm(
        type=kind,
        title=given.get("title", "")[:200],
        stem=given.get("stem", ""),
        stimulus=given.get("stimulus", ""),
        mark=given.get("mark", ""),
        shuffle="shuffle" in given,
        audio_plays=given.get("audio_plays", "0"),
        case_sensitive="case_sensitive" in given,
        marking_guide=given.get("marking_guide", ""),
        attached=file,
    )
    right = set(given.getlist("key"))
    for number in _numbers(given, "option"):
        html, weight = given.get(f"option_{number}", ""), given.get(f"weight_{number}", "")
        form.options.append(OptionField(html, str(number) in right, weight))
    form.columns = [given.get(f"column_{number}", "") for number in _numbers(given, "column")]
    for number in _numbers(given, "row"):
        key = {int(value) for value in given.getlist(f"rowkey_{number}") if value.isdecimal() and len(value) < 4}
        form.rows.append(RowField(given.get(f"row_{number}", ""), key))
    for number in _numbers(given, "answer"):
        parts = (given.get(f"{name}_{number}", "") for name in ("answer", "tolerance", "answer_weight"))
        form.answers.append(AnswerField(*parts))
    return form


def _numbers(given: MultiDict[str, str], name: str) -> range:
    """0 to the last field of this name."""
    ends = [key.removeprefix(f"{name}_") for key in given if key.startswith(f"{name}_")]
    return range(min(MOST_FIELDS, max((int(end) + 1 for end in ends if end.isdecimal() and len(end) < 4), default=0)))
