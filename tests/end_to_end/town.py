"""Days that begin later: centre filled, school paired and package published through the services behind the pages.

The way through the pages is what `test_exam_day` walks; the other days start where theirs begins.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from app.pusat.services import (
    activation,
    banks,
    papers,
    participant_files,
    publishing,
    question_bank,
    rooms,
    schools,
    seating,
    servers,
    sittings,
)
from app.pusat.services import participants as roll
from app.pusat.services.question_files import read_question_file
from app.sekolah.services import activation as school_activation
from app.sekolah.services.line import keep_address
from tests.end_to_end import exam_content
from tests.end_to_end.exam_content import NPSN, SCHOOL
from tests.end_to_end.machines import Machine

ACTOR = "test"


def fill_centre(pusat: Machine, word_file: bytes) -> tuple[str, str]:
    """School, server, room, participants, questions and a paper; gives ID Server and activation code."""
    with pusat.office() as (place, _look), place.transaction() as session:
        clock = place.clock
        school = schools.add_school(session, clock, ACTOR, schools.SchoolDetails(NPSN, SCHOOL))
        server, code = servers.add_server(session, clock, ACTOR, school, "Server", place.box, secrets.token_bytes)
        rooms.add_room(session, clock, ACTOR, server, "Lab Utama", 10)
        reading = participant_files.read_participant_file("peserta.xlsx", exam_content.participant_file())
        plan = roll.plan_import(session, reading, NPSN)
        roll.apply_import(session, clock, ACTOR, plan, place.box, secrets.token_bytes)
        bank = banks.add_bank(session, clock, ACTOR, "Bank uji coba", "IPA")
        found = question_bank.plan_import(session, bank, read_question_file("soal.docx", word_file))
        question_bank.apply_import(session, clock, ACTOR, bank, found, "soal.docx", secrets.token_bytes)
        paper = papers.add_paper(session, clock, ACTOR, "Paket uji coba", "IPA")
        lines = question_bank.list_questions(session, bank.id)
        papers.add_questions(session, clock, ACTOR, paper, [line.row.id for line in lines])
        return server.id, code


def plan_sitting(pusat: Machine, starts_at: datetime) -> str:
    """A sitting of the three students, released by hand; gives its id."""
    with pusat.office() as (place, _look), place.transaction() as session:
        paper = papers.list_papers(session)[0].paper
        room = rooms.list_rooms(session)[0]
        start = starts_at.replace(second=0, microsecond=0)
        plan = sittings.SittingPlan("Ujian uji coba", paper.id, room.id, start, 90)
        sitting = sittings.add_sitting(session, place.clock, ACTOR, plan, secrets.token_bytes)
        seating.place(session, place.clock, ACTOR, sitting, seating.Choice(NPSN))
        return sitting.id


def pair(pusat: Machine, sekolah: Machine, server_id: str, code: str) -> None:
    """Activate the school's server, and tell it where the centre is."""
    with pusat.office() as (centre, _), sekolah.office() as (school, _look):
        with school.transaction() as session:
            keep_address(session, school.clock, pusat.url)
            waiting = school_activation.start(session, school.clock, school.keys_dir, server_id, code, "uji")
        _server, answer = activation.activate(centre, waiting.request)
        with school.transaction() as session:
            school_activation.accept_answer(session, school.clock, school.keys_dir, answer, ACTOR)
            school_activation.confirm(session, school.clock, school.keys_dir, ACTOR)


def publish(pusat: Machine, sitting: str) -> None:
    with pusat.office() as (place, _look):
        publishing.publish_sitting(place, sitting, ACTOR)
