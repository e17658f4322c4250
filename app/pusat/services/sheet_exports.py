"""Sheets that the centre hands out: the participant template and the list of participants.

A cell that a spreadsheet program could take for a formula (`=cmd()`, `+1`, `@x`, a leading tab) leaves this program as
harmless text, and numbers that are names (NISN, nomor peserta) as text with their zeros. No password is ever exported.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import openpyxl
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from app.domain.audit_chain import neutralise
from app.models import Participant

TEMPLATE = (
    ("NPSN", 12),
    ("NOMOR PESERTA*", 20),
    ("NISN*", 14),
    ("NIS", 14),
    ("NAMA SISWA*", 34),
    ("JENIS KELAMIN* (L/P)", 16),
    ("KELAS", 14),
    ("TEMPAT LAHIR", 20),
    ("TANGGAL LAHIR (HH-BB-TTTT)", 20),
)
BLANK_ROWS = 500
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def participant_template() -> bytes:
    """Our template: a header and empty rows formatted as text, so that no zero is lost."""
    return _workbook("Peserta", TEMPLATE, [], blank_rows=BLANK_ROWS)


def participant_list(participants: Iterable[Participant]) -> bytes:
    """Participants in the columns of our template, fit to be imported again."""
    rows = (
        (
            one.school_npsn,
            one.number,
            one.nisn,
            one.nis,
            one.name,
            one.gender,
            one.class_name,
            one.birth_place,
            one.birth_date.strftime("%d-%m-%Y") if one.birth_date else "",
        )
        for one in participants
    )
    return _workbook("Peserta", TEMPLATE, rows)


def _workbook(
    title: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[object]], blank_rows: int = 0
) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet(title)
    for index, (heading, width) in enumerate(columns, 1):
        cell = sheet.cell(1, index, heading)
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        cell.fill = PatternFill("solid", fgColor="DDE7F0")
        sheet.column_dimensions[get_column_letter(index)].width = width
        for row in range(2, blank_rows + 2):
            sheet.cell(row, index).number_format = "@"
    for number, row_values in enumerate(rows, 2):
        for index, value in enumerate(row_values, 1):
            cell = sheet.cell(number, index, neutralise(str(value)))
            cell.data_type, cell.number_format = "s", "@"
    sheet.freeze_panes = "A2"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
