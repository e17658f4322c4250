"""The school servers of the measured centre: their names and keys, their paper with its key, their sealed packages.

Everything a server has is made from its place in the row, so that every process makes the same.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from app.domain import exchange_paths, package_keys, payloads
from app.domain.documents import Schedule
from app.domain.identities import ServerIdentity
from app.domain.package_building import Candidate, PackageOrder, build_package
from app.domain.package_keys import Stretching
from app.domain.questions import Answer, Column, Option, Question, QuestionType, Row
from app.pusat.services import publishing
from app.pusat.services.paper_files import make_paper_file
from app.pusat.services.secrets_box import release_code_place, release_secret_place
from app.pusat.services.workplace import Workplace
from app.rehearsal.paper import answer_to, make_paper
from app.sync import exchange

STUDENTS = 40  # of a server, who all answer every question
FIRST_NPSN = 20_000_000
_CHEAP = Stretching(memory_kib=64, passes=1, lanes=1)


def server_id(place: int) -> str:
    """The *ID Server* of the server at a place, from 0."""
    return f"P{FIRST_NPSN + place}-01"


def sitting_id(place: int) -> str:
    """Its only sitting."""
    return f"s{place:06}"


def identity(place: int) -> ServerIdentity:
    """Its keys, the same at each call."""
    sign, box = (hashlib.sha256(f"{kind} of server {place}".encode()).digest() for kind in ("sign", "box"))
    return ServerIdentity.from_raw(server_id(place), sign, box)


def students(server: int, uploads: int) -> int:
    """How many are in the room of a server, if the first `uploads` servers upload."""
    return STUDENTS if server < uploads else 1


def student(server: int, seat: int) -> str:
    """The *nomor peserta* of who sits there."""
    return f"{server:05}-{seat:03}"


def questions() -> Iterator[Question]:
    """The rehearsal's paper with a key: the first option, column or word is right, of several options the first two."""
    paper = make_paper()
    for place, body in enumerate(paper["questions"]):
        right = 2 if body["type"] == "multiple" else 1
        yield Question(
            QuestionType(body["type"]),
            body["stem"],
            id=body["id"],
            stimulus=paper["stimuli"].get(body["stimulus"], ""),
            options=tuple(
                Option(option["id"], option["html"], float(nth < right) / right)
                for nth, option in enumerate(body["options"])
            ),
            columns=tuple(Column(column["id"], column["html"]) for column in body["columns"]),
            rows=tuple(Row(row["id"], row["html"], ("y",)) for row in body["rows"]),
            answers=(Answer(text=str(answer_to(place, 0))),) if body["type"] == "short" else (),
        )


class Packages:
    """Sealed packages, made as publishing makes them, without proving each of ten thousand by opening it again."""

    def __init__(self, place: Workplace, starts: datetime) -> None:
        self._place, self._starts = place, starts
        self._questions = list(questions())
        self._bodies = [question.to_dict() for question in self._questions]
        self._paper = make_paper_file("Uji beban", "Uji beban", self._questions, {})
        self._source = payloads.source_of(payloads.paper_name(self._paper.sha256), self._paper.data)

    def make(self, server: int, in_room: int) -> dict[str, Any]:
        """The row of a publication; its files are in the tree."""
        place, keys, sink = self._place, package_keys.new_secrets(), io.BytesIO()
        sitting = sitting_id(server)
        built = build_package(self._order(server, in_room), [self._source], place.centre, sink, keys, stretching=_CHEAP)
        files = {**built.files, built.payload_path: sink.getvalue()}
        for path, data in files.items():
            target = exchange.locate(place.exchange_dir, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        roster = files[exchange_paths.roster(server_id(server), sitting)]
        snapshot = {
            "schema": publishing.SNAPSHOT_SCHEMA,
            "title": "Uji beban",
            "subject": "Uji beban",
            "questions": self._bodies,
            "paper_sha256": self._paper.sha256,
            "seats": {student(server, seat): seat for seat in range(1, in_room + 1)},
            "manifest": files[exchange_paths.manifest(server_id(server), sitting)].decode(),
            "roster": base64.b64encode(roster).decode("ascii"),
        }
        return {
            "sitting_id": sitting,
            "version": 1,
            "server_id": server_id(server),
            "release_secret": place.box.seal(release_secret_place(sitting, 1), keys.release),
            "release_code": place.box.seal(release_code_place(sitting, 1), keys.code),
            "snapshot": snapshot,
            "payload_sha256": built.manifest.payload.sha256,
            "payload_size": built.manifest.payload.size,
            "published_at": place.clock.now(),
            "published_by": "bench",
        }

    def _order(self, server: int, in_room: int) -> PackageOrder:
        return PackageOrder(
            server=identity(server).public,
            schedule=Schedule(
                sitting_id(server), "Uji beban", "Uji beban", self._starts, 7200, 0, "Asia/Jakarta", "R1"
            ),
            version=1,
            issued_at=self._place.clock.now().replace(microsecond=0),
            expires_at=self._starts + publishing.EXPIRES_AFTER,
            questions=len(self._questions),
            candidates=[
                Candidate(student(server, seat), f"Peserta {seat}", "PL"[seat % 2], "XII-1", seat, "ABCD2345")
                for seat in range(1, in_room + 1)
            ],
        )
