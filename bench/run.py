"""`make bench`: an exam day's load on a real school's server and, in the same run, the references. Ratios first.

    python -m bench.run [--quick] [--database postgresql] [--only day,board] [--servers 1000,10000 --uploads 10000]

Writes build/bench.json and build/bench.html. How to read them: docs/performance.md. Everything runs on loopback, with
the load program on the server's own processors; each server is ended by its process id.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.rehearsal import disk, machine
from app.rehearsal.school import School
from app.rehearsal.student import Browser
from bench import centre_run, scenarios, upload
from bench.goals import judge, told
from bench.hours import SITTINGS, divide, hours
from bench.postgres import no_database, own_postgres
from bench.report import write_report
from bench.school import ROOT, Server, furnish, serving

BUILD = ROOT / "build"
SIZES = (100, 1_000, 5_000)
CONNECTIONS = 64
SCENARIOS = "saturated,exams,day,board,slow_disk,growth,upload,centre"


@dataclass(frozen=True)
class Size:
    """How large and how long."""

    students: int
    steady: int
    rush_s: float
    start_s: float
    window_s: float
    saturated_s: float
    rounds: int
    exams: int
    operations: int
    servers: tuple[int, ...]
    uploads: int


FULL = Size(2_000, 5_000, 10, 5, 40, 4, 3, 56, 800, (200, 1_000), 400)
QUICK = Size(200, 500, 4, 2, 6, 2, 1, 16, 160, (40,), 40)


class Bench:
    """One run: a folder, a port, what was found so far."""

    def __init__(self, folder: Path, port: int, size: Size, database: Callable[[], str]) -> None:
        self.folder, self.port, self.size = folder, port, size
        self.found: dict[str, Any] = {}
        self._database = database
        self._schools = 0

    def school(self, waiting: int, working: int, *, answered: bool = False) -> School:
        """A school of its own, furnished."""
        self._schools += 1
        place = self.folder / f"school-{self._schools}"
        place.mkdir()
        return furnish(place, self.port, waiting=waiting, working=working, answered=answered, database=self._database())

    def day(self) -> None:
        """Rush, start, steady, board, finish: one after the other on one server."""
        size = self.size
        school = self.school(size.students, size.steady - size.students)
        with serving(school.settings) as server:
            asyncio.run(self._day(server, school))

    async def _day(self, server: Server, school: School) -> None:
        size, found = self.size, self.found
        entering = [Browser(school, student) for student in school.waiting]
        others = [Browser(school, student) for student in school.working]
        found["memory"] = {"empty_mb": memory_mb(server)}
        self.say("rush")
        found["rush"] = await scenarios.rush(entering, others[:200], size.rush_s)
        self.say("start")
        found["start"] = await scenarios.start(entering, size.start_s)
        found["memory"]["started_mb"] = memory_mb(server)
        self.say("steady")
        await scenarios.steady(server, entering + others, size.window_s / 4)  # every connection is there
        found["steady"] = await scenarios.steady(server, entering + others, size.window_s)
        found["memory"]["steady_mb"] = memory_mb(server)
        self.say("finish")
        found["finish"] = await scenarios.finish(entering, size.rush_s)
        for browser in (*entering, *others):
            browser.close()

    def board(self) -> None:
        """Five proctors at a school of the size of the goal."""
        self.say("board")
        school = self.school(1, self.size.students - 1)
        with serving(school.settings) as server:
            savers = [Browser(school, student) for student in school.working[:10]]
            watch = scenarios.board(server, school, savers, max(12.0, self.size.window_s / 1.5))
            self.found["board"] = asyncio.run(watch)

    def saturated(self) -> None:
        """The exam process and a handler that does nothing, in turn, same settings, same clients, same bytes."""
        runs: dict[str, list[dict[str, Any]]] = {"exam": [], "bare": []}
        school = self.school(1, 500)
        for number in range(self.size.rounds):
            for name in runs:
                self.say(f"saturated {name} {number + 1}")
                with serving(school.settings, {"bare": True} if name == "bare" else None) as server:
                    browsers = [Browser(school, student) for student in school.working[:CONNECTIONS]]
                    for browser in browsers:
                        browser.sequence = number * 1_000_000
                    runs[name].append(asyncio.run(scenarios.saturated(server, browsers, self.size.saturated_s)))
                    if name == "exam":
                        self.found.setdefault("memory", {})["after_saturated_mb"] = memory_mb(server)
        for name, those in runs.items():
            middle = sorted(those, key=lambda run: run["per_second"])[len(those) // 2]
            self.found["saturated" if name == "exam" else "bare handler"] = middle
        self.found["rounds"] = {
            name: [[run["per_second"], run["p99_ms"], run["cpu_ms_each"]] for run in those]
            for name, those in runs.items()
        }

    def slow_disk(self) -> None:
        """250 saves a second while each flush takes 10 ms longer."""
        self.say("slow disk")
        school = self.school(1, 500)
        with serving(school.settings, {"flush_ms": 10}):
            browsers = [Browser(school, student) for student in school.working[:250]]
            self.found["slow disk"] = asyncio.run(scenarios.at_rate(browsers, 250, self.size.window_s / 2))

    def exams(self) -> None:
        """Whole exams, one student's cost."""
        self.say("whole exams")
        school = self.school(self.size.exams, 1)
        with serving(school.settings) as server:
            browsers = [Browser(school, student) for student in school.waiting]
            self.found["whole exam"] = asyncio.run(scenarios.whole_exams(server, browsers))

    def growth(self) -> None:
        """The cost of one operation at schools of three sizes."""
        self.found["cost"] = {}
        for students in SIZES:
            self.say(f"cost at {students}")
            entering = min(self.size.operations, students) // 2
            school = self.school(entering, students - entering, answered=True)
            with serving(school.settings) as server:
                cost = asyncio.run(scenarios.costs(server, school, self.size.operations))
            self.found["cost"][str(len(school.waiting) + len(school.working))] = cost

    def centre(self) -> None:
        """The centre on PostgreSQL with thousands of school servers: releases, results, the pages of its staff."""
        self.found["centre"] = {}
        for servers in self.size.servers:
            self.say(f"centre with {servers} servers")
            found = centre_run.measure(self.folder, self.port, servers, self.size.uploads, self.say)
            self.found["centre"][str(servers)] = found

    def hours(self) -> None:
        """The requests of eight hours, for the memory they may leave. Several minutes: only when asked for."""
        self.say("eight hours")
        school = self.school(self.size.students * SITTINGS, 1)
        parts = divide(school)
        with serving(school.settings) as server:
            self.found["hours"] = asyncio.run(hours(server, parts))

    def upload(self) -> None:
        """The school's side: a finished sitting is uploaded while another one is at work."""
        self.say("upload")
        school = self.school(1, 500, answered=True)
        found = upload.measure(self.folder, school, self.size.students // 4, self.size.window_s / 2, self.say)
        self.found["upload"] = found

    def references(self) -> None:
        """Commits on the same disk."""
        self.say("references")
        seconds = 1.0 if self.size.rounds == 1 else 3.0
        self.found["disk"] = {
            "single_per_s": round(disk.commits_per_second(self.folder, 1, seconds)),
            "grouped_rows_per_s": round(disk.commits_per_second(self.folder, 50, seconds)),
        }

    def say(self, what: str) -> None:
        """Progress for whoever watches, with the load of the machine."""
        print(f"  {what} … (load {os.getloadavg()[0]:.1f})", flush=True)


def memory_mb(server: Server) -> float:
    """Of all processes of the server."""
    return round(sum(machine.resident_mb(pids) for pids in machine.parts(server.pid).values()), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small and short: under two minutes")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--port", type=int, default=18900)
    parser.add_argument("--only", default="", help=f"scenarios, by comma: {SCENARIOS}; and hours")
    parser.add_argument("--servers", default="", help="school servers of the centre, by comma, instead of 200,1000")
    parser.add_argument("--uploads", type=int, help="how many of them upload, instead of 400")
    options = parser.parse_args()
    soft_limit()
    size = QUICK if options.quick else FULL
    servers = tuple(int(number) for number in options.servers.split(",")) if options.servers else size.servers
    size = replace(size, servers=servers, uploads=options.uploads or size.uploads)
    folder = Path(tempfile.mkdtemp(prefix="guyub-bench-"))
    began = time.time()
    try:
        with own_postgres() if options.database == "postgresql" else no_database() as database:
            bench = Bench(folder, options.port, size, database)
            bench.references()
            for name in (options.only or SCENARIOS).split(","):
                getattr(bench, name)()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    keep(bench.found, options, size, began)


def keep(found: dict[str, Any], options: argparse.Namespace, size: Size, began: float) -> None:
    """Print ratios and goals, write both files."""
    about = {
        "database": options.database,
        "quick": options.quick,
        "students": size.students,
        "processors": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "seconds": round(time.time() - began),
    }
    goals = judge(found, quick=options.quick)
    print(told(found, goals))
    name = "bench" if options.database == "sqlite" else f"bench-{options.database}"
    BUILD.mkdir(exist_ok=True)
    whole = {"about": about, "goals": goals, "found": found}
    (BUILD / f"{name}.json").write_text(json.dumps(whole, indent=1), encoding="utf-8")
    write_report(BUILD / f"{name}.html", about, goals, found)
    print(f"build/{name}.json and build/{name}.html written in {about['seconds']} s")


def soft_limit() -> None:
    """A socket per student."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard != resource.RLIM_INFINITY else 65_536, hard))


if __name__ == "__main__":
    main()
