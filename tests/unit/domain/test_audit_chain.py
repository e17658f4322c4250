"""Whoever edits the audit log is found out, and the row is named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.audit_chain import (
    CHANGED,
    HEAD_DIFFERS,
    HEAD_MISSING,
    NOT_LINKED,
    NUMBER_MISSING,
    Anchor,
    Break,
    ChainedEntry,
    Entry,
    chain,
    entry_hash,
    genesis_hash,
    neutralise,
    verify,
)
from app.domain.audit_events import DESCRIPTIONS, AuditEvent, Side, describe

GENESIS = genesis_hash("SMP-1-A")
MORNING = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)


def entry(number: int, **changes: object) -> Entry:
    made = Entry(number, MORNING + timedelta(minutes=number), "ratna", AuditEvent.SEAT_RESET, "Siti", {"seat": number})
    return replace(made, **changes)  # type: ignore[arg-type]


def log(length: int = 6, genesis: bytes = GENESIS) -> list[ChainedEntry]:
    rows: list[ChainedEntry] = []
    previous = genesis
    for number in range(1, length + 1):
        rows.append(chain(previous, entry(number)))
        previous = rows[-1].hash
    return rows


def head(rows: list[ChainedEntry]) -> Anchor:
    return Anchor(rows[-1].entry.number, rows[-1].hash)


def test_an_untouched_log_holds_and_an_empty_one_too() -> None:
    rows = log()
    assert verify(rows, GENESIS, [head(rows)]) is None
    assert verify([], GENESIS) is None


@pytest.mark.parametrize(
    "change",
    [
        {"at": MORNING},
        {"actor": "anto"},
        {"event": AuditEvent.CREDIT_GIVEN},
        {"subject": "Budi"},
        {"detail": {"seat": 99}},
        {"detail": {"share": 0.5}},
    ],
)
def test_a_changed_row_is_named(change: dict[str, object]) -> None:
    rows = log()
    rows[2] = replace(rows[2], entry=entry(3, **change))
    assert verify(rows, GENESIS, [head(rows)]) == Break(3, CHANGED)


def test_a_changed_row_with_a_fresh_hash_breaks_the_link_of_the_next() -> None:
    rows = log()
    rows[2] = chain(rows[1].hash, entry(3, subject="Budi"))
    assert verify(rows, GENESIS) == Break(4, NOT_LINKED)


def test_a_link_bent_to_fit_a_changed_row_breaks_the_row_that_holds_it() -> None:
    rows = log()
    rows[2] = chain(rows[1].hash, entry(3, subject="Budi"))
    rows[3] = replace(rows[3], previous=rows[2].hash)
    assert verify(rows, GENESIS) == Break(4, CHANGED)


def test_a_log_rewritten_to_its_end_differs_from_the_anchored_head() -> None:
    rows = log()
    anchor = head(rows)
    for index in range(2, 6):
        rows[index] = chain(rows[index - 1].hash, entry(index + 1, subject="Budi"))
    assert verify(rows, GENESIS) is None
    assert verify(rows, GENESIS, [anchor]) == Break(6, HEAD_DIFFERS)


def test_a_dropped_first_row_is_noticed_also_after_renumbering() -> None:
    rows = log()
    assert verify(rows[1:], GENESIS) == Break(1, NUMBER_MISSING)
    renumbered = [replace(row, entry=replace(row.entry, number=row.entry.number - 1)) for row in rows[1:]]
    assert verify(renumbered, GENESIS) == Break(1, NOT_LINKED)


def test_a_dropped_middle_row_is_noticed() -> None:
    rows = log()
    assert verify(rows[:2] + rows[3:], GENESIS) == Break(3, NUMBER_MISSING)


def test_a_dropped_last_row_is_noticed_against_the_anchored_head() -> None:
    rows = log()
    assert verify(rows[:-1], GENESIS) is None
    assert verify(rows[:-1], GENESIS, [head(rows)]) == Break(6, HEAD_MISSING)
    assert verify([], GENESIS, [head(rows)]) == Break(1, HEAD_MISSING)


def test_rows_after_the_anchored_head_are_welcome() -> None:
    rows = log()
    assert verify(rows, GENESIS, [head(rows[:3]), head(rows[:5])]) is None


def test_swapped_rows_are_noticed() -> None:
    rows = log()
    rows[1], rows[2] = rows[2], rows[1]
    assert verify(rows, GENESIS) == Break(2, NUMBER_MISSING)


def test_the_log_of_another_server_does_not_pass_for_this_one() -> None:
    assert verify(log(genesis=genesis_hash("SMP-1-B")), GENESIS) == Break(1, NOT_LINKED)


def test_the_hash_does_not_depend_on_the_zone_a_time_is_written_in() -> None:
    wib = timezone(timedelta(hours=7))
    assert entry_hash(GENESIS, entry(1, at=MORNING)) == entry_hash(GENESIS, entry(1, at=MORNING.astimezone(wib)))
    with pytest.raises(ValueError, match="aware"):
        entry_hash(GENESIS, entry(1, at=MORNING.replace(tzinfo=None)))


@given(st.integers(1, 8), st.integers(0, 7), st.text(min_size=1, max_size=5))
def test_any_edit_of_any_row_is_named_at_that_row(length: int, index: int, added: str) -> None:
    rows = log(length)
    index %= length
    changed = entry(index + 1, subject="Siti" + added)
    rows[index] = replace(rows[index], entry=changed)
    assert verify(rows, GENESIS) == Break(index + 1, CHANGED)


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Siti Aminah", "Siti Aminah"),
        ("=cmd()", "'=cmd()"),
        ("  =cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("\t@SUM(A1)", "'@SUM(A1)"),
        ("\u200b=1+1", "'=1+1"),
        ("＝1+1", "'＝1+1"),
        ("-Budi", "'-Budi"),
        ("Siti\r\nHead: forged", "Siti Head: forged"),
        ("a\u2028b\x00c\x1b[31m", "a b c [31m"),
        ("Siti\u202egnp.exe", "Sitignp.exe"),
        ("half \ud800 pair", "half pair"),
        ("O'Neil – Nur'aini", "O'Neil – Nur'aini"),
        ("عائشة", "عائشة"),
    ],
)
def test_a_name_is_printed_on_one_line_and_never_computed(name: str, printed: str) -> None:
    assert neutralise(name) == printed


@given(st.text())
def test_whatever_is_printed_is_one_harmless_line(text: str) -> None:
    printed = neutralise(text)
    assert len(printed.splitlines()) <= 1
    assert not printed.startswith(("=", "+", "-", "@", "\t"))
    printed.encode("utf-8")


def test_every_event_has_its_sentence_and_its_place() -> None:
    assert set(DESCRIPTIONS) == set(AuditEvent)
    for description in DESCRIPTIONS.values():
        assert description.words.endswith(".")
        assert isinstance(description.side, Side)
    assert describe("seat_reset") == "Peserta direset agar dapat pindah komputer."
    assert describe("from_a_newer_version") == "from_a_newer_version"
