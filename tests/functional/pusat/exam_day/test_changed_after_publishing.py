"""What changed after a package was sealed is told wherever the sitting is; publishing again brings it to the school.

A new password for one participant is such a change, and is refused where it could no longer arrive.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.domain.package_opening import check_release
from app.models import AuditEntry, BankQuestion, Enrolment, Participant, Room, Sitting, SittingState
from app.pusat.services import releasing, sealed_versions
from tests.conftest import EXAM_DAY, csrf_token
from tests.functional.pusat.conftest import send
from tests.functional.pusat.exam_day.conftest import BUDI, SITI, Day

SAYS_SO = "berubah sejak"
PASSWORD = re.compile(r'class="code big">([0-9A-Z]{4} [0-9A-Z]{4})<')


def rename_siti(day: Day) -> None:
    day.session.get_one(Participant, SITI).name = "Siti Rahma"


def move_budi(day: Day) -> None:
    day.session.get_one(Enrolment, ("sesi-1", BUDI)).seat = 9


def rename_room(day: Day) -> None:
    day.session.get_one(Room, day.session.get_one(Sitting, "sesi-1").room_id).name = "Lab Baru"


def reword_question(day: Day) -> None:
    row = day.session.get_one(BankQuestion, "q5")
    row.body = {**row.body, "stem": "<p>Apa nama ikan itu?</p>"}


def correct_key(day: Day) -> None:
    row = day.session.get_one(BankQuestion, "q5")
    row.body = {**row.body, "answers": [{**row.body["answers"][0], "text": "paus"}]}


def drop_question(day: Day) -> None:
    paper = day.session.get_one(Sitting, "sesi-1").paper
    day.session.delete(next(one for one in paper.questions if one.question_id == "q4"))


CHANGES = [
    (rename_siti, ["Siti Rahma", "Nama", "<del>Siti Rahayu</del>", "<ins>Siti Rahma</ins>"]),
    (move_budi, ["Budi Santoso", "Tempat", "<del>2</del>", "<ins>9</ins>"]),
    (rename_room, ["Ruang", "<del>Lab 1</del>", "<ins>Lab Baru</ins>"]),
    (reword_question, ["Apa nama ikan itu?", "Isi soal diubah"]),
    (correct_key, ["Nama ikan?", "Kunci, bobot, atau pedoman soal diubah"]),
    (drop_question, ["Jodohkan.", "Soal dikeluarkan"]),
]


@pytest.mark.parametrize(("change", "words"), CHANGES, ids=[one.__name__ for one, _ in CHANGES])
def test_a_change_after_sealing_is_told_until_the_sitting_is_published_again(
    published: Day, dewi: FlaskClient, change: Callable[[Day], None], words: list[str]
) -> None:
    change(published)
    published.session.commit()
    page = dewi.get("/jadwal/sesi-1").text
    for word in ["1 hal berubah sejak versi 1 disegel", *words, "Periksa dan terbitkan ulang"]:
        assert word in page
    assert all(SAYS_SO in dewi.get(path).text.lower() for path in ("/jadwal/", "/terbit/", "/rilis/", "/terbit/sesi-1"))
    assert published.publish() == 2
    assert SAYS_SO not in dewi.get("/jadwal/sesi-1").text.lower()
    assert all(SAYS_SO not in dewi.get(path).text.lower() for path in ("/jadwal/", "/terbit/", "/rilis/"))


def test_what_did_not_change_is_not_called_changed(published: Day, dewi: FlaskClient) -> None:
    for path in ("/jadwal/", "/jadwal/sesi-1", "/terbit/", "/rilis/", "/cetak/sesi-1/kartu-login"):
        assert SAYS_SO not in dewi.get(path).text.lower()


def test_a_planned_change_names_what_the_school_still_holds(published: Day, dewi: FlaskClient) -> None:
    published.session.get_one(Sitting, "sesi-1").starts_at = EXAM_DAY + timedelta(hours=1)
    published.session.get_one(Sitting, "sesi-1").state = SittingState.DRAFT
    published.session.commit()
    page = dewi.get("/jadwal/sesi-1").text
    assert "Waktu mulai" in page
    assert "tidak akan dirilis sebelum diterbitkan ulang" in page


def test_what_is_released_stays_as_it_was_and_is_not_called_changed(published: Day, dewi: FlaskClient) -> None:
    releasing.release_sitting(published.place, "sesi-1", "dewi")
    published.forget()
    rename_siti(published)
    published.session.commit()
    assert SAYS_SO not in dewi.get("/jadwal/").text.lower()
    assert SAYS_SO not in dewi.get("/jadwal/sesi-1").text.lower()


def test_a_version_without_marks_is_compared_by_its_seats(published: Day) -> None:
    """As versions were kept before there were marks: nothing is claimed that is not known."""
    sitting = published.session.get_one(Sitting, "sesi-1")
    publication = sealed_versions.read_publication(published.session, "sesi-1", 1)
    assert publication is not None
    snapshot = dict(publication.snapshot)
    del snapshot["people"], snapshot["marks"]
    publication.snapshot = snapshot
    rename_siti(published)
    move_budi(published)
    published.session.commit()
    assert sealed_versions.outdated(published.session, [sitting]) == set()
    assert [one.what for one in sealed_versions.differences(published.session, sitting)] == ["Tempat"]


def card_of(dewi: FlaskClient, number: str) -> str:
    page = send(dewi, "/cetak/sesi-1/kartu-login", {"as": "page", "number": number}).text
    found = PASSWORD.findall(page)
    assert len(found) == 1
    return found[0]


def test_dewi_gives_siti_a_new_password_and_prints_her_card_alone(published: Day, dewi: FlaskClient) -> None:
    old, budis = card_of(dewi, SITI), card_of(dewi, BUDI)
    asked = dewi.get(f"/peserta/nomor/{SITI}/kata-sandi").text
    assert "IPA, sesi 1" in asked
    assert "diterbitkan ulang" in asked
    done = send(dewi, f"/peserta/nomor/{SITI}/kata-sandi").text
    assert "punya kata sandi baru" in done
    new = card_of(dewi, SITI)
    assert new != old
    assert card_of(dewi, BUDI) == budis
    page = dewi.get("/jadwal/sesi-1").text
    assert "1 hal berubah sejak versi 1 disegel" in page
    assert "Kata sandi" in page
    assert new not in page
    assert new not in done

    published.publish()
    releasing.release_sitting(published.place, "sesi-1", "dewi")
    checked = published.check()
    release = (published.tree / "servers" / published.server.server / "sesi-1.release").read_bytes()
    secret, _at = check_release(release, checked.manifest, published.centre)
    logins = json.loads(published.open(checked, secret)["logins.json"].split(b"\n")[-1])
    assert {"number": SITI, "password": new.replace(" ", "")} in logins["logins"]
    noted = [entry.detail for entry in published.session.query(AuditEntry).filter_by(subject=SITI)]
    assert {"fields": ["password"]} in noted


def test_no_new_password_while_the_old_one_is_out(published: Day, dewi: FlaskClient) -> None:
    releasing.release_sitting(published.place, "sesi-1", "dewi")
    published.forget()
    before = published.session.get_one(Participant, SITI).password
    assert "sudah dirilis" in dewi.get(f"/peserta/nomor/{SITI}/kata-sandi").text
    token = csrf_token(dewi.get(f"/peserta/nomor/{SITI}").text)
    answer = dewi.post(f"/peserta/nomor/{SITI}/kata-sandi", data={"csrf_token": token})
    assert answer.status_code == 409
    assert "P-324" in answer.text
    published.forget()
    assert published.session.get_one(Participant, SITI).password == before
    published.clock.wall = EXAM_DAY + timedelta(hours=14)
    assert send(dewi, f"/peserta/nomor/{SITI}/kata-sandi").status_code == 200
    published.forget()
    assert published.session.get_one(Participant, SITI).password != before
