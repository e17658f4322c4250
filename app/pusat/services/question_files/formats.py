"""Tells which format a question file is in, by its bytes first and its name last, and hands it to that format's reader.

Runs inside the reading process (`worker`); nothing here limits time or memory, and nothing outside should call it with
bytes of a stranger except a test.
"""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Iterator
from enum import StrEnum

from app.domain.refusals import Refusal
from app.domain.wording import N_

from .archives import open_archive, read_member
from .composing import Composer
from .items import ReadItem

MOST_ITEMS = 10_000  # questions, problems and skipped places of one file
LARGEST_FILE = 64 * 1024 * 1024  # bytes


class FileFormat(StrEnum):
    """The question file formats read here."""

    WORD = "docx"
    EXCEL = "xlsx"
    CSV = "csv"
    MOODLE_XML = "xml"
    GIFT = "gift"
    AIKEN = "aiken"
    PACKAGE = "zip"  # one question file with its pictures and recordings beside it


_SOURCES = (".docx", ".xlsx", ".gift", ".txt", ".xml", ".csv")
_AIKEN = re.compile(r"^ANSWER:[ \t]*[A-Z][ \t]*$", re.MULTILINE)


def _unknown(cause: str) -> Refusal:
    return Refusal(
        "P-201",
        cause,
        N_("Unggah templat Word (.docx), templat Excel (.xlsx), GIFT (.gift atau .txt), atau XML Moodle (.xml)."),
        status=415,
    )


def detect(name: str, data: bytes) -> FileFormat:
    """The format of a file. Raises Refusal P-201 (unknown), P-202 (old or locked Office), P-203, P-204, P-206."""
    if len(data) > LARGEST_FILE:
        raise Refusal("P-206", N_("Berkas lebih besar dari 64 MB."), N_("Bagi soal ke beberapa berkas."), status=413)
    if not data.strip(b"\x00 \t\r\n"):
        raise _unknown(N_("Berkas kosong."))
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Refusal(
            "P-202",
            N_("Berkas ini berformat Office lama atau terkunci dengan kata sandi."),
            N_("Simpan ulang sebagai .docx atau .xlsx tanpa kata sandi, lalu unggah lagi."),
            status=415,
        )
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        names = set(open_archive(data).namelist())
        if "word/document.xml" in names:
            return FileFormat.WORD
        if "xl/workbook.xml" in names:
            return FileFormat.EXCEL
        return FileFormat.PACKAGE
    if data[:5] == b"%PDF-" or data[:4] in (b"\x89PNG", b"GIF8", b"\xff\xd8\xff\xe0", b"{\\rt"):
        raise _unknown(N_("Format berkas ini tidak dapat dibaca sebagai soal."))
    text = decode(data)
    if re.match(r"\s*<(\?xml|quiz\b|!--|!DOCTYPE)", text):
        return FileFormat.MOODLE_XML
    if "\x00" in text:
        raise _unknown(N_("Format berkas ini tidak dapat dibaca sebagai soal."))
    if name.lower().endswith(".csv"):
        return FileFormat.CSV
    if _AIKEN.search(text.replace("\r\n", "\n")) and not re.search(r"(?<!\\)\{", text):
        return FileFormat.AIKEN
    return FileFormat.GIFT


def decode(data: bytes) -> str:
    """Text of a file: UTF-8 or UTF-16 with or without a mark, else Windows-1252."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    if data[1:2] == b"\x00" and data[:1] != b"\x00":
        return data.decode("utf-16-le", errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _unpack(data: bytes) -> tuple[FileFormat, bytes, dict[str, bytes]]:
    """Format and bytes of the one question file of a package, and the files beside it by their bare name."""
    archive = open_archive(data)
    names = [name for name in archive.namelist() if not name.endswith("/") and not name.startswith("__MACOSX/")]
    sources = [name for name in names if name.lower().endswith(_SOURCES)]
    if len(sources) != 1:
        raise _unknown(N_("Arsip ZIP harus berisi tepat satu berkas soal beserta gambar dan rekamannya."))
    source = read_member(archive, sources[0])
    inner = detect(sources[0], source)
    if inner is FileFormat.PACKAGE:
        raise _unknown(N_("Arsip ZIP harus berisi tepat satu berkas soal beserta gambar dan rekamannya."))
    beside = {name.rpartition("/")[2]: read_member(archive, name) for name in names if name != sources[0]}
    return inner, source, beside


def read_items(file_format: FileFormat, data: bytes) -> list[ReadItem]:
    """Read `data` in this process. Raises Refusal for a file that cannot be read as a whole or holds no question."""
    beside: dict[str, bytes] = {}
    if file_format is FileFormat.PACKAGE:
        file_format, data, beside = _unpack(data)
    items = list(itertools.islice(_read(file_format, data, Composer(beside=beside)), MOST_ITEMS + 1))
    if len(items) > MOST_ITEMS:
        raise Refusal(
            "P-206", N_("Berkas berisi lebih dari 10.000 soal."), N_("Bagi soal ke beberapa berkas."), status=413
        )
    if not items:
        raise Refusal(
            "P-207",
            N_("Tidak ada soal di berkas ini."),
            N_("Periksa apakah berkas yang dipilih benar dan soalnya sudah diisi."),
            status=422,
        )
    return items


def _read(file_format: FileFormat, data: bytes, composer: Composer) -> Iterator[ReadItem]:
    match file_format:
        case FileFormat.WORD:
            from .word_tables import read_word

            yield from read_word(data, composer)
        case FileFormat.EXCEL:
            from .sheets import read_workbook

            yield from read_workbook(data, composer)
        case FileFormat.CSV:
            from .sheets import read_csv

            yield from read_csv(decode(data), composer)
        case FileFormat.MOODLE_XML:
            from .moodle_xml import read_moodle_xml

            yield from read_moodle_xml(data, composer)
        case FileFormat.AIKEN:
            from .aiken import read_aiken

            yield from read_aiken(decode(data), composer)
        case FileFormat.GIFT:
            from .gift import read_gift

            yield from read_gift(decode(data), composer)
        case FileFormat.PACKAGE:
            raise ValueError("a package is unpacked before it is read")
