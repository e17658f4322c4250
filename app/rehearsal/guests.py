"""Exam PCs in a rehearsal, as the rehearsal sees them: who came, what each shall do, and what each measured."""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from app.rehearsal.day import SAVE_EVERY_S, Pace, Phase
from app.rehearsal.load import Run
from app.rehearsal.paper import answer_to, question_id
from app.rehearsal.school import PASSWORD, School, Student
from app.rehearsal.verdict import Guest
from app.sekolah.services import rehearsal_guests

RESULTS_S = 30.0  # how long the last results are waited for
PLACES = (0, 28, 33, 36, 39)  # one question of each kind, the last an essay


class Guests:
    """The PCs of one rehearsal. They may join from now on."""

    def __init__(self, school: School, pace: Pace) -> None:
        self._school, self._pace = school, pace
        self._data_dir = school.settings.data_dir
        self._shares: dict[int, list[Student]] = {}
        self._begins_at = 0.0
        rehearsal_guests.invite(self._data_dir)

    def joined(self) -> int:
        """How many there are."""
        return len(rehearsal_guests.guests(self._data_dir))

    def share_out(self) -> School:
        """Give each its students and set the time; gives the school with those that stay with the server's own load."""
        here = rehearsal_guests.guests(self._data_dir)
        each, own = rehearsal_guests.shares(len(self._school.waiting), len(here))
        students = self._school.waiting
        for place, guest in enumerate(here):
            self._shares[guest] = students[own + place * each : own + (place + 1) * each]
        self._begins_at = time.time() + (rehearsal_guests.LEAD_S if here else 0.0)
        rehearsal_guests.write_plan(self._data_dir, self._plan())
        return dataclasses.replace(self._school, waiting=students[:own])

    def seconds_to_begin(self) -> float:
        """Until the first login."""
        return max(0.0, self._begins_at - time.time())

    def results(self, check: Callable[[], None]) -> list[Guest]:
        """Wait a while for what the PCs measured; `check` may end the waiting by raising."""
        latest = time.monotonic() + RESULTS_S
        while len(found := rehearsal_guests.results(self._data_dir)) < len(self._shares) and time.monotonic() < latest:
            check()
            time.sleep(0.5)
        return [self._guest(number, found.get(number)) for number in self._shares]

    def _guest(self, number: int, result: dict[str, Any] | None) -> Guest:
        students = self._shares[number]
        phases = [_phase(name, measured) for name, measured in (result or {}).items()]
        return Guest(number, rehearsal_guests.address_of(self._data_dir, number), len(students), phases)

    def _plan(self) -> dict[str, Any]:
        every = {"save": SAVE_EVERY_S}
        phases = [
            {
                "name": name,
                "begins_s": self._pace.begins[name],
                "length_s": length,
                "every_s": every.get(name, length + 1),
            }
            for name, length in self._pace.lengths.items()
        ]
        return {
            "begins_at": self._begins_at,
            "phases": phases,
            "password": PASSWORD,
            "token": self._school.token,
            "answers": [{"question": question_id(place), "value": answer_to(place, place)} for place in PLACES],
            "students": {
                str(guest): [
                    {"number": student.number, "attempt": student.attempt, "place": place}
                    for place, student in enumerate(students)
                ]
                for guest, students in self._shares.items()
            },
        }


def _phase(name: str, measured: dict[str, Any]) -> Phase:
    pairs, failed = measured["answers"], measured["failed"]
    failures = Counter({"guest": failed} if failed else {})
    run = Run([seconds for _due, seconds in pairs], [due for due, _seconds in pairs], failures=failures)
    return Phase(name, len(pairs) + failed, run)
