"""*Gladi*: when a rehearsal may run, how one is begun and called off, what it says, and that nothing of it stays.

The rehearsal itself is a program of its own (`guyub rehearse`, `app/rehearsal`). Here is what pages, rounds and that
program share: one folder, one turn, and the rules. The real database is only read.

In `<data>/rehearsal`: `verdict.json` stays, and `stopped.json` until the next one; `progress.json`, `cancel`, `go` and
the trial server's folder `t` (a short name, because its sockets' paths may not be long) are gone when the rehearsal is.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Attempt, HeldSitting, HeldState
from app.sekolah.services.day import QUOTA_BYTES, held_sittings
from app.services.turns import only_one
from app.settings import SekolahSettings, as_environment

TURN = "rehearsal"
MOST_STUDENTS, LEAST_SECONDS, MOST_SECONDS = 5_000, 5, 3_600
USUAL_STUDENTS = 100  # where no sitting is here yet
QUIET = timedelta(minutes=30)  # before a planned start
BASE_BYTES, STUDENT_BYTES = 250_000_000, 200_000  # what a rehearsal takes on the disk while it runs
STARTING_S = 20.0  # from the click until the program has the turn
SCHEMA = 1


@dataclass(frozen=True)
class Wish:
    """What is asked for: how many students, how many seconds of steady work, the address to listen at, and how many
    seconds to wait for exam PCs that take part (0: none do)."""

    students: int
    seconds: int
    address: str = "127.0.0.1"
    gather_s: int = 0


def folder(data_dir: Path) -> Path:
    """Where everything about rehearsals lies."""
    return data_dir / "rehearsal"


def trial_folder(data_dir: Path) -> Path:
    """The trial server's data, on the same disk as the real ones."""
    return folder(data_dir) / "t"


def require_possible(session: Session, now: datetime, data_dir: Path, wish: Wish) -> None:
    """Refuses odd numbers (S-255), a sitting that is on (S-250) or near (S-251), a disk too full (S-252)."""
    if not (0 < wish.students <= MOST_STUDENTS and LEAST_SECONDS <= wish.seconds <= MOST_SECONDS):
        raise Refusal(
            "S-255",
            N_("Jumlah peserta atau lama gladi tidak dapat dipakai."),
            N_("Isi 1 sampai %(students)s peserta dan %(least)s sampai %(most)s detik."),
            status=422,
            values={"students": MOST_STUDENTS, "least": LEAST_SECONDS, "most": MOST_SECONDS},
        )
    require_quiet(session, now)
    free, needed = shutil.disk_usage(data_dir).free, QUOTA_BYTES + BASE_BYTES + STUDENT_BYTES * wish.students
    if free < needed:
        raise Refusal(
            "S-252",
            N_("Sisa disk %(free)s MB, sedangkan gladi memerlukan %(needed)s MB."),
            N_("Hapus berkas yang tidak perlu atau perbesar disk, lalu ulangi. Data ujian jangan dihapus."),
            status=409,
            values={"free": free // 1_000_000, "needed": needed // 1_000_000},
        )


def require_quiet(session: Session, now: datetime) -> None:
    """Refuses while a sitting is active (S-250), or from half an hour before its start to its planned end (S-251)."""
    for sitting in held_sittings(session):
        if sitting.state is HeldState.ACTIVE:
            raise Refusal(
                "S-250",
                N_("Tes %(title)s sedang berlangsung."),
                N_("Tutup tes itu dahulu, lalu mulai gladi."),
                status=409,
                values={"title": sitting.title},
            )
        ends_at = sitting.starts_at + timedelta(seconds=sitting.length_s)
        if sitting.state in {HeldState.LOCKED, HeldState.OPEN} and sitting.starts_at - QUIET <= now < ends_at:
            raise Refusal(
                "S-251",
                N_("Tes %(title)s mulai kurang dari 30 menit lagi atau sedang dijadwalkan."),
                N_("Jalankan gladi sesudah tes itu selesai, atau pada hari lain."),
                status=409,
                values={"title": sitting.title},
            )


def already_running() -> Refusal:
    """Another rehearsal has the turn."""
    return Refusal(
        "S-253",
        N_("Gladi lain sedang berjalan di server ini."),
        N_("Tunggu sampai selesai, atau hentikan di halaman Gladi."),
        status=409,
    )


def largest_sitting(session: Session) -> int:
    """Students of the largest sitting that is still to come; a usual number where there is none."""
    counts = (
        select(func.count())
        .select_from(Attempt)
        .join(HeldSitting, Attempt.sitting_id == HeldSitting.id)
        .where(HeldSitting.state.in_((HeldState.LOCKED, HeldState.OPEN)))
        .group_by(Attempt.sitting_id)
    )
    return max(session.scalars(counts), default=USUAL_STUDENTS)


def begin(settings: SekolahSettings, wish: Wish) -> subprocess.Popen[bytes]:
    """Start the program; whoever calls waits for it. Refuses (S-253) while another one runs."""
    if running(settings.run_dir, settings.data_dir):
        raise already_running()
    write_progress(settings.data_dir, {"phase": "prepare", "share": 0.0, "students": wish.students})
    line = [sys.executable, "-m", "app.cli", "rehearse", "--students", str(wish.students)]
    line += ["--seconds", str(wish.seconds), "--address", wish.address, "--gather", str(wish.gather_s)]
    return subprocess.Popen(  # noqa: S603 - our own command
        line, env=as_environment(settings), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
    )


def cancel(data_dir: Path) -> None:
    """Call a running rehearsal off; it notices within a second."""
    (folder(data_dir) / "cancel").touch()


def go_on(data_dir: Path) -> None:
    """Wait for no more exam PCs."""
    (folder(data_dir) / "go").touch()


def told_to_go_on(data_dir: Path) -> bool:
    """Whether somebody said so."""
    return (folder(data_dir) / "go").exists()


def called_off(data_dir: Path) -> bool:
    """Whether somebody did."""
    return (folder(data_dir) / "cancel").exists()


def running(run_dir: Path, data_dir: Path) -> bool:
    """Whether a rehearsal runs, or was asked for and is about to."""
    if not folder(data_dir).is_dir():
        return False
    with only_one(run_dir, TURN) as free, suppress(OSError):
        return not free or time.time() - (folder(data_dir) / "progress.json").stat().st_mtime < STARTING_S
    return False


def progress(data_dir: Path) -> dict[str, Any]:
    """How far it is: `phase`, `share` (0 to 1), `seconds_left`, `students`; empty if it says nothing."""
    return _read(folder(data_dir) / "progress.json")


def write_progress(data_dir: Path, said: dict[str, Any]) -> None:
    """For the program that runs."""
    _write(folder(data_dir) / "progress.json", said)


def last_verdict(data_dir: Path) -> dict[str, Any]:
    """What the last rehearsal found, as `app.rehearsal.verdict` records it; empty if there was none."""
    found = _read(folder(data_dir) / "verdict.json")
    return found if found.get("schema") == SCHEMA else {}


def keep_verdict(data_dir: Path, record: dict[str, Any]) -> None:
    """In place of the one before."""
    _write(folder(data_dir) / "verdict.json", record | {"schema": SCHEMA})


def stopped(data_dir: Path) -> dict[str, Any]:
    """Why the last rehearsal had to stop (`cause`, `remedy`, `values`); empty if it did not."""
    return _read(folder(data_dir) / "stopped.json")


def keep_stopped(data_dir: Path, refusal: Refusal | None) -> None:
    """Remember why; None: a new one begins."""
    path = folder(data_dir) / "stopped.json"
    if refusal is None:
        path.unlink(missing_ok=True)
    else:
        _write(path, {"cause": refusal.cause, "remedy": refusal.remedy, "values": refusal.values})


def clear_after_crash(run_dir: Path, data_dir: Path) -> bool:
    """Clear what a rehearsal left that did not end by itself; whether there was anything. Not while one runs."""
    if not trial_folder(data_dir).exists():
        return False
    with only_one(run_dir, TURN) as free:
        if free:
            clear(data_dir)
        return free


def clear(data_dir: Path) -> None:
    """End every process that stands in the trial folder, and remove all but the verdict. The caller has the turn."""
    trial = trial_folder(data_dir)
    for _round in range(50):
        left = _standing_in(trial)
        for pid in left:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if not left:
            break
        time.sleep(0.05)
    shutil.rmtree(trial, ignore_errors=True)
    for name in ("progress.json", "cancel", "go"):
        (folder(data_dir) / name).unlink(missing_ok=True)


def _standing_in(trial: Path) -> list[int]:
    """Processes whose working folder is the trial folder: the trial server and all it started. Linux only."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if Path(str(link.readlink()).removesuffix(" (deleted)")) == trial:
                found.append(int(link.parent.name))
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, said: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.new")
    draft.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    draft.replace(path)
