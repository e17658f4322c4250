"""An upload waits for its confirmation: only for its owner and purpose, for one day."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.refusals import Refusal
from app.pusat.services.drafts import drop_draft, keep_draft, open_draft
from tests.conftest import FakeClock


def test_a_draft_is_read_back_by_its_owner_for_its_purpose_only(tmp_path: Path, clock: FakeClock) -> None:
    name = keep_draft(tmp_path, clock, "dewi", "participants", "a.xlsx", b"isi", {"npsn": "20104001"})
    draft = open_draft(tmp_path, "dewi", "participants", name)
    assert (draft.data, draft.file_name, draft.about) == (b"isi", "a.xlsx", {"npsn": "20104001"})
    for owner, kind in (("rudi", "participants"), ("dewi", "questions")):
        with pytest.raises(Refusal, match="P-640"):
            open_draft(tmp_path, owner, kind, name)


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "a" * 32, "A" * 32, "0" * 31 + "/"])
def test_a_name_that_is_no_drafts_name_finds_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refusal, match="P-640"):
        open_draft(tmp_path, "dewi", "participants", name)
    drop_draft(tmp_path, name)


def test_a_draft_is_gone_after_it_was_dropped(tmp_path: Path, clock: FakeClock) -> None:
    name = keep_draft(tmp_path, clock, "dewi", "participants", "a.xlsx", b"isi", {})
    drop_draft(tmp_path, name)
    with pytest.raises(Refusal):
        open_draft(tmp_path, "dewi", "participants", name)


def test_a_draft_is_cleared_away_a_day_later_by_the_next_one(tmp_path: Path, clock: FakeClock) -> None:
    old = keep_draft(tmp_path, clock, "dewi", "participants", "a.xlsx", b"isi", {})
    clock.advance(25 * 3600)
    new = keep_draft(tmp_path, clock, "dewi", "participants", "b.xlsx", b"isi", {})
    assert {path.stem for path in (tmp_path / "drafts").iterdir()} == {new}
    assert old != new
