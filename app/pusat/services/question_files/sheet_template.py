"""Makes the downloadable Excel question template: an instruction sheet and a sheet of examples of every type.

What it writes is what `sheets` reads; a test reads the template back.
"""

from __future__ import annotations

import io

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

OPTIONS = [f"Opsi {letter}" for letter in "ABCDEFGH"]
ROWS = [f"Baris {number}" for number in range(1, 9)]
HEADINGS = [
    "Nomor", "Jenis", "Stimulus", "Soal", *OPTIONS, "Kunci", *ROWS, "Bobot", "Acak", "Peka huruf besar", "Rekaman",
    "Pemutaran audio", "Pedoman penskoran", "Judul",
]  # fmt: skip
JENIS = ["Pilihan Ganda", "Pilihan Ganda Kompleks", "Kategori", "Menjodohkan", "Isian Singkat", "Uraian", "Keterangan"]
_READING = "Sebuah toko menjual beras 25 kg seharga Rp350.000 dan gula 1 kg seharga Rp17.500."
EXAMPLES: list[dict[str, object]] = [
    {
        "Jenis": "Pilihan Ganda", "Stimulus": _READING, "Soal": "Berapa harga 1 kg beras?", "Opsi A": "Rp12.000",
        "Opsi B": "Rp14.000", "Opsi C": "Rp15.000", "Opsi D": "Rp17.500", "Kunci": "B", "Bobot": 1, "Acak": "Ya",
    },
    {
        "Jenis": "Pilihan Ganda Kompleks", "Stimulus": _READING, "Soal": "Pernyataan mana yang sesuai dengan teks?",
        "Opsi A": "Beras dijual per 25 kg.", "Opsi B": "Gula lebih mahal daripada beras per kilogram.",
        "Opsi C": "Toko menjual tepung.", "Kunci": "A, B", "Bobot": 1, "Acak": "Ya",
    },
    {
        "Jenis": "Kategori", "Soal": "Benar atau salahkah setiap pernyataan ini?", "Opsi A": "Benar", "Opsi B": "Salah",
        "Kunci": "1=A; 2=B; 3=A", "Baris 1": "$2^3 = 8$",
        "Baris 2": "$\\sqrt{16} = 8$", "Baris 3": "$\\frac{1}{2} > 0{,}4$",
        "Bobot": 2,
    },
    {
        "Jenis": "Menjodohkan", "Soal": "Jodohkan provinsi dan ibu kotanya.", "Opsi A": "Bandung",
        "Opsi B": "Semarang", "Opsi C": "Surabaya", "Opsi D": "Medan", "Kunci": "1=A; 2=C; 3=B",
        "Baris 1": "Jawa Barat",
        "Baris 2": "Jawa Timur", "Baris 3": "Jawa Tengah", "Bobot": 2, "Acak": "Ya",
    },
    {"Jenis": "Isian Singkat", "Soal": "Ibu kota Indonesia pada tahun 2020 adalah …", "Kunci": "Jakarta | DKI Jakarta"},
    {"Jenis": "Isian Singkat", "Soal": "Nilai $\\pi$ sampai dua desimal adalah …", "Kunci": "3,14 ± 0,005", "Bobot": 1},
    {
        "Jenis": "Uraian", "Soal": "Jelaskan mengapa es mengapung di air.", "Bobot": 4,
        "Pedoman penskoran": "Massa jenis es lebih kecil (2), karena susunan molekulnya lebih renggang (2).",
    },
]  # fmt: skip
INSTRUCTIONS = [
    "Petunjuk mengisi templat soal Guyub",
    "Isi lembar Soal. Satu baris untuk satu soal. Hapus contoh yang tidak dipakai. Baris kosong dilewati.",
    "Jenis: " + ", ".join(JENIS) + ".",
    (
        "Stimulus: teks atau gambar bersama untuk Soal Grup. Tulis yang sama di setiap baris, gabungkan selnya, "
        'atau tulis tanda " untuk "sama seperti di atas".'
    ),
    "Opsi A sampai H: pilihan jawaban. Untuk Kategori dan Menjodohkan: judul kolom atau sisi kanan.",
    "Baris 1 sampai 8: pernyataan (Kategori) atau sisi kiri (Menjodohkan).",
    "Kunci Pilihan Ganda: C. Kunci Pilihan Ganda Kompleks: A, C, atau dengan bobot: A=50%; C=50%; B=-25%.",
    "Kunci Kategori dan Menjodohkan: 1=A; 2=B,C; 3=A. Setiap baris harus punya kunci.",
    "Kunci Isian Singkat: pisahkan jawaban yang diterima dengan tanda |. Angka: 3,14 atau 3,14 ± 0,01 atau 1..5.",
    "Gambar: sisipkan di sel Stimulus, Soal, Opsi, atau Baris (PNG, JPEG, GIF, WebP); sudutnya di sel itu.",
    "Rumus: tulis LaTeX di antara tanda dolar, misalnya $x^2 + 1$. Uang ditulis biasa: $5.",
    "Rekaman: nama berkas audio (MP3, OGG, WAV, M4A). Unggah berkas Excel ini bersama audionya dalam satu berkas ZIP.",
    "Pemutaran audio: berapa kali rekaman boleh diputar. 0 berarti tanpa batas.",
    "Acak: Ya bila urutan opsi boleh berbeda tiap peserta. Peka huruf besar: Ya bila Jakarta dan jakarta berbeda.",
    "Format semua sel sebagai Teks, supaya 1/2 tidak diubah Excel menjadi tanggal.",
]
_EMPTY_ROWS = 200


def _instruction_sheet(sheet: Worksheet) -> None:
    sheet.title = "Petunjuk"
    sheet.column_dimensions["A"].width = 110
    for row, text in enumerate(INSTRUCTIONS, 1):
        cell = sheet.cell(row, 1, text)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.font = Font(bold=row == 1, size=14 if row == 1 else 11)


def _heading_row(sheet: Worksheet) -> None:
    for column, name in enumerate(HEADINGS, 1):
        cell = sheet.cell(1, column, name)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="DDE6F0")
        wide = {"Soal": 48, "Stimulus": 40, "Pedoman penskoran": 40, "Jenis": 24}.get(name, 16)
        sheet.column_dimensions[get_column_letter(column)].width = wide
    sheet.freeze_panes = "C2"


def _choices(sheet: Worksheet, heading: str, values: list[str]) -> None:
    letter = get_column_letter(HEADINGS.index(heading) + 1)
    rule = DataValidation(type="list", formula1=f'"{",".join(values)}"', allow_blank=True)
    sheet.add_data_validation(rule)
    rule.add(f"{letter}2:{letter}{_EMPTY_ROWS + 1}")


def question_template() -> bytes:
    """The xlsx template with headings, choices to pick from, and one example of every type."""
    book = Workbook()
    first = book.active
    if not isinstance(first, Worksheet):
        raise TypeError("a new workbook has a first sheet")
    _instruction_sheet(first)
    sheet = book.create_sheet("Soal")
    _heading_row(sheet)
    for row in range(2, _EMPTY_ROWS + 2):
        example = EXAMPLES[row - 2] if row - 2 < len(EXAMPLES) else {}
        for column, name in enumerate(HEADINGS, 1):
            cell = sheet.cell(row, column, row - 1 if name == "Nomor" and example else example.get(name))
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if name not in ("Nomor", "Bobot", "Pemutaran audio"):
                cell.number_format = "@"
    _choices(sheet, "Jenis", JENIS)
    _choices(sheet, "Acak", ["Ya", "Tidak"])
    _choices(sheet, "Peka huruf besar", ["Ya", "Tidak"])
    book.active = 1
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
