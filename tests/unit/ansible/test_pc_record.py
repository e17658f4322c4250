"""What an exam PC remembers of itself is what it gets back, byte for byte."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

MODULE = Path(__file__).resolve().parents[3] / "ansible/library/pc_record.py"


@pytest.fixture(scope="module")
def record() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pc_record", MODULE)
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    """A folder with a file, a link, and nothing else."""
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "hostname").write_bytes(b"meja-7\n\xff")
    (folder / "hostname").chmod(0o640)
    os.utime(folder / "hostname", ns=(1_700_000_000_123_456_789,) * 2)
    (folder / "target").symlink_to("/usr/lib/graphical.target")
    return folder


def asking(record: Path, state: str = "kept", *paths: Path, check: bool = False) -> Any:
    """What Ansible hands to the module. No unit is touched, so no systemd is needed."""
    given = {"record": str(record), "state": state, "paths": [str(path) for path in paths]}
    ran: list[list[str]] = []
    return SimpleNamespace(
        params={**given, "units": [], "sysctl": [], "facts": {}},
        check_mode=check,
        ran=ran,
        run_command=lambda line, **_more: ran.append(line) or (0, "", ""),
    )


def remember(record: ModuleType, file: Path, *paths: Path) -> list[str]:
    """Write the record as the module's main does; gives what was new."""
    known = json.loads(file.read_text()) if file.exists() else json.loads(json.dumps(record.EMPTY))
    new: list[str] = record.remember(asking(file, "kept", *paths), known)
    record.write(file, json.dumps(known).encode(), 0o600)
    return new


def give_back(record: ModuleType, file: Path, *, check: bool = False) -> dict[str, Any]:
    told: dict[str, Any] = record.give_back(asking(file, "back", check=check), file, json.loads(file.read_text()))
    return told


def test_a_changed_file_a_changed_link_and_a_new_file_are_as_before(record: ModuleType, etc: Path, tmp_path: Path):
    file, new = tmp_path / "before.json", etc / "conf.d/deep/guyub.conf"
    paths = (etc / "hostname", etc / "target", new)
    before = {path: record.look(path) for path in paths}
    remember(record, file, *paths)
    (etc / "hostname").write_text("pc-07\n")
    (etc / "hostname").chmod(0o600)
    (etc / "target").unlink()
    (etc / "target").write_text("a file now\n")
    new.parent.mkdir(parents=True)
    new.write_text("ours\n")
    give_back(record, file)
    assert {path: record.look(path) for path in paths} == before
    assert not (etc / "conf.d").exists()
    assert not file.exists()


def test_what_is_remembered_once_is_never_remembered_anew(record: ModuleType, etc: Path, tmp_path: Path):
    file = tmp_path / "before.json"
    assert remember(record, file, etc / "hostname") == [str(etc / "hostname")]
    (etc / "hostname").write_text("pc-07\n")
    assert remember(record, file, etc / "hostname") == []
    give_back(record, file)
    assert (etc / "hostname").read_bytes() == b"meja-7\n\xff"


def test_a_folder_that_others_have_filled_since_stays(record: ModuleType, etc: Path, tmp_path: Path):
    file, ours = tmp_path / "before.json", etc / "conf.d/guyub.conf"
    remember(record, file, ours)
    ours.parent.mkdir()
    ours.write_text("ours\n")
    (etc / "conf.d/theirs.conf").write_text("theirs\n")
    give_back(record, file)
    assert [path.name for path in (etc / "conf.d").iterdir()] == ["theirs.conf"]


def test_only_asked_it_tells_what_it_would_put_back_and_leaves_everything(
    record: ModuleType, etc: Path, tmp_path: Path
):
    file = tmp_path / "before.json"
    remember(record, file, etc / "hostname", etc / "target")
    (etc / "hostname").write_text("pc-07\n")
    told = give_back(record, file, check=True)
    assert told["restored"] == [str(etc / "hostname")]
    assert (etc / "hostname").read_text() == "pc-07\n"
    assert file.exists()


def test_a_pc_without_a_record_was_never_changed(record: ModuleType, tmp_path: Path):
    assert record.give_back(asking(tmp_path / "none", "back"), tmp_path / "none", None)["changed"] is False
