"""What opens a package: by network, by file, by telephone; R is stored before anything else."""

from __future__ import annotations

import io

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain import exchange_paths
from app.models import AuditEntry, HeldSitting, HeldState, db
from app.sekolah.rounds import Rounds
from app.sekolah.services import releasing
from app.sekolah.services.workplace import Workplace
from app.sync import exchange
from tests.conftest import FakeClock
from tests.functional.sekolah.staff.centre_double import CentreDouble
from tests.functional.sekolah.staff.conftest import SERVER, SITTING, send


def held() -> HeldSitting:
    db.session.rollback()
    return db.session.scalars(select(HeldSitting)).one()


def by_code(client: FlaskClient, code: str) -> str:
    groups = {f"group{place}": group for place, group in enumerate(code.split("-"), 1)}
    return send(client, "/sekolah/rilis/kode", "/sekolah/rilis", sesi=SITTING, **groups).text


def test_a_dictated_code_opens_the_package_with_the_centre_gone(
    synced: FlaskClient, ratna: FlaskClient, centre: CentreDouble
) -> None:
    code = centre.spoken_code(SERVER, SITTING)
    centre.stop()
    assert "sudah terbuka" in by_code(ratna, code.lower().replace("0", "o"))
    assert (held().state, held().released_how) == (HeldState.OPEN, "code")


def test_a_wrong_group_is_named_and_what_was_typed_stays(
    synced: FlaskClient, ratna: FlaskClient, centre: CentreDouble
) -> None:
    code = centre.spoken_code(SERVER, SITTING)
    wrong = code[:14] + ("A" if code[14] != "A" else "B") + code[15:]
    page = by_code(ratna, wrong)
    assert "kelompok ke-3" in page
    assert wrong.split("-")[2] in page
    assert held().release_secret is None
    db.session.rollback()
    refused = [entry for entry in db.session.query(AuditEntry) if entry.event == "release_code_refused"]
    assert [(entry.actor, entry.detail) for entry in refused] == [("ratna", {"reason": "code-group"})]


def test_a_code_for_another_package_is_refused(synced: FlaskClient, ratna: FlaskClient, centre: CentreDouble) -> None:
    centre.publish(SERVER, "sit-lain")
    assert "bukan untuk paket ini" in by_code(ratna, centre.spoken_code(SERVER, "sit-lain"))


def test_a_release_file_opens_the_package(synced: FlaskClient, ratna: FlaskClient, centre: CentreDouble) -> None:
    data = centre.release(SERVER, SITTING)
    answer = send(ratna, "/sekolah/rilis/berkas", file=(io.BytesIO(data), "x.release"))
    assert "sudah terbuka" in answer.text
    assert held().released_how == "file"


def test_a_forged_release_is_refused(
    synced: FlaskClient, ratna: FlaskClient, centre: CentreDouble, tmp_path: object, clock: FakeClock
) -> None:
    forger = CentreDouble(centre.tree, clock.now(), published=centre.published)
    data = forger.release(SERVER, SITTING)
    answer = send(ratna, "/sekolah/rilis/berkas", file=(io.BytesIO(data), "x.release"))
    assert answer.status_code == 409
    assert "kunci yang tidak dikenal" in answer.text
    assert held().release_secret is None


def test_the_server_looks_by_itself_from_30_minutes_before(
    synced: FlaskClient, centre: CentreDouble, place: Workplace, clock: FakeClock
) -> None:
    rounds = Rounds(place, 60.0, seconds=lambda: clock.boot_ms() / 1000)
    clock.advance(-15 * 60)  # 35 minutes before the start
    assert releasing.due(place, clock.now()) == []
    clock.advance(15 * 60)
    assert releasing.due(place, clock.now()) == [SITTING]
    rounds.go()
    assert held().state is HeldState.LOCKED
    centre.release(SERVER, SITTING)
    clock.advance(releasing.SHORTEST_WAIT_S + releasing.JITTER_S)
    rounds.go()
    assert (held().state, held().released_how) == (HeldState.OPEN, "network")
    assert centre.reports
    assert centre.reports[-1]["server"] == SERVER


def test_looks_are_spread_and_get_rarer_after_failures(place: Workplace) -> None:
    calm = {releasing.next_poll_s(0, place.random) for _ in range(50)}
    assert len(calm) > 40
    assert min(calm) >= 15
    assert max(calm) <= 30
    assert releasing.next_poll_s(9, place.random) >= 120


def test_a_release_is_kept_when_opening_fails_and_opens_later_without_the_centre(
    synced: FlaskClient, ratna: FlaskClient, centre: CentreDouble, place: Workplace
) -> None:
    kept = centre.published[SERVER, SITTING]
    payload = exchange.locate(place.exchange_dir, exchange_paths.payload(kept.entry.payload.sha256))
    whole = payload.read_bytes()
    payload.write_bytes(whole[:-40])
    centre.release(SERVER, SITTING)
    send(ratna, "/sekolah/rilis/periksa")
    assert held().state is HeldState.LOCKED
    assert held().release_secret == kept.keys.release
    assert "terpotong" in ratna.get("/sekolah/unduhan").text
    assert not list(place.open_dir.rglob("*.gz"))
    payload.write_bytes(whole)
    centre.stop()
    Rounds(place, 60.0).go()
    assert held().state is HeldState.OPEN


def test_before_release_no_card_can_be_printed(synced: FlaskClient, ratna: FlaskClient) -> None:
    answer = send(ratna, f"/sekolah/peserta/{SITTING}/kartu")
    assert answer.status_code == 409
    assert "belum diterima" in answer.text


def test_a_technician_may_not_release(synced: FlaskClient, sekolah_app: Flask) -> None:
    assert synced.get("/sekolah/rilis").status_code == 403
    assert send(synced, "/sekolah/rilis/periksa").status_code == 403
