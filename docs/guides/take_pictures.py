"""Takes every picture of the guides from the running demo: `.venv/bin/python docs/guides/take_pictures.py`.

It sets up the demo in a folder of its own, walks through an exam day as each of the people, and ends the servers again.
Pictures are never drawn or changed by hand; run this after a screen has changed. Needs Chromium, takes some minutes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import staff_walks as staff  # noqa: E402 - our own folder, after the path is set
import student_walk as student  # noqa: E402
from camera import PICTURES, Seat, browser  # noqa: E402
from playwright.sync_api import Browser  # noqa: E402

from app.demo import running, school, setting_up  # noqa: E402
from app.demo.running import Server, application, configure  # noqa: E402
from app.models import HeldState  # noqa: E402
from app.sekolah import jobs  # noqa: E402
from app.sekolah.services import day  # noqa: E402

STUDENTS = 12
OF_A_BOX = ("teknisi-konsol-", "teknisi-mesin-", "teknisi-lab-")  # taken by scripts of their own


def main() -> None:
    """Set up, walk, end."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--pusat-port", type=int, default=8110)
    words.add_argument("--sekolah-port", type=int, default=8210, help="the next two ports are taken as well")
    given = words.parse_args()
    PICTURES.mkdir(exist_ok=True)
    began = time.time()
    with tempfile.TemporaryDirectory(prefix="guyub-pictures-") as folder:
        take(Path(folder), given.pusat_port, given.sekolah_port)
    for old in PICTURES.glob("*.png"):
        if old.stat().st_mtime < began and not old.name.startswith(OF_A_BOX):
            old.unlink()
    tell(f"{len(list(PICTURES.glob('*.png')))} pictures in {PICTURES.relative_to(ROOT)}")


def take(folder: Path, pusat_port: int, sekolah_port: int) -> None:
    """All pictures, with the data in `folder`."""
    pusat = Server(configure(folder / "pusat", "pusat", pusat_port))
    schools = [
        Server(configure(folder / f"sekolah-{place + 1}", "sekolah", sekolah_port + place, centre_url=pusat.url))
        for place in range(3)
    ]
    first, spare = schools[0], schools[2]
    town = setting_up.Town(pusat, schools[:2], [])
    with running.stop_at_end(town.started):
        sitting = setting_up.set_up(town, tell, STUDENTS)
        locked = locked_sitting(first)
        with application(spare.settings) as app:
            school.place_of(app)
        for server in (first, spare):
            town.started.append(server)
            server.start()
            server.wait_until_up()
        with browser() as chromium:
            walk(chromium, pusat, first, spare, sitting, locked)


def walk(
    chromium: Browser, pusat: Server, first: Server, spare: Server, sitting: school.OpenSitting, locked: str
) -> None:
    """The day in its order."""
    cards = sitting.students
    siti, budi = (student.Student(chromium, first.url, card) for card in cards[:2])
    student.way_in(siti, sitting.token)
    began = time.monotonic()
    budi.start(sitting.token)
    budi.answer(5)
    student.without_server(siti)
    student.on_a_phone(chromium, first.url, cards[2], sitting.token)
    student.a_full_room(chromium, first.url, sitting, cards[3:8])
    moved = student.move(chromium, first.url, budi)

    dewi, ratna, anto, visitor = (Seat(chromium, server.url) for server in (pusat, first, first, spare))
    for person, name in ((dewi, "dewi"), (ratna, "ratna"), (anto, "anto"), (visitor, "anto")):
        person.sign_in(name)
    server, code = staff.before_the_day(dewi)
    staff.activate(visitor, server, code)
    staff.rehearse(visitor)
    staff.technician(anto)
    staff.schedule(dewi)
    staff.phone_code(dewi, locked)
    staff.exam_running(ratna)
    staff.approve(ratna, budi.number)
    moved.page.get_by_label("Token").wait_for()
    staff.fleet(dewi)
    tell(f"{time.monotonic() - began:.0f} s since Mulai")
    student.way_out(siti)
    staff.end(ratna, sitting.id)
    staff.results(dewi, sitting.id)


def locked_sitting(server: Server) -> str:
    """A sitting that waits for its release."""
    with application(server.settings) as app, jobs.workplace_of(app).look() as session:
        return next(one.id for one in day.held_sittings(session) if one.state == HeldState.LOCKED)


def tell(words: str) -> None:
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    main()
