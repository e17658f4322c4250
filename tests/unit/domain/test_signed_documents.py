"""Only the canonical bytes of a known kind, signed by a known key, are a document."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.domain import canonical
from app.domain.protocol_refusals import WORDINGS, ProtocolRefusal, refuse
from app.domain.signing import KINDS, MAGIC, key_id, peek, sign, verify

CENTRE = Ed25519PrivateKey.generate()
OTHER = Ed25519PrivateKey.generate()
BODY = {"server": "P1", "name": "Rahayu ✓", "list": [1, None, True], "version": 3}

plain_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=15,
)


def refused(reason: str) -> Any:
    return pytest.raises(ProtocolRefusal, check=lambda error: error.reason == reason)


def signed_raw(kind: str, content: bytes, key: Ed25519PrivateKey = CENTRE) -> bytes:
    """A truly signed document with any content, as only the centre itself could make it."""
    head = MAGIC + f"{kind} {key_id(key.public_key())}".encode()
    return head + b" " + canonical.encode(key.sign(head + b"\n" + content)).encode() + b"\n" + content


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), plain_json, max_size=5))
def test_what_was_signed_is_what_is_read(body: dict[str, Any]) -> None:
    assert verify("manifest", sign("manifest", body, CENTRE), CENTRE.public_key()) == body


def test_every_byte_counts() -> None:
    data = sign("manifest", BODY, CENTRE)
    for place in range(len(data)):
        for mask in (1, 0x20, 0x80):
            changed = data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :]
            with pytest.raises(ProtocolRefusal):
                verify("manifest", changed, CENTRE.public_key())


def test_every_truncation_and_one_byte_more_is_refused() -> None:
    data = sign("manifest", BODY, CENTRE)
    for changed in [data[:length] for length in range(len(data))] + [data + b"\n", data + b" ", b" " + data]:
        with pytest.raises(ProtocolRefusal):
            verify("manifest", changed, CENTRE.public_key())


def test_a_document_never_passes_for_another_kind() -> None:
    data = sign("release", BODY, CENTRE)
    with refused("wrong-kind"):
        verify("manifest", data, CENTRE.public_key())
    with refused("bad-signature"):
        verify("manifest", data.replace(b"release", b"manifest", 1), CENTRE.public_key())


def test_an_unknown_kind_is_neither_signed_nor_read() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        sign("letter", BODY, CENTRE)
    with refused("wrong-kind"):
        verify("letter", signed_raw("letter", canonical.dumps(BODY)), CENTRE.public_key())


def test_another_key_is_unknown_even_under_our_keys_id() -> None:
    data = sign("index", BODY, OTHER)
    with refused("unknown-key"):
        verify("index", data, CENTRE.public_key())
    renamed = data.replace(key_id(OTHER.public_key()).encode(), key_id(CENTRE.public_key()).encode(), 1)
    with refused("bad-signature"):
        verify("index", renamed, CENTRE.public_key())


def test_an_earlier_key_of_the_centre_is_honoured_when_it_is_listed() -> None:
    assert verify("index", sign("index", BODY, OTHER), [CENTRE.public_key(), OTHER.public_key()]) == BODY


@pytest.mark.parametrize(
    "content",
    [
        b'{"a":1,"a":1}',
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":1.0}',
        b'{"a":1e2}',
        b'{"a":-0}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":"\\u0041"}',
        b'{"a":"\\/"}',
        b'{"a":"\\ud800"}',
        b'{"a":9223372036854775808}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":1}\n',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":"\xff"}',
        b"[]",
        b"1",
        b"",
        b"{" + b'"a":{' * 20 + b"}" * 21,
        b'{"a":' + b"[" * 100_000,
    ],
)
def test_another_spelling_of_the_same_content_is_refused_even_when_truly_signed(content: bytes) -> None:
    with refused("not-canonical"):
        verify("index", signed_raw("index", content), CENTRE.public_key())


def test_a_document_beyond_the_cap_is_refused_before_anything_else() -> None:
    with refused("too-large"):
        verify("index", sign("index", {"a": "x" * 100}, CENTRE), CENTRE.public_key(), limit=100)


def test_the_signature_has_one_spelling() -> None:
    data = sign("index", BODY, CENTRE)
    head, body = data.split(b"\n", 1)
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = last[last.index(chr(head[-1])) ^ 1]  # the same 64 bytes, other unused bits
    with refused("not-signed"):
        verify("index", head[:-1] + other.encode() + b"\n" + body, CENTRE.public_key())
    with refused("not-signed"):
        verify("index", head + b"=\n" + body, CENTRE.public_key())


def test_peeking_proves_nothing_but_checks_the_form() -> None:
    assert peek("index", sign("index", BODY, OTHER)) == BODY
    with refused("not-canonical"):
        peek("index", signed_raw("index", b"{ }", OTHER))


def test_floats_have_no_canonical_form() -> None:
    with pytest.raises(TypeError):
        sign("index", {"a": 1.5}, CENTRE)


def test_canonical_bytes_are_sorted_and_without_spaces() -> None:
    assert (
        canonical.dumps({"b": [1, {"d": None, "c": "é"}], "a": True})
        == '{"a":true,"b":[1,{"c":"é","d":null}]}'.encode()
    )


@given(st.binary(max_size=100))
def test_base64url_has_one_spelling(data: bytes) -> None:
    assert canonical.decode(canonical.encode(data)) == data
    assert json.loads(canonical.dumps({"a": canonical.encode(data)}))["a"] == canonical.encode(data)


@pytest.mark.parametrize("text", ["QQ==", "QR", "Q", "Q+", "Q/", "é", "QQ\n", " QQ"])
def test_another_spelling_of_base64url_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        canonical.decode(text)


def test_every_refusal_has_its_own_code_a_cause_and_a_remedy() -> None:
    assert len({wording.code for wording in WORDINGS.values()}) == len(WORDINGS)
    for reason, wording in WORDINGS.items():
        assert wording.code[:3] in ("S-3", "P-3")
        assert wording.cause.endswith(".")
        assert wording.remedy.endswith(".")
        assert refuse(reason, **_anything()).extra == {"reason": reason}
    assert len(KINDS) == 10


def _anything() -> dict[str, object]:
    names = "field found expected path groups version seconds detail status"
    return dict.fromkeys(names.split(), 1)
