"""What a teacher writes in the Kunci column of the Excel template, for each type of question.

`C` · `A, C` · `A=50%; C=50%; B=-25%` · `1=A; 2=B,C` · `Jakarta | DKI Jakarta` · `3,14 ± 0,01` · `1..5` ·
`Batavia (50%)`.
"""

from __future__ import annotations

import re

from app.domain.questions import Answer
from app.domain.wording import N_

from .numbers_read import clear_number, number_range
from .problems import Problem

_ENTRY = re.compile(r"([A-Z])(?:\s*[=:]\s*(-?\d{1,3}(?:[.,]\d{1,9})?)\s*%?)?")
_PAIR = re.compile(r"(\d{1,2})\s*[=:\-–>]+\s*(.*)")
_SHARE = re.compile(r"(.*\S)\s*\(\s*(\d{1,3})\s*%\s*\)")
_NUMERIC = re.compile(r"[-+−\d.,\seE]+(?:(?:±|\+/-|\.\.|:)[-+−\d.,\seE]+)?")


def option_key(text: str, letters: list[str], *, one: bool) -> dict[str, float]:
    """Letter → weight (-1 to 1) of the options a key names. Raises Problem."""
    if not text.strip():
        raise Problem(N_("Kolom Kunci kosong."))
    body = text.strip().upper()
    if re.fullmatch(r"[A-Z](?:\s+[A-Z])+", body):
        body = ",".join(body.split())
    found: dict[str, float] = {}
    written: dict[str, float] = {}
    for part in re.split(r"\s*(?:;|\n|,(?!\d)|&|\bDAN\b)\s*", body):
        if not part:
            continue
        match = _ENTRY.fullmatch(part.strip(" ."))
        if match is None or match[1] not in letters:
            raise Problem(N_("Kunci “%(key)s” bukan huruf opsi yang terisi."), key=part[:20])
        if match[1] in found:
            raise Problem(N_("Opsi %(label)s ada dua kali di kolom Kunci."), label=match[1])
        found[match[1]] = 1.0
        if match[2]:
            written[match[1]] = float(match[2].replace(",", ".")) / 100
    plain = [letter for letter in found if letter not in written]
    if one and len(plain) > 1:
        raise Problem(N_("Pilihan Ganda hanya boleh punya satu kunci, di sini ada %(count)s."), count=len(plain))
    if not one and written and plain:
        raise Problem(N_("Tulis bobot untuk semua opsi di kolom Kunci, atau tidak sama sekali."))
    if any(abs(weight) > 1 for weight in written.values()):
        raise Problem(N_("Bobot opsi harus antara -100%% dan 100%%."), ok=1)
    share = 1.0 if one else 1 / max(1, len(plain))
    return {letter: written.get(letter, share) for letter in found}


def pair_key(text: str, rows: list[str], columns: list[str]) -> dict[str, list[str]]:
    """Row number → letters of its columns. Raises Problem for rows without a key and for what is not there."""
    found: dict[str, list[str]] = {}
    for part in re.split(r"[;\n]+", text.strip().upper()):
        if not part.strip():
            continue
        match = _PAIR.fullmatch(part.strip())
        if match is None:
            raise Problem(N_("Kunci “%(key)s” tidak terbaca. Tulis seperti 1=A; 2=B,C."), key=part.strip()[:20])
        if match[1] in found:
            raise Problem(N_("Kunci untuk baris %(code)s ada dua kali."), code=match[1])
        if match[1] not in rows:
            raise Problem(N_("Kunci menyebut baris %(code)s yang tidak ada."), code=match[1])
        letters = [letter for letter in re.split(r"[,\s&]+", match[2]) if letter]
        for letter in letters:
            if letter not in columns:
                raise Problem(
                    N_("Kunci baris %(row)s menyebut kolom %(column)s yang tidak ada."),
                    row=match[1],
                    column=letter[:10],
                )
        found[match[1]] = list(dict.fromkeys(letters))
    for row in rows:
        if not found.get(row):
            raise Problem(N_("Baris %(code)s belum punya kunci."), code=row)
    return found


def short_key(text: str) -> tuple[Answer, ...]:
    """Accepted answers, separated by `|` or line ends. Raises Problem."""
    answers = []
    for part in re.split(r"[|\n]", text):
        body, weight = part.strip(), 1.0
        if not body:
            continue
        if match := _SHARE.fullmatch(body):
            body, weight = match[1], min(100, int(match[2])) / 100
        if _NUMERIC.fullmatch(body) and (".." in body or re.search(r"±|\+/-|:", body)):
            number, tolerance = number_range(body)
            answers.append(Answer(number=number, tolerance=tolerance, weight=weight))
        elif (value := clear_number(body)) is not None:
            answers.append(Answer(number=value, weight=weight))
        else:
            answers.append(Answer(text=body, weight=weight))
    if not answers:
        raise Problem(N_("Kolom Kunci kosong."))
    return tuple(answers)
