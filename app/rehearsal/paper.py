"""A paper of forty questions of about the size of a real one, and answers that fit it. Drawn, never random."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import Any

from app.settings import SekolahSettings

QUESTIONS = 40
_KINDS = ("single",) * 27 + ("multiple",) * 5 + ("category",) * 3 + ("matching",) + ("short",) * 2 + ("essay",) * 2
_TEXT = (
    "air laut menguap karena panas matahari lalu naik menjadi awan dan turun kembali sebagai hujan di pegunungan "
    "sungai membawa lumpur ke muara tempat nelayan menjemur ikan pada musim kemarau yang panjang setiap tahun"
)
_WORDS = tuple(_TEXT.split(" "))


def make_paper() -> dict[str, Any]:
    """The paper as a school's browsers get it (docs/architecture.md)."""
    return {
        "schema": 1,
        "title": "Literasi dan Numerasi",
        "subject": "Uji beban",
        "questions": [_question(number, kind) for number, kind in enumerate(_KINDS, 1)],
        "stimuli": {"s1": f"<p>{_text(0, 120)}</p>"},
        "media": {},
    }


def put_paper(settings: SekolahSettings) -> str:
    """Put it where opening a package puts it; gives the hash in its name."""
    data = json.dumps(make_paper(), separators=(",", ":")).encode()
    sha256 = hashlib.sha256(data).hexdigest()
    folder = settings.open_dir / "papers"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{sha256}.json.gz").write_bytes(gzip.compress(data))
    return sha256


def question_id(place: int) -> str:
    """The id of the question at a place; places go round."""
    return f"q{place % QUESTIONS + 1}"


def answer_to(place: int, mark: int) -> Any:
    """A value that fits the question at a place; `mark` makes it differ from other answers to the same question."""
    kind = _KINDS[place % QUESTIONS]
    if kind == "single":
        return "abcde"[mark % 5]
    if kind == "multiple":
        return sorted({"abcde"[mark % 5], "abcde"[(mark + 2) % 5]})
    if kind == "category":
        return {"r1": "yt"[mark % 2], "r2": "yt"[(mark + 1) % 2]}
    if kind == "matching":
        return {"r1": ["y"], "r2": ["t"]}
    return f"{mark} hari" if kind == "short" else f"{mark}. {_text(mark, 60)}"


def _question(number: int, kind: str) -> dict[str, Any]:
    signs = "abcde" if kind in {"single", "multiple"} else ""
    tables = kind in {"category", "matching"}
    return {
        "id": f"q{number}",
        "type": kind,
        "stem": f"<p>{number}. {_text(number, 28)}?</p>",
        "stimulus": "s1" if number <= 3 else None,
        "options": [{"id": sign, "html": f"<p>{_text(number + ord(sign), 7)}</p>"} for sign in signs],
        "columns": [{"id": "y", "html": "Ya"}, {"id": "t", "html": "Tidak"}] if tables else [],
        "rows": [{"id": row, "html": _text(number, 9)} for row in ("r1", "r2")] if tables else [],
        "shuffle": bool(signs),
        "audio_plays": 0,
    }


def _text(start: int, words: int) -> str:
    return " ".join(_WORDS[(start * 7 + place * (1 + start % 5)) % len(_WORDS)] for place in range(words))
