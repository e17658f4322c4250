"""Results reach the centre whole, from the server that made them, readable by nobody between."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import bundles, canonical
from app.domain.boxing import box, context
from app.domain.bundles import (
    AnswerRecord,
    AttemptRecord,
    AuditHead,
    BundleHead,
    CreditRecord,
    OutageRecord,
    Results,
    build_bundle,
    build_receipt,
    check_receipt,
    open_bundle,
)
from app.domain.documents import write_document
from app.domain.identities import CentreIdentity, ServerIdentity, ServerPublic
from app.domain.protocol_refusals import ProtocolRefusal

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
CENTRE = CentreIdentity.generate()
SCHOOL = ServerIdentity.generate("P20104001-01")
OTHER = ServerIdentity.generate("P20104001-02")
PACKED = gzip.compress(b"{}", mtime=0)  # named in test names, which each worker of a run must know alike
SERVERS = {identity.server: identity.public for identity in (SCHOOL, OTHER)}


def refused(reason: str) -> Any:
    return pytest.raises(ProtocolRefusal, check=lambda error: error.reason == reason)


def answer(question: str, value: Any) -> AnswerRecord:
    return AnswerRecord(question, value, False, 7, 1, 1_795_393_900_000, 1_795_393_900_250, False)


def results(*values: Any) -> Results:
    answers = tuple(answer(f"q{place}", value) for place, value in enumerate(values, 1))
    siti = AttemptRecord(
        "01-001-001-8", "finished", 4711, 1_795_393_800_000, 1_795_399_200_000, "student", 60_000, answers
    )
    budi = AttemptRecord("01-001-002-7", "waiting", 4712, None, None, None, 0, ())
    return Results(
        server=SCHOOL.server,
        sitting="sesi-1",
        version=1,
        made_at=NOW,
        attempts=(siti, budi),
        outages=(OutageRecord(1_795_394_000_000, 1_795_394_060_000, "listrik padam", True),),
        credits=(CreditRecord(None, 60_000, "listrik padam", NOW, "ratna"),),
        audit=AuditHead(12, "ab" * 32),
    )


def open_it(data: bytes, server: str = SCHOOL.server, name: str | None = None) -> tuple[Results, str]:
    return open_bundle(data, name or hashlib.sha256(data).hexdigest(), server, CENTRE, SERVERS.get)


ALL_TYPES = ("a", ["a", "b"], {"r1": "c1"}, {"r1": ["c1", "c2"]}, "3,14 ≈ π 😀 \u202e\0", None)


def test_every_type_of_answer_comes_through_as_it_was() -> None:
    bundle = build_bundle(results(*ALL_TYPES), SCHOOL, CENTRE.public)
    assert bundle.name == hashlib.sha256(bundle.data).hexdigest()
    found, content = open_it(bundle.data)
    assert found == results(*ALL_TYPES)
    assert content == bundle.content_sha256


@given(st.text() | st.lists(st.text(), max_size=5) | st.dictionaries(st.text(), st.text(), max_size=5))
def test_any_answer_can_be_bundled(value: Any) -> None:
    """Half surrogates are no text; they become a visible mark instead of holding back a whole room."""
    found, _ = open_it(build_bundle(results(value), SCHOOL, CENTRE.public).data)
    stored = found.attempts[0].answers[0].value
    if canonical_or_none(value) is not None:
        assert stored == value


def canonical_or_none(value: Any) -> bytes | None:
    try:
        return canonical.dumps(value)
    except UnicodeEncodeError:
        return None


def test_a_half_surrogate_becomes_a_visible_mark() -> None:
    found, _ = open_it(build_bundle(results("a\ud800b"), SCHOOL, CENTRE.public).data)
    assert found.attempts[0].answers[0].value == "a\ufffdb"


def test_the_same_results_bundled_twice_have_one_content_hash() -> None:
    first, second = (build_bundle(results("a"), SCHOOL, CENTRE.public) for _ in range(2))
    assert first.name != second.name
    assert first.content_sha256 == second.content_sha256
    assert build_bundle(results("b"), SCHOOL, CENTRE.public).content_sha256 != first.content_sha256


def test_nobody_between_reads_an_answer_or_a_name() -> None:
    data = build_bundle(results("jawaban-siti"), SCHOOL, CENTRE.public).data
    assert b"jawaban-siti" not in data
    assert b"01-001-001-8" not in data
    with refused("bundle-damaged"):
        open_bundle(data, hashlib.sha256(data).hexdigest(), SCHOOL.server, CentreIdentity.generate(), SERVERS.get)


def test_every_flipped_byte_and_every_cut_is_refused_even_under_a_matching_name() -> None:
    data = build_bundle(results("a"), SCHOOL, CENTRE.public).data
    changed = [data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :] for place in range(len(data))]
    for version in [*changed, *(data[:length] for length in range(0, len(data), 3)), data + b"\0"]:
        with refused("bundle-damaged"):
            open_it(version)


def test_a_bundle_under_another_name_is_refused() -> None:
    data = build_bundle(results("a"), SCHOOL, CENTRE.public).data
    with refused("bundle-damaged"):
        open_it(data, name="0" * 64)


def test_a_bundle_sent_in_another_servers_name_is_refused() -> None:
    data = build_bundle(results("a"), SCHOOL, CENTRE.public).data
    with refused("bundle-damaged"):
        open_it(data, server=OTHER.server)
    with refused("unknown-key"):
        open_bundle(data, hashlib.sha256(data).hexdigest(), SCHOOL.server, CENTRE, lambda _: None)


def forged(head_changes: dict[str, Any], signer: ServerIdentity, packed: bytes, server: str = SCHOOL.server) -> bytes:
    """A bundle as whoever knows all public keys can box it."""
    head = BundleHead(
        server=server,
        sitting="sesi-1",
        version=1,
        centre=CENTRE.public.box.public_bytes_raw(),
        packed_size=len(packed),
        packed_sha256=hashlib.sha256(packed).hexdigest(),
        content_sha256="0" * 64,
    )
    plain = write_document(replace(head, **head_changes), signer.sign) + b"\n" + packed
    return box(plain, CENTRE.public.box, context("bundle", server))


def test_forged_results_of_another_signer_are_refused() -> None:
    with refused("unknown-key"):
        open_it(forged({}, OTHER, gzip.compress(b"{}")))
    with refused("foreign-server"):
        open_it(forged({"server": OTHER.server}, SCHOOL, gzip.compress(b"{}")))


@pytest.mark.parametrize(
    "changes",
    [
        {"packed_size": 1},
        {"packed_sha256": "0" * 64},
        {"content_sha256": "0" * 64},
        {"centre": bytes(32)},
        {"sitting": "sesi-2"},
        {"version": 2},
    ],
)
def test_a_head_that_does_not_fit_what_follows_is_refused(changes: dict[str, Any]) -> None:
    content = canonical.dumps(bundles.to_body(results("a")))
    honest = {"content_sha256": hashlib.sha256(content).hexdigest()}
    packed = gzip.compress(content)
    assert open_it(forged(honest, SCHOOL, packed))[0] == results("a")
    with refused("bundle-damaged"):
        open_it(forged({**honest, **changes}, SCHOOL, packed))


@pytest.mark.parametrize("packed", [b"", b"not gzip", PACKED[:-1], PACKED * 2])
def test_what_does_not_unpack_cleanly_is_refused(packed: bytes) -> None:
    with refused("bundle-damaged"):
        open_it(forged({}, SCHOOL, packed))


def test_a_bomb_is_refused_without_unpacking_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "MAX_CONTENT", 1_000_000)
    with refused("too-large"):
        open_it(forged({}, SCHOOL, gzip.compress(bytes(5_000_000))))


def test_results_that_name_another_sitting_than_the_signed_head_are_refused() -> None:
    content = canonical.dumps(bundles.to_body(replace(results("a"), sitting="sesi-2")))
    packed = gzip.compress(content)
    with refused("bundle-damaged"):
        open_it(forged({"content_sha256": hashlib.sha256(content).hexdigest()}, SCHOOL, packed))


def test_a_server_cannot_bundle_anothers_results() -> None:
    with pytest.raises(ValueError, match="another server"):
        build_bundle(results("a"), OTHER, CENTRE.public)


def test_the_receipt_is_for_exactly_this_bundle() -> None:
    bundle = build_bundle(results("a"), SCHOOL, CENTRE.public)
    found, content = open_it(bundle.data)
    receipt = build_receipt(found, bundle.name, content, NOW, CENTRE)
    assert receipt == build_receipt(found, bundle.name, content, NOW, CENTRE)
    believed = check_receipt(receipt, bundle.name, SCHOOL.server, "sesi-1", CENTRE.public)
    assert (believed.attempts, believed.content, believed.received_at) == (2, bundle.content_sha256, NOW)
    for name, server, sitting in (
        ("0" * 64, SCHOOL.server, "sesi-1"),
        (bundle.name, OTHER.server, "sesi-1"),
        (bundle.name, SCHOOL.server, "sesi-2"),
    ):
        with refused("receipt-mixed"):
            check_receipt(receipt, name, server, sitting, CENTRE.public)


def test_a_forged_or_damaged_receipt_is_refused() -> None:
    bundle = build_bundle(results("a"), SCHOOL, CENTRE.public)
    receipt = build_receipt(results("a"), bundle.name, bundle.content_sha256, NOW, CENTRE)
    forged_receipt = build_receipt(results("a"), bundle.name, bundle.content_sha256, NOW, CentreIdentity.generate())
    with refused("unknown-key"):
        check_receipt(forged_receipt, bundle.name, SCHOOL.server, "sesi-1", CENTRE.public)
    for place in range(len(receipt)):
        changed = receipt[:place] + bytes([receipt[place] ^ 1]) + receipt[place + 1 :]
        with pytest.raises(ProtocolRefusal):
            check_receipt(changed, bundle.name, SCHOOL.server, "sesi-1", CENTRE.public)


def test_servers_are_found_by_name_only() -> None:
    found: list[str] = []

    def find(server: str) -> ServerPublic | None:
        found.append(server)
        return SERVERS.get(server)

    data = build_bundle(results("a"), SCHOOL, CENTRE.public).data
    open_bundle(data, hashlib.sha256(data).hexdigest(), SCHOOL.server, CENTRE, find)
    assert found == [SCHOOL.server]
