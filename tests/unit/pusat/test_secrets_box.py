"""What the secrets box promises: bound to its place and its key, never readable from the database alone."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from app.domain.refusals import Refusal
from app.pusat.services.secrets_box import KEY_FILE, SecretsBox, password_place


def test_a_secret_opens_at_its_place_and_nowhere_else(tmp_path: Path) -> None:
    box = SecretsBox.at(tmp_path)
    sealed = box.seal(password_place("K01-0001"), b"rahasia")
    assert box.open(password_place("K01-0001"), sealed) == b"rahasia"
    with pytest.raises(Refusal, match="P-601"):
        box.open(password_place("K01-0002"), sealed)


def test_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    box = SecretsBox.at(tmp_path)
    sealed = box.seal("tempat", b"rahasia")
    for index in range(len(sealed)):
        with pytest.raises(Refusal):
            box.open("tempat", sealed[:index] + bytes([sealed[index] ^ 1]) + sealed[index + 1 :])
    for length in range(len(sealed)):
        with pytest.raises(Refusal):
            box.open("tempat", sealed[:length])


def test_the_same_secret_never_looks_the_same_twice(tmp_path: Path) -> None:
    box = SecretsBox.at(tmp_path)
    assert box.seal("tempat", b"rahasia") != box.seal("tempat", b"rahasia")


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    first = SecretsBox.at(keys)
    assert SecretsBox.at(keys) == first
    if sys.platform != "win32":
        assert stat.S_IMODE((keys / KEY_FILE).stat().st_mode) == 0o600
        assert stat.S_IMODE(keys.stat().st_mode) == 0o700


def test_another_key_opens_nothing_and_the_key_is_not_shown(tmp_path: Path) -> None:
    sealed = SecretsBox.at(tmp_path / "a").seal("tempat", b"rahasia")
    other = SecretsBox.at(tmp_path / "b")
    with pytest.raises(Refusal) as refused:
        other.open("tempat", sealed)
    assert "keys/data.key" in refused.value.remedy
    assert repr(other.key) not in repr(other)
