"""Results arrive once, whatever the line does, and only a receipt for exactly them counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from small_centre import NOW, NOW_S, SmallCentre, running

from app.domain import exchange_paths
from app.domain.bundles import (
    AnswerRecord,
    AttemptRecord,
    AuditHead,
    Bundle,
    Results,
    build_bundle,
    build_receipt,
    open_bundle,
)
from app.domain.identities import CentreIdentity, ServerIdentity
from app.domain.protocol_refusals import ProtocolRefusal
from app.sync import exchange
from app.sync.http_client import HttpClient
from app.sync.transport import FolderTransport, HttpTransport, stick_folder
from app.sync.uploading import CHUNK, CentreApi, chunk_names, find_receipt, put_on_stick, upload

CENTRE = CentreIdentity.generate()
SCHOOL = ServerIdentity.generate("P20104001-01")


def refused(reason: str) -> Any:
    return pytest.raises(ProtocolRefusal, check=lambda error: error.reason == reason)


def make_bundle(essays: int = 1) -> Bundle:
    """Essays that do not shrink, so that a bundle has several chunks."""
    texts = ["".join(f"{(place * 7919 + number) ** 3:x}" for number in range(9_000)) for place in range(essays)]
    answers = tuple(AnswerRecord(f"q{place}", text, False, place, 1, 10, 20, False) for place, text in enumerate(texts))
    siti = AttemptRecord("01-001-001-8", "finished", 1, 0, 1, "student", 0, answers)
    results = Results(SCHOOL.server, "sesi-1", 1, NOW, (siti,), (), (), AuditHead(0, ""))
    return build_bundle(results, SCHOOL, CENTRE.public)


LARGE = make_bundle(essays=60)


@pytest.fixture
def centre() -> Iterator[SmallCentre]:
    with running(SmallCentre(CENTRE, SCHOOL)) as centre:
        yield centre


def api(centre: SmallCentre, identity: ServerIdentity = SCHOOL, now_s: int = NOW_S) -> CentreApi:
    return CentreApi(HttpClient(centre.base_url), identity, lambda: now_s)


def send(centre: SmallCentre, bundle: Bundle = LARGE, progress: Any = None) -> bytes:
    receipt, believed = upload(api(centre), SCHOOL.server, "sesi-1", bundle.data, CENTRE.public, progress)
    assert believed.bundle == bundle.name
    return receipt


def puts(centre: SmallCentre) -> int:
    return sum(line.startswith("PUT") for line in centre.seen)


def test_the_bundle_of_this_test_has_several_chunks() -> None:
    assert len(chunk_names(LARGE.data)) >= 3
    assert len(LARGE.data) > 2 * CHUNK


def test_a_bundle_arrives_and_its_receipt_is_believed(centre: SmallCentre) -> None:
    told: list[tuple[int, int]] = []
    send(centre, progress=lambda done, total: told.append((done, total)))
    assert puts(centre) == len(chunk_names(LARGE.data))
    assert told == sorted(told)
    assert told[-1] == (len(LARGE.data), len(LARGE.data))


def test_a_broken_line_costs_only_what_had_not_arrived(centre: SmallCentre) -> None:
    centre.refuse_chunks_after = 2
    with refused("no-connection"):
        send(centre)
    centre.refuse_chunks_after = -1
    centre.seen.clear()
    send(centre)
    assert puts(centre) == len(chunk_names(LARGE.data)) - 2


def test_a_repeat_gets_the_same_receipt_and_sends_nothing(centre: SmallCentre) -> None:
    first = send(centre)
    centre.seen.clear()
    assert send(centre) == first
    assert puts(centre) == 0
    assert len(centre.receipts) == 1


def test_a_receipt_of_a_false_centre_does_not_count(centre: SmallCentre) -> None:
    results, content = open_bundle(LARGE.data, LARGE.name, SCHOOL.server, CENTRE, {SCHOOL.server: SCHOOL.public}.get)
    centre.receipts[LARGE.name] = build_receipt(results, LARGE.name, content, NOW, CentreIdentity.generate())
    with refused("unknown-key"):
        send(centre)


def test_a_receipt_for_another_bundle_does_not_count(centre: SmallCentre) -> None:
    other = make_bundle()
    centre.receipts[LARGE.name] = send(centre, other)
    with refused("receipt-mixed"):
        send(centre)


def test_another_servers_signature_is_refused_by_the_centre(centre: SmallCentre) -> None:
    with refused("centre-refused") as caught:
        upload(api(centre, ServerIdentity.generate(SCHOOL.server)), SCHOOL.server, "s", b"x", CENTRE.public)
    assert caught.value.values["status"] == 401
    assert "P-355" in str(caught.value.values["detail"])


def test_a_wrong_clock_is_told_by_the_centre(centre: SmallCentre) -> None:
    with refused("centre-refused") as caught:
        upload(api(centre, now_s=NOW_S - 86400), SCHOOL.server, "s", b"x", CENTRE.public)
    assert "P-356" in str(caught.value.values["detail"])


def test_results_go_out_and_receipts_come_back_on_a_stick(tmp_path: Path) -> None:
    stick = stick_folder(tmp_path, create=True)
    path = put_on_stick(stick, SCHOOL.server, LARGE.data)
    assert path == exchange_paths.upload(SCHOOL.server, LARGE.name)
    assert put_on_stick(stick, SCHOOL.server, LARGE.data) == path  # again changes nothing
    transport = FolderTransport(tmp_path)
    assert find_receipt(transport, SCHOOL.server, "sesi-1", LARGE.name, CENTRE.public) is None

    carried = transport.read(path)  # what the centre does with the stick
    results, content = open_bundle(carried, LARGE.name, SCHOOL.server, CENTRE, {SCHOOL.server: SCHOOL.public}.get)
    receipt = build_receipt(results, LARGE.name, content, NOW, CENTRE)
    exchange.write(stick, exchange_paths.receipt(SCHOOL.server, LARGE.name), receipt)

    found = find_receipt(transport, SCHOOL.server, "sesi-1", LARGE.name, CENTRE.public)
    assert found is not None
    assert found[0] == receipt
    assert found[1].attempts == 1


def test_the_stick_carries_the_same_bytes_and_gets_the_same_receipt_as_the_network(
    centre: SmallCentre, tmp_path: Path
) -> None:
    by_network = send(centre)
    stick = stick_folder(tmp_path, create=True)
    assert exchange.read(stick, put_on_stick(stick, SCHOOL.server, LARGE.data), 10**8) == LARGE.data
    centre.files[exchange_paths.receipt(SCHOOL.server, LARGE.name)] = by_network
    found = find_receipt(HttpTransport(centre.base_url), SCHOOL.server, "sesi-1", LARGE.name, CENTRE.public)
    assert found is not None
    assert found[0] == by_network


def test_a_damaged_receipt_on_a_stick_is_refused(tmp_path: Path) -> None:
    stick = stick_folder(tmp_path, create=True)
    exchange.write(stick, exchange_paths.receipt(SCHOOL.server, LARGE.name), b"rusak")
    with refused("not-signed"):
        find_receipt(FolderTransport(tmp_path), SCHOOL.server, "sesi-1", LARGE.name, CENTRE.public)
