"""The exam of the end-to-end tests: a Word file in the AKM table layout, a participant sheet, what three students
answer, and what each of them earns for it, worked out by hand.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from openpyxl import Workbook

from tests.unit.pusat.question_files.word_example import WordExample, picture

NPSN, SCHOOL = "99999002", "SMA Uji Coba"
SITI, BUDI, TONO = "26-009-001", "26-009-002", "26-009-003"
STUDENTS = {
    SITI: ("Siti Rahayu", "P", "0099980001"),
    BUDI: ("Budi Santoso", "L", "0099980002"),
    TONO: ("Tono Wijaya", "L", "0099980003"),
}
MARKER = "paus-biru-4711"
ANSWER_MARKER = "rahasiakunci"
GUIDE_MARKER = "pedomanrahasia"

# How a question is recognised on the screen
PLANET, RIGHTS, CAPITALS, VERDICTS, CAPITAL, DOZEN, WHY, CIRCLE = (
    "planet yang paling dekat",
    "bilangan genap",
    "ibu kotanya",
    "Tentukan benar atau salah",
    "Ibu kota Republik Indonesia",
    "satu lusin",
    "mengapa es mengapung",
    "Luas lingkaran",
)
QUESTIONS = (PLANET, RIGHTS, CAPITALS, VERDICTS, CAPITAL, DOZEN, WHY, CIRCLE)

SQUARE = "<m:sSup><m:e><m:r><m:t>r</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>"


def word_file(answer: str = "Jakarta", guide: str = "massa jenis es lebih kecil") -> bytes:
    """Eight questions of all five kinds of tables, and template rows that nobody filled in."""
    word = WordExample()
    word.document.add_heading("Soal uji coba", 1)
    word.choice(
        ("1", [f"Manakah {PLANET} dengan Matahari? ({MARKER})", picture("orange", (60, 40))], "1",
         [("Merkurius", "v"), ("Venus", ""), ("Bumi", ""), ("Mars", "")]),
        ("2", f"Manakah yang termasuk {RIGHTS}?", "2",
         [("dua", "v"), ("tiga", ""), ("empat", "v"), ("lima", ""), ("tujuh", "")]),
        ("3", [f"{CIRCLE} berjari-jari r adalah …"], "1",
         [("dua pi kali jari-jari", ""), (["pi kali kuadrat jari-jari:", SQUARE], "v"), ("setengah jari-jari", "")]),
        ("4", "", "1", [("", ""), ("", ""), ("", "")]),
    )  # fmt: skip
    word.matching(
        ("1", f"Jodohkan provinsi dengan {CAPITALS}.", [
            ("1", "Jawa Barat", "A", "Bandung", "1", "A"), ("2", "Bali", "B", "Denpasar", "2", "B"),
            ("3", "Papua", "C", "Jayapura", "3", "C"),
        ]),
        ("2", f"{VERDICTS} setiap pernyataan.", [
            ("1", "Air mendidih pada 100 °C.", "A", "Benar", "1", "A"),
            ("2", "Bulan adalah bintang.", "B", "Salah", "2", "B"),
            ("3", "Paus adalah mamalia.", "", "", "3", "A"),
            ("4", "Besi lebih ringan daripada air.", "", "", "4", "B"),
        ]),
    )  # fmt: skip
    word.plain(
        ("1", f"{CAPITAL} pada tahun 2020 adalah …", "4", answer),
        ("2", f"Berapa banyak telur dalam {DOZEN}?", "4", "12"),
        ("3", f"Jelaskan {WHY} di air.", "5", guide),
        ("4", "", "4", ""),
    )
    return word.save()


def participant_file() -> bytes:
    """The three students in the columns of our template."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["NPSN", "NOMOR PESERTA*", "NISN*", "NIS", "NAMA SISWA*", "JENIS KELAMIN* (L/P)", "KELAS"])
    for number, (name, gender, nisn) in STUDENTS.items():
        sheet.append([NPSN, number, nisn, "", name, gender, "XII-1"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@dataclass(frozen=True)
class Deed:
    """What a student does with a question: choices by their text, cells by row and column, or text to type."""

    choices: tuple[str, ...] = ()
    cells: tuple[tuple[str, str], ...] = ()
    text: str = ""


VERDICT_ROWS = ("Air mendidih", "Bulan adalah", "Paus adalah", "Besi lebih")
PROVINCES, TOWNS = ("Jawa Barat", "Bali", "Papua"), ("Bandung", "Denpasar", "Jayapura")
SITI_ANSWERS = {
    PLANET: Deed(choices=("Merkurius",)),  # 1
    RIGHTS: Deed(choices=("dua", "empat")),  # 1
    CAPITALS: Deed(cells=tuple(zip(PROVINCES, TOWNS, strict=True))),  # 1
    VERDICTS: Deed(cells=tuple(zip(VERDICT_ROWS, ("Benar", "Salah", "Benar", "Salah"), strict=True))),  # 1
    CAPITAL: Deed(text="Jakarta"),  # 1
    DOZEN: Deed(text="12"),  # 1
    WHY: Deed(text="Karena massa jenisnya lebih kecil."),  # waits for a marker
    CIRCLE: Deed(choices=("kuadrat",)),  # 1
}
BUDI_ANSWERS = {
    PLANET: Deed(choices=("Venus",)),  # 0
    RIGHTS: Deed(choices=("dua",)),  # five options: one of two right ones, 1/2
    CAPITALS: Deed(cells=(("Jawa Barat", "Bandung"), ("Bali", "Denpasar"), ("Papua", "Bandung"))),  # (2 - 1)/3
    VERDICTS: Deed(cells=tuple(zip(VERDICT_ROWS, ("Benar", "Salah", "Benar", "Benar"), strict=True))),  # 3/4
    CAPITAL: Deed(text=" jakarta "),  # 1: case and spaces do not count
    DOZEN: Deed(text="12,0"),  # 1: the same number
    CIRCLE: Deed(choices=("kuadrat",)),  # 1
}  # nothing for the essay: 0
TONO_ANSWERS = {
    PLANET: Deed(choices=("Merkurius",)),  # 1
    RIGHTS: Deed(choices=("dua", "tiga", "empat", "lima", "tujuh")),  # choosing everything: 0
    CAPITALS: Deed(cells=tuple((row, town) for row in PROVINCES for town in TOWNS)),  # (3 - 6)/3, so 0
    VERDICTS: Deed(cells=tuple((row, "Benar") for row in VERDICT_ROWS)),  # 2/4
    CAPITAL: Deed(text="Bandung"),  # 0
    DOZEN: Deed(text="13"),  # 0
    WHY: Deed(text="Es itu dingin."),  # waits for a marker
    CIRCLE: Deed(choices=("setengah",)),  # 0
}
ANSWERS = {SITI: SITI_ANSWERS, BUDI: BUDI_ANSWERS, TONO: TONO_ANSWERS}
SCORES = {SITI: 7.0, BUDI: 4.583333, TONO: 1.5}  # before the essays are marked
WAITING = {SITI: True, BUDI: False, TONO: True}
POSSIBLE = 8.0
