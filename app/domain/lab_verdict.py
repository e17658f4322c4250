"""What a readiness report comes to, for every computer, room and the whole: one judgement for page, paper and command.

A spare that is not ready does not stop the room, but is said. What was not measured is never green.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.domain import lab_checks
from app.domain.lab_checks import State, Words
from app.domain.lab_readiness import Check, Computer, Report, Value
from app.domain.wording import N_

NOTHING = N_("tidak ada")  # in the place of a value that is empty
SAYS: dict[State, str] = {"good": N_("SIAP"), "warn": N_("PERHATIKAN"), "bad": N_("BELUM SIAP")}
_RANK: dict[State, int] = {"good": 0, "warn": 1, "bad": 2}


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence and what to do, as source texts for `values`. `label` says what it is about."""

    code: str
    label: str
    state: State
    text: str
    remedy: str = ""
    values: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ComputerVerdict:
    """A computer with its lines, the worst first."""

    computer: Computer
    state: State
    lines: tuple[Line, ...]

    @property
    def troubles(self) -> tuple[Line, ...]:
        """What is not good."""
        return tuple(line for line in self.lines if line.state != "good")


@dataclass(frozen=True, slots=True)
class RoomVerdict:
    """A room with its computers in the order of the plan."""

    room: str
    state: State
    computers: tuple[ComputerVerdict, ...]

    def count(self, state: State) -> int:
        """How many computers stand so."""
        return sum(1 for one in self.computers if one.state == state)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole: rooms in the order of the plan, and what concerns no room."""

    state: State
    rooms: tuple[RoomVerdict, ...]
    lan: tuple[Line, ...]
    doctor: tuple[Line, ...]
    load: Line

    def count(self, state: State) -> int:
        """How many computers of all rooms stand so."""
        return sum(room.count(state) for room in self.rooms)


def judge(report: Report) -> Verdict:
    """The verdict on a report."""
    rooms: dict[str, list[ComputerVerdict]] = {}
    for computer in report.computers:
        rooms.setdefault(computer.room, []).append(_judge_computer(computer))
    found = tuple(RoomVerdict(room, _of_room(inside), tuple(inside)) for room, inside in rooms.items())
    lan = _worst_first([*map(_line, report.lan), *_missing(report.lan, lab_checks.OF_THE_LAN)])
    doctor = _worst_first(Line(one.name, "", one.state, one.text, one.remedy, one.values) for one in report.doctor) or (
        _plain("doctor", "bad", lab_checks.NOT_EXAMINED),
    )
    load = (
        Line("load", "", "good", lab_checks.LOAD.text, values=report.load)
        if report.load
        else _plain("load", "warn", lab_checks.NOT_LOADED)
    )
    states = [room.state for room in found] or ["bad"]
    worst = _worst([*states, *(line.state for line in (*lan, *doctor, load))])
    return Verdict(worst, found, lan, doctor, load)


def _judge_computer(computer: Computer) -> ComputerVerdict:
    """Its own checks; and whatever should have been measured of a computer that could be entered."""
    lines = [_line(check) for check in computer.checks]
    entered = all(line.state == "good" for line in lines if line.code == "reached")
    if entered and _worst(line.state for line in lines) != "bad":
        lines += _missing(computer.checks, lab_checks.NEEDED_OF_A_COMPUTER)
    ordered = _worst_first(lines)
    return ComputerVerdict(computer, _worst(line.state for line in ordered), ordered)


def _of_room(computers: list[ComputerVerdict]) -> State:
    return _worst("warn" if one.computer.spare and one.state == "bad" else one.state for one in computers)


def _line(check: Check) -> Line:
    words = lab_checks.WORDS[check.code][check.state]
    values = {name: NOTHING if value == "" else value for name, value in check.values.items()}
    return Line(check.code, lab_checks.LABELS[check.code], check.state, words.text, words.remedy, values)


def _missing(checks: Iterable[Check], needed: Iterable[str]) -> list[Line]:
    there = {check.code for check in checks}
    return [
        _plain(code, "bad", lab_checks.NOT_MEASURED, lab_checks.LABELS[code]) for code in needed if code not in there
    ]


def _plain(code: str, state: State, words: Words, label: str = "") -> Line:
    return Line(code, label, state, words.text, words.remedy)


def _worst(states: Iterable[State]) -> State:
    return max(states, key=lambda state: _RANK[state])


def _worst_first(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(sorted(lines, key=lambda line: -_RANK[line.state]))
