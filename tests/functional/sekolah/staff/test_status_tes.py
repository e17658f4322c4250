"""When a sitting may begin, its token, and its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.entry_token import accepts
from app.domain.package_keys import Binding, entry_token_key
from app.models import AuditEntry, HeldSitting, HeldState, db
from app.sekolah.services import day
from app.sekolah.views import sitting_pages
from app.settings import SekolahSettings
from tests.conftest import FakeClock
from tests.functional.sekolah.staff.centre_double import CentreDouble
from tests.functional.sekolah.staff.conftest import SERVER, SITTING, finish_jobs, send


def bring(client: FlaskClient, app: Flask, centre: CentreDouble, sitting: str, **plan: object) -> None:
    """Publish another sitting, sync and release it."""
    centre.publish(SERVER, sitting, **plan)  # type: ignore[arg-type]
    send(client, "/sekolah/unduhan")
    finish_jobs(app)
    centre.release(SERVER, sitting)
    send(client, "/sekolah/rilis/periksa")


def state(sitting: str = SITTING) -> HeldState:
    db.session.rollback()
    return db.session.get_one(HeldSitting, sitting).state


def test_a_locked_sitting_is_not_activated(synced: FlaskClient, ratna: FlaskClient) -> None:
    answer = send(ratna, f"/sekolah/tes/{SITTING}/aktifkan")
    assert "belum dirilis" in answer.text
    assert "kode rilis lewat telepon" in answer.text


def test_the_token_is_that_of_the_centre_and_changes_every_quarter(
    running: FlaskClient, centre: CentreDouble, clock: FakeClock
) -> None:
    key = entry_token_key(centre.published[SERVER, SITTING].keys.release, Binding(SERVER, SITTING, 1))

    def shown() -> str:
        page = running.get(f"/sekolah/tes/{SITTING}/token").text
        return page.split('class="token-huge" translate="no">', 1)[1].split("<", 1)[0]

    first = shown()
    assert accepts(key, first, int(clock.now().timestamp() * 1000))
    clock.advance(15 * 60)
    assert shown() != first
    assert first in (first, shown())
    assert accepts(key, first, int(clock.now().timestamp() * 1000))


def test_below_the_disk_quota_no_sitting_begins(opened: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitting_pages, "free_space", lambda: day.Space(free=120_000_000))
    answer = send(opened, f"/sekolah/tes/{SITTING}/aktifkan")
    assert "Sisa disk 120 MB" in answer.text
    assert "perbesar disk" in answer.text
    assert state() is HeldState.OPEN


def test_while_the_disk_reserve_is_gone_no_sitting_begins(
    opened: FlaskClient, settings_sekolah: SekolahSettings
) -> None:
    (settings_sekolah.data_dir / "reserve").mkdir()  # empty: it was given up
    answer = send(opened, f"/sekolah/tes/{SITTING}/aktifkan")
    assert "cadangannya sudah dipakai" in answer.text
    assert state() is HeldState.OPEN
    assert not opened.get("/readyz").json["dependencies"]["disk_reserve"]["ready"]


def test_one_room_has_one_active_sitting_and_two_rooms_may_have_two(
    running: FlaskClient, sekolah_app: Flask, centre: CentreDouble
) -> None:
    bring(running, sekolah_app, centre, "sit-sama")
    bring(running, sekolah_app, centre, "sit-lain", room="Ruang 2")
    assert "masih berlangsung" in send(running, "/sekolah/tes/sit-sama/aktifkan").text
    send(running, "/sekolah/tes/sit-lain/aktifkan")
    assert (state("sit-sama"), state("sit-lain")) == (HeldState.OPEN, HeldState.ACTIVE)


def test_the_next_day_waits_for_the_receipt_and_a_reason_is_logged(
    running: FlaskClient, sekolah_app: Flask, centre: CentreDouble, clock: FakeClock
) -> None:
    send(running, f"/sekolah/tes/{SITTING}/tutup")
    bring(running, sekolah_app, centre, "sit-siang", starts_at=clock.now() + timedelta(hours=4))
    bring(running, sekolah_app, centre, "sit-besok", starts_at=clock.now() + timedelta(days=1))
    send(running, "/sekolah/tes/sit-siang/aktifkan")
    assert state("sit-siang") is HeldState.ACTIVE
    send(running, "/sekolah/tes/sit-siang/tutup")

    refused = send(running, "/sekolah/tes/sit-besok/aktifkan")
    assert "belum mempunyai tanda terima" in refused.text
    assert "USB" in refused.text
    reason = "Internet sekolah terputus sejak kemarin"
    send(running, "/sekolah/tes/sit-besok/aktifkan", reason=reason)
    assert state("sit-besok") is HeldState.ACTIVE
    activated = AuditEntry.event == "sitting_activated"
    line = db.session.scalars(select(AuditEntry).where(activated, AuditEntry.subject == "sit-besok")).one()
    assert line.detail["reason"] == reason
    assert sorted(line.detail["without_receipt"]) == [SITTING, "sit-siang"]
    db.session.rollback()


def test_after_the_receipt_the_next_day_begins(
    running: FlaskClient, sekolah_app: Flask, centre: CentreDouble, clock: FakeClock
) -> None:
    send(running, f"/sekolah/tes/{SITTING}/tutup")
    send(running, f"/sekolah/unggah/{SITTING}")
    finish_jobs(sekolah_app)
    bring(running, sekolah_app, centre, "sit-besok", starts_at=clock.now() + timedelta(days=1))
    send(running, "/sekolah/tes/sit-besok/aktifkan")
    assert state("sit-besok") is HeldState.ACTIVE


def test_a_closed_sitting_is_not_opened_again(running: FlaskClient) -> None:
    send(running, f"/sekolah/tes/{SITTING}/tutup")
    assert "sudah ditutup" in send(running, f"/sekolah/tes/{SITTING}/aktifkan").text
    assert "tidak sedang berlangsung" in send(running, f"/sekolah/tes/{SITTING}/tutup").text


def test_the_checklist_follows_the_day(running: FlaskClient) -> None:
    def now() -> str:
        return running.get("/sekolah/").text.split('aria-current="step"', 1)[1].split("</li>", 1)[0]

    assert "Awasi, lalu tutup tes" in now()
    send(running, f"/sekolah/tes/{SITTING}/tutup")
    assert "Unggah hasil" in now()


def test_the_checklist_turns_while_the_page_of_uploads_stays_open(
    running: FlaskClient, sekolah_app: Flask, centre: CentreDouble
) -> None:
    send(running, f"/sekolah/tes/{SITTING}/tutup")
    before = running.get("/sekolah/unggah/langsung").text
    assert 'aria-current="step"' in before
    send(running, f"/sekolah/unggah/{SITTING}")
    finish_jobs(sekolah_app)
    after = running.get("/sekolah/unggah/langsung").text
    assert "Tanda terima disimpan" in after
    assert 'id="langkah"' in after
    assert 'aria-current="step"' not in after


def test_an_unknown_sitting_is_told_as_such(ratna: FlaskClient) -> None:
    answer = ratna.get("/sekolah/status?sesi=tidak-ada")
    assert answer.status_code == 404
    assert "tidak ada di server ini" in answer.text


def test_readyz_names_what_is_missing_and_helps(ratna: FlaskClient, active: FlaskClient) -> None:
    found = ratna.get("/readyz").json["dependencies"]
    assert found["identity"]["ready"] is True
    assert found["packages"] == {"ready": False, "state": "Belum ada paket.", "remedy": "Sinkronkan dulu."}
    assert found["disk_quota"]["ready"] is True


def test_a_release_that_is_late_makes_the_server_not_ready(
    synced: FlaskClient, ratna: FlaskClient, clock: FakeClock
) -> None:
    found = ratna.get("/readyz").json["dependencies"]
    assert found["release"]["ready"] is False
    assert "belum dirilis" in found["release"]["state"]
    page = synced.get("/sekolah/kesiapan").text
    assert page.index("belum dirilis") < page.index("Aktif sebagai")


def test_without_a_line_to_the_centre_the_server_is_ready_all_the_same(
    opened: FlaskClient, synced: FlaskClient, sekolah_app: Flask, centre: CentreDouble
) -> None:
    centre.stop()
    send(synced, "/sekolah/unduhan")
    finish_jobs(sekolah_app)
    found = opened.get("/readyz").json
    assert found["dependencies"]["centre"]["ready"] is True
    assert "internet" in found["dependencies"]["centre"]["state"]


def test_space_is_enough_only_above_the_quota() -> None:
    space = day.Space(free=day.QUOTA_BYTES)
    assert space.enough
    assert not replace(space, free=day.QUOTA_BYTES - 1).enough
