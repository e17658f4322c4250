"""A document's fields are what their types say; anything else is refused when read, and cannot be signed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sealed_example import EXAM_DAY, publish

from app.domain.documents import Index, Manifest, Release, Report, Roster, RosterEntry, Schedule, SittingReport
from app.domain.protocol_refusals import ProtocolRefusal
from app.domain.records import Document, from_body, instant_text, to_body

EXAMPLE = publish(1)
MANIFEST = to_body(EXAMPLE.built.manifest)


def refused(reason: str) -> Any:
    return pytest.raises(ProtocolRefusal, check=lambda error: error.reason == reason)


def changed(path: str, value: Any) -> dict[str, Any]:
    """The manifest's body with one field replaced; `...` takes it out."""
    body = {key: dict(item) if isinstance(item, dict) else item for key, item in MANIFEST.items()}
    *outer, name = path.split(".")
    place = body[outer[0]] if outer else body
    if value is ...:
        del place[name]
    else:
        place[name] = value
    return body


@pytest.mark.parametrize(
    "document",
    [
        EXAMPLE.built.manifest,
        EXAMPLE.check().index,
        EXAMPLE.check().roster,
        Release("P1", "s", 1, EXAM_DAY, bytes(32)),
        Report("P1", "0.1", EXAM_DAY, 3, 9, "", 10**10, -250, (SittingReport("s", 1, "locked", 40, 0, 0, False),)),
    ],
)
def test_what_is_written_is_what_is_read(document: Document) -> None:
    assert from_body(type(document), to_body(document)) == document


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("server", ...),
        ("server", "../P1"),
        ("server", ""),
        ("server", "P1\n"),
        ("server", None),
        ("server", 5),
        ("version", 0),
        ("version", -1),
        ("version", True),
        ("version", "1"),
        ("version", 10**10),
        ("issued_at", "2026-11-23 00:30:00"),
        ("issued_at", "2026-11-23T00:30:00+00:00"),
        ("issued_at", "2026-11-23T00:30:00.000Z"),
        ("issued_at", "2026-02-30T00:30:00Z"),
        ("issued_at", "٢٠٢٦-11-23T00:30:00Z"),
        ("issued_at", 0),
        ("expires_at", ...),
        ("questions", -1),
        ("surprise", 1),
        ("schedule", []),
        ("schedule.length_s", 0),
        ("schedule.minimum_s", -1),
        ("schedule.time_zone", "WIB; DROP"),
        ("schedule.title", "x" * 301),
        ("schedule.surprise", 1),
        ("payload.sha256", "AB" * 32),
        ("payload.sha256", "0" * 63),
        ("payload.size", -1),
        ("wrapped_key", "AAAA"),
        ("wrapped_key", "A" * 79 + "="),
        ("release_commitment", "A" * 42),
        ("release_by_code", None),
        ("schema", 0),
        ("schema", "1"),
        ("schema", True),
        ("schema", ...),
    ],
)
def test_a_field_that_is_missing_unknown_or_of_another_form_is_refused(path: str, value: Any) -> None:
    with refused("bad-field"):
        from_body(Manifest, changed(path, value))


def test_the_refusal_names_the_field() -> None:
    with refused("bad-field") as caught:
        from_body(Manifest, changed("schedule.length_s", 0))
    assert caught.value.values == {"field": "manifest.schedule.length_s"}


def test_costs_beyond_reason_are_refused_before_they_are_paid() -> None:
    costs = {"memory_kib": 2**30, "passes": 3, "lanes": 1}
    with refused("bad-field"):
        from_body(Manifest, changed("release_by_code.stretching", costs))


def test_a_newer_schema_is_refused_before_its_fields_are_judged() -> None:
    with refused("future-schema"):
        from_body(Manifest, {"schema": 2, "everything": "else"})


def test_what_would_be_refused_cannot_be_written() -> None:
    with refused("bad-field"):
        to_body(Roster("P1", "s", 1, (RosterEntry("01", "Siti", "X", "9A", 1, bytes(32)),)))
    with refused("bad-field"):
        to_body(Index("kode salah", 1, EXAM_DAY, EXAM_DAY, ()))


def test_names_with_marks_quotes_and_line_breaks_travel_unchanged() -> None:
    for name in ("=cmd()", 'O"Brien', "Ni Luh\nPutu", "أحمد", "👩‍🎓", "R. A. Kartini-D'Arc"):
        roster = Roster("P1", "s", 1, (RosterEntry("01", name, "P", "", 1, bytes(32)),))
        assert from_body(Roster, to_body(roster)).participants[0].name == name


def test_times_are_utc_to_the_second() -> None:
    wib = timezone(timedelta(hours=7))
    assert instant_text(datetime(2026, 11, 23, 7, 30, tzinfo=wib)) == "2026-11-23T00:30:00Z"
    schedule = Schedule("s", "t", "u", datetime(2026, 11, 23, 7, 30, tzinfo=UTC), 1, 0, "Asia/Makassar", "r")
    assert schedule.starts_at.tzinfo is UTC
    with pytest.raises(ValueError, match="without zone"):
        instant_text(datetime(2026, 11, 23, 7, 30))  # noqa: DTZ001 - the mistake under test
