"""Loaded by a server under test before the program: slows, weakens or replaces one thing, as told in INJECTED (JSON).

Only harnesses put this folder on a program's path. `flush_ms`: every commit that wrote takes so much longer, as on a
disk with slow flushes. `later_s`: so many seconds have gone by since, by all clocks of the machine. `bare`: the exam
process becomes a Flask handler that answers 204. `synchronous` and `without` remove a guard, to show that a fault test
notices: "commit-first" acknowledges before the commit, "watchdog" leaves a hanging part alone, "newest" lets an old
answer take the place of a newer one.
"""
# ruff: noqa: SLF001 - it reaches into the program on purpose

from __future__ import annotations

import json
import os
import time
from typing import Any

_told: dict[str, Any] = json.loads(os.environ.get("INJECTED", "{}"))


def _slow_flush(milliseconds: float) -> None:
    from sqlalchemy import Engine, event

    @event.listens_for(Engine, "commit")
    def wait(connection: Any) -> None:
        raw = connection.connection.dbapi_connection
        changes = getattr(raw, "total_changes", 0)
        if connection.info.get("changes") != changes:
            connection.info["changes"] = changes
            time.sleep(milliseconds / 1000)


def _later(seconds: int) -> None:
    from datetime import datetime, timedelta

    from app.services.system_clock import SystemClock

    wall, boot = SystemClock.now, SystemClock.boot_ms

    def now(self: SystemClock) -> datetime:
        return wall(self) + timedelta(seconds=seconds)

    SystemClock.now = now  # type: ignore[method-assign]
    SystemClock.boot_ms = lambda self: boot(self) + seconds * 1000  # type: ignore[method-assign]


def _weak_disk(synchronous: str) -> None:
    from app.web import transactions

    transactions._PRAGMAS["synchronous"] = (synchronous, {"OFF": 0, "NORMAL": 1}[synchronous])


def _bare() -> None:
    from flask import Flask, Response, request

    from app import wsgi

    def exam() -> Flask:
        app = Flask("bare", static_folder=None)

        @app.route("/<path:_path>", methods=["GET", "POST"])
        def handler(_path: str) -> Response:
            request.get_data(cache=False)
            return Response(status=204)

        return app

    wsgi.exam = exam


def _without_commit_first() -> None:
    from app.sekolah.services import writer

    proper = writer.GroupWriter._transact

    def early(self: Any, jobs: list[Any]) -> None:
        from app.sekolah.services.saving import Saved

        for job in jobs:
            if not isinstance(job, writer.Call):
                job.result = Saved([item.sequence for item in job.items])
                job.finish()
        time.sleep(0.02)
        proper(self, jobs)

    writer.GroupWriter._transact = early
    writer.Job.finish = _once(writer.Job.finish)


def _once(finish: Any) -> Any:
    def quietly(self: Any) -> None:
        if self._done.locked():
            finish(self)

    return quietly


def _without_watchdog() -> None:
    from app.serving import children, gunicorn_lines

    children.HANG_S = gunicorn_lines.EXAM_HANG_S = gunicorn_lines.WEB_HANG_S = 600


def _without_newest() -> None:
    from app.sekolah.services import saving_tables

    saving_tables.SavingTables.latest = lambda *_given: {}


if "flush_ms" in _told:
    _slow_flush(_told["flush_ms"])
if "later_s" in _told:
    _later(_told["later_s"])
if "synchronous" in _told:
    _weak_disk(_told["synchronous"])
if _told.get("bare"):
    _bare()
for _name in _told.get("without", []):
    globals()["_without_" + _name.replace("-", "_")]()
