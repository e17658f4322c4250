"""Reads Aiken, the plainest of question formats: a line of text, lettered options, `ANSWER: X`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from app.domain.questions import Option, Question, QuestionType
from app.domain.wording import N_

from .cleaning import escape, printable
from .composing import Composer
from .items import ReadItem
from .problems import Problem

_OPTION = re.compile(r"\s*([A-Z])[.)]\s+(.*)")
_ANSWER = re.compile(r"\s*ANSWER:\s*([A-Z])\s*", re.IGNORECASE)


def _maker(lines: list[str], composer: Composer) -> Callable[[], Question]:
    def make() -> Question:
        stem: list[str] = []
        options: dict[str, str] = {}
        key = None
        for line in lines:
            if match := _ANSWER.fullmatch(line):
                key = match[1].upper()
            elif match := _OPTION.fullmatch(line):
                if match[1] in options:
                    raise Problem(N_("Opsi %(letter)s ada dua kali."), letter=match[1])
                options[match[1]] = match[2]
            elif options:
                raise Problem(N_("Baris “%(line)s” bukan opsi dan bukan kunci."), line=line.strip()[:60])
            else:
                stem.append(line)
        if key is None:
            raise Problem(N_("Baris ANSWER tidak ada."))
        if key not in options:
            raise Problem(N_("Kunci %(key)s tidak ada di antara opsi."), key=key)
        return Question(
            QuestionType.SINGLE,
            composer.html(escape("\n".join(stem))),
            options=tuple(
                Option(f"o{number}", composer.html(escape(text)), float(letter == key))
                for number, (letter, text) in enumerate(options.items(), 1)
            ),
        )

    return make


def read_aiken(text: str, composer: Composer) -> Iterator[ReadItem]:
    """The questions of an Aiken file in order; a question ends with its ANSWER line or where the next one has none."""
    gathered: list[str] = []
    start = number = 0
    for at, line in enumerate([*printable(text).split("\n"), ""], 1):
        ended = bool(gathered) and not line.strip() and any(_OPTION.fullmatch(one) for one in gathered)
        if line.strip():
            start = start if gathered else at
            gathered.append(line)
            ended = bool(_ANSWER.fullmatch(line))
        if ended:
            number += 1
            yield composer.item(f"baris {start} (soal {number})", _maker(gathered, composer))
            gathered = []
    if gathered:
        yield composer.item(f"baris {start} (soal {number + 1})", _maker(gathered, composer))
