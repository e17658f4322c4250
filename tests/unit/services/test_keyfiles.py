"""Secrets are made once, kept private, and are the same for all who start at once."""

from __future__ import annotations

import secrets
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.services.keyfiles import keep_secret


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path):
    first = keep_secret(tmp_path / "keys", "cookie.key", lambda: b"one")
    assert (first, keep_secret(tmp_path / "keys", "cookie.key", lambda: b"two")) == (b"one", b"one")
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "keys" / "cookie.key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["cookie.key"]


def test_many_that_start_at_once_get_the_same_secret(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _n: keep_secret(tmp_path, "k", lambda: secrets.token_bytes(16)), range(32)))
    assert len(set(made)) == 1
