"""What is known of backups without asking the target: the last success, the last failure, the last check.

Console, page and doctor read it. It also keeps a second backup from running over the first.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.sekolah.services.backup_wish import WISH
from appliance.durable import make_folder, write_whole
from appliance.places import Places


def read(places: Places) -> dict[str, Any]:
    """`{success, failure, check}`, each absent or a record with the ISO time `at`; empty when damaged."""
    try:
        found = json.loads(_file(places).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def note(places: Places, kind: str, record: dict[str, Any]) -> None:
    """Keep the newest record of this kind."""
    known = {**read(places), kind: record}
    write_whole(_file(places), json.dumps(known, ensure_ascii=False).encode())


def note_failure(places: Places, refusal: Refusal, now: datetime) -> None:
    """Why the last one failed, until one succeeds later."""
    told = {"code": refusal.code, "cause": refusal.cause, "remedy": refusal.remedy, "values": refusal.values}
    note(places, "failure", {"at": now.isoformat(), **told})


def is_due(places: Places, now: datetime, at: str, zone: ZoneInfo) -> bool:
    """Whether the timer has reason to begin one: the hour `at` ("02:00") has passed since the last, be it that the
    server was off then; or a sitting was closed since."""
    last = read(places).get("success")
    if last is None:
        return True
    made = datetime.fromisoformat(last["at"])
    local = now.astimezone(zone)
    planned = local.replace(hour=int(at[:2]), minute=int(at[3:]), second=0, microsecond=0)
    if planned > local:
        planned -= timedelta(days=1)
    if made < planned or made > now:  # or a clock that was set back
        return True
    try:
        return (places.sekolah / WISH).stat().st_mtime > made.timestamp()
    except OSError:
        return False


@contextmanager
def alone(places: Places, *, wait: bool = False) -> Iterator[None]:
    """Only one of backup, list, check and restore at a time; refuses B-301, or waits until nobody else is at it."""
    make_folder(places.run, 0o755)
    descriptor = os.open(places.run / "backup.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        _take(descriptor, wait=wait)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, *, wait: bool) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError as error:
        raise Refusal(
            "B-301",
            N_("Pencadangan atau pemulihan lain sedang berjalan."),
            N_("Tunggu sampai selesai, lalu ulangi."),
            status=409,
        ) from error


def _file(places: Places) -> Path:
    return places.box / "backup-state.json"
