"""Results as officers and markers meet them: table, spreadsheet, answer sheets, essays without names."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.shuffling import option_order, question_order
from app.models import AttemptResult, AuditEntry, BankQuestion, QuestionResult
from app.pusat.services import answer_sheets, marking, releasing, result_tables
from app.pusat.services.sittings import find_sitting
from tests.conftest import csrf_token
from tests.functional.pusat.exam_day.conftest import (
    BUDI,
    KEY_MARKER,
    SITI,
    TONO,
    Day,
    attempt,
    questions,
    three_runs,
)


@pytest.fixture
def received(published: Day) -> Day:
    """Three runs came back from the school."""
    releasing.release_sitting(published.place, published.sitting, "dewi")
    assert published.send(three_runs(published)).status_code == 200
    published.forget()
    return published


def give(client: FlaskClient, path: str, points: str) -> object:
    page = client.get(path)
    assert page.status_code == 200, page.text
    seen = page.text.split('name="seen" value="', 1)[1].split('"', 1)[0]
    data = {"csrf_token": csrf_token(page.text), "points": points, "seen": seen}
    return client.post(path, data=data)


def essay_path(day: Day) -> str:
    day.forget()
    run = day.session.scalars(select(AttemptResult).where(AttemptResult.number == SITI)).one()
    return f"/penilaian/q6/{run.id}"


def test_the_table_names_everyone_and_what_stands_out(received: Day, dewi: FlaskClient) -> None:
    page = dewi.get("/hasil/sesi-1").text
    for words in ("Siti Rahayu", "Budi Santoso", "Tidak hadir", "Waktu habis", "Tambahan 5 menit", "tiba terlambat"):
        assert words in page, words
    assert "1 jawaban uraian menunggu" in page
    assert "IPA, sesi 1" in dewi.get("/hasil/").text
    table = result_tables.read_table(received.session, find_sitting(received.session, "sesi-1"))
    assert (table.statistics.sat, table.statistics.absent, table.statistics.missing) == (2, 1, 0)
    assert table.statistics.average == pytest.approx(30.0)  # 50 % and 10 %
    assert [count for _label, count in table.statistics.spread][:6] == [0, 1, 0, 0, 0, 1]
    siti = table.rows[0]
    assert siti.by_type["multiple"] == (2.0, 2.0)
    assert siti.by_type["essay"] == (0.0, 3.0)


def test_the_spreadsheet_holds_numbers_and_no_formula(received: Day, dewi: FlaskClient) -> None:
    page = dewi.get("/hasil/sesi-1").text
    answer = dewi.post("/hasil/sesi-1/tabel.xlsx", data={"csrf_token": csrf_token(page)}, buffered=True)
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    texts = [cell.value for cell in cells if isinstance(cell.value, str)]
    assert not [text for text in texts if text.startswith(("=", "+", "-", "@"))]
    assert "'=cmd()|'Tono" in texts
    siti = next(row for row in book["Nilai"].iter_rows(values_only=True) if row[1] == SITI)
    assert siti[6:9] == (5, 10, 50)
    per_question = next(row for row in book["Per soal"].iter_rows(values_only=True) if row[0] == SITI)
    assert per_question[2:] == (1, 2, 1, 0, 1, None)
    received.forget()
    assert received.session.scalars(select(AuditEntry).where(AuditEntry.event == "results_exported")).one()


def test_an_answer_sheet_shows_question_answer_key_and_points_in_the_files_order(
    received: Day, dewi: FlaskClient
) -> None:
    page = dewi.get(f"/hasil/sesi-1/peserta/{SITI}").text
    for words in ("Pilih yang benar.", "satu", "Indonesia", "Tokyo", KEY_MARKER, "Karena air.", "menunggu"):
        assert words in page, words
    sheet = answer_sheets.read_sheet(received.session, "sesi-1", SITI)
    assert [item.number for item in sheet.items] == [1, 2, 3, 4, 5, 6]
    paper = {"questions": [{"id": one.id, "stimulus": one.stimulus or None} for one in questions()]}
    shown = question_order(paper, 7)
    assert [item.shown for item in sheet.items] == [shown.index(one.id) + 1 for one in questions()]
    letter = "ABC"[option_order(questions()[0].for_student(), 7).index("q1a")]
    assert sheet.items[0].given == [f"<b>{letter}.</b> satu"] == sheet.items[0].right
    assert dewi.get("/hasil/sesi-1/peserta/tidak-ada").status_code == 404


def test_scores_follow_the_version_that_was_sat_not_the_bank_of_today(published: Day) -> None:
    question = published.session.get_one(BankQuestion, "q1")
    body = dict(question.body)
    body["options"] = [{**option, "weight": 1.0 if option["id"] == "q1c" else 0.0} for option in body["options"]]
    question.body = body
    published.session.commit()
    assert published.send(published.bundle(attempt(SITI, {"q1": "q1a"}))).status_code == 200
    assert published.session.scalars(select(AttemptResult)).one().earned == 1.0


def test_a_marker_sees_answers_without_names_and_gives_points(received: Day, dewi: FlaskClient) -> None:
    assert "1 menunggu" in dewi.get("/penilaian/").text
    first = dewi.get("/penilaian/q6")
    assert first.headers["Location"] == essay_path(received)
    page = dewi.get(essay_path(received)).text
    assert "Karena air." in page
    assert f"Panduan {KEY_MARKER}" in page
    assert "Siti" not in page
    assert SITI not in page
    assert give(dewi, essay_path(received), "2,5").status_code == 302
    received.forget()
    run = received.session.scalars(select(AttemptResult).where(AttemptResult.number == SITI)).one()
    assert (run.earned, run.waiting) == (7.5, 0)
    row = received.session.get_one(QuestionResult, (run.id, "q6"))
    assert (row.marked_by, row.marked_at) == ("dewi", received.clock.now())
    assert dewi.get("/penilaian/q6").headers["Location"] == "/penilaian/"
    line = received.session.scalars(select(AuditEntry).where(AuditEntry.event == "essay_marked")).one()
    assert line.detail == {"question": "q6", "points": "2.5", "before": ""}


@pytest.mark.parametrize("points", ["3,5", "-1", "1,3", "banyak", "", "nan", "1e9"])
def test_points_outside_the_mark_or_off_the_step_are_refused(received: Day, dewi: FlaskClient, points: str) -> None:
    answer = give(dewi, essay_path(received), points)
    assert answer.status_code == 400
    assert "P-77" in answer.text
    received.forget()
    run = received.session.scalars(select(AttemptResult).where(AttemptResult.number == SITI)).one()
    assert run.waiting == 1


def test_only_essays_are_marked_by_hand(received: Day, dewi: FlaskClient) -> None:
    path = essay_path(received).replace("q6", "q1")
    assert dewi.get(path).status_code == 404
    assert dewi.get("/penilaian/q6/999999").status_code == 404


def test_marks_stay_while_the_text_is_the_same_and_go_when_it_changed(received: Day, dewi: FlaskClient) -> None:
    assert give(dewi, essay_path(received), "3").status_code == 302
    same = received.bundle(attempt(SITI, {"q6": "Karena air."}, first=90), minutes=1)
    assert received.send(same).status_code == 200
    received.forget()
    run = received.session.scalars(select(AttemptResult).where(AttemptResult.number == SITI)).one()
    assert (run.earned, run.waiting) == (8.0, 0)
    other = received.bundle(attempt(SITI, {"q6": "Karena angin."}, first=99), minutes=2)
    assert received.send(other).status_code == 200
    received.forget()
    run = received.session.scalars(select(AttemptResult).where(AttemptResult.number == SITI)).one()
    assert (run.earned, run.waiting) == (5.0, 1)


def test_a_marker_cannot_mark_a_text_that_changed_meanwhile(received: Day, dewi: FlaskClient) -> None:
    path = essay_path(received)
    page = dewi.get(path).text
    other = received.bundle(attempt(SITI, {"q6": "Karena angin."}, first=99), minutes=2)
    assert received.send(other).status_code == 200
    data = {"csrf_token": csrf_token(page), "points": "3", "seen": "Karena air."}
    refused = dewi.post(path, data=data)
    assert refused.status_code == 409
    assert "P-772" in refused.text
    assert "Karena angin." in refused.text


def test_empty_essays_do_not_wait(received: Day) -> None:
    assert received.send(received.bundle(attempt(TONO, {"q6": "   "}), minutes=3)).status_code == 200
    received.forget()
    assert [stack.waiting for stack in marking.list_stacks(received.session)] == [1]


def test_documents_come_as_pdf(received: Day, dewi: FlaskClient) -> None:
    page = dewi.get("/cetak/sesi-1/kartu-login").text
    cards = dewi.post("/cetak/sesi-1/kartu-login", data={"csrf_token": csrf_token(page), "as": "pdf"})
    sheet = dewi.get(f"/cetak/sesi-1/lembar-jawaban/{BUDI}.pdf")
    for answer in (cards, sheet, dewi.get("/cetak/sesi-1/daftar-hadir.pdf")):
        assert answer.status_code == 200, answer.text
        assert answer.mimetype == "application/pdf"
        assert answer.data.startswith(b"%PDF")


def test_the_printing_child_finds_only_files_of_the_program() -> None:
    from pathlib import Path

    from app.printing.worker import BASE, find

    assert find(f"{BASE}static/printing/print.css", Path()).name == "print.css"
    for url in (
        f"{BASE}static/../settings.py",
        f"{BASE}static/%2e%2e/settings.py",
        "file:///etc/passwd",
        "http://127.0.0.1/static/printing/print.css",
        f"{BASE}media/../pdf.py",
    ):
        with pytest.raises(ValueError, match="only files"):
            find(url, Path())


def test_results_survive_odd_answers(published: Day, dewi: FlaskClient) -> None:
    odd = {"q1": ["q1a"], "q2": {"a": 1}, "q3": "x", "q4": {"q4r1": "q4x"}, "q5": 7, "q6": [None]}
    assert published.send(published.bundle(attempt(SITI, odd))).status_code == 200
    published.forget()
    run = published.session.scalars(select(AttemptResult)).one()
    assert run.earned == 0.0
    assert {row.question_id: json.loads(row.value) for row in run.questions}["q1"] == ["q1a"]
    assert dewi.get(f"/hasil/sesi-1/peserta/{SITI}").status_code == 200
