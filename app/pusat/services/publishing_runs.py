"""Publishing several sittings one after the other, with a bar that survives a closed page.

How far a run is stands in the database, written after every step, so any page of any process can show it. One sitting
that is refused does not stop the others. A run whose process died is recognised by its silence and can be started again
for what is left.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Sitting, SittingState, StateEntry
from app.pusat.services.publishing import publish_sitting
from app.pusat.services.workplace import Workplace

PREFIX = "publish_run:"
SILENT_AFTER = timedelta(minutes=3)
KEPT = 20
MOST_AT_ONCE = 500


@dataclass(frozen=True)
class Run:
    """A run as pages show it. `refused` has one dict per sitting: sitting, title, code, cause, remedy, problems."""

    id: str
    by: str
    begun_at: datetime
    changed_at: datetime
    sittings: list[str]
    step: str = ""
    current: str = ""
    done: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    ended: bool = False

    @property
    def finished(self) -> int:
        """How many sittings are through, published or refused."""
        return len(self.done) + len(self.refused)

    def stopped(self, now: datetime) -> bool:
        """Whether the process that did it is gone."""
        return not self.ended and now - self.changed_at > SILENT_AFTER


def begin_run(place: Workplace, sitting_ids: Sequence[str], actor: str) -> str:
    """Note a new run and give its id; refuses P-705 for none or too many sittings."""
    wanted = list(dict.fromkeys(sitting_ids))
    if not 0 < len(wanted) <= MOST_AT_ONCE:
        raise Refusal(
            "P-705",
            N_("Belum ada jadwal yang dipilih, atau lebih dari %(most)s sekaligus."),
            N_("Pilih jadwal yang akan diterbitkan, lalu tekan Terbitkan."),
            values={"most": MOST_AT_ONCE},
        )
    run_id = secrets.token_hex(6)
    value = {"by": actor, "begun_at": place.clock.now().isoformat(), "sittings": wanted}
    _write(place, run_id, value)
    _forget_old(place)
    return run_id


def do_run(place: Workplace, run_id: str) -> None:
    """Publish everything of a run. Meant for a thread; every refusal is told on the run's page."""
    with place.look() as session:
        run = read_run(session, run_id)
        rows = session.execute(select(Sitting.id, Sitting.title).where(Sitting.id.in_(run.sittings)))
        titles = {row.id: row.title for row in rows}
    value: dict[str, Any] = {"by": run.by, "begun_at": run.begun_at.isoformat(), "sittings": run.sittings}
    value |= {"done": [], "refused": []}
    try:
        for sitting_id in run.sittings:
            value["current"] = titles.get(sitting_id, sitting_id)
            about = {"sitting": sitting_id, "title": value["current"]}
            try:
                version = publish_sitting(place, sitting_id, run.by, lambda step: _step(place, run_id, value, step))
                value["done"].append({**about, "version": version})
            except Refusal as refusal:
                value["refused"].append({**about, **_told(refusal)})
    finally:
        _write(place, run_id, {**value, "ended": True, "current": "", "step": ""})


def read_run(session: Session, run_id: str) -> Run:
    """A run; Refusal P-706 if it is forgotten."""
    entry = session.get(StateEntry, f"{PREFIX}{run_id}"[:64])
    if entry is None:
        raise Refusal("P-706", N_("Proses penerbitan ini tidak ada lagi."), N_("Buka halaman Penerbitan."), status=404)
    return _run(entry)


def newest_runs(session: Session, count: int = 5) -> list[Run]:
    """The newest runs, newest first."""
    query = select(StateEntry).where(StateEntry.name.startswith(PREFIX)).order_by(StateEntry.changed_at.desc())
    return [_run(entry) for entry in session.scalars(query.limit(count))]


def waiting_sittings(session: Session) -> list[Sitting]:
    """Sittings that are drafts, the next one first."""
    query = select(Sitting).where(Sitting.state == SittingState.DRAFT).order_by(Sitting.starts_at, Sitting.id)
    return list(session.scalars(query))


def _told(refusal: Refusal) -> dict[str, Any]:
    """A refusal as source text with its values, to be translated where it is shown."""
    return {
        "code": refusal.code,
        "cause": refusal.cause,
        "remedy": refusal.remedy,
        "values": {name: str(value) for name, value in refusal.values.items()},
        "problems": refusal.extra.get("problems", []),
    }


def _step(place: Workplace, run_id: str, value: dict[str, Any], step: str) -> None:
    _write(place, run_id, {**value, "step": step})


def _write(place: Workplace, run_id: str, value: dict[str, Any]) -> None:
    with place.transaction() as session:
        session.merge(StateEntry(name=f"{PREFIX}{run_id}", value=value, changed_at=place.clock.now()))


def _forget_old(place: Workplace) -> None:
    with place.transaction() as session:
        query = select(StateEntry).where(StateEntry.name.startswith(PREFIX)).order_by(StateEntry.changed_at.desc())
        for entry in session.scalars(query.offset(KEPT)).all():
            session.delete(entry)


def _run(entry: StateEntry) -> Run:
    value = entry.value
    return Run(
        id=entry.name.removeprefix(PREFIX),
        by=value["by"],
        begun_at=datetime.fromisoformat(value["begun_at"]),
        changed_at=entry.changed_at,
        sittings=value["sittings"],
        step=value.get("step", ""),
        current=value.get("current", ""),
        done=value.get("done", []),
        refused=value.get("refused", []),
        ended=bool(value.get("ended")),
    )
