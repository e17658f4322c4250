"""Dewi imports participants: errors by row and column, nothing half imported, the same file twice changes nothing."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from openpyxl.drawing.image import Image
from PIL import Image as Picture
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Participant
from app.pusat.services.secrets_box import SecretsBox, password_place
from app.settings import PusatSettings
from tests.functional.pusat.conftest import BUDI, HEADER, SITI, confirm, import_sheet, saved, send, sheet

# The headings of the student template that schools fill in today, as its first row has them.
TEMPLATE_HEADER = [
    "NO", "NISN*", "NIS*", "NAMA SISWA*", "JENIS KELAMIN\n(L/P) *", "USERNAME*", "PASSWORD*",
    "KELAS AWAL *\n(gunakan nomor\n1-12)", "TANGGAL DI TERIMA\nFORMAT (YYYY-MM-DD) CONTOH (2018-07-20)", "SEKOLAH ASAL",
    "TEMPAT LAHIR", "TANGGAL LAHIR FORMAT\n(DD-MM-YYY) CONTOH (05-06-1990)", "AGAMA ", "NAMA AYAH",
    "TANGGAL LAHIR AYAH",
]  # fmt: skip


def count(session: Session) -> int:
    session.expire_all()
    return session.scalar(select(func.count()).select_from(Participant)) or 0


def row(**changes: Any) -> list[Any]:
    """Siti's row with some cells changed."""
    names = ["npsn", "number", "nisn", "nis", "name", "gender", "class_name", "birth_place", "birth_date"]
    return [changes.get(name, value) for name, value in zip(names, SITI, strict=True)]


def test_siti_and_budi_are_imported_after_the_preview_and_not_before(
    dewi: FlaskClient, school: str, session: Session, settings_pusat: PusatSettings
) -> None:
    preview = import_sheet(dewi, sheet([SITI, BUDI]))
    assert "Impor 2 peserta" in preview.text
    assert count(session) == 0
    done = confirm(dewi, preview)
    assert "Impor selesai: 2 baru, 0 berubah, 0 sama." in done.text
    siti = session.get_one(Participant, "K01-0001")
    assert (siti.nisn, siti.name, siti.gender, siti.class_name) == ("0051234001", "Siti Rahma", "P", "XII IPA 1")
    assert siti.birth_date == date(2009, 6, 5)
    password = SecretsBox.at(settings_pusat.keys_dir).open(password_place("K01-0001"), siti.password)
    assert len(password) == 8


def test_the_same_file_twice_changes_nothing(dewi: FlaskClient, school: str, session: Session) -> None:
    data = sheet([SITI, BUDI])
    confirm(dewi, import_sheet(dewi, data))
    before = session.get_one(Participant, "K01-0001").password
    again = import_sheet(dewi, data)
    assert "Semua peserta di berkas ini sudah terdaftar" in again.text
    assert "Impor 0" not in again.text
    session.expire_all()
    assert session.get_one(Participant, "K01-0001").password == before
    assert count(session) == 2


def test_a_changed_class_is_shown_before_and_after_and_keeps_the_password(
    dewi: FlaskClient, school: str, session: Session
) -> None:
    confirm(dewi, import_sheet(dewi, sheet([SITI, BUDI])))
    password = session.get_one(Participant, "K01-0001").password
    preview = import_sheet(dewi, sheet([row(class_name="XII IPS 3"), BUDI]))
    assert "<del>XII IPA 1</del> → <ins>XII IPS 3</ins>" in preview.text
    assert "0 baru, 1 berubah, 1 sama" in confirm(dewi, preview).text
    session.expire_all()
    siti = session.get_one(Participant, "K01-0001")
    assert (siti.class_name, siti.password) == ("XII IPS 3", password)


def test_the_template_of_the_schools_is_read_by_meaning_of_its_headings(
    dewi: FlaskClient, school: str, session: Session
) -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(TEMPLATE_HEADER)
    page.append(
        [
            1,
            "0051234001",
            "1201",
            "Siti Rahma",
            "P",
            "k01-0001",
            "rahasia",
            "12",
            "2024-07-15",
            "SMP 1",
            "Bandung",
            "05-06-2009",
            "Islam",
            "Ayah",
            "01-01-1970",
        ]
    )
    for number in range(3, 1223):  # rows that are formatted and numbered and otherwise empty, as in the template
        page.cell(number, 1, number - 1)
        page.cell(number, 2).number_format = "@"
    preview = import_sheet(dewi, saved(book))
    assert "pusat membuat kata sandi acak" in preview.text
    assert "kolom tidak dibaca" in preview.text
    assert "1 baru" in confirm(dewi, preview).text
    siti = session.get_one(Participant, "K01-0001")
    assert (siti.class_name, siti.birth_date) == ("12", date(2009, 6, 5))


def test_every_error_is_named_by_row_and_column_and_nothing_is_imported(
    dewi: FlaskClient, school: str, session: Session
) -> None:
    rows = [
        SITI,
        row(number="K01-0003", nisn="12"),
        row(number="K01-0004", nisn="0051234004", gender="X"),
        row(number="K01-0005", nisn="0051234005", name=""),
        row(number="K01-0006", nisn="0051234006", birth_date="31-02-2009"),
        row(number="K01-0007"),  # Siti's NISN again
        row(number="K01-0008", nisn="0051234008", name="=A1"),
        row(number="K01 / 9", nisn="005123400X"),
    ]
    preview = import_sheet(dewi, sheet(rows))
    assert "Belum ada yang diimpor." in preview.text
    table = [" ".join(line.split()) for line in preview.text.split("<tr>")[1:]]
    for number, column, words in [
        (3, "C (NISN)", "NISN harus 10 angka, di sini 2"),
        (4, "F (JENIS KELAMIN)", "Isi L (laki-laki) atau P (perempuan)"),
        (5, "E (NAMA SISWA)", "Sel ini harus diisi"),
        (6, "I (TANGGAL LAHIR)", "Tanggal harus ditulis HH-BB-TTTT"),
        (7, "C (NISN)", "Sama dengan baris 2"),
        (8, "E (NAMA SISWA)", "rumus yang belum dihitung"),
        (9, "B (NOMOR PESERTA)", "hanya boleh berisi huruf, angka"),
        (9, "C (NISN)", "NISN hanya boleh berisi angka"),
    ]:
        assert any(f">{number}<" in line and column in line and words in line for line in table), (number, words)
    assert "Impor " not in preview.text.split("<main")[1].split("Pratinjau impor")[1]
    assert confirm_by_hand(dewi, preview.request.path).status_code == 400
    assert count(session) == 0


def confirm_by_hand(client: FlaskClient, path: str) -> Any:
    """Send the confirmation although the page offers none."""
    token = client.get("/sekolah/baru").text.split('name="csrf_token" value="')[1].split('"')[0]
    return client.post(path, data={"csrf_token": token})


def test_a_number_cell_that_lost_its_zeros_gets_them_back_with_a_warning(
    dewi: FlaskClient, school: str, session: Session
) -> None:
    preview = import_sheet(dewi, sheet([row(nisn=51234001)]))
    assert "Nol di depan hilang; dibaca sebagai 0051234001." in preview.text
    confirm(dewi, preview)
    assert session.get_one(Participant, "K01-0001").nisn == "0051234001"


@pytest.mark.parametrize(
    ("encoding", "mark", "delimiter"),
    [
        ("utf-8", b"", ","),
        ("utf-8-sig", b"", ";"),
        ("utf-16", b"", "\t"),
        ("utf-16-le", b"", ";"),
        ("cp1252", b"", ";"),
    ],
)
def test_a_csv_is_read_in_the_encodings_and_separators_that_programs_write(
    dewi: FlaskClient, school: str, session: Session, encoding: str, mark: bytes, delimiter: str
) -> None:
    siti = row(name="Siti Améliá")
    text = "".join(delimiter.join(map(str, line)) + "\r\n" for line in (HEADER, siti, BUDI))
    preview = import_sheet(dewi, text.encode(encoding), name="peserta.csv")
    assert "Impor 2 peserta" in preview.text, preview.text
    confirm(dewi, preview)
    assert session.get_one(Participant, "K01-0001").name == "Siti Améliá"


def test_a_csv_with_a_short_nisn_is_refused_because_a_digit_may_be_missing_anywhere(
    dewi: FlaskClient, school: str
) -> None:
    text = "\n".join(";".join(map(str, line)) for line in (HEADER, row(nisn="51234001")))
    assert "NISN harus 10 angka, di sini 8" in import_sheet(dewi, text.encode(), name="a.csv").text


def test_merged_cells_pictures_and_a_thousand_columns_are_told_and_survived(
    dewi: FlaskClient, school: str, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(["Daftar peserta SMA Nusantara"])
    page.merge_cells("A1:I1")
    page.append(HEADER)
    page.append(SITI)
    page.append(BUDI)
    page.merge_cells("G3:G4")
    page.cell(2, 1000, "KOLOM JAUH")
    Picture.new("RGB", (4, 4)).save(tmp_path / "foto.png")
    page.add_image(Image(str(tmp_path / "foto.png")), "K3")
    preview = import_sheet(dewi, saved(book))
    assert "Sel ini bagian dari sel gabungan" in preview.text
    assert "G (KELAS)" in preview.text
    assert "Lembar ini berisi 1 gambar" in preview.text
    assert "KOLOM JAUH" in preview.text


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.xlsx", b"PK\x03\x04 broken", "rusak"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Jenis berkas ini tidak dapat dibaca"),
        ("a.csv", b"tanpa judul\n1,2,3\n", "Tidak ada baris judul"),
        ("a.csv", b"\x00\x01\x02\x03" * 50, "tidak terbaca"),
        ("a.csv", b"", "Belum ada berkas yang dipilih"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_with_a_remedy(
    dewi: FlaskClient, school: str, name: str, data: bytes, words: str
) -> None:
    answer = import_sheet(dewi, data, name=name)
    assert answer.status_code in {400, 422}
    assert words in answer.text


def test_our_own_template_is_read_back_and_the_empty_one_says_so(dewi: FlaskClient, school: str) -> None:
    template = dewi.get("/peserta/templat.xlsx").data
    assert "belum ada baris peserta yang diisi" in import_sheet(dewi, template).text
    book = openpyxl.load_workbook(io.BytesIO(template))
    for index, value in enumerate(SITI, 1):
        book.worksheets[0].cell(2, index, value)
    assert "Impor 1 peserta" in import_sheet(dewi, saved(book)).text


def test_the_npsn_column_places_rows_when_no_school_is_chosen(dewi: FlaskClient, school: str, session: Session) -> None:
    missing = import_sheet(dewi, sheet([SITI]), npsn="")
    assert "Sekolahnya belum disebut" in missing.text
    preview = import_sheet(dewi, sheet([row(npsn="20104001"), [*row(npsn="99999999")[:1], *BUDI[1:]]]), npsn="")
    assert "Sekolah dengan NPSN ini belum terdaftar" in preview.text
    confirm(dewi, import_sheet(dewi, sheet([row(npsn="20104001")]), npsn=""))
    assert session.get_one(Participant, "K01-0001").school_npsn == "20104001"


def test_a_number_or_nisn_of_somebody_else_is_never_taken_over(dewi: FlaskClient, school: str) -> None:
    confirm(dewi, import_sheet(dewi, sheet([SITI])))
    stolen = import_sheet(dewi, sheet([row(nisn="0059999999")]))
    assert "Nomor peserta ini milik siswa dengan NISN 0051234001" in stolen.text
    moved = import_sheet(dewi, sheet([row(number="K01-0099")]))
    assert "NISN ini sudah terdaftar dengan nomor peserta K01-0001" in moved.text


def test_a_name_that_a_spreadsheet_would_run_leaves_as_harmless_text(
    dewi: FlaskClient, school: str, session: Session
) -> None:
    text = "\n".join(";".join(map(str, line)) for line in (HEADER, row(name="=cmd()")))
    confirm(dewi, import_sheet(dewi, text.encode(), name="a.csv"))
    assert session.get_one(Participant, "K01-0001").name == "=cmd()"
    exported = dewi.get("/peserta/ekspor.xlsx").data
    cell = openpyxl.load_workbook(io.BytesIO(exported)).worksheets[0].cell(2, 5)
    assert (cell.value, cell.data_type) == ("'=cmd()", "s")
    assert "sudah terdaftar dengan data yang sama" in import_sheet(dewi, exported).text


def test_a_preview_belongs_to_whoever_uploaded_it(
    dewi: FlaskClient, school: str, pusat_app: Any, add_person: Any
) -> None:
    from tests.conftest import sign_in

    path = import_sheet(dewi, sheet([SITI])).request.path
    add_person(pusat_app, "rudi", "operator")
    assert sign_in(pusat_app, "rudi").get(path).status_code == 404


def test_one_participant_is_corrected_in_the_page_by_the_same_rules(
    dewi: FlaskClient, school: str, session: Session
) -> None:
    confirm(dewi, import_sheet(dewi, sheet([SITI, BUDI])))
    fields = {"name": "Siti Rahmah", "nisn": "0051234001", "gender": "P", "birth_date": "6/5/2009"}
    send(dewi, "/peserta/nomor/K01-0001", fields)
    session.expire_all()
    assert session.get_one(Participant, "K01-0001").name == "Siti Rahmah"
    wrong = send(dewi, "/peserta/nomor/K01-0001", {**fields, "nisn": "12", "birth_date": "kemarin"})
    assert wrong.status_code == 400
    assert "NISN harus 10 angka" in wrong.text
    assert "Tanggal harus ditulis" in wrong.text
    taken = send(dewi, "/peserta/nomor/K01-0001", {**fields, "nisn": "0051234002"})
    assert "sudah dipakai oleh peserta K01-0002" in taken.text


def test_the_list_is_filtered_by_school_class_and_name(dewi: FlaskClient, school: str) -> None:
    confirm(dewi, import_sheet(dewi, sheet([SITI, BUDI])))
    assert "Budi Santoso" not in dewi.get("/peserta/?q=siti").text
    assert "Budi Santoso" in dewi.get("/peserta/?kelas=XII+IPA+2").text
    assert "Tidak ada peserta yang cocok" in dewi.get("/peserta/?sekolah=1").text
