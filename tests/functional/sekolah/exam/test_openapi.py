"""The student API answers as docs/openapi/sekolah.yaml says, to good requests and to made-up ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.factory import create_app
from app.web.current import Given
from app.wsgi import by_path
from tests.conftest import take_down
from tests.functional.sekolah.exam.conftest import Room, Student

FILE = Path(__file__).resolve().parents[4] / "docs" / "openapi" / "sekolah.yaml"
OPERATIONS = [
    (path, method.upper())
    for path, item in schemathesis.openapi.from_path(FILE).raw_schema["paths"].items()
    for method in item
    if method in {"get", "post"} and not path.startswith("/papers")
]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def described(room: Room) -> Iterator[Any]:
    """The description, tied to both applications behind one door, as `app.wsgi.both` joins them."""
    web = create_app(room.settings, Given(room.settings, clock=room.clock))
    schema = schemathesis.openapi.from_path(FILE)
    schema.app = by_path(room.app, web.wsgi_app)
    yield schema
    take_down(web)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
@pytest.mark.parametrize("known", [False, True], ids=["stranger", "siti"])
def test_made_up_requests_get_only_documented_answers(
    described: Any, siti: Student, path: str, method: str, known: bool
) -> None:
    siti.begin()

    @given(case=described[path][method].as_strategy())
    @settings(max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        headers = {}
        if known:
            headers["Authorization"] = f"Bearer {siti.seat}"
            case.path_parameters = {name: str(siti.id) for name in case.path_parameters or {}}
        answer = case.call(headers=headers)
        checks = CHECKS if path != "/readyz" else CHECKS[1:]  # there 503 is an answer like any other
        case.validate_response(answer, checks=checks)

    ask()


def test_the_whole_way_is_documented(described: Any, room: Room, siti: Student) -> None:
    """The answers of a real exam fit their schemas."""

    def call(path: str, method: str, bearer: str, body: Any = None) -> Any:
        case = described[path][method].Case(
            path_parameters={"attempt": str(siti.id)} if "{attempt}" in path else {},
            **({"body": body, "media_type": "application/json"} if body is not None else {}),
        )
        answer = case.call(headers={"Authorization": f"Bearer {bearer}"})
        case.validate_response(answer, checks=CHECKS)
        assert answer.status_code == 200
        return answer.json()

    ticket = call("/api/v1/login", "POST", "", {"number": "0001", "password": "ABCD2345"})["ticket"]
    seat = call("/api/v1/admission", "POST", ticket, {"token": room.token})["seat"]
    call("/api/v1/attempts/{attempt}/start", "POST", seat)
    save = {"items": [{"sequence": 1, "question": "q1", "value": "a"}, {"sequence": 2, "question": "q9", "value": 1}]}
    call("/api/v1/attempts/{attempt}/answers", "POST", seat, save)
    call("/api/v1/attempts/{attempt}", "GET", seat)
    room.clock.advance(1800)
    call("/api/v1/attempts/{attempt}/finish", "POST", seat)
