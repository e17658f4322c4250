"""Every byte of every file of a small package is flipped, every length cut: each is refused, with a reason."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sealed_example import CENTRE, Example, publish

from app.domain.documents import Manifest, read_document
from app.domain.package_opening import check_payload, check_release, open_package, read_roster
from app.domain.protocol_refusals import WORDINGS, ProtocolRefusal
from tests.payload_sections import read_all

EXAMPLE = publish(1)
MANIFEST = EXAMPLE.built.manifest
KINDS = ("index", "manifest", "roster", "payload")


def flips(data: bytes) -> Iterator[bytes]:
    for place in range(len(data)):
        for mask in (0x01, 0x20, 0x80):
            yield data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :]


def cuts(data: bytes) -> Iterator[bytes]:
    yield from (data[:length] for length in range(len(data)))
    yield data + b"\0"
    yield data + data


def reasons(versions: Iterator[bytes], read: Callable[[bytes], object]) -> Counter[str]:
    """How often each reason came; a version that is accepted fails the test."""
    found: Counter[str] = Counter()
    for number, data in enumerate(versions):
        with pytest.raises(ProtocolRefusal) as caught:
            assert read(data) is None, f"change number {number} was accepted"
        assert caught.value.cause == WORDINGS[caught.value.reason].cause
        assert caught.value.remedy
        found[caught.value.reason] += 1
    return found


def check_with(kind: str) -> Callable[[bytes], object]:
    return lambda data: replace(EXAMPLE, files={**EXAMPLE.files, EXAMPLE.path(kind): data}).check()


@pytest.mark.parametrize("kind", KINDS)
def test_every_flipped_byte_is_refused_at_sync(kind: str) -> None:
    data = EXAMPLE.files[EXAMPLE.path(kind)]
    found = reasons(flips(data), check_with(kind))
    assert found.total() == 3 * len(data)


@pytest.mark.parametrize("kind", KINDS)
def test_every_cut_and_every_addition_is_refused_at_sync(kind: str) -> None:
    data = EXAMPLE.files[EXAMPLE.path(kind)]
    assert reasons(cuts(data), check_with(kind)).total() == len(data) + 2


@pytest.mark.parametrize("change", [flips, cuts])
def test_every_change_of_the_release_is_refused(change: Callable[[bytes], Iterator[bytes]]) -> None:
    found = reasons(change(EXAMPLE.release), lambda data: check_release(data, MANIFEST, CENTRE.public))
    assert set(found) <= {"not-signed", "wrong-kind", "unknown-key", "bad-signature"}


@pytest.mark.parametrize("change", [flips, cuts])
def test_a_payload_damaged_after_sync_is_refused_at_opening(change: Callable[[bytes], Iterator[bytes]]) -> None:
    """The seal alone, without the hash that sync looked at: a disk may rot in the days between."""

    def read(data: bytes) -> object:
        return read_all(open_package(MANIFEST, EXAMPLE.keys.device_share, EXAMPLE.keys.release, io.BytesIO(data)))

    assert read(EXAMPLE.files[EXAMPLE.path("payload")])
    assert set(reasons(change(EXAMPLE.files[EXAMPLE.path("payload")]), read)) == {"payload-damaged"}


@pytest.mark.parametrize("change", [flips, cuts])
def test_a_manifest_damaged_after_sync_is_refused_by_its_signature_alone(
    change: Callable[[bytes], Iterator[bytes]],
) -> None:
    data = EXAMPLE.files[EXAMPLE.path("manifest")]
    reasons(change(data), lambda changed: read_document(Manifest, changed, CENTRE.public.signers))


def test_a_roster_boxed_by_somebody_else_is_refused() -> None:
    """Anyone can box to a public key; only the manifest says which box counts."""
    other: Example = publish(1)
    with pytest.raises(ProtocolRefusal, check=lambda error: error.reason == "not-listed"):
        read_roster(other.files[other.path("roster")], MANIFEST, EXAMPLE.server, CENTRE.public)


def test_progress_of_the_payload_check_is_told_in_bytes() -> None:
    told: list[tuple[int, int]] = []
    check_payload(EXAMPLE.open_file(EXAMPLE.path("payload")), MANIFEST, lambda done, total: told.append((done, total)))
    assert told[-1] == (MANIFEST.payload.size, MANIFEST.payload.size)
