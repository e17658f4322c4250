"""Dewi plans sittings in the school's own time and puts participants on seats."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Enrolment, Sitting, SittingState
from tests.functional.pusat.conftest import confirm, import_sheet, send, sheet

PLAN = {
    "title": "Matematika sesi 1", "paper_id": "1", "room_id": "1", "date": "2026-11-30", "time": "07.30",
    "minutes": "90", "minimum": "30", "release": "30",
}  # fmt: skip


@pytest.fixture
def people(dewi: FlaskClient, school: str) -> None:
    """Six participants in two classes, two rooms (four and two seats), and a paper."""
    rows = [
        ["", f"K01-000{n}", f"005123400{n}", "", f"Siti {n}" if n % 2 else f"Budi {n}", "P" if n % 2 else "L",
         "XII A" if n <= 3 else "XII B", "", ""]
        for n in range(1, 7)
    ]  # fmt: skip
    confirm(dewi, import_sheet(dewi, sheet(rows)))
    send(dewi, "/server/P20104001-01/ruang", {"name": "Lab 2", "seats": "2"}, f"/sekolah/{school}")
    send(dewi, "/paket/baru", {"title": "Paket A", "subject": "Matematika"})


def plan(client: FlaskClient, **changes: str) -> str:
    """Plan a sitting and give its address."""
    return send(client, "/jadwal/baru", {**PLAN, **changes}).request.path


def seats(session: Session, path: str) -> dict[str, int]:
    session.expire_all()
    query = select(Enrolment.number, Enrolment.seat).where(Enrolment.sitting_id == path.rpartition("/")[2])
    return {number: int(seat) for number, seat in session.execute(query.order_by(Enrolment.seat))}


def place(client: FlaskClient, path: str, **choice: str) -> str:
    return send(client, f"{path}/tempatkan", {"npsn": "20104001", **choice}, path).text


@pytest.mark.parametrize(
    ("zone", "word", "utc_hour"),
    [("Asia/Jakarta", "WIB", 0), ("Asia/Makassar", "WITA", 23), ("Asia/Jayapura", "WIT", 22)],
)
def test_the_time_typed_is_the_time_of_the_school(
    dewi: FlaskClient, people: None, session: Session, zone: str, word: str, utc_hour: int
) -> None:
    send(dewi, "/sekolah/20104001/ubah", {"name": "SMA Nusantara", "time_zone": zone})
    page = send(dewi, "/jadwal/baru", PLAN)
    assert f"30 November 2026, 07.30 {word} sampai 09.00 {word}" in " ".join(page.text.split())
    sitting = session.scalars(select(Sitting)).one()
    assert (sitting.starts_at.hour, sitting.starts_at.minute, sitting.time_zone) == (utc_hour, 30, zone)
    assert sitting.release_at == sitting.starts_at - timedelta(minutes=30)
    assert 'value="07.30"' in dewi.get(f"{page.request.path}/ubah").text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"date": "30-11-2026"}, "Tanggal atau jam “Mulai” tidak terbaca"),
        ({"time": "25.00"}, "Tanggal atau jam “Mulai” tidak terbaca"),
        ({"minutes": "0"}, "Lama ujian harus 1 sampai 1440 menit"),
        ({"minimum": "91"}, "Waktu minimum tidak boleh lebih dari lama ujian"),
        ({"title": " "}, "Nama ujian kosong"),
        ({"paper_id": "77"}, "tidak ada lagi"),
        ({"room_id": "77"}, "Ruang ini tidak ada lagi"),
        ({"minutes": "90 menit"}, "Isian “Lama ujian” harus bilangan bulat"),
    ],
)
def test_a_wrong_plan_comes_back_with_its_remedy(
    dewi: FlaskClient, people: None, session: Session, changes: dict[str, str], words: str
) -> None:
    answer = send(dewi, "/jadwal/baru", {**PLAN, **changes})
    assert answer.status_code in {400, 404}
    assert words in answer.text
    assert session.scalars(select(Sitting)).all() == []


def test_a_class_is_placed_on_the_free_seats_in_order_of_numbers(
    dewi: FlaskClient, people: None, session: Session
) -> None:
    path = plan(dewi)
    assert "3 peserta ditempatkan." in place(dewi, path, class_name="XII A")
    assert seats(session, path) == {"K01-0001": 1, "K01-0002": 2, "K01-0003": 3}


def test_filling_stops_at_the_rooms_seats_and_counts_who_is_left(
    dewi: FlaskClient, people: None, session: Session
) -> None:
    path = plan(dewi)
    page = place(dewi, path)
    assert "4 peserta ditempatkan." in page
    assert "2 peserta tidak mendapat tempat karena ruang penuh" in page
    assert len(seats(session, path)) == 4


def test_a_range_of_numbers_is_placed(dewi: FlaskClient, people: None, session: Session) -> None:
    path = plan(dewi)
    place(dewi, path, first="k01-0002", last="K01-0004")
    assert list(seats(session, path)) == ["K01-0002", "K01-0003", "K01-0004"]


def test_nobody_is_placed_into_two_sittings_at_the_same_time(dewi: FlaskClient, people: None, session: Session) -> None:
    send(dewi, "/paket/baru", {"title": "Paket B", "subject": "Fisika"})
    first = plan(dewi)
    place(dewi, first, class_name="XII A")
    second = plan(dewi, paper_id="2", room_id="2", time="08.59")
    page = dewi.get(f"{second}?class_name=XII+A").text
    assert "3 punya jadwal lain pada waktu itu" in page
    place(dewi, second)
    assert list(seats(session, second)) == ["K01-0004", "K01-0005"]
    third = plan(dewi, paper_id="2", time="09.00")
    place(dewi, third, class_name="XII A")
    assert len(seats(session, third)) == 3


def test_moving_a_sitting_onto_another_of_the_same_people_is_refused(
    dewi: FlaskClient, people: None, session: Session
) -> None:
    send(dewi, "/paket/baru", {"title": "Paket B", "subject": "Fisika"})
    place(dewi, plan(dewi), class_name="XII A")
    later = plan(dewi, paper_id="2", time="10.00")
    place(dewi, later, class_name="XII A")
    answer = send(dewi, f"{later}/ubah", {**PLAN, "paper_id": "2", "time": "08.00"})
    assert answer.status_code == 409
    assert "3 peserta sudah punya jadwal lain" in answer.text
    session.expire_all()
    sitting = session.get_one(Sitting, later.rpartition("/")[2])
    assert sitting.starts_at == datetime(2026, 11, 30, 3, 0, tzinfo=UTC)


def test_two_sittings_in_one_room_at_one_time_share_no_seat(dewi: FlaskClient, people: None, session: Session) -> None:
    send(dewi, "/paket/baru", {"title": "Paket B", "subject": "Agama"})
    first, second = plan(dewi), plan(dewi, paper_id="2")
    place(dewi, first, class_name="XII A")
    page = place(dewi, second, class_name="XII B")
    assert seats(session, second) == {"K01-0004": 4}
    assert "2 peserta tidak mendapat tempat" in page


def test_who_already_sits_the_paper_is_left_out_unless_asked_for(
    dewi: FlaskClient, people: None, session: Session
) -> None:
    place(dewi, plan(dewi), class_name="XII A")
    later = plan(dewi, time="10.00")
    assert "3 sudah punya jadwal untuk paket ini" in dewi.get(f"{later}?class_name=XII+A").text
    place(dewi, later, class_name="XII A")
    assert seats(session, later) == {}
    place(dewi, later, class_name="XII A", again="1")
    assert len(seats(session, later)) == 3


def test_two_participants_swap_seats_in_one_step(dewi: FlaskClient, people: None, session: Session) -> None:
    path = plan(dewi)
    place(dewi, path, class_name="XII A")
    send(dewi, f"{path}/tempat", {"seat_K01-0001": "2", "seat_K01-0002": "1", "seat_K01-0003": "4"}, path)
    assert seats(session, path) == {"K01-0002": 1, "K01-0001": 2, "K01-0003": 4}


@pytest.mark.parametrize("seat", ["2", "5", "0", "x"])
def test_a_seat_given_twice_or_not_in_the_room_is_refused(
    dewi: FlaskClient, people: None, session: Session, seat: str
) -> None:
    path = plan(dewi)
    place(dewi, path, class_name="XII A")
    answer = send(dewi, f"{path}/tempat", {"seat_K01-0001": seat}, path)
    assert answer.status_code in {400, 409}
    assert seats(session, path) == {"K01-0001": 1, "K01-0002": 2, "K01-0003": 3}


def test_ticked_participants_are_taken_off(dewi: FlaskClient, people: None, session: Session) -> None:
    path = plan(dewi)
    place(dewi, path, class_name="XII A")
    send(dewi, f"{path}/tempat", {"remove": "1", "number": ["K01-0001", "K01-0003"]}, path)
    assert seats(session, path) == {"K01-0002": 2}


def test_a_smaller_room_must_still_hold_every_seat(dewi: FlaskClient, people: None) -> None:
    path = plan(dewi)
    place(dewi, path, class_name="XII A")
    answer = send(dewi, f"{path}/ubah", {**PLAN, "room_id": "2"})
    assert answer.status_code == 409
    assert "hanya punya 2 tempat" in answer.text


def test_a_change_to_a_published_sitting_makes_it_a_draft_again(
    dewi: FlaskClient, people: None, session: Session
) -> None:
    path = plan(dewi)
    sitting = session.get_one(Sitting, path.rpartition("/")[2])
    sitting.state, sitting.version = SittingState.PUBLISHED, 1
    session.commit()
    place(dewi, path, class_name="XII A")
    session.expire_all()
    assert sitting.state is SittingState.DRAFT
    assert "diubah setelah terbit" in dewi.get(path).text
    assert "1 jadwal diubah setelah terbit" in dewi.get("/rilis/").text
    assert send(dewi, f"{path}/hapus").status_code == 409


def test_saving_a_published_sitting_as_it_is_leaves_it_published(
    dewi: FlaskClient, people: None, session: Session
) -> None:
    path = plan(dewi)
    place(dewi, path, class_name="XII A")
    sitting = session.get_one(Sitting, path.rpartition("/")[2])
    sitting.state, sitting.version = SittingState.PUBLISHED, 1
    session.commit()
    held = {f"seat_{one.number}": str(one.seat) for one in sitting.enrolments}
    assert send(dewi, f"{path}/ubah", PLAN).status_code == 200
    assert send(dewi, f"{path}/tempat", {**held, "save": "1"}, path).status_code == 200
    assert send(dewi, f"{path}/tempat", {"remove": "1"}, path).status_code == 200
    session.expire_all()
    assert sitting.state is SittingState.PUBLISHED
    assert "diubah setelah terbit" not in dewi.get("/rilis/").text


def test_a_released_sitting_is_never_changed(dewi: FlaskClient, people: None, session: Session) -> None:
    path = plan(dewi)
    sitting = session.get_one(Sitting, path.rpartition("/")[2])
    sitting.state, sitting.version = SittingState.RELEASED, 1
    session.commit()
    assert "Ubah jadwal" not in dewi.get(path).text
    answer = send(dewi, f"{path}/tempatkan", {"npsn": "20104001"}, f"{path}/ubah")
    assert answer.status_code == 409
    assert send(dewi, f"{path}/ubah", PLAN).status_code == 409


def test_the_home_page_tells_the_next_step(dewi: FlaskClient, people: None) -> None:
    plan(dewi)
    page = " ".join(dewi.get("/beranda/").text.split())
    assert "Matematika sesi 1" in page
    assert "6 belum ditempatkan" in page
    assert "0 dari 4 tempat terisi" in page


def test_the_list_is_filtered_by_school_and_state_and_bears_any_address(dewi: FlaskClient, people: None) -> None:
    plan(dewi)
    assert "Matematika sesi 1" in dewi.get("/jadwal/?keadaan=draft&sekolah=20104001").text
    assert "Tidak ada jadwal yang cocok" in dewi.get("/jadwal/?keadaan=released").text
    assert dewi.get("/jadwal/?keadaan=lain").status_code == 200
    for path in ("/bank/", "/paket/", "/ruang/"):
        assert dewi.get(f"{path}{10**30}").status_code == 404
    assert dewi.get("/peserta/?halaman=99999999").status_code == 200
