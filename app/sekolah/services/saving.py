"""Judges saves: what counts, what is kept aside, what came too late. One rule set for one save or two hundred.

Everything is decided from rows that were read under lock and handed in, and what is to be written is handed back: no
database and no clock in here. Nothing that arrives is dropped: every item gets a journal line and is acknowledged, also
one that does not count. The newest answer of a question is the one with the highest (epoch, sequence), in whatever
order they arrive.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.domain.answer_values import is_answered
from app.domain.attempt_states import AttemptState
from app.domain.deadlines import Verdict, judge, minimum_left_ms, remaining_ms, written_at_ms
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import SavedOutcome
from app.sekolah.services.seats import seat_ended, unknown_seat

WORKING = AttemptState.WORKING.value
FINISHED = AttemptState.FINISHED.value
_OPEN = (WORKING, FINISHED)


@dataclass(slots=True)
class Item:
    """One answer as the browser wrote it; `value` is canonical JSON text, `age_ms` how long ago it was written."""

    sequence: int
    question: str
    value: str
    doubtful: bool
    age_ms: int


@dataclass(slots=True)
class Held:
    """What the database holds of an attempt, and after judging what it shall hold. `*_ms` are exam times."""

    id: int
    state: str
    epoch: int
    seat_held: bool
    epoch_ended_ms: int | None
    started_ms: int | None
    deadline_ms: int | None
    finished_ms: int | None
    answered: int
    doubtful: int
    sequence: int
    last_seen_ms: int | None
    position: str
    minimum_s: int

    def end_ms(self) -> int:
        """The last moment that counts."""
        deadline = self.deadline_ms or 0
        return deadline if self.finished_ms is None else min(deadline, self.finished_ms)


@dataclass(slots=True)
class Latest:
    """The answer that counts now."""

    epoch: int
    sequence: int
    answered: bool
    doubtful: bool


@dataclass(slots=True)
class Repeat:
    """A journal line that has the (attempt, epoch, sequence) of an item."""

    question: str
    value: str
    doubtful: bool
    outcome: str


@dataclass(slots=True)
class Saved:
    """What the browser is told. Each sequence sent is in `acknowledged`; the other lists say more about some."""

    acknowledged: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)  # written or delivered too late: kept as evidence, not counted
    conflict: list[int] = field(default_factory=list)  # the sequence was there with another answer; the first stays
    remaining_ms: int = 0
    minimum_ms: int = 0
    state: str = WORKING


AnswerKey = tuple[int, str]  # attempt, question
JournalKey = tuple[int, int, int]  # attempt, epoch, sequence


@dataclass(slots=True)
class Known:
    """What was read under lock: attempts, the newest answers of the questions touched, and lines that come again."""

    attempts: dict[int, Held]
    latest: dict[AnswerKey, Latest]
    repeats: dict[JournalKey, Repeat]


@dataclass(slots=True)
class Writes:
    """Rows to write; the order of their fields is that of `saving_tables`."""

    journal: list[tuple[object, ...]] = field(default_factory=list)
    answers: dict[AnswerKey, tuple[object, ...]] = field(default_factory=dict)
    attempts: set[int] = field(default_factory=set)  # ids of `Known.attempts` that changed
    presence: dict[int, tuple[int, int, str]] = field(default_factory=dict)  # id, seen, position; not urgent


def judge_save(
    known: Known, writes: Writes, *, attempt_id: int, epoch: int, items: Iterable[Item], position: str, received_ms: int
) -> Saved:
    """Judge one save and note what to write. Items and `received_ms` come from the request; see `Saved`.

    Refuses a seat whose epoch has ended (S-131; its items are journalled and named in `aside`), an epoch this server
    never gave (S-114), and items for an attempt that has not begun (S-133). Only S-131 comes after something was noted.
    """
    held = known.attempts.get(attempt_id)
    if held is None or epoch > held.epoch:
        raise unknown_seat()
    items = list(items)
    if items and held.state not in _OPEN:
        raise not_begun()
    ended = epoch < held.epoch or not held.seat_held
    saved = Saved(state=held.state)
    for item in items:
        _judge_item(known, writes, held, epoch, item, received_ms, ended, saved)
    if ended:
        raise seat_ended(saved.acknowledged)
    _note_presence(writes, held, position, received_ms, bool(items))
    if held.state == WORKING and held.started_ms is not None and held.deadline_ms is not None:
        saved.remaining_ms = remaining_ms(received_ms, held.deadline_ms)
        saved.minimum_ms = minimum_left_ms(received_ms, held.started_ms, held.minimum_s * 1000, held.deadline_ms)
    return saved


def not_begun() -> Refusal:
    """Nothing can be answered or finished before *Mulai*."""
    return Refusal(
        "S-133",
        N_("Tes ini belum dimulai."),
        N_("Muat ulang halaman, lalu pilih Mulai."),
        status=409,
    )


def _judge_item(
    known: Known,
    writes: Writes,
    held: Held,
    epoch: int,
    item: Item,
    received_ms: int,
    ended: bool,
    saved: Saved,
) -> None:
    line = (held.id, epoch, item.sequence)
    saved.acknowledged.append(item.sequence)
    before = known.repeats.get(line)
    if before is not None:
        if (before.question, before.value, before.doubtful) != (item.question, item.value, item.doubtful):
            saved.conflict.append(item.sequence)
        elif before.outcome == SavedOutcome.REFUSED.value:
            saved.refused.append(item.sequence)
        return
    written_ms = written_at_ms(received_ms, item.age_ms, held.started_ms or 0)
    verdict = judge(written_ms, received_ms, held.end_ms())
    newest = known.latest.get((held.id, item.question))
    newer = newest is None or (newest.epoch, newest.sequence) < (epoch, item.sequence)
    outcome = _outcome(verdict, ended=ended, newer=newer)
    if outcome is SavedOutcome.REFUSED:
        saved.refused.append(item.sequence)
    in_time = not ended or held.epoch_ended_ms is None or written_ms <= held.epoch_ended_ms
    if newer and in_time and outcome is not SavedOutcome.REFUSED:
        _put(known, writes, held, epoch, item, written_ms, received_ms, verdict is Verdict.LATE_KEPT)
    writes.journal.append((*line, item.question, item.value, item.doubtful, written_ms, received_ms, outcome.value))
    known.repeats[line] = Repeat(item.question, item.value, item.doubtful, outcome.value)
    held.sequence = max(held.sequence, item.sequence)
    writes.attempts.add(held.id)


def _outcome(verdict: Verdict, *, ended: bool, newer: bool) -> SavedOutcome:
    if verdict is Verdict.REFUSED:
        return SavedOutcome.REFUSED
    if ended:
        return SavedOutcome.ASIDE
    return SavedOutcome.KEPT if newer else SavedOutcome.OLDER


def _put(
    known: Known, writes: Writes, held: Held, epoch: int, item: Item, written_ms: int, received_ms: int, late: bool
) -> None:
    """Make the item the answer that counts, and keep the counters by the difference."""
    key = (held.id, item.question)
    before = known.latest.get(key)
    answered = is_answered(item.value)
    held.answered += answered - (before.answered if before else False)
    held.doubtful += item.doubtful - (before.doubtful if before else False)
    known.latest[key] = Latest(epoch, item.sequence, answered, item.doubtful)
    writes.answers[key] = (*key, epoch, item.sequence, item.value, item.doubtful, written_ms, received_ms, late)


def _note_presence(writes: Writes, held: Held, position: str, received_ms: int, changed: bool) -> None:
    """Seen now. With answers it is written at once, as the row is written anyway; a heartbeat alone may wait."""
    if held.last_seen_ms is not None and received_ms < held.last_seen_ms:
        return
    held.last_seen_ms = received_ms
    held.position = position or held.position
    if changed:
        writes.attempts.add(held.id)
    else:
        writes.presence[held.id] = (held.id, received_ms, position)
