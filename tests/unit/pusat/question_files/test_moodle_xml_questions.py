"""Moodle XML gives the questions it means; what has no equal is named with its place."""

from __future__ import annotations

import base64
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.domain.questions import Question, QuestionType
from app.domain.refusals import Refusal
from app.pusat.services.question_files.composing import Composer
from app.pusat.services.question_files.items import ReadItem
from app.pusat.services.question_files.moodle_xml import read_moodle_xml


def picture_bytes() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 6), "red").save(out, "PNG")
    return out.getvalue()


def quiz(*questions: str) -> list[ReadItem]:
    source = f'<?xml version="1.0" encoding="UTF-8"?><quiz>{"".join(questions)}</quiz>'
    return list(read_moodle_xml(source.encode(), Composer()))


def xml(kind: str, body: str, text: str = "<p>Soal</p>", name: str = "Nama") -> str:
    return (
        f'<question type="{kind}"><name><text>{name}</text></name>'
        f'<questiontext format="html"><text><![CDATA[{text}]]></text></questiontext>{body}</question>'
    )


def answer(text: str, fraction: str, extra: str = "") -> str:
    return (
        f'<answer fraction="{fraction}" format="html"><text><![CDATA[{text}]]></text>{extra}'
        "<feedback><text>RAHASIA</text></feedback></answer>"
    )


def only(*questions: str) -> Question:
    (item,) = quiz(*questions)
    assert item.question is not None, item.error
    return item.question


def test_single_and_multiple_choice_are_told_apart_by_their_flag() -> None:
    body = answer("<p>a</p>", "50") + answer("<p>b</p>", "50") + answer("c", "-100")
    made = only(xml("multichoice", "<single>false</single><defaultgrade>2.5</defaultgrade>" + body))
    assert made.type is QuestionType.MULTIPLE
    assert [(o.html, o.weight) for o in made.options] == [("a", 0.5), ("b", 0.5), ("c", -1)]
    assert made.mark == 2.5
    fixed = "<single>true</single><shuffleanswers>0</shuffleanswers>"
    made = only(xml("multichoice", fixed + answer("a", "100") + answer("b", "0")))
    assert (made.type, made.shuffle_options) == (QuestionType.SINGLE, False)
    assert "RAHASIA" not in str(made.to_dict())


def test_true_false_follows_the_full_fraction() -> None:
    made = only(xml("truefalse", answer("true", "0") + answer("false", "100")))
    assert [(o.html, o.weight) for o in made.options] == [("Benar", 0), ("Salah", 1)]


def test_short_answers_know_about_upper_case_and_refuse_patterns() -> None:
    made = only(xml("shortanswer", "<usecase>1</usecase>" + answer("Jakarta", "100") + answer("*", "0")))
    assert made.case_sensitive
    assert [(a.text, a.weight) for a in made.answers] == [("Jakarta", 1), ("*", 0)]
    (item,) = quiz(xml("shortanswer", answer("Jak*ta", "100")))
    assert "pola" in item.error


def test_numbers_have_their_tolerance() -> None:
    body = answer("3.14", "100", "<tolerance>0.01</tolerance>") + answer("*", "0")
    made = only(xml("numerical", body))
    assert [(a.number, a.tolerance) for a in made.answers] == [(3.14, 0.01)]


def test_matching_reads_pairs_and_distractors() -> None:
    def pair(left: str, right: str) -> str:
        return (
            f'<subquestion format="html"><text><![CDATA[{left}]]></text>'
            f"<answer><text><![CDATA[{right}]]></text></answer></subquestion>"
        )

    made = only(xml("matching", pair("<p>Bali</p>", "Denpasar") + pair("", "Kupang")))
    assert [(row.html, row.key) for row in made.rows] == [("Bali", ("c1",))]
    assert [column.html for column in made.columns] == ["Denpasar", "Kupang"]


def test_an_essay_keeps_the_note_for_markers_in_the_key() -> None:
    made = only(xml("essay", '<graderinfo format="html"><text>Dua alasan</text></graderinfo>'))
    assert (made.type, made.marking_guide) == (QuestionType.ESSAY, "Dua alasan")
    assert "Dua alasan" not in str(made.for_student())


def test_pictures_in_the_file_come_along_under_their_hash() -> None:
    data = base64.b64encode(picture_bytes()).decode()
    text = '<p><img src="@@PLUGINFILE@@/peta%20a.png" onerror="x()" style="a"></p>'
    source = (
        '<question type="description"><questiontext format="html"><text><![CDATA[' + text + "]]></text>"
        f'<file name="peta a.png" path="/" encoding="base64">{data}</file></questiontext></question>'
    )
    (item,) = quiz(source)
    assert item.question is not None, item.error
    (media,) = item.media
    assert item.question.stem == f'<img src="/media/{media.name}">'
    assert item.question.media == (media.name,)


def test_the_old_way_of_keeping_a_picture_is_understood() -> None:
    data = base64.b64encode(picture_bytes()).decode()
    made = only(xml("essay", f"<image>a.png</image><image_base64>\n{data}\n</image_base64>"))
    assert made.stem.startswith('Soal<br><img src="/media/')


def test_texts_without_a_format_follow_the_stem() -> None:
    made = only(xml("multichoice", "<answer fraction='100'><text>\na\nb\n</text></answer>" + answer("c", "0")))
    assert made.options[0].html == "a\nb"


def test_missing_and_foreign_pictures_are_errors() -> None:
    missing, foreign, inside = quiz(
        xml("essay", "", '<img src="@@PLUGINFILE@@/tidak.png">'),
        xml("essay", "", '<img src="https://contoh.test/a.png">'),
        xml("essay", "", f'<img src="data:image/png;base64,{base64.b64encode(picture_bytes()).decode()}">'),
    )
    assert "tidak.png" in missing.error
    assert "internet" in foreign.error
    assert inside.question is not None


def test_each_text_format_is_honoured() -> None:
    def essay(written: str, text: str) -> str:
        return (
            f'<question type="essay"><questiontext format="{written}"><text><![CDATA[{text}]]></text>'
            "</questiontext></question>"
        )

    stems = [
        item.question.stem
        for item in quiz(
            essay("plain_text", "a <b>"), essay("markdown", "a **b**"), essay("moodle_auto_format", "a\nb")
        )
        if item.question
    ]
    assert stems == ["a &lt;b&gt;", "a <strong>b</strong>", "a<br>\nb"]


def test_types_without_an_equal_are_named_with_their_place_and_hide_nothing() -> None:
    items = quiz(
        xml("category", "<category><text>$course$/top/IPA</text></category>"),
        xml("cloze", "", "Ibu kota {1:SHORTANSWER:=Jakarta}", "Rumpang"),
        xml("calculated", ""),
        xml("essay", "<idnumber>S9</idnumber><tags><tag><text>air</text></tag></tags>"),
    )
    assert [bool(item.error) for item in items] == [True, True, False]
    assert items[0].place == "soal 1 (Rumpang)"
    assert "cloze" in items[0].error
    assert "calculated" in items[1].error
    assert (items[2].source_id, items[2].tags, items[2].category) == ("S9", ("air",), "IPA")


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b'<!DOCTYPE quiz [<!ENTITY a "aaaa">]><quiz>&a;</quiz>', "P-203"),
        (b'<!DOCTYPE quiz SYSTEM "file:///etc/passwd"><quiz/>', "P-203"),
        (b"<quiz><question></quiz>", "P-204"),
        (b"<html/>", "P-210"),
        (b'<?xml version="1.0" encoding="klingon"?><quiz/>', "P-204"),
    ],
)
def test_dangerous_and_broken_files_are_refused(source: bytes, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        list(read_moodle_xml(source, Composer()))
    assert caught.value.code == code


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(
        ["multichoice", "truefalse", "shortanswer", "numerical", "matching", "essay", "multichoiceset", "x"]
    ),
    st.text(max_size=30),
    st.sampled_from(["100", "0", "-50", "nan", "1e999", "x", ""]),
    st.text(alphabet="0123456789.,-e*x ", max_size=8),
)
def test_no_content_makes_the_reader_raise(kind: str, text: str, fraction: str, number: str) -> None:
    from xml.sax.saxutils import escape

    safe = "".join(char for char in escape(text) if char >= " ")
    source = xml(kind, answer(safe, fraction) + answer(number, "100", f"<tolerance>{number}</tolerance>"), safe)
    try:
        items = quiz(source)
    except Refusal:
        return  # characters that no XML may hold
    for item in items:
        assert bool(item.error) != bool(item.question)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_raise_anything_but_a_refusal(data: bytes) -> None:
    for start in (b"", b"<quiz>", b"<?xml"):
        try:
            list(read_moodle_xml(start + data, Composer()))
        except Refusal:
            continue
