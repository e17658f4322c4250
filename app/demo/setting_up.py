"""The order in which the demo comes to life: centre filled and running, schools paired and synced, one sitting open.

Every step looks first whether it was done by an earlier start.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from app.demo import centre, running, school
from app.demo.school import OpenSitting
from app.pusat import jobs as centre_jobs
from app.pusat.services.workplace import Workplace as CentrePlace
from app.sekolah.services.workplace import Workplace as SchoolPlace

Say = Callable[[str], None]


@dataclass
class Town:
    """The three servers; `started` are those that have to be stopped at the end."""

    pusat: running.Server
    schools: list[running.Server]
    started: list[running.Server]


def set_up(town: Town, say: Say, students: int) -> OpenSitting:
    """Do whatever is missing; gives the sitting that can be tried, with `students` of its participants."""
    with ExitStack() as stack:
        say("Menyiapkan basis data")
        place = centre_jobs.workplace_of(stack.enter_context(running.application(town.pusat.settings)))
        schools = [
            school.place_of(stack.enter_context(running.application(server.settings))) for server in town.schools
        ]
        town.started.append(town.pusat)
        town.pusat.start()
        centre.fill(place, say)
        say("Menunggu pusat siap")
        town.pusat.wait_until_up()
        _activate(place, schools, say)
        centre.publish_waiting(place, say)
        say("Sinkronisasi kedua server sekolah")
        for each in schools:
            school.sync(each)
        sitting = school.running_sitting(schools[0]) or _open_new(place, schools[0], say)
        return school.describe(schools[0], sitting, students)


def _activate(place: CentrePlace, schools: list[SchoolPlace], say: Say) -> None:
    for server_id, each in zip(centre.server_ids(place), schools, strict=True):
        if not school.is_active(each):
            say(f"Mengaktifkan server {server_id}")
            school.activate(each, server_id, centre.fresh_code(place, server_id))


def _open_new(place: CentrePlace, first: SchoolPlace, say: Say) -> str:
    sent = school.close_what_is_over(first)
    if sent:
        say(f"Hasil {sent} ujian sebelumnya diunggah ke pusat")
    sitting = centre.plan_open_sitting(place)
    centre.publish_waiting(place, say)
    centre.release(place, sitting)
    say("Server sekolah mengambil paket dan rilisnya, lalu membuka ujian")
    school.sync(first)
    school.let_in(first, sitting)
    return sitting
