"""Which column of a sheet means what: headings are matched by meaning, whatever their case, line breaks or hints.

Known are the headings of the student template that schools already fill in and of our own smaller one. A heading that
nothing here reads is named to the user, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

FIELDS: dict[str, tuple[str, ...]] = {
    "number": ("username", "nomor peserta", "no peserta", "no. peserta", "nomor ujian"),
    "nisn": ("nisn",),
    "nis": ("nis", "nomor induk siswa", "nipd"),
    "name": ("nama siswa", "nama peserta", "nama lengkap", "nama peserta didik", "nama"),
    "gender": ("jenis kelamin", "jk", "l/p", "kelamin"),
    "class_name": ("kelas awal", "kelas", "rombel", "rombongan belajar"),
    "birth_place": ("tempat lahir",),
    "birth_date": ("tanggal lahir", "tgl lahir", "tgl. lahir"),
    "npsn": ("npsn", "npsn sekolah"),
    "password": ("password", "kata sandi"),
}
REQUIRED = ("number", "nisn", "name", "gender")
RECOGNISED_BY = ("nisn", "name", "number")
SILENT = frozenset({"no", "no.", "nomor", ""})  # a running number needs no mention


@dataclass(frozen=True, slots=True)
class Words:
    """The headings of one kind of sheet: field → headings in lower case, and which fields make a row a header."""

    fields: Mapping[str, tuple[str, ...]]
    recognised_by: tuple[str, ...]
    silent: frozenset[str] = frozenset({""})  # headings that need no mention

    def meaning_of(self, heading: str) -> str | None:
        """The field a heading stands for, or None."""
        plain = plain_heading(heading)
        for text in (plain, plain.partition(" format")[0].strip()):
            for name, headings in self.fields.items():
                if text in headings:
                    return name
        return None


PARTICIPANTS = Words(FIELDS, RECOGNISED_BY, SILENT)


@dataclass(frozen=True, slots=True)
class Header:
    """A recognised header: field → column index, and what else stands there."""

    headings: list[str]
    fields: dict[str, int]
    ignored: list[str] = field(default_factory=list)
    twice: dict[str, list[int]] = field(default_factory=dict)


def meaning_of(heading: str) -> str | None:
    """The field a heading stands for, or None. `KELAS AWAL *\\n(gunakan nomor\\n1-12)` is `class_name`."""
    return PARTICIPANTS.meaning_of(heading)


def plain_heading(heading: str) -> str:
    """A heading in lower case on one line, without stars and without hints in brackets."""
    without_hints = re.sub(r"\([^)]*\)?", " ", heading.replace("*", " ").replace("_", " "))
    plain = re.sub(r"\s+", " ", without_hints).strip(" :").casefold()
    return plain or re.sub(r"[\s()*]+", "", heading).casefold()


def find_header(cells: list[str], words: Words = PARTICIPANTS) -> Header | None:
    """The header if this row is one (of participants: NISN, name and participant number at least), else None."""
    fields: dict[str, int] = {}
    twice: dict[str, list[int]] = {}
    ignored: list[str] = []
    for index, heading in enumerate(cells):
        name = words.meaning_of(heading)
        if name is None:
            if plain_heading(heading) not in words.silent:
                ignored.append(re.sub(r"\s+", " ", heading).strip())
        elif name in fields:
            twice.setdefault(name, [fields[name]]).append(index)
        else:
            fields[name] = index
    if not all(name in fields for name in words.recognised_by):
        return None
    headings = [re.sub(r"\s+", " ", heading).strip() for heading in cells]
    return Header(headings=headings, fields=fields, ignored=ignored, twice=twice)
