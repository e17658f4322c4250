"""The pages of an application on a port of loopback, for a real browser, in threads of the test; and a way in.

werkzeug's server reads on after it has answered, and forgets to close the answer (a static file, say) when the browser
resets the line at that moment; here every answer is closed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from playwright.sync_api import Page
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wsgi import ClosingIterator

from tests.conftest import PASSWORD

ANSWER = "guyub.tests.answer"


class Handler(WSGIRequestHandler):
    def run_wsgi(self) -> None:
        try:
            super().run_wsgi()
        finally:
            if close := self.environ.get(ANSWER):
                close()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address under which `app` answers until the block ends."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> ClosingIterator:
        body = app(environ, start_response)
        left = [body.close] if hasattr(body, "close") else []

        def close_once() -> None:
            while left:
                left.pop()()

        environ[ANSWER] = close_once
        return ClosingIterator(iter(body), close_once)

    server = make_server("127.0.0.1", 0, answer, threaded=True, request_handler=Handler)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def sign_in(page: Page, account: str) -> None:
    """Through the form, with the password of all tests."""
    page.goto("/staf/masuk")
    page.get_by_label("Nama akun").fill(account)
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk").click()
    page.get_by_role("button", name="Keluar").wait_for()
