"""Results that are refused leave a line in the log, and no release waits for other work of the centre."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.audit_events import AuditEvent
from app.domain.identities import ServerIdentity
from app.models import AuditEntry, Publication, Release, Sitting, SittingState
from app.pusat.jobs import Ticker
from app.pusat.services import offers
from tests.functional.pusat.exam_day.conftest import SITI, Day, attempt, three_runs


def refusals(day: Day) -> list[dict[str, Any]]:
    day.forget()
    query = select(AuditEntry.detail).where(AuditEntry.event == AuditEvent.UPLOAD_REFUSED.value)
    return list(day.session.scalars(query.order_by(AuditEntry.id)))


def test_refused_results_are_written_to_the_log_with_bundle_and_reason(published: Day) -> None:
    foreign = published.bundle(attempt(SITI, {"q1": "q1a"}), server=ServerIdentity.generate(published.server.server))
    refused = published.send(foreign).get_json()
    assert refusals(published) == [{"bundle": foreign.name, "code": refused["code"], "reason": "unknown-key"}]


def test_the_same_bundle_refused_again_and_again_is_written_once(published: Day) -> None:
    unknown = published.bundle(attempt(SITI, {"q1": "q1a"}), version=7)
    for _time in range(3):
        assert published.send(unknown).get_json()["code"] == "P-763"
    assert len(refusals(published)) == 1


def test_chunks_that_make_other_bytes_are_written_to_the_log(published: Day) -> None:
    whole, other = three_runs(published), three_runs(published)
    mixed = type(whole)(whole.name, other.data, whole.content_sha256)
    assert published.send(mixed).status_code == 409
    assert [line["bundle"] for line in refusals(published)] == [whole.name]


def test_good_results_leave_no_refusal(published: Day) -> None:
    assert published.send(three_runs(published)).status_code == 200
    assert refusals(published) == []


def test_a_release_that_falls_due_while_lists_are_renewed_does_not_wait_for_them(
    published: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Renewing the lists of ten thousand servers takes minutes."""
    monkeypatch.setattr(offers, "ALIGNED_AT_A_TIME", 1)
    due = published.session.get_one(Sitting, published.sitting).release_at
    released_meanwhile = []

    def align_and_let_it_fall_due(place: Any, server_id: str) -> int:
        released_meanwhile.append(published.session.get_one(Sitting, published.sitting).state)
        published.forget()
        published.clock.wall = due + timedelta(seconds=1)
        return 1

    monkeypatch.setattr(offers, "align_server", align_and_let_it_fall_due)
    assert Ticker(published.place).tick() == 0
    published.forget()
    assert released_meanwhile == [SittingState.PUBLISHED]
    assert published.session.get(Release, (published.sitting, 1)) is not None
    assert published.session.get(Publication, (published.sitting, 1)) is not None
