"""Saves as jobs of the writer: reads what they need in bulk, judges each in the order of arrival, writes in bulk.

Heartbeats change nothing that must be durable: who was seen when is gathered in memory and written with the next
answers, or once a second. It holds no rule of its own; those are in `saving`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import Connection

from app.domain.refusals import Refusal
from app.sekolah.services.saving import Item, Known, Writes, judge_save
from app.sekolah.services.saving_tables import SavingTables
from app.sekolah.services.writer import Job

PRESENCE_EVERY_S = 1.0


class SaveJob(Job):
    """One request to save; without items it is a heartbeat. The result is a `saving.Saved`."""

    __slots__ = ("attempt", "epoch", "items", "position", "received_ms")

    def __init__(self, attempt: int, epoch: int, items: list[Item], position: str, received_ms: int) -> None:
        super().__init__()
        self.attempt = attempt
        self.epoch = epoch
        self.items = items
        self.position = position
        self.received_ms = received_ms


class SavingWork:
    """The writer's bulk work. Called by one thread only."""

    def __init__(self, tables: SavingTables) -> None:
        self._tables = tables
        self._presence: dict[int, tuple[int, int, str]] = {}
        self._presence_written = time.monotonic()

    def __call__(self, connection: Connection, jobs: Sequence[SaveJob]) -> None:
        """Judge the jobs and write what follows; sets `result` or `error` of each."""
        known = self._read(connection, jobs)
        writes = Writes()
        for job in jobs:
            try:
                job.result = judge_save(
                    known,
                    writes,
                    attempt_id=job.attempt,
                    epoch=job.epoch,
                    items=job.items,
                    position=job.position,
                    received_ms=job.received_ms,
                )
            except Refusal as refusal:
                job.error = refusal
        self._tables.write(connection, known, writes)
        self._presence.update(writes.presence)
        if writes.journal:
            self.write_presence(connection)
        else:
            self.tick(connection)

    def tick(self, connection: Connection) -> None:
        """Write who was seen if that has waited long enough."""
        if time.monotonic() - self._presence_written >= PRESENCE_EVERY_S:
            self.write_presence(connection)

    def write_presence(self, connection: Connection) -> None:
        """Write who was seen."""
        self._presence_written = time.monotonic()
        if self._presence:
            rows, self._presence = list(self._presence.values()), {}
            self._tables.write_presence(connection, rows)

    def _read(self, connection: Connection, jobs: Sequence[SaveJob]) -> Known:
        attempts = self._tables.attempts(connection, {job.attempt for job in jobs})
        touched = {(job.attempt, item.question) for job in jobs for item in job.items}
        again = [
            (job.attempt, job.epoch, item.sequence)
            for job in jobs
            for item in job.items
            if job.attempt in attempts and item.sequence <= attempts[job.attempt].sequence
        ]
        latest = self._tables.latest(connection, touched) if touched else {}
        return Known(attempts, latest, self._tables.repeats(connection, again))
