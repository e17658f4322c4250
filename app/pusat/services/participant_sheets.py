"""Judges a participant sheet: every cell that cannot be taken is named by row and column, none hides another.

Two things are decided here once:

* A *number* cell that holds an NISN of fewer than ten digits has lost its leading zeros in the spreadsheet program,
  nothing else can have happened to it: they are put back, with a warning. The same digits as *text* (or in a CSV, where
  nobody can tell) may as well miss a digit in the middle: refused.
* Passwords in a sheet are never used. The centre makes them, so that they are random and known to nobody else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Participant
from app.pusat.services.participant_columns import REQUIRED
from app.pusat.services.sheet_tables import EMPTY, CellKind, RawCell, RawTable

NISN_DIGITS = 10
FEWEST_NISN_DIGITS = 7  # below this a number cell is no NISN that lost its zeros
LONGEST = {"number": 32, "nis": 32, "name": 200, "class_name": 32, "birth_place": 100}
DATE_FORMS = ("%d-%m-%Y", "%Y-%m-%d", "%d-%m-%y")
_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9._-]*")
_GENDERS = {"l": "L", "p": "P", "laki-laki": "L", "laki laki": "L", "perempuan": "P"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one cell (or the whole sheet: row 0). `blocks` tells an error from a warning."""

    row: int
    column: str  # letter and heading, e.g. `B (NISN*)`
    found: str
    text: str  # Indonesian source sentence with named placeholders
    values: dict[str, object] = field(default_factory=dict)
    blocks: bool = True


@dataclass(frozen=True, slots=True)
class ParticipantRow:
    """A participant as a sheet states it, checked as far as the sheet alone allows."""

    row: int
    number: str
    nisn: str
    nis: str
    name: str
    gender: str
    class_name: str
    birth_place: str
    birth_date: date | None
    npsn: str

    def details(self) -> dict[str, Any]:
        """The columns of the participant that a sheet may change."""
        return {name: value for name, value in asdict(self).items() if name not in {"row", "npsn", "number"}}


@dataclass(frozen=True, slots=True)
class SheetReading:
    """What a sheet holds: good rows, all findings, headings that were ignored."""

    rows: list[ParticipantRow]
    findings: list[Finding]
    ignored: list[str]
    sheet: str

    @property
    def errors(self) -> list[Finding]:
        """Findings that keep the sheet from being imported."""
        return [finding for finding in self.findings if finding.blocks]

    @property
    def warnings(self) -> list[Finding]:
        """Findings to look at before importing."""
        return [finding for finding in self.findings if not finding.blocks]


def judge_table(table: RawTable) -> SheetReading:
    """Check every cell of a table. Refusal P-314 if no row is filled in."""
    if not table.rows:
        raise Refusal(
            "P-314",
            N_("Judul kolom ditemukan, tetapi belum ada baris peserta yang diisi."),
            N_("Isi satu baris untuk setiap peserta, simpan, lalu unggah lagi."),
        )
    findings = _about_columns(table)
    rows = []
    claimed: dict[str, list[tuple[int, str]]] = {"nisn": [], "number": []}
    for number, cells in table.rows:
        judge = _RowJudge(table, number, cells)
        row = judge.row()
        findings += judge.findings
        for name, value in judge.claims.items():
            claimed[name].append((number, value))
        if row is not None:
            rows.append(row)
    for name, values in claimed.items():
        findings += _about_repeats(column_name(table, name), values)
    findings.sort(key=lambda finding: finding.row)
    return SheetReading(rows=rows, findings=findings, ignored=table.ignored, sheet=table.sheet)


FORM_FIELDS = ("number", "nisn", "nis", "name", "gender", "class_name", "birth_place", "birth_date")


def judge_form(typed: Mapping[str, str]) -> tuple[ParticipantRow | None, list[Finding]]:
    """The same rules for one participant typed into a form; the column of a finding is the field's name."""
    columns = dict.fromkeys(FORM_FIELDS, ("", ""))
    cells = {name: RawCell(CellKind.TEXT, typed.get(name, "")) for name in FORM_FIELDS}
    judge = _RowJudge(RawTable("", columns, []), 0, cells, names=FORM_FIELDS)
    return judge.row(), judge.findings


def as_typed(participant: Participant) -> dict[str, str]:
    """A participant as the form shows it."""
    born = participant.birth_date
    typed = {name: str(getattr(participant, name)) for name in FORM_FIELDS}
    return typed | {"birth_date": born.strftime("%d-%m-%Y") if born else ""}


def column_name(table: RawTable, name: str) -> str:
    """`B (NISN*)` for a field of this table; empty if the column is not there."""
    letter, heading = table.columns.get(name, ("", ""))
    return f"{letter} ({heading})" if letter else ""


def _about_columns(table: RawTable) -> list[Finding]:
    missing = [name for name in REQUIRED if name not in table.columns]
    text = N_("Kolom %(column)s tidak ada.")
    findings = [Finding(0, "", "", text, {"column": _FIELD_WORDS[name]}) for name in missing]
    for name, letters in table.twice.items():
        text = N_("Kolom ini muncul lebih dari sekali (%(letters)s). Sisakan satu.")
        findings.append(Finding(0, column_name(table, name), "", text, {"letters": ", ".join(letters)}))
    if any(cells.get("password", EMPTY).text for _number, cells in table.rows):
        text = N_("Kata sandi di berkas tidak dipakai: pusat membuat kata sandi acak untuk setiap peserta.")
        findings.append(Finding(0, column_name(table, "password"), "", text, blocks=False))
    if table.pictures:
        text = N_("Lembar ini berisi %(n)s gambar. Gambar tidak dibaca; pastikan datanya ada sebagai teks.")
        findings.append(Finding(0, "", "", text, {"n": table.pictures}, blocks=False))
    return findings


def _about_repeats(column: str, values: list[tuple[int, str]]) -> list[Finding]:
    """`values` are (row, value); rows that are refused for another reason are compared too."""
    findings = []
    first: dict[str, int] = {}
    for row, value in values:
        if value and value in first:
            text = N_("Sama dengan baris %(first)s. Setiap peserta hanya boleh satu kali.")
            findings.append(Finding(row, column, value, text, {"first": first[value]}))
        first.setdefault(value, row)
    return findings


_FIELD_WORDS = {"number": "NOMOR PESERTA", "nisn": "NISN", "name": "NAMA", "gender": "JENIS KELAMIN"}
_KIND_TEXTS = {
    CellKind.FORMULA: N_("Sel berisi rumus yang belum dihitung. Ganti dengan nilainya (Tempel Khusus › Nilai)."),
    CellKind.FAULT: N_("Sel berisi galat lembar kerja. Ganti dengan isi yang sebenarnya."),
    CellKind.MERGED: N_("Sel ini bagian dari sel gabungan. Pisahkan, lalu isi setiap baris."),
    CellKind.ROUNDED: N_("Angka ini dibulatkan oleh lembar kerja. Ubah sel menjadi teks, lalu ketik ulang."),
}


class _RowJudge:
    """Reads one row field by field and collects what is wrong, so that one bad cell never hides the next."""

    def __init__(self, table: RawTable, number: int, cells: dict[str, RawCell], names: Sequence[str] = ()) -> None:
        self.table, self.number, self.cells = table, number, cells
        self.names = names  # given: findings name fields, not columns
        self.findings: list[Finding] = []
        self.claims: dict[str, str] = {}  # what must be unique, whether or not the row is taken

    def row(self) -> ParticipantRow | None:
        """The row, or None if any of its cells is refused."""
        number, nisn, name, gender = self._number(), self._nisn(), self._name(), self._gender()
        self.claims = {"nisn": nisn, "number": number}
        row = ParticipantRow(
            row=self.number,
            number=number,
            nisn=nisn,
            nis=self._text("nis"),
            name=name,
            gender=gender,
            class_name=self._text("class_name"),
            birth_place=self._text("birth_place"),
            birth_date=self._birth_date(),
            npsn=self._npsn(),
        )
        blocked = any(finding.blocks for finding in self.findings)
        return None if blocked or not all((number, nisn, name, gender)) else row

    def _note(self, name: str, text: str, *, blocks: bool = True, **values: object) -> None:
        found = self.cells.get(name, EMPTY).text[:80]
        column = name if self.names else column_name(self.table, name)
        self.findings.append(Finding(self.number, column, found, text, values, blocks))

    def _text(self, name: str, *, needed: bool = False) -> str:
        """The cell's text on one line; empty (and noted) if it cannot be taken."""
        cell = self.cells.get(name, EMPTY)
        if cell.kind in _KIND_TEXTS:
            self._note(name, _KIND_TEXTS[cell.kind])
            return ""
        if cell.kind is CellKind.DATE:
            self._note(name, N_("Lembar kerja mengubah isi sel ini menjadi tanggal. Ubah sel menjadi teks."))
            return ""
        text = unicodedata.normalize("NFC", re.sub(r"\s+", " ", cell.text)).strip()
        if text.startswith("'") and text[1:2] in {"=", "+", "-", "@"}:
            text = text[1:]  # the mark that `neutralise` puts before a formula sign
        if any(unicodedata.category(sign) in {"Cc", "Cs", "Co"} for sign in text):
            self._note(name, N_("Sel berisi huruf kendali yang tidak terlihat. Ketik ulang isinya."))
            return ""
        if len(text) > LONGEST.get(name, 200):
            self._note(name, N_("Isi sel lebih dari %(limit)s huruf."), limit=LONGEST.get(name, 200))
            return ""
        if needed and not text and name in self.table.columns:
            self._note(name, N_("Sel ini harus diisi."))
        return text

    def _number(self) -> str:
        text = self._text("number", needed=True).replace(" ", "").upper()
        if text and not _NUMBER.fullmatch(text):
            self._note("number", N_("Nomor peserta hanya boleh berisi huruf, angka, titik, dan tanda hubung."))
            return ""
        if text and self.cells["number"].kind is CellKind.NUMBER:
            text_warning = N_("Sel berupa angka. Jika nomornya diawali 0, ubah kolom menjadi teks dan ketik ulang.")
            self._note("number", text_warning, blocks=False)
        return text

    def _nisn(self) -> str:
        text = re.sub(r"[\s.\-']", "", self._text("nisn", needed=True))
        if not text:
            return ""
        if not text.isascii() or not text.isdigit():
            self._note("nisn", N_("NISN hanya boleh berisi angka."))
        elif len(text) == NISN_DIGITS:
            return text
        elif self.cells["nisn"].kind is CellKind.NUMBER and FEWEST_NISN_DIGITS <= len(text) < NISN_DIGITS:
            padded = text.zfill(NISN_DIGITS)
            self._note("nisn", N_("Nol di depan hilang; dibaca sebagai %(nisn)s."), blocks=False, nisn=padded)
            return padded
        else:
            remedy = N_("NISN harus 10 angka, di sini %(n)s. Jika nol di depan hilang, ubah kolom menjadi teks.")
            self._note("nisn", remedy, n=len(text))
        return ""

    def _name(self) -> str:
        text = self._text("name", needed=True)
        if text and not any(sign.isalpha() for sign in text):
            self._note("name", N_("Nama harus berisi huruf."))
            return ""
        return text

    def _gender(self) -> str:
        text = self._text("gender", needed=True)
        gender = _GENDERS.get(text.casefold(), "")
        if text and not gender:
            self._note("gender", N_("Isi L (laki-laki) atau P (perempuan)."))
        return gender

    def _npsn(self) -> str:
        text = self._text("npsn").replace(" ", "")
        if text and not (len(text) == 8 and text.isascii() and text.isdigit()):
            self._note("npsn", N_("NPSN harus 8 angka."))
            return ""
        return text

    def _birth_date(self) -> date | None:
        cell = self.cells.get("birth_date", EMPTY)
        if cell.kind is CellKind.DATE:
            return date.fromisoformat(cell.text)
        text = re.sub(r"[/.\s]+", "-", self._text("birth_date")).strip("-")
        if not text:
            return None
        for form in DATE_FORMS:
            try:
                found = datetime.strptime(text, form).date()  # noqa: DTZ007 - a birthday has no zone
            except ValueError:
                continue
            if found.year >= 1900:
                return found
        self._note("birth_date", N_("Tanggal harus ditulis HH-BB-TTTT, misalnya 05-06-2009."))
        return None
