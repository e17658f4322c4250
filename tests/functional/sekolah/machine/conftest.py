"""A school's server that is a box, with what stands for its root side; Anto and Ratna at it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from werkzeug.test import TestResponse

from app.sekolah.views.setup_pages import LOOK
from app.services import box
from app.web.jobs import JOBS
from tests.conftest import csrf_token
from tests.functional.sekolah.machine.root_side import GLANCE, SETTINGS, STICK, RootSide
from tests.functional.serving import served


@pytest.fixture
def root_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RootSide]:
    """A box that is set up."""
    with tempfile.TemporaryDirectory(prefix="box-") as folder:  # a socket's path may not be long
        side = RootSide(Path(folder) / "s")
        side.answers = {"glance": dict(GLANCE), "settings.read": SETTINGS, "setup.code": {"right": False}}
        side.answers["list.devices"] = {"devices": [STICK]}
        monkeypatch.setenv("GUYUB_ACTIONS", str(side.path))
        monkeypatch.setenv("GUYUB_BOX_ROOT", str(tmp_path / "box"))
        side.start()
        yield side
        side.stop()


@pytest.fixture
def new_box(root_side: RootSide) -> RootSide:
    """A box that nobody has set up; the code on its console is 246 810."""
    root_side.answers["glance"] = {**GLANCE, "set_up": False}
    code = box.run_folder() / "setup-code"
    code.parent.mkdir(parents=True)
    code.touch()
    root_side.answers["setup.code"] = lambda action, _tell: {"right": action.code == "246810"}
    root_side.answers["setup.apply"] = set_up(root_side)
    return root_side


def set_up(side: RootSide):
    def do(action, tell):
        tell("Menerapkan pengaturan jaringan", 1, 2)
        side.answers["glance"] = dict(GLANCE)
        (box.run_folder() / "setup-code").unlink()
        return {"address": "http://192.168.0.200", "activated": False, "refusal": None}

    return do


@pytest.fixture
def visitor(sekolah_app: Flask, root_side: RootSide) -> FlaskClient:
    """Somebody's browser, not signed in."""
    client = sekolah_app.test_client()
    client.environ_base["HTTP_ACCEPT"] = "text/html"
    return client


def finish(app: Flask) -> None:
    """Wait for what a click started, and let the next page look anew."""
    app.extensions[JOBS].join()
    app.extensions[LOOK].forget()


def click(client: FlaskClient, page: str, to: str, **fields: object) -> TestResponse:
    """What a button on `page` sends, and the page after it."""
    token = csrf_token(client.get(page).text)
    data = {"csrf_token": token, **fields}
    return client.post(to, data=data, follow_redirects=True, content_type="multipart/form-data")


@pytest.fixture
def at(sekolah_app: Flask) -> Iterator[str]:
    """The address of the school's pages on a port."""
    with served(sekolah_app) as url:
        yield url


@pytest.fixture
def tab(staff_browser: Browser, at: str, root_side: RootSide) -> Iterator[Page]:
    """A tab of a real browser."""
    context = staff_browser.new_context(base_url=at, viewport={"width": 1280, "height": 800}, locale="id-ID")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()
