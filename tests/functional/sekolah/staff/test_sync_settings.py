"""What the settings say about syncing is what the server does: one centre, one ID, its hours, its stick."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.domain import centre_key
from app.domain.identities import CentreIdentity
from app.domain.refusals import Refusal
from app.models import HeldSitting, Identity, db
from app.sekolah import jobs
from app.sekolah.rounds import Rounds
from app.sekolah.services import stick, sync_hours
from app.sekolah.services.workplace import Workplace
from app.settings import SekolahSettings
from app.sync.transport import FolderTransport
from tests.conftest import FakeClock, furnished_app
from tests.functional.sekolah.staff.centre_double import CentreDouble
from tests.functional.sekolah.staff.conftest import SERVER, SITTING, send

OTHER_KEY = centre_key.as_text(CentreIdentity.from_raw(b"\1" * 32, b"\1" * 32).public.sign.public_bytes_raw())


@pytest.fixture
def sync_settings() -> dict[str, Any]:
    return {}


@pytest.fixture
def sekolah_app(
    settings_sekolah: SekolahSettings,
    clock: FakeClock,
    chance: random.Random,
    centre: CentreDouble,
    sync_settings: dict[str, Any],
) -> Iterator[Flask]:
    told = {"centre_url": centre.address, **sync_settings}
    yield from furnished_app(replace(settings_sekolah, **told), clock, chance)


@pytest.mark.parametrize("sync_settings", [{"centre_url": ""}])
def test_where_the_settings_name_no_centre_the_address_typed_at_activation_is_kept(
    anto: FlaskClient, centre: CentreDouble
) -> None:
    typed = {"server_id": SERVER, "code": centre.issue_code(SERVER), "way": "network"}
    assert "S-205" in send(anto, "/sekolah/aktivasi", **typed).text
    send(anto, "/sekolah/aktivasi", address=centre.address, **typed)
    assert "SMA Negeri 1 Contoh" in send(anto, "/sekolah/aktivasi/pastikan").text


@pytest.mark.parametrize("sync_settings", [{"centre_key": OTHER_KEY}])
def test_another_centre_than_the_pinned_one_is_never_believed(anto: FlaskClient, centre: CentreDouble) -> None:
    answer = send(anto, "/sekolah/aktivasi", server_id=SERVER, code=centre.issue_code(SERVER), way="network")
    assert "S-216" in answer.text
    assert db.session.query(Identity).count() == 0


def test_the_pinned_centre_is_believed(active: FlaskClient, place: Workplace, centre: CentreDouble) -> None:
    centre.publish(SERVER, SITTING)
    pinned = replace(place, centre_key=centre_key.as_text(centre.identity.public.sign.public_bytes_raw()))
    assert jobs.sync_by_network(pinned, "test") is not None


@pytest.mark.parametrize("sync_settings", [{"server_id": "P20104001-02"}])
def test_the_server_is_activated_as_the_one_its_settings_name_and_as_no_other(
    anto: FlaskClient, centre: CentreDouble
) -> None:
    answer = send(anto, "/sekolah/aktivasi", server_id=SERVER, code=centre.issue_code(SERVER), way="network")
    assert "S-211" in answer.text
    assert "P20104001-02" in answer.text


@pytest.mark.parametrize("change", [{"centre_key": OTHER_KEY}, {"server_id": "P20104001-02"}])
def test_settings_that_name_another_centre_stop_network_and_stick_alike(
    active: FlaskClient, place: Workplace, centre: CentreDouble, change: dict[str, str]
) -> None:
    centre.publish(SERVER, SITTING)
    stick_folder = centre.tree.rename(centre.tree.parent / "guyub")
    for way in (jobs.sync_by_network, lambda here, who: jobs.sync_from(here, FolderTransport(stick_folder), who)):
        with pytest.raises(Refusal) as refused:
            way(replace(place, **change), "test")
        assert refused.value.code == "S-210"
    assert db.session.query(HeldSitting).count() == 0


def hours_around(clock: FakeClock, from_h: float, until_h: float) -> str:
    """Hours in Jakarta, so many from now."""
    local = clock.now() + timedelta(hours=7)
    start, until = local + timedelta(hours=from_h), local + timedelta(hours=until_h)
    assert start.date() == until.date() == local.date()
    return f"{start:%H:%M}-{until:%H:%M}"


def test_packages_come_by_themselves_within_the_hours_and_not_outside(
    active: FlaskClient, place: Workplace, centre: CentreDouble, clock: FakeClock
) -> None:
    centre.publish(SERVER, SITTING)
    Rounds(replace(place, sync_windows=hours_around(clock, 0.5, 1)), 60.0).go()
    assert db.session.query(HeldSitting).count() == 0
    db.session.rollback()
    Rounds(replace(place, sync_windows=hours_around(clock, -0.5, 1)), 60.0).go()
    assert db.session.query(HeldSitting).count() == 1


def test_no_package_comes_by_itself_while_an_exam_is_near(
    synced: FlaskClient, place: Workplace, clock: FakeClock
) -> None:
    here = replace(place, sync_windows=hours_around(clock, -0.5, 1))
    assert not sync_hours.is_time(here, clock.now()), "the sitting starts in 20 minutes"
    held = db.session.get_one(HeldSitting, SITTING)
    held.starts_at = clock.now() + timedelta(days=1)
    db.session.commit()
    assert sync_hours.is_time(here, clock.now())


def test_without_hours_nothing_is_fetched_without_being_asked(
    active: FlaskClient, place: Workplace, centre: CentreDouble
) -> None:
    centre.publish(SERVER, SITTING)
    Rounds(place, 60.0).go()
    assert db.session.query(HeldSitting).count() == 0


def test_the_stick_of_the_settings_is_offered_and_used(
    active: FlaskClient, place: Workplace, centre: CentreDouble, tmp_path: Path
) -> None:
    usb = tmp_path / "srv" / "usb"
    usb.mkdir(parents=True)
    centre.publish(SERVER, SITTING)
    centre.tree.rename(usb / "guyub")
    assert stick.mounted(str(usb))[0] == stick.Stick(usb, ready=True)
    assert stick.folder_of(replace(place, usb_path=str(usb)), None) == usb
    with pytest.raises(Refusal, check=lambda refusal: refusal.code == "S-264"):
        stick.allowed(str(usb))
    outcome = jobs.sync_from(place, stick.open_stick(str(usb), str(usb)), "test")
    assert outcome is not None
    assert outcome.new == [SITTING]


def test_a_stick_that_nobody_named_is_told(place: Workplace, tmp_path: Path) -> None:
    for path in ("", str(tmp_path / "gone")):
        with pytest.raises(Refusal, check=lambda refusal: refusal.code == "S-265"):
            stick.folder_of(replace(place, usb_path=path), None)


@pytest.mark.parametrize("sync_settings", [{"usb_path": "/"}])
def test_the_page_of_sticks_lists_the_settings_folder(active: FlaskClient) -> None:
    assert 'value="/"' in active.get("/sekolah/usb").text
