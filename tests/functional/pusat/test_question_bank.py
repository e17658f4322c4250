"""Dewi fills the question bank: preview first, the same file twice changes nothing, edit in the page, delete."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.domain.questions import Question
from app.models import BankQuestion, Media
from tests.functional.pusat.conftest import confirm, send

GIFT = r"""::Pecahan:: Berapakah $\\frac\{1\}\{2\} + \\frac\{1\}\{3\}$? { =lima per enam ~dua ~satu ~seperenam }

::Ibu kota:: Ibu kota Jawa Barat adalah ... {=Bandung =Kota Bandung}

::Patah:: Soal ini patah {

::Pi:: Nilai pi? {#3.14:0.01}
"""


@pytest.fixture
def bank(dewi: FlaskClient) -> int:
    send(dewi, "/bank/baru", {"title": "Matematika 12", "subject": "Matematika"})
    return 1


def upload(client: FlaskClient, data: bytes, name: str = "soal.gift") -> TestResponse:
    return send(client, "/bank/1/impor", {"file": (io.BytesIO(data), name)})


def questions(session: Session) -> list[Question]:
    session.expire_all()
    rows = session.scalars(select(BankQuestion).order_by(BankQuestion.position))
    return [Question.from_dict(row.body) for row in rows]


def fields_of(page: str) -> dict[str, Any]:
    """What a browser would send back from the question form, unchanged."""
    fields: dict[str, Any] = {}
    unescape = __import__("html").unescape
    for name, value in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>(.*?)</textarea>', page, re.DOTALL):
        fields[name] = unescape(value)
    for tag in re.findall(r"<input[^>]*>", page, re.DOTALL):
        name = re.search(r'name="(\w+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        kind = re.search(r'type="(\w+)"', tag)
        if not name or name[1] == "csrf_token" or (kind and kind[1] == "file"):
            continue
        if kind and kind[1] in {"checkbox", "radio"}:
            if "checked" in tag:
                fields.setdefault(name[1], []).append(unescape(value[1] if value else "on"))
        else:
            fields[name[1]] = unescape(value[1] if value else "")
    return fields


def test_a_file_is_previewed_with_errors_by_place_and_imported_on_confirmation(
    dewi: FlaskClient, bank: int, session: Session
) -> None:
    preview = upload(dewi, GIFT.encode())
    assert "Impor 3 soal" in preview.text
    assert "baris 5 (soal 3)" in preview.text
    assert 'class="katex"' in preview.text
    assert questions(session) == []
    done = confirm(dewi, preview)
    assert "Impor selesai: 3 soal baru, 0 sudah ada." in done.text
    assert [str(question.type) for question in questions(session)] == ["single", "short", "short"]


def test_the_same_file_twice_and_a_corrected_one_add_only_what_is_new(
    dewi: FlaskClient, bank: int, session: Session
) -> None:
    confirm(dewi, upload(dewi, GIFT.encode()))
    corrected = GIFT.replace("Soal ini patah {", "Soal ini pulih {T}")
    again = upload(dewi, GIFT.encode())
    assert "Impor" not in again.text.split("Pratinjau impor")[2]
    preview = upload(dewi, corrected.encode())
    assert "Impor 1 soal" in preview.text
    confirm(dewi, preview)
    assert len(questions(session)) == 4


def test_an_edited_question_is_not_doubled_by_importing_its_file_again(
    dewi: FlaskClient, bank: int, session: Session
) -> None:
    confirm(dewi, upload(dewi, GIFT.encode()))
    path = f"/bank/soal/{questions(session)[1].id}/ubah"
    fields = fields_of(dewi.get(path).text)
    send(dewi, path, {**fields, "stem": "Ibu kota Provinsi Jawa Barat adalah …"})
    assert "Impor" not in upload(dewi, GIFT.encode()).text.split("Pratinjau impor")[2]
    assert questions(session)[1].stem == "Ibu kota Provinsi Jawa Barat adalah …"


def test_ids_of_options_are_opaque_and_fresh(dewi: FlaskClient, bank: int, session: Session) -> None:
    confirm(dewi, upload(dewi, GIFT.encode()))
    ids = [option.id for option in questions(session)[0].options]
    assert len(set(ids)) == 4
    assert all(re.fullmatch(r"[0-9a-f]{12}", one) for one in ids)


def test_saving_the_form_unchanged_gives_the_same_question(dewi: FlaskClient, bank: int, session: Session) -> None:
    template = dewi.get("/bank/templat.xlsx").data
    confirm(dewi, upload(dewi, GIFT.encode()))
    confirm(dewi, upload(dewi, template, "templat.xlsx"))
    before = questions(session)
    assert {str(question.type) for question in before} == {
        "single", "multiple", "category", "matching", "short", "essay"
    }  # fmt: skip
    for question in before:
        path = f"/bank/soal/{question.id}/ubah"
        answer = send(dewi, path, fields_of(dewi.get(path).text))
        assert "Soal sudah disimpan" in answer.text, (question, answer.text)
    assert questions(session) == before


def test_latex_is_edited_as_source_and_a_broken_formula_is_refused_with_it(
    dewi: FlaskClient, bank: int, session: Session
) -> None:
    confirm(dewi, upload(dewi, GIFT.encode()))
    path = f"/bank/soal/{questions(session)[0].id}/ubah"
    fields = fields_of(dewi.get(path).text)
    assert fields["stem"] == r"Berapakah $\frac{1}{2} + \frac{1}{3}$?"
    send(dewi, path, {**fields, "stem": r"Hitung $\sqrt{16}$."})
    assert 'class="katex"' in questions(session)[0].stem
    fields = fields_of(dewi.get(path).text)
    refused = send(dewi, path, {**fields, "stem": r"Hitung $\frac{1}$."})
    assert refused.status_code == 400
    assert "tidak terbaca" in refused.text
    assert r"Hitung $\frac{1}$." in refused.text
    assert r"\sqrt" in questions(session)[0].stem


def test_what_is_typed_in_the_page_is_made_safe(dewi: FlaskClient, bank: int, session: Session) -> None:
    confirm(dewi, upload(dewi, GIFT.encode()))
    path = f"/bank/soal/{questions(session)[0].id}/ubah"
    fields = fields_of(dewi.get(path).text)
    bad = '<p onclick="x()">Halo<script>alert(1)</script> <b style="color:red">dunia</b></p>'
    send(dewi, path, {**fields, "stem": bad})
    assert questions(session)[0].stem == "Halo <b>dunia</b>"


def test_two_editors_do_not_overwrite_each_other(dewi: FlaskClient, bank: int, session: Session) -> None:
    confirm(dewi, upload(dewi, GIFT.encode()))
    path = f"/bank/soal/{questions(session)[0].id}/ubah"
    fields = fields_of(dewi.get(path).text)
    send(dewi, path, {**fields, "stem": "Pertama"})
    late = send(dewi, path, {**fields, "stem": "Kedua"})
    assert late.status_code == 409
    assert "diubah oleh orang lain" in late.text
    assert "Kedua" in late.text
    assert questions(session)[0].stem == "Pertama"


def test_the_stimulus_of_a_group_is_changed_for_all_its_questions(
    dewi: FlaskClient, bank: int, session: Session
) -> None:
    confirm(dewi, upload(dewi, dewi.get("/bank/templat.xlsx").data, "templat.xlsx"))
    group = [question for question in questions(session) if question.stimulus]
    assert len(group) == 2
    path = f"/bank/soal/{group[0].id}/ubah"
    fields = {**fields_of(dewi.get(path).text), "stimulus": "Sebuah toko baru."}
    assert "Stimulus 1 soal lain" in send(dewi, path, fields).text
    assert [question.stimulus for question in questions(session) if question.stimulus] == ["Sebuah toko baru."] * 2


def test_a_picture_put_into_a_question_is_served_to_staff_only(
    dewi: FlaskClient, bank: int, session: Session, pusat_app: Any
) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(stream, "PNG")
    fields = {
        "stem": "Warna apa ini?", "option_0": "Merah", "option_1": "Biru", "key": "0", "mark": "1", "audio_plays": "0",
        "attached": (io.BytesIO(stream.getvalue()), "warna.png"),
    }  # fmt: skip
    answer = send(dewi, "/bank/1/soal/baru/single", fields)
    assert "Soal sudah disimpan" in answer.text
    (question,) = questions(session)
    (name,) = question.media
    assert f"/media/{name}" in question.stem
    assert session.scalars(select(Media.name)).all() == [name]
    shown = dewi.get(f"/media/{name}")
    assert (shown.status_code, shown.mimetype) == (200, "image/png")
    part = dewi.get(f"/media/{name}", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, shown.data[:4])
    assert pusat_app.test_client().get(f"/media/{name}").status_code == 302
    assert dewi.get(f"/media/{'0' * 64}.png").status_code == 404


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("single", {"stem": "Apa?", "option_0": "A", "option_1": "B"}, "Belum ada opsi yang ditandai sebagai kunci"),
        ("single", {"stem": " ", "option_0": "A", "option_1": "B", "key": "0"}, "Teks soal kosong"),
        ("category", {"stem": "Nilai!", "column_0": "Benar", "column_1": "Salah", "row_0": "x"}, "tepat satu kunci"),
        ("short", {"stem": "Berapa?", "answer_0": "tiga", "tolerance_0": "0,1"}, "harus bilangan"),
        ("short", {"stem": "Berapa?", "answer_0": "3", "mark": "nan"}, "Bobot soal harus bilangan"),
        ("essay", {"stem": '<img src="http://contoh.id/x.png">'}, "ada di internet"),
    ],
)
def test_an_unfinished_question_is_not_stored_and_says_why(
    dewi: FlaskClient, bank: int, session: Session, kind: str, fields: dict[str, str], words: str
) -> None:
    answer = send(dewi, f"/bank/1/soal/baru/{kind}", {"mark": "1", "audio_plays": "0", **fields})
    assert answer.status_code == 400
    assert words in answer.text
    assert questions(session) == []


def test_the_student_view_holds_no_key_and_may_be_framed_by_us_only(
    dewi: FlaskClient, bank: int, session: Session
) -> None:
    confirm(dewi, upload(dewi, GIFT.encode()))
    answer = dewi.get(f"/bank/soal/{questions(session)[1].id}/tampilan")
    assert "Bandung" not in answer.text
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'none'" in dewi.get("/bank/1").headers["Content-Security-Policy"]


def test_questions_are_found_by_type_and_by_words_a_student_reads(dewi: FlaskClient, bank: int) -> None:
    confirm(dewi, upload(dewi, GIFT.encode()))
    short = dewi.get("/bank/1?jenis=short").text
    assert "Nilai pi?" in short
    assert "Berapakah" not in short
    assert "Berapakah" in dewi.get("/bank/1?q=seperenam").text
    assert "Tidak ada soal yang cocok" in dewi.get("/bank/1?q=fotosintesis").text


def test_a_question_on_a_paper_is_kept_and_an_unused_one_goes(dewi: FlaskClient, bank: int, session: Session) -> None:
    confirm(dewi, upload(dewi, GIFT.encode()))
    first, second, _third = (question.id for question in questions(session))
    send(dewi, "/paket/baru", {"title": "Paket A", "subject": "Matematika"})
    send(dewi, "/paket/1/pilih", {"question": [first]})
    kept = send(dewi, f"/bank/soal/{first}/hapus")
    assert kept.status_code == 409
    assert "dipakai dalam paket “Paket A”" in kept.text
    assert send(dewi, "/bank/1/hapus").status_code == 409
    send(dewi, f"/bank/soal/{second}/hapus")
    assert [question.id for question in questions(session)] == [first, _third]


def test_a_file_of_another_kind_is_refused_on_the_form(dewi: FlaskClient, bank: int) -> None:
    answer = upload(dewi, b"%PDF-1.7 ...", "soal.pdf")
    assert answer.status_code == 415
    assert "tidak dapat dibaca sebagai soal" in answer.text
