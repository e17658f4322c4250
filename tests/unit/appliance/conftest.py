"""A box without a machine: real files under a folder of its own, the real actions behind a real unix socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.box_of_files import BoxOfFiles


@pytest.fixture
def box_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BoxOfFiles]:
    """A box that was started and not set up yet; `app.services.box.ask` reaches it."""
    with BoxOfFiles(tmp_path) as box:
        for name, value in box.environment().items():
            monkeypatch.setenv(name, value)
        yield box
