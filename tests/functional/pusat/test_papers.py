"""Dewi makes papers: questions of one stimulus stay together, totals and problems are told."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.questions import Option, Question, QuestionType
from app.models import Bank, BankQuestion, Paper, PaperQuestion
from tests.conftest import FakeClock
from tests.functional.pusat.conftest import send


def question(number: int, stimulus: str = "", weight: float = 1.0) -> Question:
    options = (Option(f"a{number}", "ya", weight), Option(f"b{number}", "tidak"))
    return Question(
        QuestionType.SINGLE, f"Soal {number}", id=f"q{number}", stimulus=stimulus, options=options, mark=float(number)
    )


@pytest.fixture
def paper(dewi: FlaskClient, session: Session, clock: FakeClock) -> int:
    """A bank of six questions, 2, 4 and 6 of one group, and an empty paper."""
    session.add(Bank(id=1, title="Bank", subject="Umum", created_at=clock.now()))
    for number in range(1, 7):
        one = question(number, "Bacalah!" if number % 2 == 0 else "")
        session.add(
            BankQuestion(
                id=one.id, bank_id=1, position=number, type="single", body=one.to_dict(), changed_at=clock.now()
            )
        )
    session.commit()
    send(dewi, "/paket/baru", {"title": "Paket A", "subject": "Umum"})
    return 1


def order(session: Session) -> list[str]:
    session.expire_all()
    return list(session.scalars(select(PaperQuestion.question_id).order_by(PaperQuestion.position)))


def test_added_questions_stand_in_bank_order_with_their_group_together(
    dewi: FlaskClient, paper: int, session: Session
) -> None:
    page = send(dewi, "/paket/1/pilih", {"question": ["q6", "q1", "q2", "q3"]})
    assert "4 soal ditambahkan" in page.text
    assert order(session) == ["q1", "q2", "q6", "q3"]
    send(dewi, "/paket/1/pilih", {"question": ["q4", "q1"]})
    assert order(session) == ["q1", "q2", "q6", "q4", "q3"]
    assert 'value="q4"' not in dewi.get("/paket/1/pilih").text


def test_totals_name_types_and_marks(dewi: FlaskClient, paper: int) -> None:
    page = send(dewi, "/paket/1/pilih", {"question": ["q1", "q3"]}).text
    assert "jumlah bobot 4" in page


def test_typing_a_number_moves_a_question_and_takes_its_group_along(
    dewi: FlaskClient, paper: int, session: Session
) -> None:
    send(dewi, "/paket/1/pilih", {"question": ["q1", "q2", "q3", "q4", "q5"]})
    assert order(session) == ["q1", "q2", "q4", "q3", "q5"]
    now = {f"order_{one}": str(place) for place, one in enumerate(order(session), 1)}
    send(dewi, "/paket/1/urutan", {**now, "order_q5": "1"}, "/paket/1")
    assert order(session) == ["q5", "q1", "q2", "q4", "q3"]
    now = {f"order_{one}": str(place) for place, one in enumerate(order(session), 1)}
    send(dewi, "/paket/1/urutan", {**now, "order_q4": "1"}, "/paket/1")
    assert order(session) == ["q4", "q2", "q5", "q1", "q3"]
    now = {f"order_{one}": str(place) for place, one in enumerate(order(session), 1)}
    send(dewi, "/paket/1/urutan", {**now, "order_q5": "4"}, "/paket/1")
    assert order(session) == ["q4", "q2", "q1", "q5", "q3"]


def test_ticked_questions_leave_the_paper_and_stay_in_the_bank(dewi: FlaskClient, paper: int, session: Session) -> None:
    send(dewi, "/paket/1/pilih", {"question": ["q1", "q2", "q3"]})
    send(dewi, "/paket/1/urutan", {"remove": "1", "question": ["q1", "q3"]}, "/paket/1")
    assert order(session) == ["q2"]
    assert session.get(BankQuestion, "q1") is not None


def test_a_question_that_cannot_be_scored_is_named_on_the_paper(
    dewi: FlaskClient, paper: int, session: Session
) -> None:
    session.get_one(BankQuestion, "q1").body = question(1, weight=0.0).to_dict()
    session.commit()
    page = send(dewi, "/paket/1/pilih", {"question": ["q1", "q2"]}).text
    assert "1 soal belum dapat diujikan." in page
    assert "Belum ada opsi yang ditandai sebagai kunci." in page


def test_the_whole_paper_is_walked_through_as_a_student_sees_it(dewi: FlaskClient, paper: int) -> None:
    send(dewi, "/paket/1/pilih", {"question": ["q1", "q2", "q3"]})
    page = dewi.get("/paket/1/tampilan?no=2").text
    assert "Soal 2 dari 3" in page
    assert "/bank/soal/q2/tampilan" in page
    assert "Soal 3 dari 3" in dewi.get("/paket/1/tampilan?no=999").text


def test_a_paper_is_deleted_after_one_question(dewi: FlaskClient, paper: int, session: Session) -> None:
    assert "Hapus paket “Paket A”?" in dewi.get("/paket/1/hapus").text
    send(dewi, "/paket/1/hapus")
    assert session.scalars(select(Paper)).all() == []
