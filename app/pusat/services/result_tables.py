"""Results of a sitting as a table: everyone who was on the list, what they earned by type, and what stands out.

Nothing is scored here: points were given when a bundle came in, and by markers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import mean, median

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.questions import Question, QuestionType
from app.models import AttemptResult, Enrolment, Participant, QuestionResult, Sitting, SittingState, Upload
from app.pusat.services.sealed_versions import read_publication

BINS = 10


@dataclass(frozen=True)
class SittingResults:
    """A sitting in the list of results."""

    sitting: Sitting
    enrolled: int
    received: int  # runs that came in, the absent included
    waiting: int  # essays without marks
    average: float | None  # percent, of those who sat


@dataclass(frozen=True)
class Row:
    """One participant. `run` is None while nothing came in for them."""

    participant: Participant
    seat: int | None
    run: AttemptResult | None
    by_type: dict[str, tuple[float, float]] = field(default_factory=dict)  # type → (earned, possible)
    late: int = 0  # answers that reached the school's server after the deadline
    answered: int = 0

    @property
    def sat(self) -> bool:
        """Whether this participant began."""
        return self.run is not None and bool(self.run.questions)

    @property
    def percent(self) -> float:
        """Points in percent of what was possible."""
        return 100 * self.run.earned / self.run.possible if self.run and self.run.possible else 0.0


@dataclass(frozen=True)
class QuestionStatistics:
    """How a question did: `share` of its points earned, and how many answered it."""

    number: int
    question: Question
    share: float | None
    answered: int
    waiting: int


@dataclass(frozen=True)
class Statistics:
    """Figures of those who sat, in percent of the possible points."""

    sat: int
    absent: int
    missing: int
    average: float | None
    middle: float | None
    lowest: float | None
    highest: float | None
    spread: list[tuple[str, int]]  # ten bins of ten percent


@dataclass(frozen=True)
class Table:
    """The whole table of a sitting."""

    sitting: Sitting
    types: list[QuestionType]
    rows: list[Row]
    questions: list[QuestionStatistics]
    statistics: Statistics
    uploads: Sequence[Upload]
    waiting: int


def list_results(session: Session) -> list[SittingResults]:
    """Every sitting that was released or has results, newest first."""
    enrolled = select(func.count()).where(Enrolment.sitting_id == Sitting.id).scalar_subquery()
    runs = (
        select(
            AttemptResult.sitting_id,
            func.count().label("received"),
            func.sum(AttemptResult.waiting).label("waiting"),
            func.avg(100 * AttemptResult.earned / AttemptResult.possible)
            .filter(AttemptResult.state != "waiting", AttemptResult.possible > 0)
            .label("average"),
        )
        .group_by(AttemptResult.sitting_id)
        .subquery()
    )
    query = (
        select(Sitting, enrolled, func.coalesce(runs.c.received, 0), func.coalesce(runs.c.waiting, 0), runs.c.average)
        .outerjoin(runs, runs.c.sitting_id == Sitting.id)
        .where((Sitting.state.in_((SittingState.RELEASED, SittingState.CLOSED))) | (runs.c.received > 0))
        .order_by(Sitting.starts_at.desc(), Sitting.id)
        .limit(500)
    )
    return [SittingResults(*row) for row in session.execute(query)]


def read_table(session: Session, sitting: Sitting) -> Table:
    """All of a sitting's results, in the order of seats."""
    questions = _questions(session, sitting)
    kinds = {question.id: question.type for question in questions}
    rows = _rows(session, sitting, kinds)
    uploads = session.scalars(select(Upload).where(Upload.sitting_id == sitting.id).order_by(Upload.received_at)).all()
    return Table(
        sitting=sitting,
        types=[kind for kind in QuestionType if kind in set(kinds.values())],
        rows=rows,
        questions=_question_statistics(questions, rows),
        statistics=_statistics(rows),
        uploads=uploads,
        waiting=sum(row.run.waiting for row in rows if row.run),
    )


def _questions(session: Session, sitting: Sitting) -> list[Question]:
    publication = read_publication(session, sitting.id, sitting.version) if sitting.version else None
    return [Question.from_dict(body) for body in publication.snapshot["questions"]] if publication else []


def _rows(session: Session, sitting: Sitting, kinds: dict[str, QuestionType]) -> list[Row]:
    places = {
        place.number: place
        for place in session.scalars(
            select(Enrolment).where(Enrolment.sitting_id == sitting.id).options(joinedload(Enrolment.participant))
        )
    }
    runs = {
        run.number: run
        for run in session.scalars(
            select(AttemptResult)
            .where(AttemptResult.sitting_id == sitting.id)
            .options(selectinload(AttemptResult.questions))
        )
    }
    strangers = session.scalars(select(Participant).where(Participant.number.in_(runs.keys() - places.keys())))
    people = {number: place.participant for number, place in places.items()}
    people |= {participant.number: participant for participant in strangers}
    rows = [
        _row(participant, places[number].seat if number in places else None, runs.get(number), kinds)
        for number, participant in people.items()
    ]
    return sorted(rows, key=lambda row: (row.seat is None, row.seat or 0, row.participant.number))


def _row(participant: Participant, seat: int | None, run: AttemptResult | None, kinds: dict[str, QuestionType]) -> Row:
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    questions: list[QuestionResult] = run.questions if run else []
    for result in questions:
        kind = str(kinds.get(result.question_id, ""))
        sums[kind][0] += result.earned or 0.0
        sums[kind][1] += result.possible
    return Row(
        participant=participant,
        seat=seat,
        run=run,
        by_type={kind: (round(earned, 6), round(possible, 6)) for kind, (earned, possible) in sums.items()},
        late=sum(result.late for result in questions),
        answered=sum(result.value != "null" for result in questions),
    )


def _question_statistics(questions: list[Question], rows: list[Row]) -> list[QuestionStatistics]:
    by_question: dict[str, list[QuestionResult]] = defaultdict(list)
    for row in rows:
        for result in row.run.questions if row.run else []:
            by_question[result.question_id].append(result)
    found = []
    for number, question in enumerate(questions, 1):
        results = by_question[question.id]
        marked = [
            result.earned / result.possible for result in results if result.earned is not None and result.possible
        ]
        found.append(
            QuestionStatistics(
                number=number,
                question=question,
                share=mean(marked) if marked else None,
                answered=sum(result.value != "null" for result in results),
                waiting=sum(result.earned is None for result in results),
            )
        )
    return found


def _statistics(rows: list[Row]) -> Statistics:
    percents = [row.percent for row in rows if row.sat]
    spread = [0] * BINS
    for percent in percents:
        spread[min(BINS - 1, max(0, int(percent * BINS / 100)))] += 1
    width = 100 // BINS
    return Statistics(
        sat=len(percents),
        absent=sum(row.run is not None and not row.sat for row in rows),
        missing=sum(row.run is None for row in rows),
        average=mean(percents) if percents else None,
        middle=median(percents) if percents else None,
        lowest=min(percents, default=None),
        highest=max(percents, default=None),
        spread=[(f"{place * width}–{(place + 1) * width}", count) for place, count in enumerate(spread)],
    )
