"""`questions check` says what was understood of a file, for people and for programs, and fails if anything was not."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from word_example import WordExample, picture

from app.domain.questions import Question, QuestionType
from app.pusat.services.question_files.checking import check_file
from app.pusat.services.question_files.command import questions
from app.pusat.services.question_files.problems import problem_from_rule

GIFT = "Pilih $x^2$.{=a ~%-50%b}\n\nAngka?{#1..5}\n\nKata?{=ya}\n\nCocok.{=a -> b\n= -> c}"


def test_every_question_is_one_object_with_its_parts(tmp_path: Path) -> None:
    source = tmp_path / "soal.gift"
    source.write_text(GIFT, encoding="utf-8")
    (single, number, word, matching), clean = check_file(source)
    assert clean
    assert (single["type"], single["stem"]) == ("single", "Pilih $x^2$.")
    assert single["options"] == [{"text": "a", "weight": 1.0}, {"text": "b", "weight": -0.5}]
    assert number["answers"] == [{"number": 3.0, "tolerance": 2.0, "weight": 1.0}]
    assert word["answers"] == [{"text": "ya", "weight": 1.0}]
    assert matching["pairs"] == [{"left": "a", "right": "b"}, {"left": "", "right": "c"}]


def test_json_output_and_exit_code_tell_a_program_what_went_wrong(tmp_path: Path) -> None:
    word = WordExample()
    word.choice(
        ("1", ["Lihat", picture()], "1", [("a", "v"), ("b", "")]),
        ("2", "Rusak", "1", [("a", ""), ("b", "")]),
        ("3", "", "1", [("", ""), ("", "")]),
    )
    source = tmp_path / "soal.docx"
    source.write_bytes(word.save())
    result = CliRunner().invoke(questions, ["check", str(source), "--json"])
    good, broken, empty = json.loads(result.output)
    assert result.exit_code == 1
    assert good["stem"] == "Lihat[gambar]"
    assert broken["place"] == "tabel 1, soal 2"
    assert broken["error"]
    assert empty == {"skipped": "Baris templat kosong.", "place": "tabel 1, soal 3"}


def test_the_written_template_checks_clean(tmp_path: Path) -> None:
    target = tmp_path / "templat.xlsx"
    assert CliRunner().invoke(questions, ["template", str(target)]).exit_code == 0
    result = CliRunner().invoke(questions, ["check", str(target)])
    assert result.exit_code == 0
    assert "7 soal terbaca, 0 salah" in result.output


def test_an_unreadable_file_is_one_error(tmp_path: Path) -> None:
    (only,), clean = check_file(tmp_path / "tidak-ada.gift")
    assert not clean
    assert only["code"] == "P-211"
    assert "tidak-ada.gift" in only["error"]


def test_every_rule_of_the_question_model_has_its_indonesian_sentence() -> None:
    from app.domain.questions import Answer, Column, Option, Row

    broken = [
        Question(QuestionType.SINGLE, ""),
        Question(QuestionType.SINGLE, "x", options=(Option("a", "x"), Option("a", "y"))),
        Question(QuestionType.MULTIPLE, "x", options=(Option("a", "x"), Option("b", ""))),
        Question(QuestionType.CATEGORY, "x"),
        Question(QuestionType.CATEGORY, "x", columns=(Column("c", "x"),), rows=(Row("r", "x", ("d",)), Row("s", "y"))),
        Question(QuestionType.SHORT, "x", answers=(Answer(text="x", weight=0),)),
    ]
    for question in broken:
        for rule in question.problems():
            assert "belum lengkap" not in problem_from_rule(rule).sentence
