"""Takes the pictures of *Mesin* and of the lab's readiness: `.venv/bin/python docs/guides/take_box_pictures.py`.

The real pages run before a box of plain files, whose root side is the real program. The readiness report is the sample
of the tests, with the real login page as what every kiosk showed. What the doctor says is said of this machine.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from camera import Seat, browser  # noqa: E402 - our own folder, after the path is set
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: E402
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: E402
from flask import Flask  # noqa: E402
from playwright.sync_api import Browser  # noqa: E402
from take_console_pictures import parts  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

from app.domain.box_actions import ConfirmKey, Glance, ProposeKey, ReadSettings, SetUp  # noqa: E402
from app.factory import create_app  # noqa: E402
from app.sekolah.jobs import workplace_of  # noqa: E402
from app.sekolah.services import lab_reports  # noqa: E402
from app.services import box  # noqa: E402
from app.settings import load_settings  # noqa: E402
from app.web.jobs import JOBS  # noqa: E402
from tests.box_of_files import BoxOfFiles  # noqa: E402
from tests.functional.sekolah.staff import lab_sample  # noqa: E402

PASSWORD = "kuda nil berenang"  # noqa: S105 - of the box in the pictures
TALL = 900
PATIENCE_S = 120.0


def main() -> None:
    """Set the box up, walk as Anto and Ratna do."""
    with tempfile.TemporaryDirectory(prefix="guyub-") as folder, BoxOfFiles(Path(folder)) as files:
        os.environ.update(files.environment())
        files.places.version.parent.mkdir(parents=True)
        files.places.version.write_text("1.0.0\n")
        set_up()
        settings = load_settings({"GUYUB_CONFIG": str(files.places.run / "sekolah.toml")})
        app = create_app(settings)
        with parts(files), browser() as chromium, served(app) as address:
            wait_for_parts()
            anto = Seat(chromium, address)
            anto.page.set_default_timeout(PATIENCE_S * 1000)
            sign_in(anto)
            machine(anto, app)
            lab(anto, app, chromium)


def set_up() -> None:
    """The first setup, as on the page."""
    box.ask(
        SetUp(
            language="id",
            time_zone="Asia/Makassar",
            mode="sekolah",
            school_name="SMA Negeri 1 Ende",
            network=box.ask(ReadSettings())["network"],
            centre_url="",
            server_id="",
            activation_code="",
            account="anto",
            account_name="Anto Prasetyo",
            password=PASSWORD,
        )
    )


def wait_for_parts() -> None:
    """Until exam and web answer the box."""
    end = time.monotonic() + PATIENCE_S
    while {line["name"] for line in box.ask(Glance())["lines"]} & {"exam", "web"}:
        if time.monotonic() > end:
            raise RuntimeError("exam and web do not answer")
        time.sleep(1)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The pages on a port of their own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()


def sign_in(anto: Seat) -> None:
    anto.go("/staf/masuk")
    anto.fill(username="anto", password=PASSWORD)
    anto.press("Masuk")
    anto.page.get_by_role("heading", name="Masuk petugas").wait_for(state="detached")


def machine(anto: Seat, app: Flask) -> None:
    """*Mesin*, part by part."""
    anto.go("/sekolah/mesin")
    anto.press("Periksa sekarang")
    app.extensions[JOBS].join()
    anto.go("/sekolah/mesin")
    anto.shoot("teknisi-mesin-keadaan", height=TALL)
    anto.go("/sekolah/mesin/pengaturan")
    anto.page.locator("summary", has_text="Jaringan").click()
    anto.shoot("teknisi-mesin-pengaturan", height=TALL)
    anto.go("/sekolah/mesin/cadangan")
    anto.shoot("teknisi-mesin-cadangan")
    anto.go("/sekolah/mesin/pembaruan")
    anto.shoot("teknisi-mesin-pembaruan")
    anto.go("/sekolah/mesin/layanan")
    anto.shoot("teknisi-mesin-layanan")
    allowed = box.ask(ProposeKey(key=public_key("anto@laptop-lab"), by="anto"))["fingerprint"]
    box.ask(ConfirmKey(fingerprint=allowed))
    anto.go("/sekolah/mesin/akses")
    anto.fill(key=public_key("dewi@pusat"))
    anto.press("Usulkan kunci")
    anto.sees("Kunci menunggu.")
    anto.shoot("teknisi-mesin-akses", height=TALL)


def public_key(comment: str) -> str:
    """A key made for the picture; nobody has its other half."""
    public = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return f"{public.decode()} {comment}"


def lab(anto: Seat, app: Flask, chromium: Browser) -> None:
    """The readiness of forty PCs."""
    kiosk = Seat(chromium, anto.address, (1366, 768))
    kiosk.go("/")
    kiosk.page.wait_for_load_state("networkidle")
    shown = kiosk.page.screenshot()
    told = lab_sample.report(made_at=datetime.now(UTC).replace(microsecond=0).isoformat(), pictures=40)
    told["computers"][30]["screenshot"] = ""  # it shows no login page
    pictures = {one["screenshot"]: shown for one in told["computers"] if one["screenshot"]}
    with app.app_context():
        lab_reports.put(workplace_of(app), json.dumps(told).encode(), pictures, "Anto Prasetyo")
    anto.go("/sekolah/kesiapan-lab")
    anto.shoot("teknisi-lab-kesiapan", height=TALL)
    anto.page.get_by_role("link", name="Lab Komputer 1").first.click()
    anto.page.wait_for_load_state("networkidle")
    anto.shoot("teknisi-lab-ruang", height=TALL)


if __name__ == "__main__":
    main()
