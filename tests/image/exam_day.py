"""An exam on a box, prepared by a centre that the box never reaches: everything travels as files, as on a stick."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.models import Participant
from app.pusat.services.secrets_box import password_place
from tests.end_to_end import centre_desk, exam_content, school_desk, town
from tests.end_to_end.exam_content import STUDENTS
from tests.end_to_end.machines import Machine
from tests.end_to_end.people import Staff
from tests.end_to_end.test_stick_day import activate_by_file, carry_to_school
from tests.image.hardware import Box

COPY = """python3 - <<'END'
import sqlite3
source = sqlite3.connect("file:/var/lib/guyub/sekolah/guyub.sqlite?mode=ro", uri=True)
source.backup(sqlite3.connect("/run/guyub-test-copy.sqlite"))
END
base64 -w0 /run/guyub-test-copy.sqlite; rm /run/guyub-test-copy.sqlite
"""


@dataclass(frozen=True)
class Sitting:
    """A sitting that students may enter: its id, the entry token, and the password of each student."""

    id: str
    server: str
    token: str
    passwords: dict[str, str]


def open_sitting(pusat: Machine, box: Box, staff: Callable[..., Staff]) -> Sitting:
    """Activation, package and release by file; then Ratna lets the students in."""
    dewi, anto = staff(pusat, "dewi"), staff(box, "anto")
    server, code = town.fill_centre(pusat, exam_content.word_file())
    sitting = town.plan_sitting(pusat, datetime.now(UTC))
    activate_by_file(dewi, anto, server, code)
    town.publish(pusat, sitting)
    centre_desk.release(dewi, sitting)
    carry_to_school(dewi, anto, server)
    token = school_desk.activate_sitting(staff(box, "ratna"))
    return Sitting(sitting, server, token, passwords_of(pusat))


def passwords_of(pusat: Machine) -> dict[str, str]:
    """What stands on the login cards."""
    with pusat.office() as (place, session):
        return {
            number: place.box.open(password_place(number), session.get_one(Participant, number).password).decode()
            for number in STUDENTS
        }


def copy_of_the_database(box: Box, target: Path) -> Path:
    """The school's database as it stands, out of the box."""
    target.write_bytes(base64.b64decode(box.door.run(COPY, 120)))
    return target
