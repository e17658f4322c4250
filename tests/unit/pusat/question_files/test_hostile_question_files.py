"""A stranger's file can end its own reading, quickly and with a reason; it never harms the program."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
import time
import zipfile

import pytest
from word_example import WordExample, picture

from app.domain.refusals import Refusal
from app.pusat.services.question_files import read_question_file
from app.pusat.services.question_files.reading import _ROOT

WORD_HEAD = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'


def archive(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in members:
            target.writestr(name, data)
    return out.getvalue()


def refusal(name: str, data: bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read_question_file(name, data)
    assert caught.value.cause
    assert caught.value.remedy
    return caught.value


def test_a_small_word_file_that_unpacks_to_a_hundred_megabytes_is_refused_within_a_second() -> None:
    bomb = archive(("word/document.xml", WORD_HEAD + b"<w:p/>" * 20_000_000))
    assert len(bomb) < 400_000
    started = time.monotonic()
    assert refusal("soal.docx", bomb).code == "P-203"
    assert time.monotonic() - started < 1


def test_a_bomb_below_the_size_limits_meets_the_memory_or_time_limit() -> None:
    filler = b"".join(b'<w:p a%d="%d"/>' % (n % 10, n) for n in range(1_500_000))
    bomb = archive(("word/document.xml", WORD_HEAD + filler + b"</w:body></w:document>"))
    assert refusal("soal.docx", bomb).code in ("P-205", "P-210", "P-203")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_the_reading_process_cannot_grow_beyond_its_memory() -> None:
    code = (
        "from app.pusat.services.question_files.worker import limit_resources; limit_resources(); "
        "import resource; print(resource.getrlimit(resource.RLIMIT_AS)[0]); bytearray(3 << 30)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        check=False,
    )
    assert int(done.stdout) < 2 << 30
    assert b"MemoryError" in done.stderr


def test_one_very_large_part_is_refused_even_if_it_is_not_packed() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        target.writestr("word/document.xml", bytes(41 * 1024 * 1024))
    assert refusal("soal.docx", out.getvalue()).code == "P-203"


@pytest.mark.parametrize("name", ["../../luar.xml", "/etc/luar.xml", "C:\\luar.xml", "a\\..\\..\\luar.xml"])
def test_names_that_lead_outside_are_refused(name: str) -> None:
    assert refusal("soal.docx", archive(("word/document.xml", b"x"), (name, b"x"))).code == "P-203"


def test_links_are_refused() -> None:
    link = zipfile.ZipInfo("word/tautan")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        target.writestr("word/document.xml", b"x")
        target.writestr(link, "/etc/passwd")
    assert refusal("soal.docx", out.getvalue()).code == "P-203"


def test_an_archive_of_very_many_files_is_refused() -> None:
    assert refusal("soal.zip", archive(*((f"a{n}.png", b"") for n in range(6_000)))).code == "P-203"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("kosong.gift", b"", "P-201"),
        ("kosong.gift", b" \r\n\x00", "P-201"),
        ("soal.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "P-202"),
        ("soal.pdf", b"%PDF-1.7 ...", "P-201"),
        ("soal.docx", b"PK\x03\x04" + bytes(100), "P-204"),
        ("soal.docx", archive(("word/document.xml", b"<rusak")), "P-204"),
        ("soal.xlsx", archive(("xl/workbook.xml", b"<workbook/>")), "P-204"),
        ("soal.zip", archive(("catatan.pdf", b"x")), "P-201"),
        ("soal.zip", archive(("a.gift", b"x{T}"), ("b.gift", b"y{T}")), "P-201"),
        ("komentar.gift", b"// hanya komentar\n", "P-207"),
        ("biner.txt", b"\x00\x01\x02\xff" * 50, "P-201"),
        ("besar.gift", b"a" * (64 * 1024 * 1024 + 1), "P-206"),
    ],
)
def test_files_that_are_no_question_files_are_refused_with_cause_and_remedy(name: str, data: bytes, code: str) -> None:
    assert refusal(name, data).code == code


@pytest.mark.parametrize("seed", ["\\(", "[html]" + "<div>", "[markdown]**a ", "$a ", "\\frac{", '<a href="', "x{\n\n"])
def test_a_megabyte_of_beginnings_without_ends_is_one_quick_problem(seed: str) -> None:
    started = time.monotonic()
    try:
        items = read_question_file("soal.gift", (seed * (1_000_000 // len(seed))).encode())
        assert all(item.error for item in items)
    except Refusal as refused:
        assert refused.code == "P-206"  # noqa: PT017 - either end is right, which one depends on the seed
    assert time.monotonic() - started < 10


def test_more_questions_than_any_exam_has_are_refused() -> None:
    assert refusal("soal.gift", b"a {T}\n\n" * 10_001).code == "P-206"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_files_are_read_in_their_encoding(encoding: str) -> None:
    (item,) = read_question_file("soal.gift", "Dag Hammarskjöld? {T}".encode(encoding))
    assert item.question is not None
    assert item.question.stem == "Dag Hammarskjöld?"


def test_a_package_brings_its_recordings_and_pictures() -> None:
    source = '[html]<audio src\\="lagu.mp3"></audio><img src\\="peta.png">Apa ini? {T}'
    package = archive(
        ("soal/soal.gift", source.encode()), ("soal/lagu.mp3", b"ID3" + bytes(300)), ("peta.png", picture())
    )
    (item,) = read_question_file("paket.zip", package)
    assert item.question is not None, item.error
    assert sorted(media.mime for media in item.media) == ["audio/mpeg", "image/png"]
    assert item.question.stem.startswith('<audio src="/media/')


def test_aiken_is_told_from_gift_by_its_answer_line() -> None:
    source = b"Ibu kota?\nA. Bogor\nB) Jakarta\nANSWER: B\n\nRusak?\nA. satu\nB. dua\n\nLagi?\nA. x\nB. y\nANSWER: A"
    items = read_question_file("soal.txt", source)
    assert [bool(item.error) for item in items] == [False, True, False]
    assert items[0].question is not None
    assert [option.weight for option in items[0].question.options] == [0, 1]


def test_what_the_reading_process_found_arrives_unchanged() -> None:
    word = WordExample()
    word.choice(("1", ["Lihat $x$", picture()], "1", [("a", "v"), ("b", "")]), ("2", "", "1", [("", ""), ("", "")]))
    word.plain(("1", "tanpa kunci", "4", ""))
    good, empty, broken = read_question_file("soal.docx", word.save())
    assert good.question is not None
    assert good.media[0].name in good.question.stem
    assert empty.skipped
    assert broken.error == broken.message(lambda text: text)
