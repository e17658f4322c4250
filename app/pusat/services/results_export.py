"""A sitting's results as a spreadsheet: points per participant and type, points per question, figures.

Text that a spreadsheet program could take for a formula leaves as harmless text; points leave as numbers. The export is
a line of the audit log, because it takes people's results out of the program.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import openpyxl
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy.orm import Session

from app.domain.audit_chain import neutralise
from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.pusat.services.result_tables import Row, Table
from app.services import audit

Cell = str | float | int | None
CLOSED_WORDS = {"student": "peserta", "proctor": "proktor", "clock": "waktu habis"}
STATE_WORDS = {
    "waiting": "tidak hadir",
    "admitted": "masuk, tidak mulai",
    "working": "belum ditutup",
    "finished": "selesai",
}


def export_results(session: Session, clock: Clock, actor: str, table: Table, type_words: dict[str, str]) -> bytes:
    """The workbook's bytes; `type_words` names the question types in the reader's language."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    _points(book.create_sheet("Nilai"), table, type_words)
    _by_question(book.create_sheet("Per soal"), table)
    _figures(book.create_sheet("Ringkasan"), table)
    stream = io.BytesIO()
    book.save(stream)
    detail = {"rows": len(table.rows)}
    audit.record(session, clock, actor, AuditEvent.RESULTS_EXPORTED, table.sitting.id, detail)
    return stream.getvalue()


def _points(sheet: Worksheet, table: Table, type_words: dict[str, str]) -> None:
    headings = ["Tempat", "Nomor peserta", "NISN", "Nama", "Kelas", "Keadaan", "Nilai", "Nilai maksimum", "Persen"]
    headings += [type_words[str(kind)] for kind in table.types]
    headings += ["Terjawab", "Uraian menunggu", "Jawaban terlambat tiba", "Tambahan waktu (menit)", "Ditutup oleh"]
    rows = (
        [
            row.seat,
            row.participant.number,
            row.participant.nisn,
            row.participant.name,
            row.participant.class_name,
            _state(row),
            row.run.earned if row.sat and row.run else None,
            row.run.possible if row.sat and row.run else None,
            round(row.percent, 2) if row.sat else None,
            *(row.by_type.get(str(kind), (None, None))[0] for kind in table.types),
            row.answered if row.sat else None,
            row.run.waiting if row.run else None,
            row.late if row.sat else None,
            round(row.run.credit_ms / 60_000, 1) if row.run else None,
            CLOSED_WORDS.get(row.run.closed_by, "") if row.run else "",
        ]
        for row in table.rows
    )
    _fill(sheet, headings, rows, {2: 18, 3: 14, 4: 34, 6: 18})


def _by_question(sheet: Worksheet, table: Table) -> None:
    headings = ["Nomor peserta", "Nama", *(f"Soal {one.number}" for one in table.questions)]
    rows = []
    for row in table.rows:
        if row.run is None:
            continue
        earned = {result.question_id: result.earned for result in row.run.questions}
        points = [earned.get(one.question.id) for one in table.questions]
        rows.append([row.participant.number, row.participant.name, *points])
    _fill(sheet, headings, rows, {1: 18, 2: 34})


def _figures(sheet: Worksheet, table: Table) -> None:
    figures = table.statistics
    rows: list[list[Cell]] = [
        ["Ujian", table.sitting.title],
        ["Mengerjakan", figures.sat],
        ["Tidak hadir", figures.absent],
        ["Belum ada hasil", figures.missing],
        ["Rata-rata (persen)", _rounded(figures.average)],
        ["Nilai tengah (persen)", _rounded(figures.middle)],
        ["Terendah (persen)", _rounded(figures.lowest)],
        ["Tertinggi (persen)", _rounded(figures.highest)],
        ["Uraian menunggu dinilai", table.waiting],
    ]
    rows += [[f"{label} persen", count] for label, count in figures.spread]
    _fill(sheet, ["Ringkasan", "Nilai"], rows, {1: 28, 2: 34})


def _fill(sheet: Worksheet, headings: Sequence[str], rows: Iterable[Sequence[Cell]], widths: dict[int, int]) -> None:
    for index, heading in enumerate(headings, 1):
        cell = sheet.cell(1, index)
        _put(cell, heading)
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        cell.fill = PatternFill("solid", fgColor="DDE7F0")
        sheet.column_dimensions[get_column_letter(index)].width = widths.get(index, 13)
    for number, values in enumerate(rows, 2):
        for index, value in enumerate(values, 1):
            _put(sheet.cell(number, index), value)
    sheet.freeze_panes = "A2"


def _put(cell: object, value: Cell) -> None:
    if value == "":
        return
    if isinstance(value, str):
        cell.value = neutralise(value)  # type: ignore[attr-defined] # a merged cell has none, and none is merged here
        cell.data_type, cell.number_format = "s", "@"  # type: ignore[attr-defined]
    else:
        cell.value = value  # type: ignore[attr-defined]


def _state(row: Row) -> str:
    return STATE_WORDS.get(row.run.state, row.run.state) if row.run else "belum ada hasil"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
