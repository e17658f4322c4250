"""Long work of the box (backup, update, settings, setting up): one at a time, and it goes on when the page is closed.

The box does it (`app/services/box.py`); here one thread waits for it and notes in `<run>/box` what every web process
shows. Arguments are not noted: some are secret. The web part itself may be restarted by such work; then nobody is
left to note the end, and the deed is told as lost from sight.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.domain.box_actions import Action
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.services import box
from app.services.box import Progress
from app.services.turns import only_one

TURN = "box-deed"
LAST = "last"

Start = Callable[[str, Callable[[], object]], None]


class DeedState(StrEnum):
    """Where a deed stands."""

    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    LOST = "lost"  # whoever waited for it is gone


@dataclass(frozen=True, slots=True)
class Deed:
    """What is known of one deed. `text` is source text; `refusal` has code, cause, remedy and values."""

    name: str
    actor: str
    at: str
    state: DeedState = DeedState.RUNNING
    text: str = ""
    done: int = 0
    of: int = 0
    answer: dict[str, Any] = field(default_factory=dict)
    refusal: dict[str, Any] = field(default_factory=dict)


def begin(
    run_dir: Path, start: Start, action: Action, actor: str, now: datetime, *, pause: Callable[[], object] = bool
) -> Deed:
    """Have `action` done beside the requests (`start` runs it in a thread); refuses (B-601) while another one runs.

    `pause` is waited for first, so that the page which shows the deed arrives before what serves it is restarted.
    """
    with ExitStack() as stack:
        if not stack.enter_context(only_one(run_dir, TURN)):
            raise busy()
        deed = Deed(action.name, actor, now.isoformat())
        _keep(run_dir, LAST, deed)
        turn = stack.pop_all()
        start(f"box-{action.name}", lambda: _do(run_dir, action, deed, turn, pause))
        return deed


def busy() -> Refusal:
    """B-601: another deed runs."""
    return Refusal(
        "B-601",
        N_("Mesin ini sedang mengerjakan hal lain."),
        N_("Tunggu sampai pekerjaan itu selesai, lalu ulangi."),
        status=409,
    )


def last(run_dir: Path, name: str = LAST) -> Deed | None:
    """The newest deed, or the newest finished one called `name`."""
    try:
        kept = json.loads((run_dir / "box" / f"{name}.json").read_text(encoding="utf-8"))
        deed = Deed(**{**kept, "state": DeedState(kept["state"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    if deed.state is not DeedState.RUNNING:
        return deed
    with only_one(run_dir, TURN) as free:
        return replace(deed, state=DeedState.LOST) if free else deed


def running(run_dir: Path) -> bool:
    """Whether a deed runs now."""
    deed = last(run_dir)
    return deed is not None and deed.state is DeedState.RUNNING


def _do(run_dir: Path, action: Action, deed: Deed, turn: ExitStack, pause: Callable[[], object]) -> None:
    def note(progress: Progress) -> None:
        _keep(run_dir, LAST, replace(deed, text=progress.text, done=progress.done, of=progress.of))

    with turn:
        pause()
        try:
            ended = replace(deed, state=DeedState.DONE, answer=box.ask(action, note))
        except Refusal as refusal:
            told = {"code": refusal.code, "cause": refusal.cause, "remedy": refusal.remedy, "values": refusal.values}
            ended = replace(deed, state=DeedState.REFUSED, refusal=told)
        _keep(run_dir, LAST, ended)
        _keep(run_dir, action.name, ended)


def _keep(run_dir: Path, name: str, deed: Deed) -> None:
    path = run_dir / "box" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(f".{os.getpid()}.new")
    draft.write_text(json.dumps(asdict(deed), ensure_ascii=False), encoding="utf-8")
    draft.replace(path)
