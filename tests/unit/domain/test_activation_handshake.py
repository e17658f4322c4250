"""Nobody between a school and the centre can put in a key of their own, on either side."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain import canonical
from app.domain.activation import (
    ActivationRequest,
    Registration,
    School,
    check_request,
    check_response,
    make_request,
    make_response,
    read_request,
)
from app.domain.codes import new_code
from app.domain.documents import write_document
from app.domain.identities import CentreIdentity, ServerIdentity
from app.domain.protocol_refusals import ProtocolRefusal
from app.domain.records import from_body
from app.domain.signing import peek, sign

NOW = datetime(2026, 11, 10, 3, 0, tzinfo=UTC)
CODE = new_code()
CENTRE = CentreIdentity.generate()
ANTO = ServerIdentity.generate("P20104001-01")
MALLORY = ServerIdentity.generate("P20104001-01")
SCHOOL = School("20104001", "SMP Negeri 1", "Server 1", "Asia/Jakarta")
REQUEST = make_request(ANTO, CODE, "0.1.0", NOW)
RESPONSE = make_response(REQUEST, CODE, SCHOOL, CENTRE, NOW)


def refused(reason: str) -> Any:
    return pytest.raises(ProtocolRefusal, check=lambda error: error.reason == reason)


def test_both_sides_learn_each_others_keys_and_the_school_its_name() -> None:
    public = check_request(read_request(REQUEST), CODE)
    assert public.server == ANTO.server
    assert public.sign.public_bytes_raw() == ANTO.public.sign.public_bytes_raw()
    assert public.box.public_bytes_raw() == ANTO.public.box.public_bytes_raw()
    registration = check_response(RESPONSE, REQUEST, CODE)
    assert registration.school == SCHOOL
    assert registration.centre.sign.public_bytes_raw() == CENTRE.public.sign.public_bytes_raw()
    assert registration.centre.box.public_bytes_raw() == CENTRE.public.box.public_bytes_raw()


def test_a_request_without_the_code_is_refused() -> None:
    with refused("activation-proof"):
        check_request(read_request(make_request(ANTO, new_code(), "0.1.0", NOW)), CODE)


@pytest.mark.parametrize("field", ["sign_key", "box_key", "nonce", "server", "made_at", "program"])
def test_a_request_whose_keys_were_replaced_on_the_way_is_refused(field: str) -> None:
    """The attacker signs anew with a key of their own, but cannot make the proof."""
    request = from_body(ActivationRequest, peek("activation", REQUEST))
    theirs = MALLORY.public
    other = {
        "sign_key": theirs.sign.public_bytes_raw(),
        "box_key": theirs.box.public_bytes_raw(),
        "nonce": bytes(32),
        "server": "P20104001-09",
        "made_at": NOW + timedelta(days=1),
        "program": "9.9",
    }
    changed = replace(request, **{"sign_key": other["sign_key"], field: other[field]})
    with refused("activation-proof"):
        check_request(read_request(write_document(changed, MALLORY.sign)), CODE)


def test_a_request_must_be_signed_by_the_key_it_brings() -> None:
    body = peek("activation", REQUEST)
    with refused("unknown-key"):
        read_request(sign("activation", body, MALLORY.sign))


@pytest.mark.parametrize("field", ["centre_sign", "centre_box", "school", "server", "registered_at"])
def test_a_response_whose_keys_were_replaced_on_the_way_is_refused(field: str) -> None:
    registration = from_body(Registration, peek("registration", RESPONSE))
    false_centre = CentreIdentity.generate()
    other = {
        "centre_sign": false_centre.public.sign.public_bytes_raw(),
        "centre_box": false_centre.public.box.public_bytes_raw(),
        "school": replace(SCHOOL, name="SMP Lain"),
        "server": "P20104001-09",
        "registered_at": NOW + timedelta(days=1),
    }
    changed = replace(registration, **{"centre_sign": other["centre_sign"], field: other[field]})
    with refused("activation-answer"):
        check_response(write_document(changed, false_centre.sign), REQUEST, CODE)


def test_a_false_centre_without_the_code_is_refused() -> None:
    false_answer = make_response(REQUEST, new_code(), SCHOOL, CentreIdentity.generate(), NOW)
    with refused("activation-answer"):
        check_response(false_answer, REQUEST, CODE)


def test_an_answer_to_an_earlier_request_is_refused() -> None:
    later = make_request(ANTO, CODE, "0.1.0", NOW)
    with refused("activation-mixed"):
        check_response(RESPONSE, later, CODE)


def test_the_proof_of_a_request_cannot_be_sent_back_as_an_answers_proof() -> None:
    request = from_body(ActivationRequest, peek("activation", REQUEST))
    registration = from_body(Registration, peek("registration", RESPONSE))
    reflected = write_document(replace(registration, proof=request.proof), CENTRE.sign)
    with refused("activation-answer"):
        check_response(reflected, REQUEST, CODE)


@pytest.mark.parametrize("which", ["request", "response"])
def test_every_byte_of_the_handshake_counts(which: str) -> None:
    data = REQUEST if which == "request" else RESPONSE
    check = {
        "request": lambda changed: check_request(read_request(changed), CODE),
        "response": lambda changed: check_response(changed, REQUEST, CODE),
    }
    for place in range(len(data)):
        changed = data[:place] + bytes([data[place] ^ 0x01]) + data[place + 1 :]
        with pytest.raises(ProtocolRefusal):
            check[which](changed)


def test_neither_message_holds_the_code_or_a_private_key() -> None:
    for secret in (CODE, *ANTO.to_raw(), *CENTRE.to_raw()):
        for form in (secret, secret.hex().encode(), canonical.encode(secret).encode()):
            assert form not in REQUEST + RESPONSE


def test_keys_survive_being_stored_as_raw_halves() -> None:
    again = ServerIdentity.from_raw(ANTO.server, *ANTO.to_raw())
    assert make_request(again, CODE, "0.1.0", NOW, lambda size: bytes(size)) == make_request(
        ANTO, CODE, "0.1.0", NOW, lambda size: bytes(size)
    )
    assert CentreIdentity.from_raw(*CENTRE.to_raw()).to_raw() == CENTRE.to_raw()
