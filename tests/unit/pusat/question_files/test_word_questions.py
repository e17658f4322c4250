"""The Word AKM template gives exactly its filled questions; empty rows are listed, broken ones named by place."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from word_example import WordExample, picture

from app.domain.questions import Question, QuestionType
from app.domain.refusals import Refusal
from app.pusat.services.question_files.composing import Composer
from app.pusat.services.question_files.items import ReadItem
from app.pusat.services.question_files.plain import readable_text
from app.pusat.services.question_files.word_tables import read_word


def read(word: WordExample) -> list[ReadItem]:
    return list(read_word(word.save(), Composer()))


def only(word: WordExample) -> Question:
    (item,) = read(word)
    assert item.question is not None, item.error
    return item.question


def test_all_five_kinds_are_read_and_empty_rows_are_listed() -> None:
    word = WordExample()
    word.choice(
        ("1", "Presiden pertama?", "1", [("Soekarno", "v"), ("Hatta", ""), ("", "")]),
        ("2", "", "1", [("", ""), ("", "")]),
    )
    word.choice(("1", "Alat dapur?", "2", [("Cangkul", ""), ("Pisau", "V"), ("Panci", "v"), ("Obeng ", "\xa0")]))
    word.matching(
        (
            "1",
            "Cocokkan.",
            [
                ("1", "Dapur", "A", "Palu", "1", "B"),
                ("2", "Bengkel", "B", "Panci", "2", "a, c"),
                ("\xa0", "\xa0", "C", "Paku", "", ""),
            ],
        ),
        ("2", "", [("", "", "", "", "", ""), ("", "", "", "", "", "")]),
    )
    word.plain(("1 ", "Lima kali lima", "4 ", "25 "), ("2 ", "", "4", ""))
    word.plain(("1", "Jelaskan.", "5", "Dua alasan"))
    items = read(word)
    assert [item.place for item in items if item.skipped] == ["tabel 1, soal 2", "tabel 3, soal 2", "tabel 4, soal 2"]
    questions = [item.question for item in items if item.question]
    assert [question.type for question in questions] == ["single", "multiple", "matching", "short", "essay"]
    single, multiple, matching, short, essay = questions
    assert [(o.html, o.weight) for o in single.options] == [("Soekarno", 1), ("Hatta", 0)]
    assert [o.weight for o in multiple.options] == [0, 0.5, 0.5, 0]
    assert [(row.html, row.key) for row in matching.rows] == [("Dapur", ("c2",)), ("Bengkel", ("c1", "c3"))]
    assert short.answers[0].number == 25
    assert essay.marking_guide == "Dua alasan"


def test_columns_that_judge_make_a_category_table() -> None:
    word = WordExample()
    word.matching(
        ("1", "Nilai.", [("1", "Es terapung", "A", "Benar", "1", "A"), ("2", "Besi terapung", "B", "Salah", "2", "B")])
    )
    question = only(word)
    assert question.type is QuestionType.CATEGORY
    assert not question.shuffle_options


def test_judging_columns_with_two_keys_in_a_row_stay_matching() -> None:
    word = WordExample()
    word.matching(("1", "Nilai.", [("1", "x", "A", "Ya", "1", "A,B"), ("2", "y", "B", "Tidak", "2", "B")]))
    assert only(word).type is QuestionType.MATCHING


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        ([("a", "v"), ("b", "v")], "1", "satu kunci"),
        ([("a", ""), ("b", "")], "1", "belum ditandai"),
        ([("a", ""), ("b", "")], "2", "belum ditandai"),
        ([("a", "benar"), ("b", "")], "1", "tidak dikenal"),
        ([("a", "v"), ("", "v"), ("c", "")], "2", "kosong"),
        ([("a", "v"), ("b", "")], "7", "JENIS"),
        ([("a", "v"), ("b", "")], "4", "tidak cocok"),
        ([("a", "v"), ("", "")], "1", "dua opsi"),
    ],
)
def test_broken_choice_questions_are_named_and_hide_no_other(
    options: list[tuple[object, str]], kind: str, said: str
) -> None:
    word = WordExample()
    good: list[tuple[object, str]] = [("ya", "v"), ("tidak", "")]
    word.choice(("1", "Baik", "1", good), ("2", "Rusak", kind, options), ("3", "Baik juga", "1", good))
    first, broken, last = read(word)
    assert first.question is not None
    assert last.question is not None
    assert broken.place == "tabel 1, soal 2"
    assert said in broken.error


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([("1", "x", "A", "p", "1", "A"), ("2", "y", "B", "q", "", "")], "Baris 2 belum punya kunci"),
        ([("1", "x", "A", "p", "1", "D")], "kolom D"),
        ([("1", "x", "A", "p", "1", "A"), ("2", "y", "B", "q", "1", "B")], "dua kali"),
        ([("1", "x", "A", "p", "9", "A")], "baris 9"),
        ([("1", "x", "A", "p", "1", "A,A")], "dua kali"),
        ([("1", "x", "A", "p", "", "A")], "kode baris"),
        ([("1", "x", "A", "p", "1", "A"), ("1", "y", "B", "q", "1", "B")], "dua kali"),
    ],
)
def test_broken_matching_keys_are_named(lines: list[tuple[str, ...]], said: str) -> None:
    word = WordExample()
    word.matching(("4", "Cocokkan.", lines))
    (item,) = read(word)
    assert item.place == "tabel 1, soal 4"
    assert said in item.error


def test_a_filled_answer_without_a_stem_is_an_error_not_a_skip() -> None:
    word = WordExample()
    word.plain(("1", "", "4", "jawaban"), ("2", "soal", "4", ""))
    first, second = read(word)
    assert "SOAL kosong" in first.error
    assert "belum diisi" in second.error


def test_letters_in_a_merged_key_cell_are_understood() -> None:
    word = WordExample()
    table = word.choice(("1", "Pilih.", "2", [("a", ""), ("b", ""), ("c", "")]))
    table.cell(1, 5).merge(table.cell(3, 5)).text = "a, C"
    assert [option.weight for option in only(word).options] == [0.5, 0, 0.5]


def test_unmerged_rows_belong_to_the_question_above() -> None:
    word = WordExample()
    table = word.choice(("1", "Pilih.", "1", [("a", "v")]))
    for at, text in enumerate("bc"):
        cells = table.add_row().cells
        cells[3].text, cells[4].text = "BC"[at], text
    assert [option.html for option in only(word).options] == ["a", "b", "c"]


def test_numbers_and_letters_that_word_writes_itself_are_understood() -> None:
    word = WordExample()
    table = word.choice(("", "Satu.", "1", [("a", "v"), ("b", "")]), ("", "Dua.", "1", [("c", ""), ("d", "v")]))
    for row in table.rows[1:]:
        row.cells[3].text = ""
    first, second = read(word)
    assert (first.place, second.place) == ("tabel 1, soal 1", "tabel 1, soal 2")
    assert second.question is not None
    assert [option.weight for option in second.question.options] == [0, 1]


def test_emphasis_lists_and_tables_stay() -> None:
    word = WordExample()
    table = word.choice(("1", "x", "1", [("a", "v"), ("b", "")]))
    cell = table.cell(1, 1)
    cell.text = ""
    paragraph = cell.paragraphs[0]
    paragraph.add_run("H")
    paragraph.add_run("2").font.subscript = True
    paragraph.add_run("O ")
    bold = paragraph.add_run("te")
    bold.bold = True
    again = paragraph.add_run("bal")
    again.bold = True
    cell.add_paragraph("satu", style="List Bullet")
    cell.add_paragraph("dua", style="List Bullet")
    inner = cell.add_table(rows=1, cols=2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "kiri", "kanan"
    stem = only(word).stem
    assert stem.startswith("<p>H<sub>2</sub>O <b>tebal</b></p><ul><li>satu</li><li>dua</li></ul><table><tbody><tr><td>")
    assert "kanan" in stem


def test_pictures_in_stems_and_options_come_along() -> None:
    word = WordExample()
    word.choice(("1", ["Lihat gambar.", picture("red")], "1", [(picture("blue"), "v"), (picture("green"), "")]))
    (item,) = read(word)
    assert item.question is not None, item.error
    assert len(item.media) == 3
    assert item.question.stem.startswith("Lihat gambar.<img src=")
    assert all(re.fullmatch(r'<img src="/media/[0-9a-f]{64}\.png"[^>]*>', o.html) for o in item.question.options)


def test_equations_become_formulas() -> None:
    word = WordExample()
    fraction = "<m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>x</m:t></m:r></m:den></m:f>"
    word.choice(("1", "Nilai $y^2$", "1", [(fraction, "v"), ("dua", "")]))
    question = only(word)
    assert 'class="katex"' in question.stem
    assert readable_text(question.options[0].html) == "$\\frac{1}{x}$"


def test_drawings_that_no_browser_shows_are_refused_with_their_place() -> None:
    word = WordExample()
    table = word.choice(("1", "Grafik.", "1", [("a", "v"), ("b", "")]))
    shape = f"<w:r {nsdecls('w')}><w:drawing/></w:r>"
    table.cell(1, 1).paragraphs[0]._p.append(parse_xml(shape))
    (item,) = read(word)
    assert "PNG" in item.error


def test_bad_latex_names_its_question() -> None:
    word = WordExample()
    word.plain(("7", "Hitung $\\frac{1$", "5", ""))
    (item,) = read(word)
    assert item.place == "tabel 1, soal 7"
    assert "LaTeX" in item.error


def test_a_document_without_question_tables_is_refused() -> None:
    word = WordExample()
    word.document.add_table(rows=1, cols=1)
    with pytest.raises(Refusal) as caught:
        read(word)
    assert caught.value.code == "P-210"


def test_a_document_type_definition_is_refused() -> None:
    word = WordExample()
    word.plain(("1", "x", "5", ""))
    source, out = zipfile.ZipFile(io.BytesIO(word.save())), io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "word/document.xml":
                data = data.replace(b"<w:document", b'<!DOCTYPE a [<!ENTITY b "c">]><w:document', 1)
            target.writestr(name, data)
    with pytest.raises(Refusal) as caught:
        list(read_word(out.getvalue(), Composer()))
    assert caught.value.code == "P-203"
