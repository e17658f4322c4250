"""What the exam process keeps in memory of each sitting: schedule, paper index, and the keys that came with R.

Read once and kept; nobody's answers and no paper text are in here. A sitting that changed (a new version, another
paper) is read again when an admission or a start sees the difference.
"""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from app.domain.answer_values import PaperIndex
from app.domain.package_keys import Binding, entry_token_key
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import HeldSitting, HeldState, Identity

_MOST = 100  # sittings kept; a school has three a day


@dataclass(frozen=True, slots=True)
class OpenSitting:
    """A released sitting. `length_ms` and `minimum_ms` count on the exam clock; `token_key` opens the door."""

    id: str
    title: str
    subject: str
    starts_at: datetime
    length_s: int
    minimum_s: int
    time_zone: str
    questions: int
    paper_sha256: str
    token_key: bytes
    index: PaperIndex

    def describe(self) -> dict[str, Any]:
        """As the browser is told."""
        return describe_sitting(self)


def describe_sitting(sitting: OpenSitting | HeldSitting | Any) -> dict[str, Any]:
    """The public part of a sitting, the same at login and later."""
    return {
        "id": sitting.id,
        "title": sitting.title,
        "subject": sitting.subject,
        "starts_at": sitting.starts_at.isoformat(),
        "length_s": sitting.length_s,
        "minimum_s": sitting.minimum_s,
        "time_zone": sitting.time_zone,
    }


class SittingBook:
    """The sittings read so far. Safe to use from any thread."""

    def __init__(self, open_dir: Path) -> None:
        self._open_dir = open_dir
        self._kept: dict[str, OpenSitting] = {}
        self._lock = threading.Lock()

    def kept(self, sitting_id: str) -> OpenSitting | None:
        """The sitting if it is in memory; no database."""
        return self._kept.get(sitting_id)

    def read(self, connection: Connection, sitting_id: str, paper_sha256: str | None = None) -> OpenSitting:
        """The sitting, from memory unless its paper is another by now. Refuses (S-115) one that is not open."""
        kept = self._kept.get(sitting_id)
        if kept is not None and paper_sha256 in {None, kept.paper_sha256}:
            return kept
        with self._lock:
            fresh = self._load(connection, sitting_id)
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[sitting_id] = fresh
        return fresh

    def _load(self, connection: Connection, sitting_id: str) -> OpenSitting:
        row = connection.execute(
            select(HeldSitting.__table__, Identity.server_id).join(Identity, Identity.id == 1).where(
                HeldSitting.id == sitting_id
            )
        ).mappings().first()  # fmt: skip
        if row is None or row["release_secret"] is None or row["paper_sha256"] is None:
            raise not_open()
        binding = Binding(row["server_id"], row["id"], row["version"])
        return OpenSitting(
            id=row["id"],
            title=row["title"],
            subject=row["subject"],
            starts_at=row["starts_at"],
            length_s=row["length_s"],
            minimum_s=row["minimum_s"],
            time_zone=row["time_zone"],
            questions=row["questions"],
            paper_sha256=row["paper_sha256"],
            token_key=entry_token_key(row["release_secret"], binding),
            index=PaperIndex.from_paper(self._paper(row["paper_sha256"])),
        )

    def _paper(self, sha256: str) -> Mapping[str, Any]:
        path = self._open_dir / "papers" / f"{sha256}.json.gz"
        try:
            paper: Mapping[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
        except (OSError, ValueError) as error:
            raise Refusal(
                "S-116",
                N_("Berkas soal di server ini tidak dapat dibaca."),
                N_("Panggil proktor: paket perlu dibuka lagi di halaman Status Tes."),
                status=503,
                extra={"retry_after_s": 10},
            ) from error
        return paper


def is_active(state: HeldState | str) -> bool:
    """Whether students may come in and work."""
    return str(state) == HeldState.ACTIVE.value


def not_open() -> Refusal:
    """The sitting has not been released here, or is not known."""
    return Refusal(
        "S-115",
        N_("Tes Anda belum dibuka di server ini."),
        N_("Tunggu sampai proktor membuka tes, lalu masuk sekali lagi."),
        status=403,
    )
