"""The paper file: what students' browsers get, made from a paper of the bank, without any key.

The format is docs/architecture.md, "The paper file". The same paper gives the same bytes, so that it is cached and
compared by its hash. It refuses nothing: `find_problems` says what keeps a paper from being sealed.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.questions import Question, QuestionType
from app.domain.wording import N_
from app.pusat.services.question_files.problems import problem_from_rule

_MEDIA = re.compile(r"/media/([0-9a-f]{64}\.[a-z0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A picture or recording by name (`<sha256>.<ext>`)."""

    name: str
    mime: str
    size: int


@dataclass(frozen=True, slots=True)
class PaperFile:
    """The finished file: `data` is gzipped JSON, `sha256` that of `data`, `body` what it says."""

    sha256: str
    data: bytes
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a sitting from being published (Indonesian source text with its values)."""

    text: str
    values: dict[str, object]


def media_of(questions: Iterable[Question]) -> list[str]:
    """Names of all media the questions show, in order, each once."""
    found: dict[str, None] = {}
    for question in questions:
        found.update(dict.fromkeys(question.media))
        for html in _all_html(question):
            found.update(dict.fromkeys(_MEDIA.findall(html)))
    return list(found)


def make_paper_file(
    title: str, subject: str, questions: Sequence[Question], media: Mapping[str, MediaFile]
) -> PaperFile:
    """The paper file of these questions, in this order. `media` knows every name of `media_of(questions)`."""
    stimuli = _stimuli(questions)
    body = {
        "schema": 1,
        "title": title,
        "subject": subject,
        "questions": [_for_student(question, stimuli) for question in questions],
        "stimuli": {number: html for html, number in stimuli.items()},
        "media": {name: {"type": media[name].mime, "size": media[name].size} for name in media_of(questions)},
    }
    plain = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    data = gzip.compress(plain, 9, mtime=0)
    return PaperFile(hashlib.sha256(data).hexdigest(), data, body)


def find_problems(questions: Sequence[Question], media: Iterable[str]) -> list[Problem]:
    """What keeps these questions from being sealed; empty if nothing does."""
    known = set(media)
    found = [] if questions else [Problem(N_("Paket soal ini belum berisi soal."), {})]
    for number, question in enumerate(questions, 1):
        if question.type is QuestionType.DESCRIPTION:
            found.append(Problem(N_("Soal nomor %(n)s hanya teks bacaan tanpa pertanyaan."), {"n": number}))
        for problem in question.problems():
            text = N_("Soal nomor %(n)s: %(problem)s")
            found.append(Problem(text, {"n": number, "problem": problem_from_rule(problem).sentence}))
        missing = [name for name in media_of([question]) if name not in known]
        if missing:
            text = N_("Soal nomor %(n)s memakai gambar atau rekaman yang tidak ada (%(count)s berkas).")
            found.append(Problem(text, {"n": number, "count": len(missing)}))
    ids = [question.id for question in questions]
    if len(set(ids)) < len(ids):
        found.append(Problem(N_("Ada soal yang dipakai dua kali dalam paket ini."), {}))
    return found


def _stimuli(questions: Iterable[Question]) -> dict[str, str]:
    """Stimulus HTML → its id; equal text is the same stimulus."""
    found: dict[str, str] = {}
    for question in questions:
        if question.stimulus and question.stimulus not in found:
            found[question.stimulus] = f"s{len(found) + 1}"
    return found


def _for_student(question: Question, stimuli: Mapping[str, str]) -> dict[str, Any]:
    half = question.for_student()
    wanted = ("id", "type", "stem", "stimulus", "options", "columns", "rows", "shuffle", "audio_plays")
    half["stimulus"] = stimuli.get(question.stimulus)
    return {name: half[name] for name in wanted}


def _all_html(question: Question) -> Iterable[str]:
    yield question.stem
    yield question.stimulus
    yield from (option.html for option in question.options)
    yield from (column.html for column in question.columns)
    yield from (row.html for row in question.rows)
