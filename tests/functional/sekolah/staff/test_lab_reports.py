"""The readiness report of the lab at the school's server: handed in, kept, seen by Ratna and Anto, printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.cli import guyub
from app.domain.refusals import Refusal
from app.models import AuditEntry, db
from app.sekolah.services import lab_reports
from app.sekolah.services.workplace import Workplace
from appliance.backup import making
from tests.conftest import FakeClock
from tests.functional.sekolah.staff import lab_sample


def raw(told: dict[str, Any]) -> bytes:
    return json.dumps(told).encode()


def put(place: Workplace, told: dict[str, Any], by: str = "Anto") -> lab_reports.KeptReport:
    kept, _new = lab_reports.put(place, raw(told), lab_sample.screenshots(told), by)
    return kept


def refusal_of(place: Workplace, told: dict[str, Any], pictures: dict[str, bytes]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        lab_reports.put(place, raw(told), pictures)
    assert lab_reports.names(place.data_dir) == []
    return caught.value


@pytest.fixture
def command(sekolah_app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Runs `guyub readiness put` on a file with its screenshots beside it, or on standard input."""
    settings = sekolah_app.extensions["guyub"].settings
    monkeypatch.setenv("GUYUB_ROLE", "sekolah")
    monkeypatch.setenv("GUYUB_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("GUYUB_DATABASE_URL", settings.database_url)
    monkeypatch.delenv("GUYUB_TEST_DATABASE", raising=False)
    folder = tmp_path / "verify"
    folder.mkdir()

    def run(told: dict[str, Any], *words: str, pipe: bool = False) -> Result:
        db.session.rollback()
        (folder / "readiness.json").write_bytes(raw(told))
        for name, data in lab_sample.screenshots(told).items():
            (folder / name).write_bytes(data)
        file = "-" if pipe else str(folder / "readiness.json")
        more = {"input": raw(told)} if pipe else {}
        answer = CliRunner().invoke(guyub, ["readiness", "put", file, *words], **more)
        if answer.exception is not None and not isinstance(answer.exception, SystemExit):
            raise answer.exception
        return answer

    return run


def test_the_command_keeps_the_report_and_says_the_verdict(command: Any, place: Workplace) -> None:
    told = json.loads(command(lab_sample.report(), "--json", "--by", "Anto").output)
    assert (told["state"], told["good"], told["warn"], told["bad"], told["changed"]) == ("bad", 35, 1, 4, True)
    assert {one["place"] for one in told["troubles"]} == {"pc-04", "pc-08", "pc-11", "pc-25", "pc-31", "LAN", "server"}
    kept = lab_reports.find_newest(place.data_dir)
    assert kept is not None
    assert (kept.id, kept.by, len(kept.report.computers)) == (told["id"], "Anto", 40)


def test_the_same_report_again_changes_nothing(command: Any, place: Workplace) -> None:
    first = json.loads(command(lab_sample.report(), "--json").output)
    again = json.loads(command(lab_sample.report(), "--json").output)
    assert (again["changed"], again["id"]) == (False, first["id"])
    assert len(lab_reports.names(place.data_dir)) == 1


def test_a_report_may_come_through_a_pipe_when_it_has_no_pictures(command: Any) -> None:
    told = lab_sample.report(trouble=False)
    for one in told["computers"]:
        one["screenshot"] = ""
    answer = command(told, pipe=True)
    assert "Lab Komputer 1: SIAP, 20 dari 20 PC" in answer.output


def test_paper_is_made_of_a_file_and_of_what_is_kept(command: Any, tmp_path: Path) -> None:
    command(lab_sample.report())
    for number, report in enumerate(("newest", str(tmp_path / "verify/readiness.json"))):
        made = tmp_path / f"{number}.html"
        db.session.rollback()
        answer = CliRunner().invoke(guyub, ["readiness", "render", report, "--html", str(made), "--pdf", "-"])
        assert answer.stdout_bytes.startswith(b"%PDF"), answer.output
        assert "Berita Acara Uji Coba Lab" in made.read_text()
        assert made.read_text().count("data:image/png") == 2


def test_root_leaves_its_rights_before_it_keeps_anything(tmp_path: Path) -> None:
    assert os.geteuid() == 0, "Only root can leave its rights."
    place = tmp_path / "sekolah"
    place.mkdir()
    os.chown(place, 64_001, 64_002)
    script = (
        "import sys, os; from pathlib import Path; from app.lab_command import leave_root; "
        "leave_root(Path(sys.argv[1])); print(os.getresuid(), os.getresgid(), os.getgroups())"
    )
    done = subprocess.run([sys.executable, "-c", script, str(place)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(64001, 64001, 64001) (64002, 64002, 64002) []"


def test_people_read_every_trouble_with_its_remedy(command: Any) -> None:
    answer = command(lab_sample.report())
    assert "pc-25: Tidak menjawab di 192.168.0.25.\n    Nyalakan PC dan periksa kabelnya" in answer.output
    assert answer.output.rstrip().endswith("BELUM SIAP")


def test_a_report_is_told_in_the_audit_log(place: Workplace, sekolah_app: Flask) -> None:
    with sekolah_app.app_context():
        kept = put(place, lab_sample.report())
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.event, entry.subject) == ("lab_report_received", kept.id)
    assert entry.detail == {"state": "bad", "by": "Anto", "good": 35, "warn": 1, "bad": 4}


def test_a_picture_that_is_missing_or_none_is_refused_and_nothing_kept(place: Workplace) -> None:
    told = lab_sample.report()
    pictures = lab_sample.screenshots(told)
    for odd in (
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"<html>",
        lab_sample.screenshot()[:2000],
        b"\x89PNG" + b"\0" * (lab_reports.LARGEST_PICTURE + 1),
        lab_sample.screenshot(width=5000, height=3000),
    ):
        refusal = refusal_of(place, told, pictures | {"pc-01.png": odd})
        assert (refusal.code, refusal.values) == ("B-763", {"name": "pc-01.png"})
    assert refusal_of(place, told, {}).code == "B-763"


def test_a_picture_is_kept_small_and_without_what_was_hidden_in_it(place: Workplace) -> None:
    told = lab_sample.report()
    hidden = lab_sample.screenshot() + b"<script>"
    kept, _new = lab_reports.put(place, raw(told), lab_sample.screenshots(told) | {"pc-01.png": hidden})
    shown = lab_reports.picture(kept, "pc-01")
    assert shown is not None
    assert shown.startswith(b"\x89PNG")
    assert b"script" not in shown
    assert int.from_bytes(shown[16:20]) == lab_reports.SHOWN[0]


def test_only_the_newest_reports_stay(place: Workplace, clock: FakeClock) -> None:
    told = lab_sample.report()
    for one in told["computers"]:
        one["screenshot"] = ""
    ids = []
    for minute in range(lab_reports.KEPT + 2):
        clock.advance(60)
        ids.append(put(place, told | {"made_at": f"2026-11-23T02:{minute:02}:00Z"}).id)
    assert lab_reports.names(place.data_dir) == ids[:1:-1]


def test_a_report_half_written_when_the_power_went_is_no_report(place: Workplace) -> None:
    left = place.data_dir / lab_reports.FOLDER / ".draft-20261123T020000Z-00000000"
    left.mkdir(parents=True)
    (left / lab_reports.DOCUMENT).write_bytes(b"{")
    assert lab_reports.names(place.data_dir) == []
    put(place, lab_sample.report())
    assert not left.exists()


def test_a_damaged_report_hides_no_older_one(place: Workplace, clock: FakeClock) -> None:
    first = put(place, lab_sample.report())
    clock.advance(60)
    second = put(place, lab_sample.report(trouble=False))
    (second.folder / lab_reports.DOCUMENT).write_bytes(b"")
    newest = lab_reports.find_newest(place.data_dir)
    assert newest is not None
    assert newest.id == first.id


@pytest.fixture
def kept(place: Workplace, sekolah_app: Flask) -> lab_reports.KeptReport:
    """The report of forty PCs, already here."""
    with sekolah_app.app_context():
        return put(place, lab_sample.report())


def test_before_the_first_report_the_page_says_how_to_make_one(anto: FlaskClient) -> None:
    text = anto.get("/sekolah/kesiapan-lab").text
    assert "Belum ada laporan kesiapan." in text
    assert "playbooks/verify.yml" in text


def test_proctor_and_technician_find_it_in_the_menu(
    ratna: FlaskClient, anto: FlaskClient, kept: lab_reports.KeptReport
) -> None:
    for person in (ratna, anto):
        assert 'href="/sekolah/kesiapan-lab"' in person.get("/sekolah/").text
        text = person.get("/sekolah/kesiapan-lab").text
        assert "35 PC siap, 1 perlu diperhatikan, 4 belum siap." in text
        assert "Dijalankan oleh Anto." in text
        assert "Alamat 192.168.0.20 dipakai lebih dari satu perangkat" in text
        assert "Belum pernah ada cadangan." in text


def test_a_room_shows_every_computer_with_words_and_remedy(ratna: FlaskClient, kept: lab_reports.KeptReport) -> None:
    text = ratna.get(f"/sekolah/kesiapan-lab/{kept.id}/ruang/2").text
    assert [f"pc-{number:02}" in text for number in (20, 21, 40)] == [False, True, True]
    assert "Tidak menjawab di 192.168.0.25." in text
    assert "Nyalakan PC dan periksa kabelnya" in text
    assert text.count("BELUM SIAP") == 3  # the room, and two of its PCs
    assert ratna.get(f"/sekolah/kesiapan-lab/{kept.id}/ruang/3").status_code == 404


def test_numbers_and_words_follow_the_readers_language(anto: FlaskClient, kept: lab_reports.KeptReport) -> None:
    assert "301,2 detik" in anto.get(f"/sekolah/kesiapan-lab/{kept.id}/ruang/1").text
    anto.get("/bahasa/en")
    text = anto.get(f"/sekolah/kesiapan-lab/{kept.id}/ruang/1").text
    assert "differs from the server by 301.2 seconds" in text
    assert "NOT READY" in text


def test_a_screen_can_be_seen_and_no_other_file(anto: FlaskClient, kept: lab_reports.KeptReport) -> None:
    shown = anto.get(f"/sekolah/kesiapan-lab/{kept.id}/layar/pc-01.png")
    assert (shown.mimetype, shown.data[:4]) == ("image/png", b"\x89PNG")
    for odd in ("pc-25", "pc-99", "..%2fnote", "report"):
        assert anto.get(f"/sekolah/kesiapan-lab/{kept.id}/layar/{odd}.png").status_code == 404
    for odd in ("20261123T000000Z-00000000", "..", ".draft-x"):
        assert anto.get(f"/sekolah/kesiapan-lab/{odd}").status_code == 404


def test_strangers_see_nothing(sekolah_app: Flask, kept: lab_reports.KeptReport) -> None:
    stranger = sekolah_app.test_client()
    for path in (
        "",
        f"/{kept.id}",
        f"/{kept.id}/ruang/1",
        f"/{kept.id}/layar/pc-01.png",
        f"/{kept.id}/berita-acara.pdf",
    ):
        answer = stranger.get(f"/sekolah/kesiapan-lab{path}")
        assert answer.status_code == 302
        assert "masuk" in answer.location


def test_the_minutes_are_a_pdf(anto: FlaskClient, kept: lab_reports.KeptReport) -> None:
    answer = anto.get(f"/sekolah/kesiapan-lab/{kept.id}/berita-acara.pdf")
    assert (answer.mimetype, answer.data[:4]) == ("application/pdf", b"%PDF")


def test_the_minutes_have_a_sheet_to_sign_for_the_lab_and_for_each_room(
    anto: FlaskClient, kept: lab_reports.KeptReport
) -> None:
    text = anto.get(f"/sekolah/kesiapan-lab/{kept.id}/berita-acara.html").text
    first, *rooms, screens = text.split('<article class="sheet">')[1:]
    assert "Berita Acara Uji Coba Lab" in first
    assert [name for name, sheet in zip(lab_sample.ROOMS, rooms, strict=True) if name in sheet] == [*lab_sample.ROOMS]
    assert [sheet.count("Proktor<") for sheet in (first, *rooms, screens)] == [1, 1, 1, 0]


def test_the_kept_html_needs_nothing_beside_it(anto: FlaskClient, kept: lab_reports.KeptReport) -> None:
    answer = anto.get(f"/sekolah/kesiapan-lab/{kept.id}/berita-acara.html")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert 'src="data:image/png;base64,' in answer.text
    assert "/static/" not in answer.text
    assert "/media/" not in answer.text


def test_the_reports_are_part_of_the_backup() -> None:
    assert not any(name in making.ROLE_LEFT_OUT for name in (lab_reports.FOLDER, f"{lab_reports.FOLDER}/"))
