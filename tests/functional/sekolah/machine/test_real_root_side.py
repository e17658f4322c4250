"""The pages and the box's own root side together: what one asks for, the other does, on a box in a folder."""

from __future__ import annotations

import random
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.models import Staff, db
from app.services import staff_accounts
from app.settings import SekolahSettings, load_settings
from appliance import booting, settings
from appliance.places import Places
from tests.conftest import FakeClock, csrf_token, furnished_app
from tests.functional.sekolah.machine.conftest import finish
from tests.functional.sekolah.machine.test_setting_up import TYPED, give_code

CHANGES = {
    "general": {"school_name": "SMA Baru", "language": "en", "time_zone": "Asia/Jayapura"},
    "backup": {"target": "smb", "smb_share": "//nas/guyub", "smb_password": "rahasia", "at": "03:15"},
    "time": {"servers": "id.pool.ntp.org"},
    "security_updates": {},
    "web": {},
}


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Places]:
    """A box after its first boot; every request starts the root side, as systemd does."""
    here = Places(tmp_path / "box")
    monkeypatch.setenv("GUYUB_BOX_ROOT", str(here.root))
    here.sekolah.mkdir(parents=True)
    booting.boot(here, datetime.now(UTC))

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            line = [sys.executable, "-m", "appliance.actions"]
            subprocess.run(line, stdin=self.request, stdout=self.request, stderr=subprocess.PIPE, check=False)

    class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
        daemon_threads = True

    with tempfile.TemporaryDirectory(prefix="box-") as folder:
        monkeypatch.setenv("GUYUB_ACTIONS", f"{folder}/s")
        with Server(f"{folder}/s", Handler) as server:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            yield here
            server.shutdown()


@pytest.fixture
def sekolah_app(box: Places, clock: FakeClock, chance: random.Random) -> Iterator[Flask]:
    """The school's pages on that box's data."""
    here = load_settings({}, role="sekolah", data_dir=box.sekolah)
    assert isinstance(here, SekolahSettings)
    yield from furnished_app(here, clock, chance)


@pytest.fixture
def pc(sekolah_app: Flask) -> FlaskClient:
    client = sekolah_app.test_client()
    client.environ_base["HTTP_ACCEPT"] = "text/html"
    return client


def test_a_box_is_set_up_and_then_changed_from_the_browser(pc: FlaskClient, box: Places, sekolah_app: Flask) -> None:
    assert pc.get("/sekolah/", follow_redirects=True).request.path == "/pemasangan/"
    assert give_code(pc, "wrong!").status_code == 401
    assert give_code(pc, (box.box / "setup-code").read_text().strip()).status_code == 302
    typed = {**TYPED, "lan_card": "", "lan_address": "10.20.30.2/24", "csrf_token": ""}
    typed["csrf_token"] = csrf_token(pc.get("/pemasangan/isi").text)
    answer = pc.post("/pemasangan/pasang", data=typed)
    finish(sekolah_app)
    page = pc.get(answer.headers["Location"]).text
    assert "Server siap" in page, page
    found = settings.read(box.box).settings
    assert (found.general.set_up, found.general.school_name) == (True, "SMA Nusa Harapan")
    assert found.network.lan_address == "10.20.30.2/24"
    assert found.network.dns == ("1.1.1.1", "8.8.8.8")
    assert not (box.box / "setup-code").exists()
    staff = db.session.query(Staff).one()
    assert staff_accounts.password_fits(staff.password_hash, TYPED["password"])
    assert pc.get("/pemasangan/").headers["Location"] == "/staf/masuk"

    token = csrf_token(pc.get("/staf/masuk").text)
    who = {"username": "anto", "password": TYPED["password"], "csrf_token": token}
    assert pc.post("/staf/masuk", data=who).status_code == 302
    page = pc.get("/sekolah/mesin/pengaturan").text
    assert 'value="10.20.30.2/24"' in page
    for table, changed in CHANGES.items():
        form = {**changed, "csrf_token": csrf_token(pc.get("/sekolah/mesin/pengaturan").text)}
        assert pc.post(f"/sekolah/mesin/pengaturan/{table}", data=form).status_code == 302
        finish(sekolah_app)
        assert "Gagal" not in pc.get("/sekolah/mesin/langsung").text, table
    found = settings.read(box.box).settings
    assert (found.general.school_name, found.general.set_up) == ("SMA Baru", True)
    assert (found.backup.smb_share, found.backup.smb_password_set, found.backup.at) == ("//nas/guyub", True, "03:15")
    assert found.time.servers == ("id.pool.ntp.org",)
    assert not found.security_updates.on
    assert "10.20.30.2" in pc.get("/sekolah/mesin").text
