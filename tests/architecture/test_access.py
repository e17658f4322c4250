"""Deny by default: every address of both roles says who may call it, and nobody else gets in."""

from __future__ import annotations

import pytest
from flask import Flask

from app.domain.permissions import PERMISSIONS, Permission
from app.web.access import access_of, check_every_endpoint

OPEN = {  # endpoint → why everyone may call it; a new open page is a decision, so it is listed here too
    "static",
    "front_door",
    "health.healthz",
    "health.readyz",
    "health.metrics",
    "locale.switch",
    "staff.sign_in",
    "staff.check_sign_in",
}
OPEN_AT_SCHOOL = {  # students have no account: the room is their front page, released files are for whoever is in it
    "exam_room.room",
    "exam_room.paper",
    "exam_room.media",
    "gladi.guest",
    "certificate.file",
    "certificate.how_to",
    "setup.start",  # only while a box is not set up, and all but this behind the code on its console
    "setup.check_code",
    "setup.form",
    "setup.check",
    "setup.apply",
    "setup.progress",
    "setup.progress_live",
}


def accesses(app: Flask):
    return {rule.endpoint: access_of(app, rule.endpoint) for rule in app.url_map.iter_rules()}


@pytest.fixture(params=["pusat_app", "sekolah_app"])
def any_app(request: pytest.FixtureRequest) -> Flask:
    return request.getfixturevalue(request.param)


def test_every_endpoint_declares_who_may_call_it(any_app: Flask):
    check_every_endpoint(any_app)
    for endpoint, access in accesses(any_app).items():
        assert access is not None, endpoint
        assert access.permission or access.reason, f"{endpoint} gives no reason"


def test_an_endpoint_that_declares_nothing_stops_the_start_and_is_closed(pusat_app: Flask):
    pusat_app.add_url_rule("/diam", "silent", lambda: "open?")
    with pytest.raises(RuntimeError, match="silent"):
        check_every_endpoint(pusat_app)
    assert pusat_app.test_client().get("/diam").status_code == 403


def test_the_list_of_open_pages_is_short_and_known(any_app: Flask):
    found = {endpoint for endpoint, access in accesses(any_app).items() if access and access.kind == "open"}
    assert found <= OPEN | (OPEN_AT_SCHOOL if any_app.config["SESSION_COOKIE_NAME"] == "guyub_sekolah" else set())


def test_a_stranger_gets_no_staff_page(any_app: Flask):
    client = any_app.test_client()
    client.environ_base["HTTP_ACCEPT"] = "text/html"
    for rule in any_app.url_map.iter_rules():
        access = access_of(any_app, rule.endpoint)
        if access is None or access.permission is None or "GET" not in (rule.methods or ()):
            continue
        with any_app.test_request_context():
            values = dict.fromkeys(rule.arguments, "1")
            url = any_app.url_for(rule.endpoint, **values)
        answer = client.get(url)
        assert answer.status_code == 302, url
        assert "/staf/masuk" in answer.headers["Location"], url


def test_every_permission_is_somebody_s_and_every_role_can_sign_in():
    given = set().union(*PERMISSIONS.values())
    assert given == set(Permission)
    assert all(Permission.SIGN_IN in allowed for allowed in PERMISSIONS.values())
