"""One request to save, from its bytes to the bytes of its answer. Knows no web framework.

Checks the seat and the shape, hands the save to the writer, and tells what was kept after the commit. This is the way
that every click of every student takes, so nothing is done here twice.
"""

from __future__ import annotations

import json
from typing import Any

from app.sekolah.services.exam_office import ExamOffice
from app.sekolah.services.save_request import read_save, rejected_list
from app.sekolah.services.saving import Saved
from app.sekolah.services.saving_work import SaveJob

compact_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def save_answers(office: ExamOffice, authorization: str | None, attempt: str, raw: bytes) -> bytes:
    """The JSON of what became of the items in `raw`. Refuses as the student API says (docs/openapi/sekolah.yaml)."""
    seat = office.keys.read_seat(authorization, attempt)
    received_ms = office.now_ms()
    sitting = office.book.kept(seat.sitting)
    if sitting is None:
        with office.reader() as connection:
            sitting = office.book.read(connection, seat.sitting)
    wanted = read_save(raw, sitting.index)
    saved: Saved = office.writer.submit(SaveJob(seat.attempt, seat.epoch, wanted.items, wanted.position, received_ms))
    told: dict[str, Any] = {
        "acknowledged": saved.acknowledged,
        "aside": [],
        "remaining_ms": saved.remaining_ms,
        "minimum_ms": saved.minimum_ms,
        "state": saved.state,
    }
    if saved.refused:
        told["refused"] = saved.refused
    if saved.conflict:
        told["conflict"] = saved.conflict
    if wanted.rejected:
        told["rejected"] = rejected_list(wanted.rejected)
    return compact_json(told).encode()
