"""Reads Moodle XML, the format Moodle's question bank exports (docs.moodle.org, "Moodle XML format").

Entities and document types are refused before parsing. Question types without an equal here (cloze, calculated, drag
and drop) are reported one by one; hints, penalties and feedback are dropped because an exam shows none.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from app.domain.questions import Answer, Option, Question, QuestionType
from app.domain.refusals import Refusal
from app.domain.wording import N_

from .archives import broken
from .composing import Composer
from .gift import matching_parts, short_answer, truth_options
from .items import ReadItem
from .numbers_read import decimal
from .problems import Problem
from .text_formats import TextFormat, to_html, to_plain

_FORMATS = {
    "html": TextFormat.HTML,
    "moodle_auto_format": TextFormat.MOODLE,
    "plain_text": TextFormat.PLAIN,
    "markdown": TextFormat.MARKDOWN,
}
Fields = dict[str, object]


@dataclass(frozen=True)
class _Source:
    """One `<question>` with the composer of its file."""

    element: Element
    composer: Composer

    def word(self, name: str, default: str = "") -> str:
        """The text of a child, of its `<text>` where it has one, without spaces around."""
        child = self.element.find(name)
        if child is None:
            return default
        inner = child.find("text")
        return (((child if inner is None else inner).text) or default).strip()

    def truth(self, name: str, default: bool) -> bool:
        value = self.word(name).lower()
        return default if not value else value in ("1", "true", "yes")

    @property
    def written(self) -> TextFormat:
        """How the stem is written, which holds for every text that does not say otherwise."""
        element = self.element.find("questiontext")
        return TextFormat.MOODLE if element is None else _format(element, TextFormat.MOODLE)

    def rich(self, element: Element | None) -> str:
        """Safe HTML of an element with `format`, `<text>` and `<file>` children."""
        if element is None:
            return ""
        return self.composer.html(_raw(element, self.written), _files(element))

    def plain(self, element: Element) -> str:
        """A short answer."""
        return to_plain(_format(element, self.written), _text(element))

    def stem(self) -> str:
        """The stem with the picture that files of Moodle 1.9 keep beside it."""
        text = self.rich(self.element.find("questiontext"))
        if not (data := self.word("image_base64")):
            return text
        name = self.word("image", "image")
        return f"{text}<br>{self.composer.picture_tag(_decoded(data, name), name)}"


def _format(element: Element, default: TextFormat) -> TextFormat:
    return _FORMATS.get(element.get("format", ""), default if element.get("format") is None else TextFormat.HTML)


def _text(element: Element) -> str:
    inner = element.find("text")
    return (element.text if inner is None else inner.text) or ""


def _raw(element: Element, default: TextFormat) -> str:
    return to_html(_format(element, default), _text(element).strip())


def _decoded(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError) as error:
        raise Problem(N_("Berkas %(name)s di dalam soal rusak."), name=name) from error


def _files(element: Element) -> Mapping[str, bytes]:
    files = {}
    for one in element.findall("file"):
        name = one.get("name", "")
        if one.get("encoding", "base64") != "base64":
            raise Problem(N_("Berkas %(name)s di dalam soal memakai sandi yang tidak dikenal."), name=name)
        data = _decoded(one.text or "", name)
        files[(one.get("path", "/").strip("/") + "/" + name).lstrip("/")] = data
        files.setdefault(name, data)
    return files


def _fraction(answer: Element) -> float:
    value = float(decimal(answer.get("fraction", "0"))) / 100
    if abs(value) > 1.000001:
        raise Problem(N_("Bobot %(weight)s%% di luar -100%% sampai 100%%."), weight=answer.get("fraction"))
    return value


def _multichoice(source: _Source) -> Fields:
    options = tuple(
        Option(f"o{number}", source.rich(answer), _fraction(answer))
        for number, answer in enumerate(source.element.findall("answer"), 1)
    )
    one = source.truth("single", True)
    return {
        "type": QuestionType.SINGLE if one else QuestionType.MULTIPLE,
        "options": options,
        "shuffle_options": source.truth("shuffleanswers", True),
    }


def _multichoice_set(source: _Source) -> Fields:
    fields = _multichoice(source)
    options = [option for option in source.element.findall("answer") if _fraction(option) > 0]
    if not options:
        raise Problem(N_("Belum ada opsi yang ditandai sebagai kunci."))
    weights = {id(option): 1 / len(options) for option in options}
    return {
        **fields,
        "type": QuestionType.MULTIPLE,
        "options": tuple(
            Option(f"o{number}", source.rich(answer), weights.get(id(answer), 0.0))
            for number, answer in enumerate(source.element.findall("answer"), 1)
        ),
    }


def _truefalse(source: _Source) -> Fields:
    right = [source.plain(answer).lower() for answer in source.element.findall("answer") if _fraction(answer) > 0.99]
    if right not in (["true"], ["false"]):
        raise Problem(N_("Kunci benar atau salah tidak jelas."))
    return {"type": QuestionType.SINGLE, "options": truth_options(right == ["true"]), "shuffle_options": False}


def _shortanswer(source: _Source) -> Fields:
    found = tuple(short_answer(source.plain(answer), _fraction(answer)) for answer in source.element.findall("answer"))
    if any(not answer.text for answer in found):
        raise Problem(N_("Ada jawaban yang kosong."))
    return {"type": QuestionType.SHORT, "answers": found, "case_sensitive": source.truth("usecase", False)}


def _numerical(source: _Source) -> Fields:
    units = source.element.findall("units/unit")
    if units and source.word("showunits", "0") != "3" and source.word("unitgradingtype", "0") != "0":
        raise Problem(N_("Soal angka dengan satuan yang dinilai belum didukung. Tulis satuannya di teks soal."))
    answers = []
    for answer in source.element.findall("answer"):
        text, weight = source.plain(answer), _fraction(answer)
        if text in ("", "*") and weight <= 0:
            continue
        tolerance = answer.find("tolerance")
        written = ((tolerance.text if tolerance is not None else "") or answer.get("tolerance") or "0").strip() or "0"
        number = float(decimal(text))
        answers.append(Answer(number=number, tolerance=float(abs(decimal(written))), weight=max(weight, 0.0)))
    return {"type": QuestionType.SHORT, "answers": tuple(answers)}


def _matching(source: _Source) -> Fields:
    pairs = []
    for pair in source.element.findall("subquestion"):
        right = pair.find("answer")
        if right is None:
            raise Problem(N_("Ada pasangan tanpa sisi kanan."))
        pairs.append((source.rich(pair), source.rich(right)))
    rows, columns = matching_parts([pair for pair in pairs if any(pair)])
    shuffle = source.truth("shuffleanswers", True)
    return {"type": QuestionType.MATCHING, "rows": rows, "columns": columns, "shuffle_options": shuffle}


def _essay(source: _Source) -> Fields:
    guide = source.rich(source.element.find("graderinfo"))
    return {"type": QuestionType.ESSAY, "marking_guide": guide}


def _description(_: _Source) -> Fields:
    return {"type": QuestionType.DESCRIPTION}


_READERS: dict[str, Callable[[_Source], Fields]] = {
    "multichoice": _multichoice,
    "multichoiceset": _multichoice_set,
    "truefalse": _truefalse,
    "shortanswer": _shortanswer,
    "numerical": _numerical,
    "matching": _matching,
    "match": _matching,
    "essay": _essay,
    "description": _description,
}


def _maker(source: _Source, kind: str) -> Callable[[], Question]:
    def make() -> Question:
        if kind in ("cloze", "multianswer"):
            raise Problem(N_("Soal rumpang (cloze) belum didukung. Pecah menjadi soal isian atau pilihan ganda."))
        if kind not in _READERS:
            raise Problem(N_("Jenis soal Moodle “%(kind)s” belum didukung."), kind=kind[:40])
        stem = source.stem()
        mark = float(decimal(source.word("defaultgrade", "1")))
        if not 0 < mark <= 1000:
            mark = 1.0
        fields = _READERS[kind](source)
        return Question(**{"stem": stem, "title": source.word("name"), "mark": mark, **fields})  # type: ignore[arg-type]

    return make


def _parse(data: bytes) -> Element:
    try:
        root: Element = fromstring(data.lstrip(b"\xef\xbb\xbf \t\r\n"), forbid_dtd=True)
    except DefusedXmlException as error:
        raise Refusal(
            "P-203",
            N_("Berkas XML ini memuat definisi entitas atau DTD, yang tidak diterima."),
            N_("Ekspor ulang soal dari Moodle sebagai XML Moodle tanpa mengubah isinya."),
            status=422,
        ) from error
    except ParseError as error:
        line, column = error.position
        raise Refusal(
            "P-204",
            N_("XML rusak di baris %(line)s kolom %(column)s."),
            N_("Ekspor ulang soal dari Moodle sebagai XML Moodle, lalu unggah lagi."),
            status=422,
            values={"line": line, "column": column},
        ) from error
    except (ValueError, LookupError) as error:
        raise broken() from error
    return root


def read_moodle_xml(data: bytes, composer: Composer) -> Iterator[ReadItem]:
    """The questions of a Moodle XML file in order. Raises Refusal P-203, P-204 or P-210 for the file as a whole."""
    root = _parse(data)
    if root.tag not in ("quiz", "question"):
        raise Refusal(
            "P-210",
            N_("XML ini bukan bank soal Moodle (unsur luarnya bukan <quiz>)."),
            N_("Di Moodle pilih Bank soal, Ekspor, lalu format XML Moodle."),
            status=422,
        )
    category, number = "", 0
    for element in [root] if root.tag == "question" else root.findall("question"):
        kind = element.get("type", "").strip().lower()
        source = _Source(element, composer)
        if kind == "category":
            category = re.sub(r"^\$\w+\$/(top/)?", "", source.word("category"))
            continue
        number += 1
        title = " ".join(source.word("name").split())
        yield composer.item(
            f"soal {number}" + (f" ({title[:60]})" if title else ""),
            _maker(source, kind),
            source_id=source.word("idnumber"),
            tags=tuple(tag for tag in ((one.text or "").strip() for one in element.findall("tags/tag/text")) if tag),
            category=category,
        )
