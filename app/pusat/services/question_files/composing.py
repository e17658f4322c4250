"""One composer per file: makes HTML of its text, keeps the media it shows, and closes each question into an item.

It knows nothing of any format. A question with a problem becomes an error item here; it never raises for one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
import re
import urllib.parse
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from app.domain.questions import Question
from app.domain.wording import N_

from . import pictures
from .cleaning import media_names, safe_html
from .items import Media, ReadItem, failed
from .problems import Problem, problem_from_rule

_DATA_URI = re.compile(r"data:[\w.+/-]*(?:;[\w=.-]+)*;base64,", re.IGNORECASE)
_OWN = re.compile(r"/media/([0-9a-f]{64}\.[a-z0-9]{1,5})")
_LONGEST_NAME = 60
MOST_MEDIA_BYTES = 120 * 1024 * 1024  # of one file, after decoding


class Composer:
    """Safe HTML and media of one question file.

    `known` are names of media that are already in the bank; `beside` are files that came along in the same package.
    """

    def __init__(self, known: Collection[str] = (), beside: Mapping[str, bytes] | None = None) -> None:
        self._known = frozenset(known)
        self._beside = beside or {}
        self._media: dict[str, Media] = {}
        self._by_bytes: dict[tuple[str, bytes], Media] = {}

    def add(self, kind: str, data: bytes, name: str) -> str:
        """Check one picture ("img") or recording ("audio") and give its address. Raises Problem."""
        key = (kind, hashlib.sha256(data).digest())
        if key not in self._by_bytes:
            shown = name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + "…"
            made = pictures.recording(data, shown) if kind == "audio" else pictures.picture(data, shown)
            if sum(len(one.data) for one in self._media.values()) + len(made.data) > MOST_MEDIA_BYTES:
                raise Problem(N_("Gambar dan rekaman di berkas ini terlalu banyak. Bagi soal ke beberapa berkas."))
            self._by_bytes[key] = self._media[made.name] = made
        return f"/media/{self._by_bytes[key].name}"

    def picture_tag(self, data: bytes, name: str, alt: str = "") -> str:
        """An `<img>` for a picture found beside the text (Word, Excel)."""
        return f'<img src="{self.add("img", data, name)}" alt="{html.escape(alt)}">'

    def html(self, raw: str, files: Mapping[str, bytes] | None = None) -> str:
        """Safe HTML of `raw`; `files` are the files it may name as `@@PLUGINFILE@@/name` or by their bare name."""
        return safe_html(raw, lambda tag, address: self._resolve(tag, address, files or {}))

    def _resolve(self, tag: str, address: str, files: Mapping[str, bytes]) -> str:
        if own := _OWN.fullmatch(address):
            if own[1] in self._media or own[1] in self._known:
                return address
            raise Problem(N_("Gambar atau rekaman %(name)s tidak ada di bank soal."), name=own[1][:12])
        if address.lower().startswith("data:"):
            return self._from_data_uri(tag, address)
        name = urllib.parse.unquote(address.removeprefix("@@PLUGINFILE@@").partition("?")[0]).lstrip("/")
        for candidate in (name, address):
            if candidate in files:
                return self.add(tag, files[candidate], candidate)
            if candidate in self._beside:
                return self.add(tag, self._beside[candidate], candidate)
        shown = address if len(address) <= _LONGEST_NAME else address[:_LONGEST_NAME] + "…"
        if re.match(r"(https?:)?//", address, re.IGNORECASE):
            raise Problem(
                N_("Gambar atau rekaman %(name)s ada di internet, bukan di berkas ini. Sisipkan berkasnya."), name=shown
            )
        raise Problem(N_("Gambar atau rekaman %(name)s tidak ada di dalam berkas ini."), name=shown)

    def _from_data_uri(self, tag: str, address: str) -> str:
        _, comma, body = address.partition(",")
        try:
            data = base64.b64decode(urllib.parse.unquote(body) if _DATA_URI.match(address) else comma, validate=False)
        except (binascii.Error, ValueError) as error:
            raise Problem(N_("Gambar yang ditanam di teks soal rusak. Sisipkan ulang gambarnya.")) from error
        return self.add(tag, data, N_("di dalam teks"))

    def item(self, place: str, make: Callable[[], Question], **more: Any) -> ReadItem:
        """The item for the question that `make` builds, or for the Problem it raises or is found in it."""
        try:
            question = make()
            found = question.problems()
        except Problem as problem:
            return failed(place, problem, **more)
        if found:
            return failed(place, problem_from_rule(found[0]), **more)
        question = replace(question, media=media_names(*html_parts(question)))
        own = tuple(self._media[name] for name in question.media if name in self._media)
        return ReadItem(place, question=question, media=own, **more)


def html_parts(question: Question) -> list[str]:
    """Every piece of HTML of a question that a person may see."""
    parts = [question.stem, question.stimulus, question.marking_guide]
    for group in (question.options, question.columns, question.rows):
        parts.extend(part.html for part in group)
    return parts
