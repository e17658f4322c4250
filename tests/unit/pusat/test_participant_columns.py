"""Headings are matched by meaning."""

from __future__ import annotations

import pytest

from app.pusat.services.participant_columns import find_header, meaning_of


@pytest.mark.parametrize(
    ("heading", "meaning"),
    [
        ("NISN*", "nisn"),
        (" nis * ", "nis"),
        ("NAMA SISWA*", "name"),
        ("Nama\nSiswa", "name"),
        ("JENIS KELAMIN\n(L/P) *", "gender"),
        ("(L/P)", "gender"),
        ("USERNAME*", "number"),
        ("NOMOR_PESERTA", "number"),
        ("KELAS AWAL *\n(gunakan nomor\n1-12)", "class_name"),
        ("TANGGAL LAHIR FORMAT\n(DD-MM-YYY) CONTOH (05-06-1990)", "birth_date"),
        ("TANGGAL LAHIR AYAH", None),
        ("TANGGAL DI TERIMA\nFORMAT (YYYY-MM-DD) CONTOH (2018-07-20)", None),
        ("NAMA AYAH", None),
        ("", None),
    ],
)
def test_a_heading_means_what_people_mean_by_it(heading: str, meaning: str | None) -> None:
    assert meaning_of(heading) == meaning


def test_a_row_without_nisn_name_and_number_is_no_header() -> None:
    assert find_header(["DAFTAR PESERTA", "", ""]) is None
    assert find_header(["NISN", "NAMA"]) is None


def test_a_header_tells_what_it_ignores_and_what_stands_there_twice() -> None:
    header = find_header(["No", "NISN", "Nama", "Nama", "Nomor peserta", "Agama"])
    assert header is not None
    assert header.fields == {"nisn": 1, "name": 2, "number": 4}
    assert header.ignored == ["Agama"]
    assert header.twice == {"name": [2, 3]}
