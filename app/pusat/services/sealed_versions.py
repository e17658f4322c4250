"""What became of a published sitting since it was sealed: its times, its questions, and the people in it.

A school opens what was sealed, whatever the centre's tables say by then; only publishing again brings a change to it.
Marks (digests kept with each version) tell for many sittings at once that something differs; for one sitting the two
are compared field by field. It only reads, and opens no password: of those it knows that they are others.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, undefer

from app.domain import canonical
from app.domain.documents import Manifest, Schedule
from app.domain.questions import Question
from app.domain.records import from_body, instant_text
from app.domain.wording import N_
from app.models import Publication, Sitting, SittingState
from app.pusat.services.publishing_checks import paper_questions, read_people, schedule_of

STEM_SHOWN = 80  # characters
SCHEDULE_WORDS = {
    "title": N_("Nama ujian"),
    "subject": N_("Mata uji"),
    "starts_at": N_("Waktu mulai"),
    "length_s": N_("Lama ujian"),
    "minimum_s": N_("Waktu minimum"),
    "time_zone": N_("Zona waktu"),
    "room": N_("Ruang"),
}
PERSON_WORDS = {
    "name": N_("Nama"),
    "gender": N_("Jenis kelamin"),
    "class_name": N_("Kelas"),
    "seat": N_("Tempat"),
    "password": N_("Kata sandi"),
}

Shown = str | int | datetime | None


@dataclass(frozen=True)
class Difference:
    """One thing that is no longer as it was sealed.

    `what` is Indonesian source text; `about` names whose or which it is ("" for the sitting itself). `before` and
    `after` are None where there is nothing to show. `field` is the field's own name, by which values are worded.
    """

    what: str
    about: str = ""
    before: Shown = None
    after: Shown = None
    field: str = ""


def marks(schedule: Schedule, title: str, questions: Sequence[Question], people: Mapping[str, Any]) -> dict[str, str]:
    """Digests of the three parts of a version: kept with it, and computed anew to see whether it still holds."""
    return {
        "schedule": _digest({**vars(schedule), "starts_at": instant_text(schedule.starts_at)}),
        "paper": _digest([title, [question.to_dict() for question in questions]]),
        "people": _digest(people),
    }


def outdated(session: Session, sittings: Iterable[Sitting]) -> set[str]:
    """Ids of those published sittings whose sealed version differs from what the centre has now."""
    wanted = {one.id: one for one in sittings if one.state is SittingState.PUBLISHED}
    if not wanted:
        return set()
    versions = [(one.id, one.version) for one in wanted.values()]
    query = select(Publication.sitting_id, Publication.snapshot["marks"]).where(
        tuple_(Publication.sitting_id, Publication.version).in_(versions)
    )
    people = read_people(session, list(wanted))
    papers: dict[int, list[Question]] = {}
    found = set()
    for sitting_id, sealed in session.execute(query).all():
        sitting = wanted[sitting_id]
        if sitting.paper_id not in papers:
            papers[sitting.paper_id] = paper_questions(session, sitting.paper_id)
        now = marks(schedule_of(sitting), sitting.paper.title, papers[sitting.paper_id], people[sitting_id])
        if sealed is not None and sealed != now:
            found.add(sitting_id)
    return found


def changed_since_sealing(session: Session) -> list[Sitting]:
    """All published sittings that differ from their sealed version, the next one first."""
    query = select(Sitting).where(Sitting.state == SittingState.PUBLISHED).order_by(Sitting.starts_at, Sitting.id)
    published = session.scalars(query).all()
    changed = outdated(session, published)
    return [one for one in published if one.id in changed]


def read_publication(session: Session, sitting_id: str, version: int) -> Publication | None:
    """A publication with its snapshot."""
    return session.get(Publication, (sitting_id, version), options=[undefer(Publication.snapshot)])


def differences(session: Session, sitting: Sitting) -> list[Difference]:
    """What differs between the newest sealed version and now; empty for what was never sealed or is released."""
    if not sitting.version or sitting.state not in (SittingState.DRAFT, SittingState.PUBLISHED):
        return []
    sealed = read_publication(session, sitting.id, sitting.version)
    if sealed is None:
        return []
    snapshot = sealed.snapshot
    body = canonical.loads(str(snapshot["manifest"]).split("\n", 1)[1].encode("utf-8"))
    then, now = from_body(Manifest, body).schedule, schedule_of(sitting)
    found = [
        Difference(SCHEDULE_WORDS[one.name], "", getattr(then, one.name), getattr(now, one.name), one.name)
        for one in fields(Schedule)
        if getattr(then, one.name) != getattr(now, one.name)
    ]
    if snapshot["title"] != sitting.paper.title:
        found.append(Difference(N_("Nama paket soal"), "", snapshot["title"], sitting.paper.title, "paper"))
    questions = [Question.from_dict(one) for one in snapshot["questions"]]
    found += _question_differences(questions, paper_questions(session, sitting.paper_id))
    people = snapshot.get("people") or {number: {"seat": seat} for number, seat in snapshot["seats"].items()}
    return found + _people_differences(people, read_people(session, [sitting.id])[sitting.id])


def _people_differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    found = []
    for number in sorted({*then, *now}):
        before, after = then.get(number), now.get(number)
        about = f"{(after or before or {}).get('name', '')} {number}".strip()
        if after is None:
            found.append(Difference(N_("Peserta dikeluarkan"), about))
        elif before is None:
            found.append(Difference(N_("Peserta ditambahkan"), about))
        else:
            changed = [name for name in PERSON_WORDS if name in before and before[name] != after[name]]
            found += [
                Difference(PERSON_WORDS[name], about)
                if name == "password"
                else Difference(PERSON_WORDS[name], about, before[name], after[name], name)
                for name in changed
            ]
    return found


def _question_differences(then: Sequence[Question], now: Sequence[Question]) -> list[Difference]:
    before, after = {one.id: one for one in then}, {one.id: one for one in now}
    found = [Difference(N_("Soal dikeluarkan"), _stem(one)) for one in then if one.id not in after]
    for one in now:
        old = before.get(one.id)
        if old is None:
            found.append(Difference(N_("Soal ditambahkan"), _stem(one)))
        elif (old.for_student(), old.stimulus) != (one.for_student(), one.stimulus):
            found.append(Difference(N_("Isi soal diubah"), _stem(one)))
        elif old.to_dict() != one.to_dict():
            found.append(Difference(N_("Kunci, bobot, atau pedoman soal diubah"), _stem(one)))
    if [one.id for one in then if one.id in after] != [one.id for one in now if one.id in before]:
        found.append(Difference(N_("Urutan soal diubah")))
    return found


def _stem(question: Question) -> str:
    text = " ".join(re.sub(r"<[^>]*>", " ", question.stem).split())
    return text if len(text) <= STEM_SHOWN else text[:STEM_SHOWN].rstrip() + "…"


def _digest(value: Any) -> str:
    plain = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode("utf-8")).hexdigest()
