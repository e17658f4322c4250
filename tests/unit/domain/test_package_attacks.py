"""The attacks that an honest signature does not stop, one by one (the list of The Update Framework), each refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sealed_example import BUDI, CENTRE, EXAM_DAY, OTHER_SCHOOL, SCHOOL, SERVER, SITI, SYNC_DAY, Example, publish

from app.domain import documents
from app.domain.codes import format_code, new_code
from app.domain.identities import CentreIdentity
from app.domain.metadata_checks import Held, HeldPackage, check_not_expired
from app.domain.package_building import build_index, build_release, file_ref
from app.domain.package_keys import Binding, login_pepper
from app.domain.package_opening import (
    check_release,
    open_package,
    read_index,
    read_logins,
    release_from_code,
)
from app.domain.protocol_refusals import ProtocolRefusal
from app.domain.signing import sign, verify
from app.domain.student_passwords import matches
from tests.payload_sections import read_all


def refused(reason: str) -> Any:
    return pytest.raises(ProtocolRefusal, check=lambda error: error.reason == reason)


def open_with(example: Example, share: bytes, release: bytes) -> None:
    open_package(example.built.manifest, share, release, example.open_file(example.path("payload")))


@pytest.fixture(scope="module")
def first() -> Example:
    return publish(1)


@pytest.fixture(scope="module")
def second() -> Example:
    return publish(2)


def test_an_honest_package_is_checked_released_and_opened(first: Example) -> None:
    checked = first.check()
    assert checked.device_share == first.keys.device_share
    assert [entry.name for entry in checked.roster.participants] == [SITI.name, BUDI.name]
    release, released_at = check_release(first.release, checked.manifest, CENTRE.public)
    assert released_at == EXAM_DAY
    plain = open_package(checked.manifest, checked.device_share, release, first.open_file(first.path("payload")))
    sections = read_all(plain)
    assert len(sections) == 3
    passwords = {login.number: login.password for login in read_logins(sections["logins.json"], checked.manifest)}
    assert passwords == {SITI.number: SITI.password, BUDI.number: BUDI.password}
    pepper = login_pepper(release, checked.manifest.binding)
    siti, budi = checked.roster.participants
    assert matches(siti.verifier, pepper, checked.manifest.sitting, siti.number, passwords[siti.number].lower())
    assert not matches(budi.verifier, pepper, checked.manifest.sitting, budi.number, passwords[siti.number])


def test_the_phoned_code_opens_the_same_package(first: Example) -> None:
    manifest = first.built.manifest
    assert release_from_code(manifest, format_code(first.keys.code).lower().replace("-", " ")) == first.keys.release
    with refused("code-wrong"):
        release_from_code(manifest, format_code(new_code()))


def test_arbitrary_installation_by_another_signer_is_refused(first: Example) -> None:
    stranger = CentreIdentity.generate()
    body = verify("manifest", first.files[first.path("manifest")], CENTRE.public.sign)
    forged = replace(first, files={**first.files, first.path("manifest"): sign("manifest", body, stranger.sign)})
    with refused("unknown-key"):
        forged.check()
    index = build_index(SERVER, 9, SYNC_DAY, EXAM_DAY, [first.built.entry], stranger)
    with refused("unknown-key"):
        replace(first, files={**first.files, first.path("index"): index}).check()


def test_rollback_of_the_index_is_refused(first: Example) -> None:
    with refused("index-rollback"):
        replace(first, held=Held(index_version=2)).check()


def test_rollback_of_a_package_under_a_new_index_is_refused(first: Example) -> None:
    held = Held(1, "", {first.order.schedule.sitting: HeldPackage(2)})
    with refused("manifest-rollback"):
        replace(first.reindexed(5), held=held).check()


def test_two_indexes_with_one_version_number_are_refused(first: Example) -> None:
    held = Held(1, file_ref(first.files[first.path("index")]).sha256)
    replace(first, held=held).check()  # the same bytes again are fine
    again = publish(1)
    with refused("version-reused"):
        replace(again, held=held).check()


def test_two_manifests_with_one_version_number_are_refused(first: Example) -> None:
    sha256 = file_ref(first.files[first.path("manifest")]).sha256
    held = Held(1, "", {first.order.schedule.sitting: HeldPackage(1, sha256)})
    replace(first, held=held).check()
    with refused("version-reused"):
        replace(publish(1, index_version=2), held=held).check()


def test_an_indefinite_freeze_ends_when_the_index_expires(first: Example) -> None:
    expires_at = EXAM_DAY + timedelta(days=1)
    first.check(now=expires_at - timedelta(seconds=1))
    with refused("index-expired"):
        first.check(now=expires_at)


def test_an_expired_package_is_refused_at_sync_and_on_the_day() -> None:
    stale = publish(1, expires_at=EXAM_DAY)
    with refused("manifest-expired"):
        stale.check(now=EXAM_DAY)
    with refused("manifest-expired"):
        check_not_expired(stale.built.manifest, EXAM_DAY)
    check_not_expired(stale.built.manifest, EXAM_DAY - timedelta(seconds=1))


def test_a_clock_at_1970_is_named_as_the_cause(first: Example) -> None:
    with refused("clock-behind"):
        first.check(now=SYNC_DAY.replace(year=1970))
    first.check(now=SYNC_DAY - timedelta(hours=23))


@pytest.mark.parametrize("kind", ["manifest", "roster"])
def test_mix_and_match_of_two_versions_is_refused(first: Example, second: Example, kind: str) -> None:
    mixed = replace(first, files={**first.files, first.path(kind): second.files[second.path(kind)]})
    with refused("not-listed"):
        mixed.check()


def test_another_versions_payload_under_the_right_name_is_refused(first: Example, second: Example) -> None:
    mixed = {**first.files, first.path("payload"): second.files[second.path("payload")]}
    with refused("file-damaged"):
        replace(first, files=mixed).check()


@pytest.mark.parametrize("part", ["payload", "roster"])
def test_an_index_that_pairs_parts_of_two_versions_is_refused(first: Example, second: Example, part: str) -> None:
    with refused("version-mixed"):
        first.reindexed(3, **{part: getattr(second.built.entry, part)}).check()
    with refused("version-mixed"):
        first.reindexed(3, version=2).check()


def test_another_servers_package_is_refused(first: Example) -> None:
    theirs = publish(1, server=OTHER_SCHOOL)
    renamed = {path.replace(OTHER_SCHOOL.server, SERVER): data for path, data in theirs.files.items()}
    with refused("foreign-server"):
        replace(first, files=renamed).check()
    index = build_index(SERVER, 1, SYNC_DAY, EXAM_DAY, [theirs.built.entry], CENTRE)
    with refused("foreign-server"):
        replace(first, files={**renamed, first.path("index"): index}).check()


def test_another_servers_index_is_refused_by_itself(first: Example) -> None:
    with refused("foreign-server"):
        read_index(first.files[first.path("index")], CENTRE.public, OTHER_SCHOOL.server, Held(), SYNC_DAY)


def test_a_package_sealed_for_this_id_but_other_keys_is_refused(first: Example) -> None:
    """A machine set up anew under the same ID Server has new keys: the old packages are not for it."""
    with refused("box-not-opened"):
        replace(first, server=replace(OTHER_SCHOOL, server=SERVER)).check()


def test_another_sittings_package_is_refused(first: Example) -> None:
    other = publish(1, sitting="sesi-2")
    entry = replace(other.built.entry, sitting=first.order.schedule.sitting)
    files = {
        **first.files,
        first.path("manifest"): other.files[other.path("manifest")],
        first.path("index"): build_index(SERVER, 1, SYNC_DAY, EXAM_DAY, [entry], CENTRE),
    }
    with refused("foreign-sitting"):
        replace(first, files=files).check()


def test_a_sitting_that_is_not_on_offer_is_refused(first: Example) -> None:
    withdrawn = build_index(SERVER, 2, SYNC_DAY, EXAM_DAY, [], CENTRE)
    with refused("not-listed"):
        replace(first, files={**first.files, first.path("index"): withdrawn}).check()


@pytest.mark.parametrize("kind", ["index", "manifest", "roster", "payload"])
def test_a_missing_file_is_named(first: Example, kind: str) -> None:
    files = {path: data for path, data in first.files.items() if path != first.path(kind)}
    with refused("missing-file") as caught:
        replace(first, files=files).check()
    assert caught.value.values == {"path": first.path(kind)}


def test_endless_data_is_refused_without_reading_it_all(first: Example) -> None:
    with refused("too-large"):
        replace(first, files={**first.files, first.path("index"): bytes(17 * 1024 * 1024)}).check()


@pytest.mark.parametrize("kind", ["index", "manifest"])
def test_a_future_schema_asks_to_update_the_program(first: Example, kind: str) -> None:
    body = {**verify(kind, first.files[first.path(kind)], CENTRE.public.sign), "schema": 2, "news": True}
    newer = sign(kind, body, CENTRE.sign)
    files = {**first.files, first.path(kind): newer}
    if kind == "manifest":
        entry = replace(first.built.entry, manifest=file_ref(newer))
        files[first.path("index")] = build_index(SERVER, 2, SYNC_DAY, EXAM_DAY, [entry], CENTRE)
    with refused("future-schema") as caught:
        replace(first, files=files).check()
    assert "Perbarui program" in caught.value.remedy


def test_two_entries_for_one_sitting_are_refused(first: Example) -> None:
    index = build_index(SERVER, 2, SYNC_DAY, EXAM_DAY, [first.built.entry] * 2, CENTRE)
    with refused("bad-field"):
        replace(first, files={**first.files, first.path("index"): index}).check()


@pytest.mark.parametrize(
    ("binding", "reason"),
    [
        (Binding("P20104001-02", "sesi-1", 1), "foreign-server"),
        (Binding(SERVER, "sesi-2", 1), "foreign-sitting"),
        (Binding(SERVER, "sesi-1", 2), "wrong-release"),
    ],
)
def test_a_release_for_something_else_is_refused(first: Example, binding: Binding, reason: str) -> None:
    release = build_release(binding, first.keys.release, EXAM_DAY, CENTRE)
    with refused(reason):
        check_release(release, first.built.manifest, CENTRE.public)


def test_a_truly_signed_release_with_another_secret_is_refused(first: Example, second: Example) -> None:
    release = build_release(first.order.binding, second.keys.release, EXAM_DAY, CENTRE)
    with refused("wrong-release"):
        check_release(release, first.built.manifest, CENTRE.public)
    with refused("wrong-release"):
        open_with(first, first.keys.device_share, second.keys.release)


def test_the_release_without_this_servers_half_opens_nothing(first: Example, second: Example) -> None:
    with refused("key-not-opened"):
        open_with(first, second.keys.device_share, first.keys.release)


def test_a_roster_of_another_version_is_refused_even_when_the_centre_lists_it(first: Example, second: Example) -> None:
    """As if the centre itself had mixed two versions in a manifest it signed."""
    roster = second.files[second.path("roster")]
    manifest = replace(first.built.manifest, roster=file_ref(roster))
    signed = documents.write_document(manifest, CENTRE.sign)
    entry = replace(first.built.entry, manifest=file_ref(signed), roster=file_ref(roster))
    files = {
        **first.files,
        first.path("manifest"): signed,
        first.path("roster"): roster,
        first.path("index"): build_index(SERVER, 2, SYNC_DAY, EXAM_DAY, [entry], CENTRE),
    }
    with refused("box-not-opened"):  # the box itself is bound to the version
        replace(first, files=files, server=SCHOOL).check()
