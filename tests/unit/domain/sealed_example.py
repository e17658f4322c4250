"""A small real package for the tests of the protocol: one centre, one server, Siti and Budi, one marked question."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from app.domain import exchange_paths, payloads
from app.domain.documents import Schedule
from app.domain.identities import CentreIdentity, ServerIdentity
from app.domain.metadata_checks import Held
from app.domain.package_building import BuiltPackage, Candidate, PackageOrder, build_index, build_package, build_release
from app.domain.package_keys import PackageSecrets, Stretching, new_secrets
from app.domain.package_opening import CheckedPackage, check_package

EXAM_DAY = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
SYNC_DAY = EXAM_DAY - timedelta(days=3)
MARKER = "ikan-paus-biru-4711"
CHEAP = Stretching(memory_kib=64, passes=1, lanes=1)
SERVER = "P20104001-01"
SITTING = "sesi-1"

CENTRE = CentreIdentity.generate()
SCHOOL = ServerIdentity.generate(SERVER)
OTHER_SCHOOL = ServerIdentity.generate("P20104001-02")
SITI = Candidate("01-001-001-8", "Siti Rahayu", "P", "9A", 1, "7KQ2MX4T")
BUDI = Candidate("01-001-002-7", "Budi Santoso", "L", "9B", 2, "0A1B2C3D")


def paper_bytes(**extra: object) -> bytes:
    """A gzipped paper file with one question that carries the marker."""
    question = {
        "id": "q1",
        "type": "single",
        "stem": f"<p>{MARKER}</p>",
        "stimulus": None,
        "options": [{"id": "a", "html": "satu"}, {"id": "b", "html": "dua"}],
        "columns": [],
        "rows": [],
        "shuffle": True,
        "audio_plays": 0,
        **extra,
    }
    paper = {"schema": 1, "title": "IPA", "subject": "IPA", "questions": [question], "stimuli": {}, "media": {}}
    return gzip.compress(json.dumps(paper).encode(), mtime=0)


@dataclass
class Example:
    """One published package as files of the exchange tree."""

    files: dict[str, bytes]
    built: BuiltPackage
    keys: PackageSecrets
    order: PackageOrder
    server: ServerIdentity
    release: bytes = b""
    held: Held = field(default_factory=Held)

    def open_file(self, path: str) -> BinaryIO:
        if path not in self.files:
            raise FileNotFoundError(path)
        return io.BytesIO(self.files[path])

    def check(self, now: datetime = SYNC_DAY) -> CheckedPackage:
        return check_package(self.order.schedule.sitting, self.open_file, self.server, CENTRE.public, self.held, now)

    def path(self, kind: str) -> str:
        server, sitting = self.order.server.server, self.order.schedule.sitting
        match kind:
            case "index":
                return exchange_paths.index(server)
            case "payload":
                return self.built.payload_path
        return str(getattr(exchange_paths, kind)(server, sitting))

    def reindexed(self, index_version: int, /, **changes: object) -> Example:
        """The same files under a new, truly signed index whose entry was changed."""
        entry = replace(self.built.entry, **changes)
        server = self.order.server.server
        data = build_index(server, index_version, SYNC_DAY, EXAM_DAY, [entry], CENTRE)
        return replace(self, files={**self.files, exchange_paths.index(server): data})


def publish(
    version: int = 1,
    *,
    server: ServerIdentity = SCHOOL,
    sitting: str = SITTING,
    paper: bytes | None = None,
    index_version: int | None = None,
    issued_at: datetime = SYNC_DAY,
    expires_at: datetime = EXAM_DAY + timedelta(days=7),
    index_expires_at: datetime = EXAM_DAY + timedelta(days=1),
) -> Example:
    """Publish one package as the centre does."""
    gzipped = paper or paper_bytes()
    picture = b"\x89PNG " + MARKER.encode()
    sources = [
        payloads.source_of(payloads.paper_name(hashlib.sha256(gzipped).hexdigest()), gzipped),
        payloads.source_of(payloads.media_name(hashlib.sha256(picture).hexdigest() + ".png"), picture),
    ]
    schedule = Schedule(sitting, "Sesi 1", "IPA", EXAM_DAY, 5400, 1800, "Asia/Jakarta", "Lab 1")
    order = PackageOrder(server.public, schedule, version, issued_at, expires_at, 1, [SITI, BUDI])
    keys, sink = new_secrets(), io.BytesIO()
    built = build_package(order, sources, CENTRE, sink, keys, stretching=CHEAP)
    index = build_index(server.server, index_version or version, issued_at, index_expires_at, [built.entry], CENTRE)
    files = {
        **built.files,
        built.payload_path: sink.getvalue(),
        exchange_paths.index(server.server): index,
    }
    release = build_release(order.binding, keys.release, EXAM_DAY, CENTRE)
    return Example(files, built, keys, order, server, release)
