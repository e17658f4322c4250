"""Before the release nothing in a package tells a question, a password or a key; after it still no answer key."""

from __future__ import annotations

import base64
import gzip
import json

import pytest
from sealed_example import BUDI, CENTRE, MARKER, SITI, Example, paper_bytes, publish

from app.domain import canonical, package_keys
from app.domain.boxing import unbox
from app.domain.codes import format_code
from app.domain.package_keys import Binding, commitment, entry_token_key, login_pepper
from app.domain.package_opening import open_package
from app.domain.protocol_refusals import ProtocolRefusal
from tests.payload_sections import read_all

EXAMPLE = publish(1)
BINDING = EXAMPLE.order.binding


def everything_before_release(example: Example) -> bytes:
    """All bytes a school holds before the release, its boxes opened with its own key."""
    roster = unbox(example.files[example.path("roster")], example.server.box, BINDING.context("roster"))
    share = unbox(example.built.manifest.device_share, example.server.box, BINDING.context("device-share"))
    return b"\0".join([*example.files.values(), roster, share, *example.server.to_raw()])


def spellings(secret: bytes) -> list[bytes]:
    return [
        secret,
        secret.hex().encode(),
        base64.b64encode(secret).rstrip(b"="),
        canonical.encode(secret).encode(),
    ]


@pytest.mark.parametrize("text", [MARKER, SITI.password, BUDI.password])
def test_no_question_and_no_password_is_in_any_byte_before_release(text: str) -> None:
    held = everything_before_release(EXAMPLE)
    for form in (text.encode(), text.encode("utf-16-le"), text.lower().encode(), text.encode().hex().encode()):
        assert form not in held
    assert paper_bytes()[20:60] not in held  # nor the packed paper, in which the marker is not to be seen


@pytest.mark.parametrize("name", ["key", "release", "code", "pepper", "token key"])
def test_no_key_that_opens_anything_is_in_any_byte_before_release(name: str) -> None:
    keys = EXAMPLE.keys
    secret = {
        "key": keys.key,
        "release": keys.release,
        "code": keys.code,
        "pepper": login_pepper(keys.release, BINDING),
        "token key": entry_token_key(keys.release, BINDING),
    }[name]
    held = everything_before_release(EXAMPLE)
    for form in spellings(secret):
        assert form not in held
    assert format_code(keys.code).encode() not in held


def test_the_share_is_readable_by_this_server_only_and_not_in_the_files() -> None:
    travelling = b"\0".join(EXAMPLE.files.values()) + EXAMPLE.release
    for form in spellings(EXAMPLE.keys.device_share):
        assert form not in travelling


def test_the_release_file_holds_neither_the_payload_key_nor_the_code() -> None:
    for secret in (EXAMPLE.keys.key, EXAMPLE.keys.code, EXAMPLE.keys.device_share):
        for form in spellings(secret):
            assert form not in EXAMPLE.release


def test_two_packages_of_the_same_paper_share_no_secret_and_no_sealed_byte_run() -> None:
    other = publish(1)
    first, second = EXAMPLE.files[EXAMPLE.path("payload")], other.files[other.path("payload")]
    assert first[20:] != second[20:]
    assert not {EXAMPLE.keys.key, EXAMPLE.keys.release, EXAMPLE.keys.device_share, EXAMPLE.keys.code} & {
        other.keys.key,
        other.keys.release,
        other.keys.device_share,
        other.keys.code,
    }


@pytest.mark.parametrize(
    "extra",
    [
        {"key": "a"},
        {"options": [{"id": "a", "html": "satu", "weight": 1}]},
        {"rows": [{"id": "r", "html": "x", "key": ["c"]}]},
        {"answers": [{"text": "42"}]},
        {"guide": "pedoman penskoran"},
    ],
)
def test_a_paper_that_still_has_its_key_cannot_be_sealed(extra: dict[str, object]) -> None:
    with pytest.raises(ProtocolRefusal, check=lambda error: error.reason == "key-in-paper"):
        publish(1, paper=paper_bytes(**extra))


def test_the_search_would_find_what_is_there() -> None:
    """The opened payload shows both marks, so the searches above can fail."""
    manifest, keys = EXAMPLE.built.manifest, EXAMPLE.keys
    payload = EXAMPLE.open_file(EXAMPLE.path("payload"))
    opened = open_package(manifest, keys.device_share, keys.release, payload).read()
    assert MARKER.encode() in opened
    assert SITI.password.encode() in opened
    assert paper_bytes()[20:60] in opened


def test_what_opens_on_the_day_is_the_paper_as_it_went_in() -> None:
    manifest, keys = EXAMPLE.built.manifest, EXAMPLE.keys
    payload = EXAMPLE.open_file(EXAMPLE.path("payload"))
    sections = read_all(open_package(manifest, keys.device_share, keys.release, payload))
    (paper,) = (data for name, data in sections.items() if name.startswith("papers/"))
    assert json.loads(gzip.decompress(paper))["questions"][0]["stem"] == f"<p>{MARKER}</p>"


def test_every_derived_key_differs_from_every_other_and_from_its_source() -> None:
    release = EXAMPLE.keys.release
    bindings = [
        BINDING,
        Binding("P20104001-02", "sesi-1", 1),
        Binding("P20104001-01", "sesi-2", 1),
        Binding("P20104001-01", "sesi-1", 2),
    ]
    derived = [make(release, binding) for binding in bindings for make in (entry_token_key, login_pepper, commitment)]
    assert len({release, *derived}) == len(derived) + 1


def test_the_halves_cannot_be_exchanged_or_split_elsewhere() -> None:
    keys = EXAMPLE.keys
    wrapped = package_keys.wrap_key(keys.key, keys.release, keys.device_share, BINDING)
    assert package_keys.unwrap_key(wrapped, keys.release, keys.device_share, BINDING) == keys.key
    together = keys.release + keys.device_share
    for release, share in (
        (keys.device_share, keys.release),
        (together[:33], together[33:]),
        (b"", together),
        (together, b""),
        (bytes(32), keys.device_share),
        (keys.release, bytes(32)),
    ):
        with pytest.raises(ProtocolRefusal, check=lambda error: error.reason == "key-not-opened"):
            package_keys.unwrap_key(wrapped, release, share, BINDING)
    with pytest.raises(ProtocolRefusal, check=lambda error: error.reason == "key-not-opened"):
        package_keys.unwrap_key(wrapped, keys.release, keys.device_share, Binding("P1", "sesi-1", 1))


def test_the_code_of_one_package_opens_no_other() -> None:
    wrapped = EXAMPLE.built.manifest.release_by_code
    assert package_keys.unwrap_release(wrapped, EXAMPLE.keys.code, BINDING) == EXAMPLE.keys.release
    with pytest.raises(ProtocolRefusal, check=lambda error: error.reason == "code-wrong"):
        package_keys.unwrap_release(wrapped, EXAMPLE.keys.code, Binding("P20104001-01", "sesi-2", 1))


def test_the_default_stretching_is_argon2id_at_64_mib_and_three_passes() -> None:
    costs = package_keys.Stretching()
    assert (costs.memory_kib, costs.passes, costs.lanes) == (65536, 3, 1)
    release = CENTRE.sign.private_bytes_raw()
    wrapped = package_keys.wrap_release(release, bytes(10), BINDING)
    assert package_keys.unwrap_release(wrapped, bytes(10), BINDING) == release
