"""What the centre holds after an upload: each student's points, read from its database."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from tests.end_to_end.machines import Machine


@dataclass(frozen=True)
class Run:
    """One student's result. `waits` says that an essay waits for its marker."""

    earned: float
    possible: float
    waits: bool


def scores_at(centre: Machine, sitting: str) -> dict[str, Run]:
    """Results of a sitting by participant number."""
    from app.models import AttemptResult

    with centre.office() as (_place, session):
        query = select(AttemptResult).where(AttemptResult.sitting_id == sitting)
        return {run.number: Run(run.earned, run.possible, run.waiting > 0) for run in session.scalars(query)}
