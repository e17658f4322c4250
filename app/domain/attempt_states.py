"""The life of an attempt, and how it stands for the proctor's board.

waiting → admitted → working → finished. What is written on the board is derived from the attempt's counters and never
stored. Whether a step is right at this moment (deadline, seat, permission) is judged elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.domain.refusals import Refusal
from app.domain.wording import N_

SILENT_AFTER_MS = 60_000  # a browser reports at least every 20 s, so a minute is three reports missed


class AttemptState(StrEnum):
    """Where an attempt stands."""

    WAITING = "waiting"  # on the list, logged in or not
    ADMITTED = "admitted"  # the entry token was right, a seat is held; the clock has not started
    WORKING = "working"  # the clock runs
    FINISHED = "finished"  # closed; nothing written after it counts


class ClosedBy(StrEnum):
    """Who closed a finished attempt."""

    STUDENT = "student"
    PROCTOR = "proctor"
    CLOCK = "clock"


# A proctor or the end of the sitting may close an attempt that was admitted and never began.
_NEXT = {
    AttemptState.WAITING: frozenset({AttemptState.ADMITTED}),
    AttemptState.ADMITTED: frozenset({AttemptState.WORKING, AttemptState.FINISHED}),
    AttemptState.WORKING: frozenset({AttemptState.FINISHED}),
    AttemptState.FINISHED: frozenset[AttemptState](),
}


def may_go(state: AttemptState, after: AttemptState) -> bool:
    """Whether an attempt may go from `state` to `after`; staying is no step."""
    return after in _NEXT[state]


def may_reopen(closed_by: ClosedBy | None, now_ms: int, deadline_ms: int | None) -> bool:
    """Whether a finished attempt may work on: only one the clock closed, and only if credit moved its deadline on."""
    return closed_by is ClosedBy.CLOCK and deadline_ms is not None and now_ms < deadline_ms


def require_step(state: AttemptState, after: AttemptState) -> None:
    """Refuse (409) a step that the life of an attempt does not have."""
    if may_go(state, after):
        return
    if state is AttemptState.FINISHED:
        raise Refusal(
            "S-132",
            N_("Tes ini sudah selesai."),
            N_("Jawaban sudah tersimpan. Jika ini tidak benar, hubungi proktor."),
            status=409,
        )
    raise Refusal(
        "S-133",
        N_("Langkah ini belum dapat dilakukan pada tes ini."),
        N_("Muat ulang halaman dan ikuti langkah yang ditampilkan."),
        status=409,
    )


class Standing(StrEnum):
    """One word for the board: what the proctor needs to know of a student now."""

    ABSENT = "absent"
    WAITING = "waiting"
    ADMITTED = "admitted"
    WORKING = "working"
    SILENT = "silent"
    FINISHED = "finished"


STANDING_WORDS = {
    Standing.ABSENT: N_("Belum masuk"),
    Standing.WAITING: N_("Menunggu token"),
    Standing.ADMITTED: N_("Siap mulai"),
    Standing.WORKING: N_("Mengerjakan %(answered)s dari %(questions)s"),
    Standing.SILENT: N_("Diam sejak %(minutes)s menit, %(answered)s dari %(questions)s"),
    Standing.FINISHED: N_("Selesai, %(answered)s dari %(questions)s"),
}
CLOSED_BY_WORDS = {
    ClosedBy.STUDENT: N_("Diselesaikan peserta"),
    ClosedBy.PROCTOR: N_("Diselesaikan proktor"),
    ClosedBy.CLOCK: N_("Waktu habis"),
}


@dataclass(frozen=True)
class Progress:
    """What the board knows of an attempt. `last_seen_ms` is the exam time of the last contact; None if never."""

    state: AttemptState
    questions: int
    answered: int = 0
    doubtful: int = 0
    logged_in: bool = False
    last_seen_ms: int | None = None
    closed_by: ClosedBy | None = None


@dataclass(frozen=True)
class Display:
    """A standing with its words (source text to translate) and their values; `silent_ms` only while silent."""

    standing: Standing
    words: str
    values: dict[str, int]
    silent_ms: int = 0


def display(progress: Progress, now_ms: int, *, silent_after_ms: int = SILENT_AFTER_MS) -> Display:
    """How an attempt stands at exam time `now_ms`. Only somebody who works can be silent."""
    silent_ms = max(0, now_ms - progress.last_seen_ms) if progress.last_seen_ms is not None else 0
    standing = _standing(progress, silent_ms > silent_after_ms)
    values = {
        "answered": progress.answered,
        "questions": progress.questions,
        "doubtful": progress.doubtful,
        "minutes": silent_ms // 60_000,
    }
    return Display(standing, STANDING_WORDS[standing], values, silent_ms if standing is Standing.SILENT else 0)


def _standing(progress: Progress, silent: bool) -> Standing:
    if progress.state is AttemptState.WORKING:
        return Standing.SILENT if silent else Standing.WORKING
    if progress.state is AttemptState.WAITING:
        return Standing.WAITING if progress.logged_in else Standing.ABSENT
    return Standing(progress.state.value)
