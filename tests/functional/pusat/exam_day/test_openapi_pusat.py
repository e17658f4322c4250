"""docs/openapi/pusat.yaml says what the running centre does: generated requests, no fault, no answer it leaves out."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.domain import canonical, exchange_paths
from app.domain.activation import make_request
from app.sync.requests_auth import authorization
from tests.functional.pusat.exam_day.conftest import SITI, Day, attempt

DESCRIPTION = Path(__file__).resolve().parents[4] / "docs" / "openapi" / "pusat.yaml"
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
OPERATIONS = ("activate", "readExchange", "report", "uploadState", "completeUpload", "putChunk")
EXAMPLES = 30
SIGN, CANONICAL = "HTTP_X_TEST_SIGN", "HTTP_X_TEST_CANONICAL"


class Signing:
    """Stands before the application: serves the description, and signs what a test asks to be signed."""

    def __init__(self, day: Day) -> None:
        self._day = day

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/openapi.yaml":
            start_response("200 OK", [("Content-Type", "application/yaml")])
            return [DESCRIPTION.read_bytes()]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if environ.pop(CANONICAL, ""):
            body = self._canonical(body)
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
        if environ.pop(SIGN, ""):
            now_s = int(self._day.clock.now().timestamp())
            path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
            environ["HTTP_AUTHORIZATION"] = authorization(
                self._day.server, environ["REQUEST_METHOD"], path, body, now_s
            )
        answer = self._day.app(environ, start_response)
        try:
            return [b"".join(answer)]
        finally:
            answer.close()  # type: ignore[attr-defined] # the client would leave the file open

    def _canonical(self, body: bytes) -> bytes:
        try:
            said = json.loads(body)
            if isinstance(said, dict) and "server" in said:
                said["server"] = self._day.server.server
            return canonical.dumps(said)
        except (ValueError, TypeError):
            return body


@pytest.fixture
def schema(published: Day) -> Any:
    return schemathesis.openapi.from_wsgi("/openapi.yaml", Signing(published))


def ready_values(day: Day) -> dict[str, list[str]]:
    """Parameters that lead somewhere; generated ones mostly lead nowhere."""
    bundle = day.bundle(attempt(SITI, {"q1": "q1a"}))
    assert day.send(bundle).status_code == 200
    manifest = day.check().manifest
    server = day.server.server
    return {
        "server": [server, server, "P99999999-09"],
        "bundle": [bundle.name, "0" * 64],
        "chunk": ["0" * 64],
        "path": [
            exchange_paths.index(server),
            exchange_paths.manifest(server, day.sitting),
            exchange_paths.release(server, day.sitting),
            exchange_paths.payload(manifest.payload.sha256),
            "servers/../keys/data.key",
        ],
    }


@pytest.mark.parametrize("name", OPERATIONS)
def test_generated_requests_get_only_answers_that_are_described(schema: Any, published: Day, name: str) -> None:
    ready = ready_values(published)
    request = make_request(published.server, published.code, "Guyub uji", published.clock.now())
    operation = next(
        found.ok() for found in schema.get_all_operations() if found.ok().definition.raw.get("operationId") == name
    )

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), data=st.data())
    def check(case: Any, data: st.DataObject) -> None:
        for parameter in list(case.path_parameters or {}):
            if parameter in ready and data.draw(st.integers(0, 3)):
                case.path_parameters[parameter] = data.draw(st.sampled_from(ready[parameter]))
        headers = {}
        if data.draw(st.integers(0, 3)):
            headers["X-Test-Sign"] = "1"
        if data.draw(st.booleans()):
            headers["X-Test-Canonical"] = "1"
        if name == "activate" and data.draw(st.booleans()):
            case.body = request
        case.call_and_validate(headers=headers, checks=CHECKS)

    check()


def test_every_machine_endpoint_is_described(published: Day) -> None:
    described = {
        (method.upper(), path)
        for path, item in yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))["paths"].items()
        for method in item
        if method in {"get", "post", "put", "delete", "patch"}
    }
    served = {
        (method, rule.rule.replace("<path:path>", "{path}").replace("<", "{").replace(">", "}"))
        for rule in published.app.url_map.iter_rules()
        if rule.endpoint.startswith("machine_api.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == described
