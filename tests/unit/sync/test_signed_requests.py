"""The centre knows who calls, what exactly was asked, and when."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from app.domain.identities import ServerIdentity
from app.domain.protocol_refusals import ProtocolRefusal
from app.sync.requests_auth import WINDOW_S, authorization, check_authorization

SCHOOL = ServerIdentity.generate("P20104001-01")
OTHER = ServerIdentity.generate("P20104001-02")
KEYS = {identity.server: identity.sign.public_key() for identity in (SCHOOL, OTHER)}
NOW_S = 1_795_400_000
PATH = "/api/v1/servers/P20104001-01/uploads/abc?x=1"


def refused(reason: str) -> Any:
    return pytest.raises(ProtocolRefusal, check=lambda error: error.reason == reason and error.status == 401)


def check(header: str, method: str = "PUT", path: str = PATH, body: bytes = b"isi", now_s: int = NOW_S) -> str:
    return check_authorization(header, method, path, hashlib.sha256(body).hexdigest(), KEYS.get, now_s)


HEADER = authorization(SCHOOL, "PUT", PATH, b"isi", NOW_S)


def test_an_honest_request_names_its_server() -> None:
    assert check(HEADER) == SCHOOL.server


@pytest.mark.parametrize(
    "change", [{"method": "POST"}, {"path": "/other"}, {"path": PATH[:-1] + "2"}, {"body": b"lain"}, {"body": b""}]
)
def test_another_method_path_or_body_is_refused(change: dict[str, Any]) -> None:
    with refused("authorization"):
        check(HEADER, **change)


@pytest.mark.parametrize("offset_s", [-WINDOW_S, 0, WINDOW_S])
def test_a_clock_within_the_window_is_accepted(offset_s: int) -> None:
    assert check(HEADER, now_s=NOW_S + offset_s) == SCHOOL.server


@pytest.mark.parametrize("offset_s", [-WINDOW_S - 1, WINDOW_S + 1, 86400])
def test_a_clock_that_is_off_is_refused_with_the_difference(offset_s: int) -> None:
    with refused("authorization-time") as caught:
        check(HEADER, now_s=NOW_S + offset_s)
    assert caught.value.values == {"seconds": -offset_s}


def test_the_time_and_the_name_are_signed_too() -> None:
    with refused("authorization"):
        check(HEADER.replace(str(NOW_S), str(NOW_S + 1)))
    with refused("authorization"):
        check(HEADER.replace(SCHOOL.server, OTHER.server))
    with refused("authorization"):
        check(HEADER.replace(SCHOOL.server, "P99999999-01"))


def test_every_character_of_the_header_counts() -> None:
    for place in range(len(HEADER)):
        for other in "A0-":
            changed = HEADER[:place] + other + HEADER[place + 1 :]
            if changed != HEADER:
                with refused("authorization"):
                    check(changed)


@pytest.mark.parametrize("header", ["", "Guyub", "Bearer x", HEADER + " ", " " + HEADER, HEADER + "\n", "x" * 100_000])
def test_any_other_header_is_refused(header: str) -> None:
    with refused("authorization"):
        check(header)
