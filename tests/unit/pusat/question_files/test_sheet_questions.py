"""The Excel template expresses every type; what a row lacks is told with its row and cell, and hides no other row."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.drawing.image import Image as SheetImage
from word_example import picture

from app.domain.questions import Question, QuestionType
from app.domain.refusals import Refusal
from app.pusat.services.question_files import question_template
from app.pusat.services.question_files.composing import Composer
from app.pusat.services.question_files.items import ReadItem
from app.pusat.services.question_files.sheets import read_csv, read_workbook

HEADINGS = [
    "Nomor",
    "Jenis",
    "Stimulus",
    "Soal",
    "Opsi A",
    "Opsi B",
    "Opsi C",
    "Kunci",
    "Baris 1",
    "Baris 2",
    "Bobot",
    "Acak",
]
GOOD = {"Jenis": "PG", "Soal": "Pilih.", "Opsi A": "ya", "Opsi B": "tidak", "Kunci": "A"}


def book(*rows: dict[str, Any], headings: list[str] = HEADINGS) -> Workbook:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(headings)
    for row in rows:
        sheet.append([row.get(name) for name in headings])
    return made


def saved(made: Workbook) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def read(made: Workbook) -> list[ReadItem]:
    return list(read_workbook(saved(made), Composer()))


def only(row: dict[str, Any]) -> Question:
    (item,) = read(book(row))
    assert item.question is not None, item.error
    return item.question


def test_the_template_reads_back_with_an_example_of_every_type() -> None:
    items = list(read_workbook(question_template(), Composer()))
    assert not [item.error for item in items if item.error]
    types = [item.question.type for item in items if item.question]
    assert set(types) == set(QuestionType) - {QuestionType.DESCRIPTION}
    first, second = (item.question for item in items[:2])
    assert first is not None
    assert second is not None
    assert first.stimulus == second.stimulus != ""
    assert load_workbook(io.BytesIO(question_template())).sheetnames == ["Petunjuk", "Soal"]


@pytest.mark.parametrize(
    ("kind", "key", "weights"),
    [
        ("Pilihan Ganda", "B", [0, 1, 0]),
        ("PG", "B; C=50%", [0, 1, 0.5]),
        ("PGK", "A, C", [0.5, 0, 0.5]),
        ("Pilihan Ganda Kompleks", "a dan c", [0.5, 0, 0.5]),
        ("MCMA", "A=50%; B=-25%; C=50", [0.5, -0.25, 0.5]),
    ],
)
def test_keys_name_options_with_or_without_weights(kind: str, key: str, weights: list[float]) -> None:
    row = GOOD | {"Jenis": kind, "Opsi C": "mungkin", "Kunci": key}
    assert [option.weight for option in only(row).options] == weights


def test_matching_and_category_keys_join_rows_and_columns() -> None:
    row = {"Jenis": "Menjodohkan", "Soal": "x", "Opsi A": "p", "Opsi B": "q", "Baris 1": "r", "Baris 2": "s"}
    assert [r.key for r in only(row | {"Kunci": "1=A; 2=A,B"}).rows] == [("c1",), ("c1", "c2")]
    made = only(row | {"Jenis": "Kategori", "Kunci": "1=A\n2=B"})
    assert made.type is QuestionType.CATEGORY
    assert not made.shuffle_options


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("Jakarta | DKI Jakarta (50%)", [("Jakarta", None, 0, 1), ("DKI Jakarta", None, 0, 0.5)]),
        ("3,14 ± 0,01", [(None, 3.14, 0.01, 1)]),
        ("1..5", [(None, 3, 2, 1)]),
        (17, [(None, 17, 0, 1)]),
        (0.25, [(None, 0.25, 0, 1)]),
        ("0812", [("0812", None, 0, 1)]),
        ("1.250", [("1.250", None, 0, 1)]),
    ],
)
def test_short_keys_are_texts_or_numbers(key: object, expected: list[tuple[object, ...]]) -> None:
    made = only({"Jenis": "Isian", "Soal": "x", "Kunci": key})
    assert [(a.text, a.number, a.tolerance, a.weight) for a in made.answers] == expected


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Jenis": "Teka-teki"}, "Jenis"),
        ({"Soal": None}, "Teks soal kosong"),
        ({"Kunci": None}, "Kunci kosong"),
        ({"Kunci": "D"}, "bukan huruf opsi"),
        ({"Kunci": "A, B"}, "satu kunci"),
        ({"Opsi B": None}, "dua opsi"),
        ({"Bobot": "banyak"}, "bukan angka"),
        ({"Bobot": -1}, "bobot"),
        ({"Acak": "mungkin"}, "Ya atau Tidak"),
        ({"Opsi A": "=1+1"}, "Sel E3 berisi rumus Excel yang belum dihitung"),
        ({"Opsi A": "#DIV/0!"}, "galat"),
        ({"Soal": "Hitung $\\frac{1$"}, "LaTeX"),
        ({"Jenis": "Menjodohkan", "Baris 1": "x", "Kunci": "1=C"}, "kolom C"),
        ({"Jenis": "Menjodohkan", "Baris 1": "x", "Baris 2": "y", "Kunci": "1=A"}, "Baris 2"),
        ({"Jenis": "Menjodohkan", "Baris 1": "x", "Kunci": "1 adalah A"}, "1=A"),
        ({"Jenis": "Isian", "Kunci": "5..1"}, "terbalik"),
    ],
)
def test_a_broken_row_is_named_and_hides_no_other(change: dict[str, Any], said: str) -> None:
    first, broken, last = read(book(GOOD, GOOD | change, GOOD))
    assert first.question is not None
    assert last.question is not None
    assert broken.place == "lembar Sheet, baris 3"
    assert said in broken.error


def test_a_fraction_that_excel_made_a_date_is_reported() -> None:
    import datetime as dt

    (item,) = read(book(GOOD | {"Opsi A": dt.datetime(2026, 2, 1)}))  # noqa: DTZ001 - a cell has no time zone
    assert "Sel E2" in item.error
    assert "Teks" in item.error


def test_rows_with_only_a_number_and_a_type_are_skipped() -> None:
    items = read(book({"Nomor": 1, "Jenis": "PG"}, {}, GOOD))
    assert [bool(item.skipped) for item in items] == [True, False]


def test_a_group_shares_its_stimulus_by_merge_by_repetition_or_by_ditto() -> None:
    made = book(GOOD | {"Stimulus": "Bacalah."}, GOOD, GOOD | {"Stimulus": '"'}, GOOD | {"Stimulus": "Bacalah."}, GOOD)
    assert made.active is not None
    made.active.merge_cells("C2:C3")
    stimuli = [item.question.stimulus for item in read(made) if item.question]
    assert stimuli == ["Bacalah.", "Bacalah.", "Bacalah.", "Bacalah.", ""]


def test_pictures_belong_to_the_cell_they_lie_on() -> None:
    made = book(GOOD, GOOD | {"Opsi A": None}, GOOD)
    assert made.active is not None
    for place, colour in (("D2", "red"), ("E3", "blue"), ("K4", "green")):
        made.active.add_image(SheetImage(io.BytesIO(picture(colour))), place)
    first, second, astray = read(made)
    assert first.question is not None
    assert second.question is not None
    assert first.question.stem.startswith("Pilih.<br><img src=")
    assert second.question.options[0].html.startswith("<img src=")
    assert len(first.media) == len(second.media) == 1
    assert "K4" in astray.error


def test_rich_text_and_formulas_and_markup_characters_are_kept() -> None:
    rich = CellRichText(
        "H", TextBlock(InlineFont(vertAlign="subscript"), "2"), "O & ", TextBlock(InlineFont(b=True), "<b>")
    )
    made = only(GOOD | {"Soal": rich, "Opsi A": "$x^2$", "Opsi B": "a<b>\nc"})
    assert made.stem == "H<sub>2</sub>O &amp; <b>&lt;b&gt;</b>"
    assert 'class="katex"' in made.options[0].html
    assert made.options[1].html == "a&lt;b&gt;<br>c"


def test_numbers_look_as_the_sheet_shows_them() -> None:
    made = book(GOOD | {"Opsi A": 0.5, "Opsi B": 3.10, "Opsi C": 7.0})
    assert made.active is not None
    made.active["E2"].number_format = "0%"
    made.active["F2"].number_format = "0.00"
    (item,) = read(made)
    assert item.question is not None
    assert [option.html for option in item.question.options] == ["50%", "3,10", "7"]


def test_a_thousand_columns_and_a_far_cell_are_no_trouble() -> None:
    made = book(GOOD, headings=[*HEADINGS, *(f"Catatan {n}" for n in range(1000))])
    assert made.active is not None
    made.active.cell(1_048_576, 16_384, "jauh")
    note, good = read(made)
    assert "Catatan 0" in note.skipped or "catatan 0" in note.skipped
    assert good.question is not None


def test_a_sheet_without_headings_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        read(Workbook())
    assert caught.value.code == "P-210"


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_csv_with_the_same_headings_is_read(separator: str) -> None:
    lines = [["Jenis", "Soal", "Opsi A", "Opsi B", "Kunci"], ["PG", '"a""b"', "ya", "tidak", "B"]]
    (item,) = read_csv("\n".join(separator.join(line) for line in lines), Composer())
    assert item.question is not None
    assert item.question.stem == 'a"b'


def test_a_damaged_workbook_is_refused() -> None:
    source, out = zipfile.ZipFile(io.BytesIO(saved(book(GOOD)))), io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name)[:40] if "sheet1" in name else source.read(name))
    with pytest.raises(Refusal) as caught:
        list(read_workbook(out.getvalue(), Composer()))
    assert caught.value.code == "P-204"
