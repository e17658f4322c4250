"""Both roles read their audit log and check its chain; an edit by hand is named, and the check is itself logged."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app.models import db
from tests.conftest import csrf_token


@pytest.mark.parametrize("person", ["dewi", "ratna"])
def test_the_log_tells_who_did_what_and_its_chain_can_be_checked(person: str, request: pytest.FixtureRequest):
    client: FlaskClient = request.getfixturevalue(person)
    page = client.get("/staf/catatan/").text
    assert "Petugas masuk." in page
    assert person in page
    checked = client.post("/staf/catatan/periksa", data={"csrf_token": csrf_token(page)}, follow_redirects=True)
    assert "Rantai catatan utuh." in checked.text
    assert "Rantai log audit diperiksa." in checked.text


def test_an_edited_line_is_named(ratna: FlaskClient):
    db.session.execute(text("UPDATE audit_entry SET subject = 'orang lain' WHERE id = 1"))
    db.session.commit()
    form = {"csrf_token": csrf_token(ratna.get("/staf/catatan/").text)}
    told = ratna.post("/staf/catatan/periksa", data=form, follow_redirects=True).text
    assert "Rantai catatan putus pada baris 1." in told


def test_anto_does_not_read_the_log(anto: FlaskClient):
    assert anto.get("/staf/catatan/").status_code == 403
