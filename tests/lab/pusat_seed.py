"""Run on a node of the centre: one school whose server is active, one sitting, published. Prints what the school knows.

By the program's own services, as a centre's officers would have done it by its pages.
"""

from __future__ import annotations

import json
import random
from datetime import timedelta

import sqlalchemy

from app.domain import activation
from app.domain.codes import parse_code
from app.domain.identities import ServerIdentity
from app.domain.package_keys import Stretching
from app.domain.questions import Option, Question, QuestionType
from app.domain.student_passwords import new_password
from app.models import (
    Bank,
    BankQuestion,
    Enrolment,
    Paper,
    PaperQuestion,
    Participant,
    Room,
    School,
    Sitting,
    SittingState,
)
from app.pusat.services import activation as activating
from app.pusat.services import publishing, servers
from app.pusat.services.centre_keys import centre_identity
from app.pusat.services.secrets_box import SecretsBox, password_place
from app.pusat.services.workplace import Workplace
from app.services.system_clock import SystemClock
from app.settings import PusatSettings, load_settings

SITI, SITTING, NPSN = "01-001-001-8", "sesi-1", "20104001"
CHEAP = Stretching(memory_kib=64, passes=1, lanes=1)


def main() -> None:
    """Fill the centre and print the school's half of it."""
    settings = load_settings()
    assert isinstance(settings, PusatSettings)
    place = Workplace(
        engine=sqlalchemy.create_engine(settings.database_url),
        clock=SystemClock(),
        centre=centre_identity(settings.keys_dir),
        box=SecretsBox.at(settings.keys_dir),
        exchange_dir=settings.exchange_dir,
        incoming_dir=settings.incoming_dir,
        run_dir=settings.run_dir,
        shared=settings.several_hosts,
    )
    server_id, code = _school(place)
    server = ServerIdentity.generate(server_id)
    now = place.clock.now().replace(microsecond=0)
    activating.activate(place, activation.make_request(server, parse_code(code), "Guyub uji", now))
    publishing.publish_sitting(place, SITTING, "dewi", stretching=CHEAP)
    raw = [key.hex() for key in server.to_raw()]
    print(json.dumps({"server": server_id, "keys": raw, "centre": [key.hex() for key in place.centre.to_raw()]}))  # noqa: T201 - what it is for


def _school(place: Workplace) -> tuple[str, str]:
    now = place.clock.now()
    with place.transaction() as session:
        school = School(npsn=NPSN, name="SMA Contoh", city="Garut", province="Jawa Barat", time_zone="Asia/Jakarta")
        bank, paper = (
            Bank(title="IPA", subject="IPA", created_at=now),
            Paper(title="IPA", subject="IPA", created_at=now),
        )
        session.add_all([school, bank, paper])
        session.flush()
        server, code = servers.add_server(
            session, place.clock, "dewi", school, "Server utama", place.box, random.randbytes
        )
        room = Room(server_id=server.id, name="Lab 1", seats=20)
        question = Question(
            QuestionType.SINGLE, "<p>Satu?</p>", id="q1", options=(Option("q1a", "satu", 1.0), Option("q1b", "dua"))
        )
        body, kind = question.to_dict(), str(question.type)
        session.add_all(
            [room, BankQuestion(id="q1", bank_id=bank.id, position=1, type=kind, body=body, changed_at=now)]
        )
        session.flush()
        session.add(PaperQuestion(paper_id=paper.id, question_id="q1", position=1))
        session.add(
            Sitting(
                id=SITTING,
                title="IPA, sesi 1",
                paper_id=paper.id,
                room_id=room.id,
                starts_at=now + timedelta(hours=2),
                length_s=5400,
                minimum_s=0,
                time_zone="Asia/Jakarta",
                state=SittingState.DRAFT,
                created_at=now,
            )
        )
        password = place.box.seal(password_place(SITI), new_password(random.randbytes).encode())
        session.add(
            Participant(number=SITI, school_npsn=NPSN, nisn="0011112222", name="Siti", gender="P", password=password)
        )
        session.flush()
        session.add(Enrolment(sitting_id=SITTING, number=SITI, seat=1))
        return server.id, code


if __name__ == "__main__":
    main()
