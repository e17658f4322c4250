"""The technician's spreadsheet of a lab (xlsx or CSV) as cells, and the empty one to fill in.

Headings are known by their usual spellings, in any order. Reading is done by the same guarded child process as for
participants' sheets: nothing here unpacks a stranger's workbook itself. What the cells mean is judged in `rows`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import openpyxl
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from app.domain.audit_chain import neutralise
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.pusat.services.participant_files import read_table
from app.pusat.services.sheet_tables import RawTable
from appliance.lab import headings
from appliance.lab.headings import WORDS

SHEET = "Denah"
COLUMNS = {  # field → heading as we write it, width in characters
    "name": ("Nomor PC", 11),
    "mac": ("MAC", 20),
    "address": ("Alamat", 16),
    "system": ("Sistem", 11),
    "room": ("Ruang", 14),
    "seat": ("Tempat duduk", 14),
    "spare": ("Cadangan", 11),
    "server": ("Server", 12),
    "note": ("Keterangan", 34),  # never read
}
BLANK_ROWS = 200
EXPLANATION = (
    "Petunjuk mengisi denah lab",
    "Isi lembar Denah: satu baris untuk satu komputer. Baris kosong dilewati. Urutan kolom bebas.",
    "Nomor PC: 1, 2, 3 dan seterusnya. Nama komputer menjadi pc-01, pc-02, pc-03.",
    "MAC: alamat kartu jaringan, 12 angka dan huruf; pemisah bebas. Windows: getmac /v. Linux: ip link.",
    "Alamat: alamat tetap dalam jaringan server. Pada 192.168.0.200/24, pakai 192.168.0.1 sampai 192.168.0.199.",
    "Sistem: Linux atau Windows. Cadangan: Ya untuk komputer yang disiapkan sebagai pengganti.",
    "Tempat duduk: boleh kosong; dalam satu ruang tidak boleh sama.",
    "Server: kosongkan bila hanya ada satu server; bila lebih, tulis nama servernya, misalnya server1.",
    "Jumlah: satu komputer untuk setiap tiga peserta (tiga sesi sehari), dan cadangan paling sedikit 10 %.",
    "Sesudah itu: guyub lab import lab.xlsx --into ansible/inventories/lab --students 120",
)


def read_sheet(name: str, data: bytes) -> RawTable:
    """The table in a spreadsheet. Refuses what has no such header (B-711), what cannot be read (B-712, P-203 to
    P-317: too large, too deep, dangerous)."""
    try:
        return read_table(name, data, WORDS, headings.__name__)
    except Refusal as refusal:
        if refusal.code == "P-310":
            raise Refusal(
                "B-711",
                N_("Tidak ada baris judul dengan kolom MAC dan Alamat."),
                N_("Pakai templat kami: guyub lab template lab.xlsx"),
            ) from refusal
        if refusal.code in {"P-311", "P-313", "P-315"}:
            raise Refusal(
                "B-712",
                N_("Berkas ini tidak terbaca sebagai denah lab."),
                N_("Simpan ulang sebagai Excel (.xlsx) tanpa kata sandi, atau CSV UTF-8, lalu ulangi."),
            ) from refusal
        raise


def write_sheet(rows: Iterable[Sequence[object]], *, beside: Sequence[Sequence[object]] = ()) -> bytes:
    """A spreadsheet to fill in: the sheet with `rows` (fields in the order of COLUMNS) and room for more, how to fill
    it in, and what else was found (`beside`: address, MAC, name, why it is no PC)."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = SHEET
    _head(sheet, [*COLUMNS.values()])
    rows = list(rows)
    for number in range(2, len(rows) + BLANK_ROWS + 2):
        values = rows[number - 2] if number - 2 < len(rows) else ()
        for column in range(1, len(COLUMNS) + 1):
            cell = sheet.cell(number, column)
            cell.number_format = "@"
            if column <= len(values) and values[column - 1] != "":
                cell.value = neutralise(str(values[column - 1]))
    _choices(sheet, "system", ("Linux", "Windows"), len(rows))
    _choices(sheet, "spare", ("Ya", "Tidak"), len(rows))
    if beside:
        other = book.create_sheet("Bukan PC")
        _head(other, [("Alamat sekarang", 18), ("Kartu", 20), ("Nama alat", 24), ("Alasan", 50)])
        for values in beside:
            other.append([neutralise(str(value)) for value in values])
    _explain(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def example_rows(count: int = 12, server: str = "") -> list[list[object]]:
    """Rows of a made-up lab in two rooms: every fourth PC with Windows, the last two spare."""
    rows: list[list[object]] = []
    for number in range(1, count + 1):
        half = (count + 1) // 2
        room, seat = ("Lab 1", number) if number <= half else ("Lab 2", number - half)
        system = "Windows" if number % 4 == 0 else "Linux"
        spare = "Ya" if number > count - 2 else "Tidak"
        mac = f"52-54-00-4C-00-{number:02X}"
        rows.append([number, mac, f"192.168.0.{10 + number}", system, room, f"{seat}", spare, server])
    return rows


def _head(sheet: Any, columns: Sequence[tuple[str, int]]) -> None:
    for index, (heading, width) in enumerate(columns, 1):
        cell = sheet.cell(1, index, heading)
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        cell.fill = PatternFill("solid", fgColor="DDE7F0")
        sheet.column_dimensions[get_column_letter(index)].width = width
    sheet.freeze_panes = "A2"


def _choices(sheet: Any, field: str, values: Sequence[str], filled: int) -> None:
    letter = get_column_letter([*COLUMNS].index(field) + 1)
    rule = DataValidation(type="list", formula1=f'"{",".join(values)}"', allow_blank=True)
    rule.error = f"Pilih {' atau '.join(values)}."
    sheet.add_data_validation(rule)
    rule.add(f"{letter}2:{letter}{filled + BLANK_ROWS + 1}")


def _explain(book: Any) -> None:
    sheet = book.create_sheet("Petunjuk")
    sheet.column_dimensions["A"].width = 110
    for row, text in enumerate(EXPLANATION, 1):
        cell = sheet.cell(row, 1, text)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.font = Font(bold=row == 1, size=14 if row == 1 else 11)
