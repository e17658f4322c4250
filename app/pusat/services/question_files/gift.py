"""Reads GIFT, Moodle's plain text format for questions (docs.moodle.org, "GIFT format"), into questions.

Feedback is read and dropped: it belongs to no exam. What has no equal here (wildcards) is reported with its line.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.domain.questions import Answer, Column, Option, Question, QuestionType, Row
from app.domain.wording import N_

from .cleaning import printable
from .composing import Composer
from .gift_blocks import Block, blocks
from .items import ReadItem
from .numbers_read import number_range
from .problems import Problem
from .text_formats import TextFormat, to_html, to_plain

BLANK = "_____"
_FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]", re.IGNORECASE)
_WEIGHT = re.compile(r"\s*%\s*(-?\d{1,3}(?:[.,]\d{1,10})?)\s*%")
_TRUTH = re.compile(r"(t|true|f|false)\s*(?:#.*)?", re.IGNORECASE | re.DOTALL)
_UNCLOSED_TAG = re.compile(r"<[a-zA-Z][^<>]*$")
_UNESCAPED = {"n": "\n", "~": "~", "=": "=", "#": "#", "{": "{", "}": "}", ":": ":", "\\": "\\"}


def _find(text: str, wanted: str, start: int = 0) -> int:
    """Position of `wanted` outside escapes, or -1."""
    index = start
    while index < len(text):
        if text.startswith(wanted, index):
            return index
        index += 2 if text[index] == "\\" else 1
    return -1


def _unescape(text: str) -> str:
    return re.sub(r"\\([n~=#{}:\\])", lambda match: _UNESCAPED[match[1]], text)


@dataclass(frozen=True)
class Text:
    """A piece of a question as the file writes it, escapes resolved."""

    written: TextFormat
    raw: str

    def html(self, composer: Composer) -> str:
        """Safe HTML of it."""
        return composer.html(to_html(self.written, self.raw))

    def plain(self) -> str:
        """A short answer of it."""
        return to_plain(self.written, self.raw)


def _text(source: str, default: TextFormat) -> Text:
    """Read an optional `[format]` and the text after it; line ends in the file are only spaces, `\\n` is a line end."""
    written = default
    if match := _FORMAT.match(source):
        written = TextFormat(match[1].lower())
        source = source[match.end() :]
    if written is not TextFormat.MARKDOWN and "<pre" not in source.lower():
        source = re.sub(r"\s+", " ", source)
    return Text(written, _unescape(source.strip()))


@dataclass(frozen=True)
class Choice:
    """One `=` or `~` entry: its sign, weight (None if not written, else -1 to 1) and text without feedback."""

    sign: str
    weight: float | None
    source: str


def _choices(answers: str) -> list[Choice]:
    found: list[Choice] = []
    marks = [m.start() for m in re.finditer(r"\\.|[=~]", answers, re.DOTALL) if m[0] in "=~"]
    if marks and answers[: marks[0]].strip():
        raise Problem(
            N_("Teks “%(text)s” di awal jawaban tidak diawali = atau ~."), text=answers[: marks[0]].strip()[:60]
        )
    for start, end in itertools.pairwise([*marks, len(answers)]):
        body = answers[start + 1 : end]
        if _UNCLOSED_TAG.search(body):
            raise Problem(N_("Tanda = atau ~ di dalam tag HTML harus ditulis \\= atau \\~."))
        weight = None
        if match := _WEIGHT.match(body):
            weight = float(match[1].replace(",", ".")) / 100
            if abs(weight) > 1:
                raise Problem(N_("Bobot %(weight)s%% di luar -100%% sampai 100%%."), weight=match[1])
            body = body[match.end() :]
        feedback = _find(body, "#")
        found.append(Choice(answers[start], weight, body if feedback < 0 else body[:feedback]))
    return found


@dataclass(frozen=True)
class _Stem:
    title: str
    text: Text
    answers: str | None


def _take_apart(source: str) -> _Stem:
    """Title, stem (with a blank where answers stood inside it) and the text between the braces, None without braces."""
    text, title = source.strip(), ""
    if text.startswith("::"):
        end = _find(text, "::", 2)
        if end < 0:
            raise Problem(N_("Judul soal tidak ditutup dengan tanda titik dua ganda (::)."))
        title, text = " ".join(_unescape(text[2:end]).split()), text[end + 2 :]
    opened = _find(text, "{")
    closed = _find(text, "}", max(opened, 0))
    if opened < 0 and closed < 0:
        return _Stem(title, _text(text, TextFormat.MOODLE), None)
    if opened < 0 or closed < 0:
        raise Problem(N_("Kurung kurawal jawaban tidak berpasangan. Tulis \\{ atau \\} bila itu bagian dari teks."))
    answers, tail = text[opened + 1 : closed], text[closed + 1 :]
    if _find(answers, "{") >= 0 or _find(tail, "{") >= 0 or _find(tail, "}") >= 0:
        raise Problem(N_("Ada lebih dari satu pasang kurung kurawal. Tulis \\{ dan \\} bila itu bagian dari teks."))
    head = text[:opened].rstrip()
    stem = f"{head} {BLANK} {tail.strip()}" if tail.strip() else head
    return _Stem(title, _text(stem, TextFormat.MOODLE), answers)


def _numerical(answers: str) -> tuple[Answer, ...]:
    entries = answers if re.match(r"\s*[=~]", answers) else "=" + answers
    found = []
    for choice in _choices(entries):
        weight = choice.weight if choice.weight is not None else float(choice.sign == "=")
        body = choice.source.strip()
        if body in ("", "*") and weight <= 0:
            continue  # feedback for any other number
        number, tolerance = number_range(body)
        found.append(Answer(number=number, tolerance=tolerance, weight=max(weight, 0.0)))
    if not found:
        raise Problem(N_("Tidak ada angka sesudah tanda #."))
    return tuple(found)


def short_answer(text: str, weight: float) -> Answer:
    """An accepted text. Raises Problem for a pattern (`*`) that would earn marks; without marks it is only text."""
    if weight > 0 and re.search(r"(?<!\\)\*", text):
        raise Problem(
            N_("Jawaban “%(text)s” memakai * sebagai pola. Tulis setiap jawaban yang diterima satu per satu."),
            text=text[:60],
        )
    return Answer(text=text.replace("\\*", "*"), weight=max(weight, 0.0))


def _short(choices: list[Choice], default: TextFormat) -> tuple[Answer, ...]:
    found = tuple(
        short_answer(_text(choice.source, default).plain(), 1.0 if choice.weight is None else choice.weight)
        for choice in choices
    )
    if any(not answer.text for answer in found):
        raise Problem(N_("Ada jawaban yang kosong."))
    return found


def matching_parts(pairs: list[tuple[str, str]]) -> tuple[tuple[Row, ...], tuple[Column, ...]]:
    """Rows and columns of (left, right) HTML pairs; equal right sides are one column, an empty left is a distractor."""
    ids: dict[str, str] = {}
    for _, right in pairs:
        if not right:
            raise Problem(N_("Ada pasangan tanpa sisi kanan."))
        ids.setdefault(right, f"c{len(ids) + 1}")
    lefts = [(left, right) for left, right in pairs if left]
    rows = tuple(Row(f"r{number}", left, (ids[right],)) for number, (left, right) in enumerate(lefts, 1))
    return rows, tuple(Column(identity, right) for right, identity in ids.items())


def _matching(
    choices: list[Choice], default: TextFormat, composer: Composer
) -> tuple[tuple[Row, ...], tuple[Column, ...]]:
    pairs = []
    for choice in choices:
        arrow = _find(choice.source, "->")
        if arrow < 0:
            raise Problem(N_("Pasangan “%(text)s” tidak punya tanda ->."), text=choice.source.strip()[:60])
        left, right = choice.source[:arrow], choice.source[arrow + 2 :]
        pairs.append((_text(left, default).html(composer), _text(right, TextFormat.MOODLE).html(composer)))
    return matching_parts(pairs)


def truth_options(right: bool) -> tuple[Option, ...]:
    """The two options of a true/false question."""
    return Option("o1", "Benar", float(right)), Option("o2", "Salah", float(not right))


def _with_answers(answers: str, default: TextFormat, composer: Composer) -> dict[str, object]:
    """The fields that the text between the braces adds to a question."""
    general = _find(answers, "####")
    body = (answers if general < 0 else answers[:general]).strip()
    if not body:
        return {"type": QuestionType.ESSAY}
    if body.startswith("#"):
        return {"type": QuestionType.SHORT, "answers": _numerical(body[1:])}
    if match := _TRUTH.fullmatch(body):
        truth = match[1].lower().startswith("t")
        return {"type": QuestionType.SINGLE, "options": truth_options(truth), "shuffle_options": False}
    choices = _choices(body)
    if not choices:
        feedback = _find(body, "#")
        choices = [Choice("=", None, body if feedback < 0 else body[:feedback])]
    if all(choice.sign == "=" for choice in choices):
        if any(_find(choice.source, "->") >= 0 for choice in choices):
            rows, columns = _matching(choices, default, composer)
            return {"type": QuestionType.MATCHING, "rows": rows, "columns": columns}
        return {"type": QuestionType.SHORT, "answers": _short(choices, default)}
    options = tuple(
        Option(
            f"o{number}",
            _text(choice.source, default).html(composer),
            float(choice.sign == "=") if choice.weight is None else choice.weight,
        )
        for number, choice in enumerate(choices, 1)
    )
    one = any(choice.sign == "=" for choice in choices)
    return {"type": QuestionType.SINGLE if one else QuestionType.MULTIPLE, "options": options}


def _maker(block: Block, composer: Composer) -> Callable[[], Question]:
    def make() -> Question:
        stem = _take_apart(block.text)
        question = Question(QuestionType.DESCRIPTION, stem.text.html(composer), title=stem.title)
        if stem.answers is None:
            return question
        fields = _with_answers(stem.answers, stem.text.written, composer)
        return Question(**{"stem": question.stem, "title": stem.title, **fields})  # type: ignore[arg-type]

    return make


def read_gift(text: str, composer: Composer) -> Iterator[ReadItem]:
    """The questions of a GIFT file in order. Raises nothing: what cannot be read is an item with its line."""
    for number, block in enumerate(blocks(printable(text)), 1):
        yield composer.item(
            f"baris {block.line} (soal {number})",
            _maker(block, composer),
            source_id=block.source_id,
            tags=block.tags,
            category=block.category,
        )
