"""A school's server that uploads a finished sitting while another one is at work: what the students notice of it.

The centre is a real one (on SQLite, one server registered), the bundle is made and sent by the school's own program
after a proctor's click, and the saves of the others go on at their rate.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, insert, text
from sqlalchemy.orm import Session

from app.domain.attempt_states import AttemptState
from app.models import Attempt, HeldSitting, HeldState, Identity
from app.rehearsal.load import evenly, open_loop
from app.rehearsal.paper import QUESTIONS
from app.rehearsal.school import School
from app.rehearsal.server import Server
from app.rehearsal.student import Browser
from app.sekolah.services.identity import BOX_KEY, SIGN_KEY
from app.services.keyfiles import keep_secret
from app.web.transactions import guard_engine
from bench import centre
from bench.browsers import Proctor, find
from bench.centre_packages import identity, server_id, sitting_id
from bench.school import serving

SAVES_PER_S = 50
LONGEST_S = 120.0


class Uploader(Proctor):
    """The proctor on *Upload Hasil*."""

    async def upload(self, sitting: str) -> None:
        """Press the button and wait until the receipt is there."""
        page = (await self._call("GET", "/sekolah/unggah")).body.decode()
        token = find(r'name="csrf_token" value="([^"]+)"', page)
        kind = "Content-Type: application/x-www-form-urlencoded\r\n"
        answer = await self._call("POST", f"/sekolah/unggah/{sitting}", f"csrf_token={token}".encode(), kind)
        if answer.status != 302:
            raise SystemExit(f"the upload was not begun: {answer.status}")
        over = time.perf_counter() + LONGEST_S
        while "Tanda terima disimpan" not in (await self._call("GET", "/sekolah/unggah")).body.decode():
            if time.perf_counter() > over:
                raise SystemExit("no receipt came")
            await asyncio.sleep(0.5)


def measure(
    folder: Path, school: School, finished: int, window_s: float, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Saves alone, then saves while so many students' results are packed and sent."""
    place = folder / "upload-centre"
    place.mkdir()
    there = centre.furnish(place, school.settings.port + 1, 1, 1, None, tell)
    settings = replace(school.settings, centre_url=f"http://127.0.0.1:{there.settings.port}")
    pair(school, there, finished)
    receiving = Server(there.settings)
    try:
        receiving.start()
        with serving(settings):
            return asyncio.run(_watch(school, window_s)) | {"students": finished}
    finally:
        receiving.stop()


async def _watch(school: School, window_s: float) -> dict[str, Any]:
    browsers = [Browser(school, student) for student in school.working[:200]]
    for browser in browsers:
        browser.sequence = QUESTIONS
    proctor = Uploader(school.settings.port)
    await proctor.sign_in()

    async def save(number: int) -> str:
        return await browsers[number % len(browsers)].save()

    due = evenly(int(SAVES_PER_S * window_s), window_s)
    await open_loop(due[: len(browsers)], save)  # every connection is there
    alone = await open_loop(due, save)
    beside = asyncio.create_task(open_loop(due, save))
    began = time.perf_counter()
    await proctor.upload(sitting_id(0))
    took = time.perf_counter() - began
    meanwhile = await beside
    for browser in browsers:
        browser.close()
    proctor.close()
    return {"receipt_s": round(took, 1), "alone": alone.summary(), **meanwhile.summary()}


def pair(school: School, there: centre.Centre, finished: int) -> None:
    """Make the school the centre's server, with a sitting that has ended; copies a working student's answers."""
    settings, who = school.settings, identity(0)
    for name, raw in zip((SIGN_KEY, BOX_KEY), who.to_raw(), strict=True):
        (settings.keys_dir / name).unlink(missing_ok=True)
        keep_secret(settings.keys_dir, name, lambda raw=raw: raw)  # type: ignore[misc]
    engine = create_engine(settings.database_url)
    guard_engine(engine)
    now = datetime.now(UTC)
    with Session(engine) as session:
        row = session.get_one(Identity, 1)
        row.server_id = server_id(0)
        row.centre_sign_public = there.keys.sign.public_bytes_raw()
        row.centre_box_public = there.keys.box.public_bytes_raw()
        session.add(
            HeldSitting(
                id=sitting_id(0), version=1, title="Sesi pagi", subject="Uji beban", room="R1", starts_at=now,
                length_s=7200, minimum_s=0, time_zone="Asia/Jakarta", questions=QUESTIONS, state=HeldState.CLOSED,
                device_share=bytes(32), closed_at=now, detail={},
            )
        )  # fmt: skip
        session.flush()
        session.execute(insert(Attempt), [_finished(number) for number in range(finished)])
        common = ["question_id", "epoch", "sequence", "value", "doubtful", "written_ms", "received_ms"]
        for table, more in (("answer", "late"), ("journal_entry", "outcome")):
            columns = [*common, more]
            values = ", ".join(f"o.{column}" for column in columns)
            which = "a.sitting_id = :sitting AND o.attempt_id = :of"
            rows = f"SELECT a.id, {values} FROM attempt a, {table} o WHERE {which}"  # noqa: S608 - our own names
            line = f"INSERT INTO {table} (attempt_id, {', '.join(columns)}) {rows}"
            session.execute(text(line), {"sitting": sitting_id(0), "of": school.working[0].attempt})
        session.commit()
    engine.dispose()


def _finished(number: int) -> dict[str, Any]:
    return {
        "sitting_id": sitting_id(0), "number": f"S{number:06}", "name": f"Peserta {number}", "gender": "PL"[number % 2],
        "class_name": "XII-1", "seat": number + 1, "verifier": b"", "seed": number, "state": AttemptState.FINISHED,
        "epoch": 1, "sequence": QUESTIONS, "answered": QUESTIONS, "seat_held": False, "started_ms": 0,
        "finished_ms": 1, "deadline_ms": 1,
    }  # fmt: skip
