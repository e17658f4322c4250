"""One rehearsal from beginning to end: trial school, server, load, verdict, and everything cleared away again."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import resource
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.rehearsal import day, disk, school, verdict
from app.rehearsal.day import Pace, Phase
from app.rehearsal.guests import Guests
from app.rehearsal.server import Server, make_tables
from app.rehearsal.student import Browser
from app.rehearsal.watching import Use, Watch
from app.sekolah.services import rehearsing
from app.sekolah.services.rehearsing import Wish
from app.sekolah.services.workplace import Workplace
from app.services.turns import only_one
from app.settings import SekolahSettings

NICE = 5  # staff pages and the centre's line come first
PATIENCE_S = 2.0
PREPARE_S, CLEAR_S = 8.0, 2.0  # about, for the bar
DISK_S = 1.0
GAP_S = 2.0  # between phases, where exam PCs keep to the same times
LOOK_S, TELL_S = 2.0, 0.5
PORTS = range(8290, 8300)

Tell = Callable[[dict[str, Any]], None]


class CalledOffError(Exception):
    """Somebody wants it to end."""


class Rehearsal:
    """One rehearsal at a server. `tell` hears how far it is, about twice a second."""

    def __init__(self, settings: SekolahSettings, place: Workplace, wish: Wish, tell: Tell) -> None:
        self._settings, self._place, self._wish, self._tell = settings, place, wish, tell
        self._pace = Pace(wish.students, float(wish.seconds), GAP_S if wish.gather_s else 0.0)
        self._lan: Guests | None = None
        self._phase: Phase | None = None
        self._use: Use | None = None
        self._port = 0

    def go(self) -> dict[str, Any]:
        """Do it; gives the record that is kept. Refuses what `rehearsing` refuses; raises CalledOffError."""
        place = self._place
        with only_one(place.run_dir, rehearsing.TURN, PATIENCE_S) as mine:
            if not mine:
                raise rehearsing.already_running()
            rehearsing.clear(place.data_dir)
            rehearsing.keep_stopped(place.data_dir, None)
            try:
                with place.look() as session:
                    rehearsing.require_possible(session, place.clock.now(), place.data_dir, self._wish)
                record = self._measured()
            except Refusal as refusal:
                rehearsing.keep_stopped(place.data_dir, refusal)
                raise
            except (OSError, subprocess.SubprocessError) as error:
                self._keep(verdict.failed(*_NOT_STARTED, {"error": str(error)}))
                raise
            finally:
                rehearsing.clear(place.data_dir)
        return record

    def _measured(self) -> dict[str, Any]:
        os.nice(NICE)
        allow_many_files()
        self._say("prepare", 0.0)
        trial = trial_settings(self._settings, self._wish)
        trial.data_dir.mkdir(parents=True)
        commits = disk.commits_per_second(trial.data_dir, 1, DISK_S)
        make_tables(trial)
        furnished = school.furnish(trial, waiting=self._wish.students)
        self._check()
        with serving(trial) as server:
            self._port = trial.port
            watch = Watch(server.pid)
            phases = asyncio.run(self._load(self._with_guests(furnished), watch))
            figures = verdict.Figures(
                students=self._wish.students,
                phases=phases,
                use=self._use or watch.use(),
                cores=len(os.sched_getaffinity(0)),
                commits=commits,
                lowest_mb=watch.lowest_mb,
                total_mb=watch.total_mb,
                server_mb=watch.server_mb(),
                same_database=self._settings.uses_sqlite,
                guests=self._lan.results(self._check) if self._lan else [],
            )
        self._say("clear", 1.0)
        return self._keep(verdict.judge(figures))

    def _with_guests(self, furnished: school.School) -> school.School:
        """Wait for exam PCs if they are wanted, and leave them their share; gives the school of those who stay."""
        wish, data_dir = self._wish, self._place.data_dir
        if not wish.gather_s:
            return furnished
        self._lan = Guests(furnished, self._pace)
        latest = time.monotonic() + wish.gather_s
        while (left_s := latest - time.monotonic()) > 0 and not rehearsing.told_to_go_on(data_dir):
            self._check()
            said = {"phase": "gather", "share": 0.0, "seconds_left": round(left_s), "students": wish.students}
            self._tell_all(said | {"port": self._port, "guests_welcome": True, "guests": self._lan.joined()})
            time.sleep(TELL_S)
        return self._lan.share_out()

    async def _load(self, furnished: school.School, watch: Watch) -> list[Phase]:
        browsers = [Browser(furnished, student) for student in furnished.waiting]
        if self._lan is not None:
            await asyncio.sleep(self._lan.seconds_to_begin())

        def at_phase(phase: Phase | None) -> None:
            if self._phase is not None and self._phase.name == "save":
                self._use = watch.use()
            if phase is not None and phase.name == "save":
                watch.begin()
            self._phase = phase

        load = asyncio.create_task(day.go_through(browsers, self._pace, at_phase))
        try:
            turn = 0
            while not (await asyncio.wait([load], timeout=TELL_S))[0]:
                self._say_phase()
                watch.look()
                turn += 1
                if turn % round(LOOK_S / TELL_S) == 0:
                    self._check()
            return await load
        finally:
            load.cancel()
            with suppress(asyncio.CancelledError):
                await load
            for browser in browsers:
                browser.close()

    def _check(self) -> None:
        """Stop if somebody wants that, or if a sitting was begun meanwhile."""
        if rehearsing.called_off(self._place.data_dir):
            raise CalledOffError
        with self._place.look() as session:
            rehearsing.require_quiet(session, self._place.clock.now())

    def _say_phase(self) -> None:
        phase = self._phase
        if phase is None:
            return
        lengths = self._pace.lengths
        before = PREPARE_S + self._pace.begins[phase.name]
        asked = len(phase.run.latencies) + sum(phase.run.failures.values())
        self._say(phase.name, before + lengths[phase.name] * asked / phase.asked)

    def _say(self, phase: str, passed_s: float) -> None:
        whole = PREPARE_S + self._pace.begins["finish"] + self._pace.lengths["finish"] + CLEAR_S
        share = 1.0 if phase == "clear" else min(1.0, passed_s / whole)
        said = {"phase": phase, "share": round(share, 3), "seconds_left": round(whole * (1 - share))}
        self._tell_all(said | {"students": self._wish.students, "port": self._port})

    def _tell_all(self, said: dict[str, Any]) -> None:
        rehearsing.write_progress(self._place.data_dir, said)
        self._tell(said)

    def _keep(self, record: dict[str, Any]) -> dict[str, Any]:
        whole = {"at": self._place.clock.now().isoformat(), "seconds": self._wish.seconds} | record
        rehearsing.keep_verdict(self._place.data_dir, whole)
        return whole


_NOT_STARTED = (
    N_("Server percobaan tidak dapat dijalankan (%(error)s)."),
    N_("Ulangi gladi. Bila terulang, nyalakan ulang server dan periksa Kesiapan."),
)


def trial_settings(settings: SekolahSettings, wish: Wish) -> SekolahSettings:
    """The real server's settings, but for the data, the database, the address and the centre."""
    data_dir = rehearsing.trial_folder(settings.data_dir)
    return dataclasses.replace(
        settings,
        data_dir=data_dir,
        database_url=f"sqlite:///{data_dir / 'guyub.sqlite'}",
        host=wish.address,
        port=free_port(wish.address),
        centre_url="",
        trusted_proxies=0,  # nobody stands before it, and behind nginx the real one counts its own
        log_level="warning",
    )


def free_port(host: str) -> int:
    """A port for the trial server: one a firewall may know, else any. Refuses (S-256) an address that is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in (*PORTS, 0):
        with socket.socket(family, socket.SOCK_STREAM) as probe, suppress(OSError):
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    raise Refusal(
        "S-256",
        N_("Alamat %(address)s bukan alamat server ini."),
        N_("Pakai salah satu alamat LAN server ini, atau 127.0.0.1."),
        status=422,
        values={"address": host},
    )


@contextmanager
def serving(settings: SekolahSettings) -> Iterator[Server]:
    """The trial server for the time of a block."""
    server = Server(settings, kind="auto")
    try:
        try:
            server.start()
        except RuntimeError as error:
            raise OSError(str(error)) from error
        yield server
    finally:
        server.stop()


def allow_many_files() -> None:
    """A socket per student."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard != resource.RLIM_INFINITY else 65_536, hard))
