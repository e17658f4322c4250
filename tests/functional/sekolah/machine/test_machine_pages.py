"""Anto looks after the box from the browser: what he asks for goes to the box, is logged, and outlives the page."""

from __future__ import annotations

import io
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from app.domain.attempt_states import AttemptState
from app.domain.box_actions import (
    BackUp,
    ChangeSettings,
    RestoreBackup,
    ShowRecoveryCode,
    TurnOff,
    TurnOnCentre,
)
from app.domain.refusals import Refusal
from app.models import Attempt, AuditEntry, HeldSitting, HeldState, db
from app.sekolah.services import box_deeds
from app.web.jobs import JOBS
from tests.conftest import PASSWORD, FakeClock, csrf_token
from tests.functional.sekolah.machine.conftest import click, finish
from tests.functional.sekolah.machine.root_side import GLANCE, SETTINGS, RootSide

FINDINGS = [
    {"name": "cores", "state": "good", "text": "2 inti.", "remedy": "", "values": {}},
    {
        "name": "backup",
        "state": "bad",
        "text": "Belum ada cadangan selama %(days)s hari.",
        "remedy": "Buat cadangan.",
        "values": {"days": 9},
    },
]


def lines(event: str) -> list[tuple[str, str, dict[str, object]]]:
    return [(row.actor, row.subject, row.detail) for row in db.session.query(AuditEntry).filter_by(event=event)]


def test_the_doctors_list_shows_red_first_with_its_remedy_and_where_it_is_put_right(
    root_side: RootSide, anto: FlaskClient, sekolah_app: Flask
) -> None:
    root_side.answers["doctor"] = {"findings": FINDINGS}
    assert "Belum diperiksa." in anto.get("/sekolah/mesin").text
    click(anto, "/sekolah/mesin", "/sekolah/mesin/periksa")
    finish(sekolah_app)
    page = anto.get("/sekolah/mesin").text
    assert page.index("selama 9 hari") < page.index("2 inti.")
    assert "Buat cadangan." in page
    assert "/sekolah/mesin/cadangan" in page
    assert lines("box_examined") == [("anto", "", {})]


def test_a_deed_goes_on_when_the_page_is_closed_and_shows_how_far_it_is(
    root_side: RootSide, anto: FlaskClient, sekolah_app: Flask
) -> None:
    half, go_on = threading.Event(), threading.Event()

    def back_up(_action: BackUp, tell) -> dict[str, object]:
        tell("Menyalin data", 3, 8)
        half.set()
        go_on.wait(20)
        return {"backup": {"id": "a1", "at": "2026-11-23T00:30:00+00:00", "size": 4_200_000, "version": "1.0.0"}}

    root_side.answers["backup.now"] = back_up
    click(anto, "/sekolah/mesin/cadangan", "/sekolah/mesin/cadangan", device="")
    assert half.wait(20)
    run_dir = sekolah_app.extensions["guyub"].settings.run_dir
    for _look in range(200):
        if box_deeds.last(run_dir).of == 8:
            break
        threading.Event().wait(0.02)
    page = anto.get("/sekolah/mesin/langsung").text
    assert "3 dari 8" in page
    second = click(anto, "/sekolah/mesin", "/sekolah/mesin/periksa")
    assert second.status_code == 409
    assert "B-601" in second.text
    go_on.set()
    finish(sekolah_app)
    assert "Diminta oleh anto" in anto.get("/sekolah/mesin/langsung").text
    assert lines("box_backed_up") == [("anto", "", {"device": ""})]
    assert lines("box_examined") == []


def test_what_the_box_refuses_is_told_with_cause_remedy_and_code(
    root_side: RootSide, anto: FlaskClient, sekolah_app: Flask
) -> None:
    root_side.answers["backup.now"] = Refusal("B-399", "Disk %(name)s penuh.", "Pakai lain.", values={"name": "USB1"})
    click(anto, "/sekolah/mesin/cadangan", "/sekolah/mesin/cadangan", device="")
    finish(sekolah_app)
    page = anto.get("/sekolah/mesin").text
    assert "Disk USB1 penuh." in page
    assert "Pakai lain." in page
    assert "B-399" in page


def test_a_deed_whose_watcher_is_gone_is_told_so(root_side: RootSide, anto: FlaskClient, sekolah_app: Flask) -> None:
    run_dir = sekolah_app.extensions["guyub"].settings.run_dir
    kept: list = []
    box_deeds.begin(run_dir, lambda _name, work: kept.append(work), BackUp(), "anto", FakeClock().now())
    assert box_deeds.running(run_dir)
    kept.clear()  # the process that waited was killed: its lock went with it
    assert box_deeds.last(run_dir).state == "lost"
    assert "sebelum pekerjaan ini selesai" in anto.get("/sekolah/mesin").text


def test_each_table_of_the_settings_is_changed_by_its_own_form(
    root_side: RootSide, anto: FlaskClient, sekolah_app: Flask
) -> None:
    forms = {
        "general": {"school_name": "SMA Baru", "language": "en", "time_zone": "Asia/Jayapura"},
        "backup": {
            "target": "smb",
            "smb_share": "\\\\nas\\guyub",
            "smb_user": "guyub",
            "smb_password": "rahasia",
            "at": "01:30",
        },
        "web": {"https_only": "1"},
        "time": {"servers": "id.pool.ntp.org"},
        "security_updates": {},
    }
    for table, typed in forms.items():
        click(anto, "/sekolah/mesin/pengaturan", f"/sekolah/mesin/pengaturan/{table}", **typed)
        finish(sekolah_app)
    asked = {action.table: action.values for action in root_side.asked if isinstance(action, ChangeSettings)}
    assert asked["general"] == forms["general"]
    assert asked["backup"]["smb_share"] == "//nas/guyub"
    assert asked["backup"]["smb_password"] == "rahasia"
    assert asked["web"] == {"https_only": True}
    assert asked["security_updates"] == {"on": False}
    logged = lines("box_settings_changed")
    assert [(actor, table) for actor, table, _detail in logged] == [("anto", table) for table in forms]
    assert "rahasia" not in str(logged)


@pytest.mark.parametrize(
    ("table", "typed", "words"),
    [
        ("network", {"lan_address": "x", "internet": "dhcp"}, "Tulis alamat dan panjang jaringannya"),
        ("backup", {"target": "device", "at": "02:00"}, "Pasang USB atau disk kedua"),
        ("backup", {"target": "none", "at": "25:00"}, "Tulis jam seperti 02:00"),
        ("time", {"servers": "a;b"}, "Tulis nama atau alamat server waktu"),
    ],
)
def test_a_slip_in_the_settings_is_told_and_nothing_is_sent(
    root_side: RootSide, anto: FlaskClient, table: str, typed: dict[str, str], words: str
) -> None:
    answer = click(anto, "/sekolah/mesin/pengaturan", f"/sekolah/mesin/pengaturan/{table}", **typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert "settings.change" not in root_side.names()


def test_after_a_new_address_the_page_says_it_and_follows_it(
    root_side: RootSide, anto: FlaskClient, sekolah_app: Flask
) -> None:
    typed = {**SETTINGS["network"], "lan_address": "10.1.2.3/24", "dns": ""}
    page = click(anto, "/sekolah/mesin/pengaturan", "/sekolah/mesin/pengaturan/network", **typed)
    finish(sekolah_app)
    assert 'href="http://10.1.2.3/sekolah/mesin" data-follow' in page.text
    assert "connect-src 'self' http://10.1.2.3;" in page.headers["Content-Security-Policy"]
    assert "data-follow" not in anto.get("/sekolah/mesin/pengaturan?pindah=evil.example").text


def test_backups_are_listed_proven_and_restored_only_when_it_is_meant(
    root_side: RootSide, anto: FlaskClient, sekolah_app: Flask
) -> None:
    one = {"id": "a1b2", "at": "2026-11-22T19:00:00+00:00", "size": 4_200_000_000, "version": "1.0.0"}
    root_side.answers["backup.list"] = {"backups": [one]}
    click(anto, "/sekolah/mesin/cadangan", "/sekolah/mesin/cadangan/daftar", device="")
    finish(sekolah_app)
    page = anto.get("/sekolah/mesin/cadangan").text
    assert "4,2 GB" in page
    assert "23 November 2026, 02.00 WIB" in page
    click(anto, "/sekolah/mesin/cadangan", "/sekolah/mesin/cadangan/periksa", backup="a1b2")
    finish(sekolah_app)
    ask = "/sekolah/mesin/cadangan/pulihkan"
    assert "diganti dengan isi cadangan" in anto.get(f"{ask}?cadangan=a1b2").text
    assert "B-604" in click(anto, ask, ask, backup="a1b2").text
    click(anto, ask, ask, backup="a1b2", recovery_code=" KODE ", meant="1")
    finish(sekolah_app)
    assert (
        root_side.asked[-2:] == [RestoreBackup(backup="a1b2", recovery_code="KODE")]
        or RestoreBackup(backup="a1b2", recovery_code="KODE") in root_side.asked
    )
    assert lines("box_backup_restored") == [("anto", "a1b2", {})]


def test_the_recovery_code_is_shown_for_ones_own_password_only(root_side: RootSide, anto: FlaskClient) -> None:
    root_side.answers["backup.code"] = {"code": "ABCD-EFGH"}
    page, to = "/sekolah/mesin/cadangan", "/sekolah/mesin/cadangan/kode"
    assert "B-605" in click(anto, page, to, password="bukan ini sama sekali").text
    assert lines("box_recovery_code_shown") == []
    shown = click(anto, page, to, password=PASSWORD)
    assert "ABCD-EFGH" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert ShowRecoveryCode(account="anto", password=PASSWORD) in root_side.asked
    assert len(lines("box_recovery_code_shown")) == 1


@pytest.fixture
def incoming(sekolah_app: Flask) -> Path:
    folder = sekolah_app.extensions["guyub"].settings.data_dir / "incoming"
    folder.mkdir()
    return folder


def test_an_uploaded_update_lies_whole_in_the_boxs_folder_before_it_is_asked_for(
    root_side: RootSide, anto: FlaskClient, sekolah_app: Flask, incoming: Path
) -> None:
    seen = {}
    root_side.answers["update"] = lambda _action, _tell: (
        seen.update({path.name: path.stat().st_size for path in incoming.iterdir()}) or {}
    )
    bundle = bytes(range(256)) * 1_500
    page, to = "/sekolah/mesin/pembaruan", "/sekolah/mesin/pembaruan/berkas"
    click(anto, page, to, bundle=(io.BytesIO(bundle), "../../x.raucb"))
    finish(sekolah_app)
    assert seen == {"update.raucb": len(bundle)}
    assert (incoming / "update.raucb").read_bytes() == bundle
    assert lines("box_updated") == [("anto", "", {"device": ""})]
    assert "B-608" in click(anto, page, to).text


def test_the_page_tells_what_the_last_update_came_to_and_nothing_where_there_was_none(
    root_side: RootSide, anto: FlaskClient, sekolah_app: Flask
) -> None:
    page = anto.get("/sekolah/mesin/pembaruan").text
    assert "Versi sekarang: 1.0.0." in page
    assert "Pembaruan ke versi" not in page
    for outcome, words in (("kept", "1.1.0 terpasang"), ("rolled_back", "1.1.0 tidak berjalan baik")):
        root_side.answers["glance"] = {**GLANCE, "update": {"version": "1.1.0", "at": "", "outcome": outcome}}
        finish(sekolah_app)
        assert words in anto.get("/sekolah/mesin/pembaruan").text


def test_a_stranger_cannot_fill_the_boxs_disk(
    root_side: RootSide, sekolah_app: Flask, ratna: FlaskClient, incoming: Path
) -> None:
    sekolah_app.config["MAX_CONTENT_LENGTH"] = 10_000
    stranger = sekolah_app.test_client()
    too_much = io.BytesIO(b"x" * 20_000)
    answer = stranger.post("/sekolah/mesin/pembaruan/berkas", data={"bundle": (too_much, "x.raucb")})
    assert answer.status_code == 413
    assert list(incoming.iterdir()) == []


def test_saving_is_not_held_up_while_an_update_arrives(
    root_side: RootSide, anto: FlaskClient, sekolah_app: Flask, incoming: Path, tmp_path: Path
) -> None:
    """Between the first and the last byte minutes may pass; nobody may wait for the database meanwhile."""

    class Watched(io.BytesIO):
        """While the first bytes are read, somebody else writes into the database."""

        saved = False

        def readinto(self, buffer) -> int:
            if not self.saved:
                self.saved = True
                engine = sqlalchemy.create_engine(sekolah_app.extensions["guyub"].settings.database_url)
                with engine.connect() as other:
                    other.exec_driver_sql("UPDATE staff SET name = name")
                    other.commit()
                engine.dispose()
            return super().readinto(buffer)

    token = csrf_token(anto.get("/sekolah/mesin/pembaruan").text)
    data = {"csrf_token": token, "bundle": (io.BytesIO(b"y" * 400_000), "x.raucb")}
    environ = EnvironBuilder(path="/sekolah/mesin/pembaruan/berkas", method="POST", data=data).get_environ()
    arriving = Watched(environ["wsgi.input"].read())
    answer = anto.open({**environ, "wsgi.input": arriving})
    assert answer.status_code == 302, answer.text
    assert arriving.saved
    finish(sekolah_app)


def put_at_work(clock: FakeClock) -> None:
    """Siti works in an active sitting."""
    sitting = HeldSitting(
        id="sit-1",
        version=1,
        title="Matematika",
        subject="Matematika",
        room="Lab 1",
        starts_at=clock.now() - timedelta(minutes=5),
        length_s=7200,
        minimum_s=0,
        time_zone="Asia/Jakarta",
        questions=40,
        state=HeldState.ACTIVE,
        device_share=b"d" * 32,
        detail={},
    )
    db.session.add(sitting)
    db.session.flush()
    siti = Attempt(sitting_id="sit-1", number="U001", name="Siti", gender="P", seat=1, verifier=b"v", seed=1)
    siti.state = AttemptState.WORKING
    db.session.add(siti)
    db.session.commit()


def test_while_students_work_power_needs_a_reason_and_updates_wait(
    root_side: RootSide, anto: FlaskClient, sekolah_app: Flask, clock: FakeClock, incoming: Path
) -> None:
    put_at_work(clock)
    services = "/sekolah/mesin/layanan"
    assert "1 peserta sedang mengerjakan tes." in anto.get(services).text
    assert "B-602" in click(anto, services, f"{services}/ulang", reason="cepat").text
    assert "B-602" in click(anto, services, f"{services}/daya", again="0", meant="1").text
    page = "/sekolah/mesin/pembaruan"
    assert "B-603" in click(anto, page, f"{page}/berkas", bundle=(io.BytesIO(b"x"), "x.raucb")).text
    assert list(incoming.iterdir()) == []
    assert "B-603" in click(anto, page, page, device="AAAA-BBBB").text
    restore = "/sekolah/mesin/cadangan/pulihkan"
    assert "B-603" in click(anto, restore, restore, backup="x", meant="1").text
    network = {**SETTINGS["network"], "dns": ""}
    settings = "/sekolah/mesin/pengaturan"
    assert "B-603" in click(anto, settings, f"{settings}/network", **network).text
    assert set(root_side.names()) <= {"list.devices", "settings.read"}
    click(anto, services, f"{services}/daya", again="1", meant="1", reason_off="Kipas server berasap")
    finish(sekolah_app)
    assert TurnOff(again=True) in root_side.asked
    assert lines("box_turned_off") == [("anto", "", {"again": True, "reason": "Kipas server berasap"})]


def test_power_is_cut_only_when_it_is_meant(root_side: RootSide, anto: FlaskClient) -> None:
    assert "B-606" in click(anto, "/sekolah/mesin/layanan", "/sekolah/mesin/layanan/daya", again="0").text
    assert "power" not in root_side.names()


def test_the_support_bundle_is_made_and_handed_out(
    root_side: RootSide, anto: FlaskClient, sekolah_app: Flask, tmp_path: Path
) -> None:
    folder = tmp_path / "box/run/guyub/support"
    folder.mkdir(parents=True)
    (folder / "guyub-bantuan.tar.xz").write_bytes(b"logs")
    (folder.parent / "secret").write_bytes(b"no")
    root_side.answers["support"] = {"file": "guyub-bantuan.tar.xz"}
    click(anto, "/sekolah/mesin/layanan", "/sekolah/mesin/bantuan")
    finish(sekolah_app)
    assert "/sekolah/mesin/bantuan/guyub-bantuan.tar.xz" in anto.get("/sekolah/mesin/layanan").text
    with anto.get("/sekolah/mesin/bantuan/guyub-bantuan.tar.xz") as answer:
        assert answer.data == b"logs"
    assert anto.get("/sekolah/mesin/bantuan/..%2fsecret").status_code == 404


def test_mode_mandiri_asks_for_ones_own_password_and_shows_the_way_to_the_centre_and_back(
    root_side: RootSide, anto: FlaskClient, sekolah_app: Flask, pusat_app: Flask, tmp_path: Path
) -> None:
    page, to = "/sekolah/mesin/layanan", "/sekolah/mesin/mandiri"
    assert "B-607" in click(anto, page, to, password="bukan ini sama sekali").text
    assert "8100" not in anto.get(page).text
    click(anto, page, to, password=PASSWORD)
    finish(sekolah_app)
    assert TurnOnCentre(account="anto", account_name="Anto", password=PASSWORD) in root_side.asked
    run = tmp_path / "box/run/guyub"
    run.mkdir(parents=True, exist_ok=True)
    (run / "pusat.toml").touch()
    root_side.answers["glance"] = {**GLANCE, "mode": "mandiri"}
    assert 'href="http://localhost:8100/staf/"' in anto.get("/sekolah/").text
    visitor = pusat_app.test_client()
    assert 'href="http://localhost/staf/"' in visitor.get("/staf/masuk", base_url="http://localhost:8100").text
    for name in run.parent.parent.parent.rglob("*.json"):
        assert PASSWORD not in name.read_text()


def test_the_proctor_sees_in_one_line_how_the_machine_is(
    root_side: RootSide, ratna: FlaskClient, sekolah_app: Flask
) -> None:
    ratna.get("/sekolah/")
    sekolah_app.extensions[JOBS].join()
    root_side.answers["glance"] = {**GLANCE, "state": "bad", "text": "Disk hampir penuh.", "remedy": "Lihat Mesin."}
    finish(sekolah_app)
    assert "Mesin baik" in ratna.get("/sekolah/").text  # what was known; the page does not wait for the box
    sekolah_app.extensions[JOBS].join()
    page = ratna.get("/sekolah/").text
    assert "Mesin perlu dilihat" in page
    assert "Disk hampir penuh." in page


def test_a_box_that_does_not_answer_is_told_and_nothing_else_breaks(root_side: RootSide, anto: FlaskClient) -> None:
    anto.get("/sekolah/")
    root_side.stop()
    root_side.path.touch()
    assert "B-102" in anto.get("/sekolah/mesin/pengaturan").text
    assert anto.get("/sekolah/mesin").status_code == 200
    assert anto.get("/").status_code == 200
    root_side.start = lambda: None
    root_side.stop = lambda: None


def test_where_there_is_no_box_there_is_no_mesin(anto: FlaskClient) -> None:
    assert "Mesin" not in anto.get("/sekolah/").text
    assert anto.get("/sekolah/mesin").status_code == 404
    assert anto.get("/sekolah/mesin/layanan").status_code == 404
