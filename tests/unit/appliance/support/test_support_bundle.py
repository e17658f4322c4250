"""The support bundle tells how the server is, and nothing of a question, an answer, a person or a secret."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from appliance import settings, support
from appliance.backup import state
from appliance.backup.making import DATABASE
from appliance.identity import make_identity
from appliance.log_sieve import LEFT_OUT, is_ours, sieve, trace
from appliance.places import Places
from bench.school import furnish
from tests.conftest import FakeClock
from tests.ports import free_port

NAME, NUMBER, STAFF, SCHOOL = "Siti Rahmawati", "01-001-001-8", "Ratna Ayuningtyas", "SMA Melati Harum"
ANSWER, QUESTION, PASSWORD = "mitokondria adalah dapur sel", "Mengapa langit tampak biru", "kuda-laut-ungu"
PEOPLE = ("Siti", "Rahmawati", NUMBER, "Ratna", "Ayuningtyas", "Melati", "Harum")
PLANTED = (*PEOPLE, "mitokondria", "dapur sel", "langit", PASSWORD, "kunci-rahasia", "berbagi")


@pytest.fixture
def planted(tmp_path: Path) -> Places:
    """A box in which names, questions, answers and secrets stand wherever they can."""
    places = Places(tmp_path / "box")
    make_identity(places, set_up=True)
    known = settings.BoxSettings()
    settings.write(
        places.box,
        dataclasses.replace(
            known,
            general=dataclasses.replace(known.general, school_name=SCHOOL, set_up=True),
            network=dataclasses.replace(known.network, internet="none"),
            backup=dataclasses.replace(known.backup, smb_share="//10.0.0.9/berbagi", smb_user="ratna"),
            remote=settings.Remote(
                keys=("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8Hc8l0n0rYH1ZHVYcZ0LIyrvmQXx8fEkiSgmRsB/D9 Ratna",)
            ),
        ),
    )
    (places.box / "smb-password").write_text(PASSWORD, encoding="ascii")
    school = furnish(places.sekolah, free_port(), working=3, answered=True)
    (places.sekolah / "open" / "papers").mkdir(parents=True, exist_ok=True)
    (places.sekolah / "open" / "papers" / "x.json").write_text(QUESTION, encoding="ascii")
    (places.sekolah / "keys" / "own").write_text("kunci-rahasia", encoding="ascii")
    assert school.working
    with closing(sqlite3.connect(places.sekolah / DATABASE)) as connection:
        connection.execute("UPDATE attempt SET name = ?, number = ? WHERE id = 1", (NAME, NUMBER))
        connection.execute("UPDATE answer SET value = ?", (json.dumps(ANSWER),))
        connection.execute("UPDATE held_sitting SET title = ?, subject = ?", (QUESTION, QUESTION))
        connection.execute("UPDATE identity SET school_name = ?", (SCHOOL,))
        connection.execute("UPDATE staff SET name = ?, username = 'ratna.ayuningtyas'", (STAFF,))
        connection.execute(
            "INSERT INTO audit_entry (id, at, actor, event, subject, detail, previous, hash)"
            " VALUES (99, '2026-11-23 00:00:00', ?, ?, ?, ?, x'00', x'00')",
            (STAFF, f"seat of {NAME}", NUMBER, json.dumps({"reason": NAME})),
        )
        connection.commit()
    state.note(places, "success", {"at": "2026-11-23T00:00:00+00:00"})
    return places


def entry(message: object, **more: str) -> dict[str, Any]:
    ours = {
        "_SYSTEMD_UNIT": "guyub-web.service",
        "_PID": "4711",
        "_UID": "990",
        "__REALTIME_TIMESTAMP": "1795393900000000",
    }
    return {**ours, "MESSAGE": message, **more}


def lines() -> list[dict[str, Any]]:
    place = '  File "/opt/guyub/app/x.py", line 7, in save'
    fault = (
        f'Traceback (most recent call last):\n{place}\n    raise ValueError("{NAME}")\nValueError: {NAME} {ANSWER}\n'
    )
    return [
        entry(json.dumps({"event": "request", "method": "POST", "pattern": "/api/v1/login", "status": 401, "ms": 3.2})),
        entry(json.dumps({"event": f"login of {NAME}", "number": NUMBER, "status": 200, "level": "info"})),
        entry(
            json.dumps({"event": "request", "pattern": f"/sekolah/peserta/{NUMBER}", "kind": NAME, "code": "Siti-104"})
        ),
        entry(json.dumps({"event": "failed", "exception": fault, "answer": ANSWER})),
        entry(json.dumps({NAME: 1, "event": {"deep": NAME}, "ms": NUMBER})),
        entry(json.dumps([NAME])),
        entry(fault),
        entry(f"plain words about {NAME} ({NUMBER}): {ANSWER}"),
        entry(f"Siti wrote as if she were systemd: {NAME}", _COMM="systemd", SYSLOG_IDENTIFIER="systemd"),
        entry([83, 105, 116, 105]),
        entry("Started guyub-web.service - Guyub: logins and staff pages.", _PID="1"),
        {"MESSAGE": "EXT4-fs (sda5): I/O error", "_TRANSPORT": "kernel"},
    ]


def texts(bundle: Path) -> dict[str, str]:
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_nothing_planted_is_in_the_bundle(planted: Places, clock: FakeClock, tmp_path: Path):
    secrets = [path.read_text(errors="replace").strip() for path in planted.box.rglob("*") if path.name in {
        "backup.key", "machine-id", "ssh_host_ed25519_key", "smb-password"}]  # fmt: skip
    assert len(secrets) == 4
    bundle = support.make_bundle(planted, clock, tmp_path, lines())
    for name, text in texts(bundle).items():
        for word in (*PLANTED, *secrets, *(line for secret in secrets for line in secret.splitlines())):
            assert word.lower() not in text.lower(), f"{word} stands in {name}"
            assert word.lower() not in name.lower()


def test_what_helps_is_in_it(planted: Places, clock: FakeClock, tmp_path: Path):
    found = texts(support.make_bundle(planted, clock, tmp_path, lines()))
    assert {
        "about.json",
        "settings.json",
        "doctor.json",
        "states.json",
        "sekolah.json",
        "machine.txt",
        "journal.jsonl",
    } == set(found)
    school = json.loads(found["sekolah.json"])
    assert school["rows"]["attempt"] == 3
    assert school["faults"] == []
    assert school["sittings"][0]["state"] == "active"
    assert [99, "2026-11-23 00:00:00", LEFT_OUT] in school["events"]
    assert [row[2] for row in school["events"]].count("staff_created") == 1
    assert json.loads(found["settings.json"])["network"]["lan_address"] == "192.168.0.200/24"
    assert json.loads(found["states.json"])["backup"]["success"]
    told = [json.loads(line)["said"] for line in found["journal.jsonl"].splitlines()]
    assert told[0] == {"event": "request", "method": "POST", "pattern": "/api/v1/login", "status": 401, "ms": 3.2}
    assert told[1] == {"event": LEFT_OUT, "status": 200, "level": "info"}
    assert told[6] == "ValueError < x.py:7 save"
    assert "Started guyub-web" in told[10]
    assert "I/O error" in told[11]


def test_a_server_whose_database_is_damaged_has_a_bundle_too(planted: Places, clock: FakeClock, tmp_path: Path):
    (planted.sekolah / DATABASE).write_bytes(b"no database" * 1000)
    found = texts(support.make_bundle(planted, clock, tmp_path, []))
    assert json.loads(found["sekolah.json"]) == {"unreadable": "OSError"}


def test_patterns_of_addresses_are_ours_and_addresses_with_numbers_are_not():
    assert is_ours("/api/v1/attempts/<int:attempt>/answers")
    assert not is_ours(f"/api/v1/attempts/{NUMBER}/answers")
    assert not is_ours("/api/v1/login/Siti")
    assert is_ours("S-104")
    assert not is_ours("S-104 Siti")


def test_a_trace_keeps_places_and_kinds_only():
    assert trace(f"SitiError: {NAME}") == LEFT_OUT
    assert trace("sqlalchemy.exc.OperationalError: (x) no such table: Siti") == "OperationalError"
    assert list(sieve([{"MESSAGE": None}])) == [{"said": LEFT_OUT}]
