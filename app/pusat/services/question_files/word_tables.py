"""Reads the Word table template of AKM questions: five kinds of tables, told apart by their headings and JENIS 1-5.

JENIS 1 Pilihan Ganda, 2 Pilihan Ganda Kompleks, 3 Menjodohkan, 4 Isian Singkat, 5 Uraian. Empty template rows are
listed as skipped; a row that is filled but cannot be read is an error with its table and number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from app.domain.questions import Answer, Column, Option, Question, QuestionType, Row
from app.domain.refusals import Refusal
from app.domain.wording import N_

from .archives import broken, open_archive, read_member
from .composing import Composer
from .items import ReadItem, failed, skipped
from .numbers_read import clear_number
from .office_parts import parse_xml
from .omml import MATH
from .problems import Problem
from .word_grid import Cell, Group, QuestionTable, plain, question_tables
from .word_html import WordHtml
from .word_lists import W

CHECKS = {"v", "√", "✓", "✔", "☑", "🗸", "✅"}
_LETTERS = re.compile(r"[A-Za-z](?:\s*[,;&]\s*[A-Za-z])*")
_NEEDED = {
    "options": ("SOAL", "JENIS", "JAWABAN", "KUNCI"),
    "matching": ("SOAL", "JENIS", "NAMA BARIS", "NAMA KOLOM", "KODE BARIS", "KODE KOLOM"),
    "answer": ("SOAL", "JENIS", "JAWABAN"),
}
_LAYOUT_OF_KIND = {"1": "options", "2": "options", "3": "matching", "4": "answer", "5": "answer"}
_VERDICTS = {
    frozenset(pair)
    for pair in (
        ("benar", "salah"), ("b", "s"), ("ya", "tidak"), ("y", "t"), ("true", "false"), ("t", "f"), ("yes", "no"),
        ("sesuai", "tidak sesuai"), ("tepat", "tidak tepat"), ("setuju", "tidak setuju"), ("fakta", "opini"),
    )
}  # fmt: skip


def is_verdict_pair(names: list[str]) -> bool:
    """Whether two headings are a judgement on statements (Benar/Salah, Ya/Tidak …): then the table is a category."""
    return len(names) == 2 and frozenset(name.strip().lower() for name in names) in _VERDICTS


def option_weights(right: list[bool], *, one: bool) -> list[float]:
    """Weights of options: 1 for the key of a single choice, equal shares for several keys, 0 for the rest."""
    share = 1.0 if one else 1 / max(1, sum(right))
    return [share if flag else 0.0 for flag in right]


class _TableReader:
    """Reads the questions of one table."""

    def __init__(self, table: QuestionTable, word: WordHtml) -> None:
        self.table = table
        self.word = word
        self.columns = table.columns
        self.layout = "matching" if "NAMA BARIS" in self.columns else "options" if "KUNCI" in self.columns else "answer"

    def items(self) -> Iterator[ReadItem]:
        missing = [name for name in _NEEDED[self.layout] if name not in self.columns]
        if missing:
            problem = Problem(N_("Kolom %(columns)s tidak ada di tabel ini."), columns=", ".join(missing))
            yield failed(f"tabel {self.table.number}", problem)
            return
        for group in self.table.groups():
            place = f"tabel {self.table.number}, soal {group.number}"
            if not self._filled(group):
                yield skipped(place, Problem(N_("Baris templat kosong.")))
            else:
                yield self.word.composer.item(place, self._maker(group))

    def _cells(self, group: Group, name: str) -> list[Cell]:
        return group.column(self.columns.get(name))

    def _filled(self, group: Group) -> bool:
        names = ("SOAL", "JAWABAN", "KUNCI", "NAMA BARIS", "NAMA KOLOM", "KODE KOLOM")
        return any(cell.filled for name in names for cell in self._cells(group, name))

    def _html(self, cells: list[Cell]) -> str:
        return self.word.cell([cell.element for cell in cells if cell.filled])

    def _maker(self, group: Group) -> Callable[[], Question]:
        def make() -> Question:
            kind = " ".join(cell.text for cell in self._cells(group, "JENIS") if cell.text).strip(" .")
            if kind not in _LAYOUT_OF_KIND:
                raise Problem(N_("JENIS harus angka 1 sampai 5, bukan “%(kind)s”."), kind=kind[:20])
            if _LAYOUT_OF_KIND[kind] != self.layout:
                raise Problem(N_("JENIS %(kind)s tidak cocok dengan kolom tabel ini."), kind=kind)
            stem = self._html(self._cells(group, "SOAL"))
            if not stem:
                raise Problem(N_("Kolom SOAL kosong, padahal jawabannya terisi."))
            if self.layout == "options":
                return self._choice(group, stem, one=kind == "1")
            if self.layout == "matching":
                return self._matching(group, stem)
            return self._short(group, stem) if kind == "4" else self._essay(group, stem)

        return make

    def _choice(self, group: Group, stem: str, *, one: bool) -> Question:
        answers = self._cells(group, "JAWABAN")
        labels = self._labels(group, len(answers))
        right = self._right(group, labels)
        options, flags, texts = [], [], []
        for label, cell in zip(labels, answers, strict=False):
            inner = self._html([cell])
            if not inner:
                if label in right:
                    raise Problem(N_("Opsi %(label)s ditandai sebagai kunci tetapi kosong."), label=label)
                continue
            options.append(inner)
            flags.append(label in right)
            texts.append(cell.text)
        if one and sum(flags) > 1:
            raise Problem(N_("Pilihan Ganda hanya boleh punya satu kunci, di sini ada %(count)s."), count=sum(flags))
        if not any(flags):
            raise Problem(N_("Kunci belum ditandai. Beri tanda v pada opsi yang benar."))
        weights = option_weights(flags, one=one)
        return Question(
            QuestionType.SINGLE if one else QuestionType.MULTIPLE,
            stem,
            options=tuple(Option(f"o{n}", *pair) for n, pair in enumerate(zip(options, weights, strict=True), 1)),
            shuffle_options=not is_verdict_pair(texts),
        )

    def _labels(self, group: Group, count: int) -> list[str]:
        written = [cell.text.strip(" .)").upper() for cell in self._cells(group, "OPSI")]
        written += [""] * (count - len(written))
        labels = [label or chr(ord("A") + at) if at < 26 else label or str(at + 1) for at, label in enumerate(written)]
        for label in labels:
            if labels.count(label) > 1:
                raise Problem(N_("Opsi %(label)s ada dua kali."), label=label)
        return labels

    def _right(self, group: Group, labels: list[str]) -> set[str]:
        right: set[str] = set()
        for label, cell in zip(labels, self._cells(group, "KUNCI"), strict=False):
            text = cell.text
            if not text:
                continue
            if text.lower() in CHECKS:
                right.add(label)
            elif _LETTERS.fullmatch(text) and {part.upper() for part in re.findall(r"\w", text)} <= set(labels):
                right |= {part.upper() for part in re.findall(r"\w", text)}
            else:
                raise Problem(N_("Kunci “%(key)s” tidak dikenal. Beri tanda v pada opsi yang benar."), key=text[:20])
        return right

    def _named(self, group: Group, kind: str) -> dict[str, tuple[str, str]]:
        """Code → (HTML, plain text) of the rows ("BARIS") or columns ("KOLOM") of a matching question."""
        found: dict[str, tuple[str, str]] = {}
        codes = self._cells(group, f"TANDA {kind}")
        for index, cell in enumerate(self._cells(group, f"NAMA {kind}")):
            if not cell.filled:
                continue
            position = len(found)
            default = str(position + 1) if kind == "BARIS" else chr(ord("A") + position % 26)
            code = (codes[index].text.strip(" .)").upper() if index < len(codes) else "") or default
            if code in found:
                raise Problem(N_("Kode %(kind)s %(code)s ada dua kali."), kind=kind.lower(), code=code)
            found[code] = self._html([cell]), cell.text
        return found

    def _keys(self, group: Group) -> dict[str, list[str]]:
        keys: dict[str, list[str]] = {}
        for row, columns in zip(self._cells(group, "KODE BARIS"), self._cells(group, "KODE KOLOM"), strict=False):
            code, written = row.text.strip(" .)").upper(), columns.text.upper()
            if not written:
                if code:
                    keys.setdefault(code, [])
                continue
            if not code:
                raise Problem(N_("Kunci “%(key)s” tidak punya kode baris."), key=columns.text[:20])
            if keys.get(code):
                raise Problem(N_("Kunci untuk baris %(code)s ada dua kali."), code=code)
            keys[code] = [part for part in re.split(r"[,;./&\s]+|\bDAN\b", written) if part]
            if len(set(keys[code])) < len(keys[code]):
                raise Problem(N_("Kunci baris %(code)s menyebut kolom yang sama dua kali."), code=code)
        return keys

    def _matching(self, group: Group, stem: str) -> Question:
        rows, columns, keys = self._named(group, "BARIS"), self._named(group, "KOLOM"), self._keys(group)
        for code, wanted in keys.items():
            if wanted and code not in rows:
                raise Problem(N_("Kunci menyebut baris %(code)s yang tidak ada."), code=code)
            for column in wanted:
                if column not in columns:
                    raise Problem(
                        N_("Kunci baris %(row)s menyebut kolom %(column)s yang tidak ada."), row=code, column=column
                    )
        for code in rows:
            if not keys.get(code):
                raise Problem(N_("Baris %(code)s belum punya kunci."), code=code)
        ids = {code: f"c{number}" for number, code in enumerate(columns, 1)}
        verdicts = is_verdict_pair([text for _, text in columns.values()]) and all(
            len(keys[code]) == 1 for code in rows
        )
        return Question(
            QuestionType.CATEGORY if verdicts else QuestionType.MATCHING,
            stem,
            columns=tuple(Column(ids[code], inner) for code, (inner, _) in columns.items()),
            rows=tuple(
                Row(f"r{number}", inner, tuple(ids[column] for column in keys[code]))
                for number, (code, (inner, _)) in enumerate(rows.items(), 1)
            ),
            shuffle_options=not verdicts,
        )

    def _short(self, group: Group, stem: str) -> Question:
        answers = []
        for cell in self._cells(group, "JAWABAN"):
            if cell.filled and any(
                part.tag in (W + "drawing", W + "pict", MATH + "oMath") for part in cell.element.iter()
            ):
                raise Problem(N_("Jawaban isian singkat harus teks atau angka, bukan gambar atau persamaan."))
            answers += [text for text in map(plain, cell.element.iter(W + "p")) if text and not cell.continued]
        if not answers:
            raise Problem(N_("Jawaban isian singkat belum diisi."))
        return Question(QuestionType.SHORT, stem, answers=tuple(short_text(text) for text in answers))

    def _essay(self, group: Group, stem: str) -> Question:
        return Question(QuestionType.ESSAY, stem, marking_guide=self._html(self._cells(group, "JAWABAN")))


def short_text(text: str) -> Answer:
    """One accepted answer as a teacher wrote it: a number if it surely is one, else text."""
    number = clear_number(text)
    return Answer(text=text) if number is None else Answer(number=number)


def read_word(data: bytes, composer: Composer) -> Iterator[ReadItem]:
    """The questions of a Word file in order, skipped and broken ones among them. Raises Refusal P-203, P-204, P-210."""
    archive = open_archive(data)
    root: Any = parse_xml(read_member(archive, "word/document.xml"))
    body = root.find(W + "body")
    if body is None:
        raise broken()
    word = WordHtml(archive, composer)
    found = False
    for table in question_tables(body):
        if isinstance(table, int):
            reason = Problem(N_("Tabel dengan %(rows)s baris tanpa kolom SOAL dan JENIS bukan tabel soal."), rows=table)
            yield skipped("tabel lain", reason)
        else:
            found = True
            yield from _TableReader(table, word).items()
    if not found:
        raise Refusal(
            "P-210",
            N_("Tidak ada tabel soal dengan kolom NO, SOAL, dan JENIS di berkas Word ini."),
            N_("Pakai templat Word soal AKM tanpa mengubah judul kolomnya."),
            status=422,
        )
