"""What actions need from the school's program: its database is opened by its own user, never by root.

`ask` starts this module as that user, hands it one question as JSON and reads one answer. Passwords travel through the
pipe only: a command line could be read by every user of the machine.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from typing import Any

from app.domain.refusals import Refusal
from app.domain.wording import N_
from appliance import programs
from appliance.places import Places

SELF = (sys.executable, "-m", "appliance.school_part")
PATIENCE_S = 300  # an activation over a slow line
FIRST_ROLE = "proktor"  # whoever sets a box up has to be able to make everybody else's account
ACTOR = "box"


def ask(places: Places, deed: str, **values: str) -> dict[str, Any]:
    """The answer of one deed of this module, done as the program's user; raises its Refusal, or B-140."""
    ran = programs.run_for(places, "sekolah", SELF, given=json.dumps({"deed": deed, **values}), limit_s=PATIENCE_S)
    lines = ran.stdout.splitlines()
    try:
        said = json.loads(lines[-1])
    except (IndexError, ValueError) as error:
        raise _failed(ran.stderr) from error
    if "refusal" in said:
        raise Refusal(**said["refusal"])
    answer: dict[str, Any] = said["answer"]
    return answer


def upgrade_database(places: Places) -> None:
    """Make the database, or bring it to this version; raises Refusal B-140."""
    ran = programs.run_for(places, "sekolah", (*programs.GUYUB, "db", "upgrade"), limit_s=PATIENCE_S)
    if ran.returncode:
        raise _failed(ran.stderr)


def _failed(trace: str) -> Refusal:
    print(trace, file=sys.stderr)  # noqa: T201 - into the journal, never to whoever asked
    return Refusal(
        "B-140",
        N_("Bagian sekolah di server ini tidak dapat bekerja."),
        N_("Jalankan pemeriksaan, lalu ulangi. Bila terulang, buat berkas bantuan dan hubungi pusat."),
        status=500,
    )


def main() -> None:
    """Do one deed as the program's user."""
    asked = json.loads(sys.stdin.read())
    deeds: dict[str, Callable[..., dict[str, Any]]] = {
        "check_staff": _check_staff,
        "first_account": _first_account,
        "activate": _activate,
    }
    deed = deeds[asked.pop("deed")]
    try:
        said: dict[str, Any] = {"answer": deed(**asked)}
    except Refusal as refusal:
        said = {"refusal": {name: getattr(refusal, name) for name in ("code", "cause", "remedy", "status", "values")}}
    print(json.dumps(said, ensure_ascii=False))  # noqa: T201 - the answer


def _check_staff(account: str, password: str) -> dict[str, Any]:
    from app.domain.permissions import Permission, may
    from app.services import staff_accounts

    place = _workplace()
    with place.transaction() as session:
        found = staff_accounts.find_staff(session, account)
        if not staff_accounts.password_fits(found.password_hash if found else None, password) or found is None:
            staff_accounts.note_refusal(session, place.clock, staff_accounts.tidy_username(account)[:64])
            return {"right": False}
        right = may(found.role, Permission.SET_UP_SERVER)
        if right:
            staff_accounts.note_sign_in(session, place.clock, found)
        return {"right": right, "name": found.name, "role": str(found.role)}


def _first_account(account: str, name: str, password: str) -> dict[str, Any]:
    """The first account; one that a setup cut short has left gets this password."""
    from app.services import staff_accounts

    place = _workplace()
    with place.transaction() as session:
        found = staff_accounts.find_staff(session, account)
        if found is not None:
            staff_accounts.change_password(session, place.clock, found, password, ACTOR)
            found.role, found.name = FIRST_ROLE, name.strip() or found.name
        else:
            staff_accounts.add_staff(
                session,
                place.clock,
                username=account,
                name=name,
                role=FIRST_ROLE,
                password=password,
                place="sekolah",
                actor=ACTOR,
            )
    return {}


def _activate(centre_url: str, server_id: str, activation_code: str) -> dict[str, Any]:
    """Ask the centre and believe its proven answer; the school's name is told, so that a person can see it."""
    from app.sekolah.services import activation
    from app.sekolah.services.line import keep_address, open_line
    from app.sekolah.services.reporting import PROGRAM

    place = _workplace()
    with place.transaction() as session:
        if centre_url:
            keep_address(session, place.clock, centre_url)
        waiting = activation.start(
            session, place.clock, place.keys_dir, server_id, activation_code, PROGRAM, planned=place.server_id
        )
    answer = open_line(place).activate(waiting.request)
    with place.transaction() as session:
        found = activation.accept_answer(session, place.clock, place.keys_dir, answer, ACTOR, pinned=place.centre_key)
        activation.confirm(session, place.clock, place.keys_dir, ACTOR)
        return {"server_id": found.server_id, "school": found.school_name, "npsn": found.school_npsn}


def _workplace() -> Any:
    import sqlalchemy

    from app.sekolah import jobs
    from app.services.system_clock import SystemClock
    from app.settings import SekolahSettings, load_settings
    from app.web.transactions import guard_engine

    settings = load_settings()
    if not isinstance(settings, SekolahSettings):
        raise TypeError("this is no school's server")
    engine = sqlalchemy.create_engine(settings.database_url)
    guard_engine(engine)
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    return jobs.workplace_for(settings, engine, SystemClock(), random.SystemRandom())


if __name__ == "__main__":
    main()
