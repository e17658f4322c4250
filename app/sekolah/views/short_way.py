"""The short way of a save: straight from the web server to the writer, past routing and request objects.

A third of the cost of a save was the framework around it. Only the plain request that our own browser page sends goes
this way; whatever is unusual (no length, compressed, too large) and every refusal takes the ordinary way through
Flask, which draws the answer in the reader's language. Both ways call the same function.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from app.domain.refusals import Refusal
from app.sekolah.services.exam_office import ExamOffice
from app.sekolah.services.save_answers import save_answers
from app.sekolah.services.save_request import MOST_BYTES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FAILURE = "guyub.failure"  # a refusal met on the short way, for the ordinary way to tell
START = "/api/v1/attempts/"
END = "/answers"


class ShortWay:
    """Wraps the exam application."""

    def __init__(self, application: WSGIApplication, office: ExamOffice) -> None:
        self._application = application
        self._office = office

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a plain save here, leave everything else to the application."""
        path = environ["PATH_INFO"]
        if path.endswith(END) and path.startswith(START) and environ["REQUEST_METHOD"] == "POST":
            raw = _plain_body(environ)
            if raw is not None:
                try:
                    attempt = path[len(START) : -len(END)]
                    body = save_answers(self._office, environ.get("HTTP_AUTHORIZATION"), attempt, raw)
                except Refusal as refusal:
                    environ[FAILURE] = refusal
                else:
                    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
                    return (body,)
        return self._application(environ, start_response)


def _plain_body(environ: WSGIEnvironment) -> bytes | None:
    """The body if it is of a known, small length and not compressed; otherwise nothing has been read."""
    length = environ.get("CONTENT_LENGTH", "")
    if not length.isascii() or not length.isdigit() or len(length) > 7 or int(length) > MOST_BYTES:
        return None
    if "HTTP_CONTENT_ENCODING" in environ:
        return None
    raw: bytes = environ["wsgi.input"].read(int(length))
    return raw
