"""A centre of several hosts: what one node was told, sealed or given, each of them knows, offers and acknowledges."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import io
import json
import random
import shutil
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.domain import exchange_paths, package_opening
from app.domain.bundles import check_receipt
from app.domain.documents import Index, read_document
from app.domain.metadata_checks import Held
from app.domain.permissions import Role
from app.domain.refusals import Refusal
from app.factory import create_app
from app.models import Sitting, StoredFile, Upload
from app.pusat.jobs import Ticker, workplace_of
from app.pusat.services import drafts, key_transfer, offers, releasing, stick_files, stored_files, tree, uploads
from app.pusat.services.workplace import Workplace
from app.services.turns import only_one_of_all
from app.settings import PusatSettings, SettingsError, load_settings
from app.sync.requests_auth import authorization
from app.web.current import Given
from tests.conftest import EXAM_DAY, FakeClock, in_context_of_its_own, sign_in, take_down
from tests.functional.pusat.exam_day.conftest import SITI, Day, attempt, three_runs


@pytest.fixture
def settings_pusat(settings_pusat: PusatSettings) -> PusatSettings:
    return dataclasses.replace(settings_pusat, several_hosts=True)


@pytest.fixture
def other(pusat_app: Flask, settings_pusat: PusatSettings, clock: FakeClock, tmp_path: Path) -> Iterator[Flask]:
    """Another host: the same database, keys handed over, an empty disk."""
    settings = dataclasses.replace(settings_pusat, data_dir=tmp_path / "node2")
    key_transfer.take_keys(settings.keys_dir, key_transfer.keys_as_text(settings_pusat.keys_dir))
    app = create_app(settings, Given(settings, clock=clock, random=random.Random(2)))
    app.testing = False
    app.wsgi_app = in_context_of_its_own(app)  # type: ignore[method-assign]
    yield app
    take_down(app)


def fetch(node: Flask, path: str, **headers: str) -> Any:
    return node.test_client().get(f"/exchange/{path}", headers=headers, buffered=True)


def signed(node: Flask, day: Day, method: str, path: str, body: bytes = b"") -> Any:
    day.forget()
    header = authorization(day.server, method, path, body, int(day.clock.now().timestamp()))
    return node.test_client().open(path, method=method, data=body, headers={"Authorization": header})


def index_on(node: Flask, day: Day) -> Index:
    data = fetch(node, exchange_paths.index(day.server.server)).data
    return read_document(Index, data, day.centre.signers)


def test_a_package_that_one_node_sealed_is_whole_at_the_other(published: Day, other: Flask) -> None:
    def open_there(path: str) -> io.BytesIO:
        answer = fetch(other, path)
        assert answer.status_code == 200, path
        return io.BytesIO(answer.data)

    now = published.clock.now()
    checked = package_opening.check_package(
        published.sitting, open_there, published.server, published.centre, Held(), now
    )
    assert checked.manifest.version == 1
    assert index_on(other, published) == index_on(published.app, published)


def test_a_payload_is_given_in_parts_by_a_node_that_had_it_not(published: Day, other: Flask) -> None:
    path = exchange_paths.payload(index_on(other, published).entries[0].payload.sha256)
    assert not (workplace_of(other).exchange_dir / path).exists()
    part = fetch(other, path, Range="bytes=10-19")
    assert (part.status_code, part.data) == (206, (published.tree / path).read_bytes()[10:20])
    assert (workplace_of(other).exchange_dir / path).read_bytes() == (published.tree / path).read_bytes()


def test_what_has_not_changed_is_not_sent_again_whichever_node_is_asked(published: Day, other: Flask) -> None:
    path = exchange_paths.index(published.server.server)
    known = fetch(published.app, path).headers["ETag"]
    assert fetch(other, path, **{"If-None-Match": known}).status_code == 304


def test_a_release_is_at_every_node_the_moment_it_is_made(published: Day, other: Flask) -> None:
    path = exchange_paths.release(published.server.server, published.sitting)
    assert [fetch(node, path).status_code for node in (published.app, other)] == [404, 404]
    releasing.release_sitting(published.place, published.sitting, "dewi")
    answers = [fetch(node, path) for node in (published.app, other)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].data == answers[1].data


def test_the_list_never_goes_back_whichever_node_renews_it(published: Day, other: Flask) -> None:
    first = index_on(other, published).version
    published.clock.advance(3 * 24 * 3600)
    for place in (workplace_of(other), published.place):
        offers.align_server(place, published.server.server)
        published.clock.advance(3 * 24 * 3600)
        versions = [index_on(node, published).version for node in (published.app, other)]
        assert versions[0] == versions[1] == (first := first + 1)


def test_an_upload_goes_on_at_another_node_and_the_receipt_is_everywhere(published: Day, other: Flask) -> None:
    bundle = three_runs(published)
    base = f"/api/v1/servers/{published.server.server}/uploads/{bundle.name}"
    pieces = [bundle.data[:100], bundle.data[100:]]
    names = [hashlib.sha256(piece).hexdigest() for piece in pieces]
    nodes = [published.app, other]
    for node, name, piece in zip(nodes, names, pieces, strict=True):
        assert signed(node, published, "PUT", f"{base}/chunks/{name}", piece).status_code == 204
    assert signed(other, published, "GET", base).json["have"] == sorted(names)
    whole = json.dumps({"size": len(bundle.data), "chunks": names}).encode()
    receipts = [signed(node, published, "POST", base, whole) for node in (other, published.app)]
    assert [answer.status_code for answer in receipts] == [200, 200]
    assert receipts[0].data == receipts[1].data
    path = exchange_paths.receipt(published.server.server, bundle.name)
    assert [fetch(node, path).data for node in nodes] == [receipts[0].data] * 2
    published.forget()
    assert published.session.get(Upload, bundle.name) is not None
    assert not stored_files.within(published.session, "incoming/"), "chunks that became a bundle are needed no more"
    kept = stored_files.read(published.session, exchange_paths.upload(published.server.server, bundle.name))
    assert kept == bundle.data


def test_what_a_receipt_promises_is_in_the_database_and_on_no_disk(published: Day) -> None:
    bundle = three_runs(published)
    answer = published.send(bundle)
    shutil.rmtree(published.tree)
    shutil.rmtree(published.place.incoming_dir, ignore_errors=True)
    again = published.send(bundle)
    assert again.data == answer.data
    server = published.server.server
    assert check_receipt(again.data, bundle.name, server, published.sitting, published.centre)


def test_beginnings_without_an_end_do_not_fill_the_database(published: Day) -> None:
    piece = b"awal"
    name = hashlib.sha256(piece).hexdigest()
    for number in range(9):
        published.clock.advance(1)
        bundle = hashlib.sha256(bytes([number])).hexdigest()
        path = f"/api/v1/servers/{published.server.server}/uploads/{bundle}/chunks/{name}"
        assert published.signed("PUT", path, piece).status_code == 204
    published.forget()
    left = [file.path.split("/")[2] for file in stored_files.within(published.session, "incoming/")]
    assert sorted(left) == sorted(hashlib.sha256(bytes([number])).hexdigest() for number in range(3, 9))
    assert uploads.forget_abandoned(published.place) == 0
    published.clock.advance(14 * 24 * 3600 + 60)
    assert uploads.forget_abandoned(published.place) == 6


def test_a_stick_is_filled_by_any_node(published: Day, other: Flask) -> None:
    receipt = published.send(three_runs(published)).data
    archives = []
    for place in (published.place, workplace_of(other)):
        target = io.BytesIO()
        stick_files.write_zip(place, published.server.server, target)
        archives.append({name: zipfile.ZipFile(target).read(name) for name in zipfile.ZipFile(target).namelist()})
    assert archives[0] == archives[1]
    assert receipt in archives[0].values()
    assert len(archives[0]) == 5  # list, manifest, roster, payload, receipt


def test_who_signed_in_at_one_node_is_known_at_the_other(day: Day, other: Flask, add_person: Any) -> None:
    add_person(day.app, "dewi", Role.ADMINISTRATOR)
    dewi = sign_in(day.app, "dewi")
    cookie = dewi.get_cookie("guyub_pusat")
    assert cookie is not None
    there = other.test_client()
    assert there.get("/jadwal/").status_code == 302
    there.set_cookie("guyub_pusat", cookie.value)
    assert there.get("/jadwal/").status_code == 200


def test_an_upload_shown_by_one_node_is_imported_by_the_other(day: Day, other: Flask, clock: FakeClock) -> None:
    with day.place.transaction() as session:
        name = drafts.keep_draft(session, clock, "dewi", "participants", "a.xlsx", b"isi", {"npsn": "20104001"})
    with workplace_of(other).transaction() as session:
        assert drafts.open_draft(session, "dewi", "participants", name).data == b"isi"
        with pytest.raises(Refusal, match="P-640"):
            drafts.open_draft(session, "rudi", "participants", name)
    clock.advance(25 * 3600)
    with day.place.transaction() as session:
        new = drafts.keep_draft(session, clock, "dewi", "participants", "b.xlsx", b"isi", {})
        drafts.drop_draft(session, new)
        assert not stored_files.within(session, "drafts/"), "old ones are cleared away by the next one"


def test_of_all_hosts_one_releases_at_a_time_and_another_takes_over(published: Day, other: Flask) -> None:
    published.clock.wall = EXAM_DAY
    places: list[Workplace] = [published.place, workplace_of(other)]
    alone = published.place.engine.dialect.name == "postgresql"  # SQLite has one host, and so nobody to wait for
    with only_one_of_all(places[0].engine, "ticker") as mine:
        assert mine
        assert Ticker(places[1]).tick() == (0 if alone else 1)
    assert Ticker(places[1]).tick() == (1 if alone else 0)
    published.forget()
    assert published.session.get_one(Sitting, published.sitting).state == "released"


def test_a_centre_that_was_one_host_takes_its_files_along(published: Day, other: Flask) -> None:
    alone = dataclasses.replace(published.place, shared=False)
    with published.place.transaction() as session:
        for file in session.query(StoredFile).all():
            stored_files.remove(session, file.path)
    offers.align_server(alone, published.server.server)
    path = exchange_paths.index(published.server.server)
    assert fetch(other, path).status_code == 404
    assert tree.share_what_lies_here(published.place) == 4
    assert tree.share_what_lies_here(published.place) == 0
    assert fetch(other, path).data == (published.tree / path).read_bytes()
    sealed = exchange_paths.payload(index_on(other, published).entries[0].payload.sha256)
    assert hashlib.sha256(fetch(other, sealed).data).hexdigest() in sealed


def test_a_bundle_that_two_nodes_are_sent_at_once_is_kept_once(published: Day, other: Flask) -> None:
    chunk = hashlib.sha256(b"awal").hexdigest()
    places = (published.place, workplace_of(other))
    for place in places:
        uploads.keep_chunk(place, published.server.server, "a" * 64, chunk, b"awal")
    assert uploads.list_chunks(places[0], published.server.server, "a" * 64) == [chunk]
    bundle = published.bundle(attempt(SITI, {"q1": "q1a"}))
    assert published.send(bundle).data == published.send(bundle).data


def test_a_large_file_is_kept_in_pieces_and_read_back_whole(day: Day) -> None:
    data = random.Random(7).randbytes(3 * stored_files.PIECE + 17)
    with day.place.transaction() as session:
        stored_files.write(session, "payloads/x", (data[at : at + 1000] for at in range(0, len(data), 1000)), EXAM_DAY)
        assert b"".join(stored_files.pieces(session, "payloads/x")) == data == stored_files.read(session, "payloads/x")
        known = stored_files.find(session, "payloads/x")
        assert known is not None
        assert (known.size, known.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        stored_files.write_once(session, "payloads/x", b"lain", EXAM_DAY + timedelta(days=1))
        assert stored_files.read(session, "payloads/x") == data
        stored_files.write(session, "payloads/x", b"baru", EXAM_DAY)
        assert stored_files.read(session, "payloads/x") == b"baru"


@pytest.mark.parametrize("text", ["", "{}", '{"data.key": 5}', '["x"]', '{"data.key": "AAAA"}'])
def test_what_is_no_set_of_keys_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Refusal, match="P-776"):
        key_transfer.take_keys(tmp_path / "keys", text)
    assert not (tmp_path / "keys").exists()


def test_a_node_never_gives_up_a_key_for_another(day: Day, other: Flask, tmp_path: Path) -> None:
    given = workplace_of(other), day.place
    assert given[0].centre.public == given[1].centre.public
    text = json.dumps(dict.fromkeys(key_transfer.SIZES, base64.b64encode(b"A" * 32).decode()))
    assert key_transfer.take_keys(tmp_path / "fresh", text)
    assert not key_transfer.take_keys(tmp_path / "fresh", text)
    (tmp_path / "fresh" / "data.key").write_bytes(b"B" * 32)
    with pytest.raises(Refusal, match="P-777"):
        key_transfer.take_keys(tmp_path / "fresh", text)
    with pytest.raises(Refusal, match="P-775"):
        key_transfer.keys_as_text(tmp_path / "none")


def test_several_hosts_on_one_sqlite_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="several_hosts"):
        load_settings({}, role="pusat", data_dir=tmp_path, several_hosts=True)
