"""Static files have addresses of their version, and a version that is no longer the present one is there a while."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from flask import Flask, url_for

from app.settings import SekolahSettings
from app.web import static_files
from app.web.static_files import STATIC, joined, prepare_static_files, static_version

MODULES = sorted((STATIC / "exam").glob("*.js"))
NAMES = re.compile(r"^(?:export )?(?:async )?(?:const|let|class|function) (\w+)", re.MULTILINE)


def test_an_address_names_the_version_and_is_answered(pusat_app: Flask):
    with pusat_app.test_request_context():
        address = url_for("static", filename="icon.svg")
    assert address == f"/static/{static_version()}/icon.svg"
    client = pusat_app.test_client()
    icon = (STATIC / "icon.svg").read_bytes()
    assert client.get(address, buffered=True).data == icon
    assert client.get("/static/icon.svg", buffered=True).data == icon
    assert client.get("/static/0123456789abcdef/icon.svg", buffered=True).status_code == 404


def test_one_changed_byte_is_another_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    versions = []
    for content in (b"a", b"b"):
        (tmp_path / "one.css").write_bytes(content)
        monkeypatch.setattr(static_files, "STATIC", tmp_path)
        versions.append(static_version.__wrapped__())
    assert versions[0] != versions[1]


def test_the_version_before_stays_for_open_pages_and_older_ones_go(settings_sekolah: SekolahSettings):
    folder = settings_sekolah.run_dir / "static"
    for age, name in enumerate(("0" * 16, "1" * 16, "exam")):
        (folder / name).mkdir(parents=True)
        os.utime(folder / name, (1_000_000 - age, 1_000_000 - age))
    for _start in range(2):
        assert prepare_static_files(settings_sekolah) == folder
        assert {path.name for path in folder.iterdir()} == {"0" * 16, static_version()}


def test_the_modules_share_no_name_so_that_they_can_be_joined_into_one():
    names = [name for path in MODULES for name in NAMES.findall(path.read_text(encoding="utf-8"))]
    assert len(names) > 100
    assert sorted({name for name in names if names.count(name) > 1}) == []


@pytest.mark.parametrize("entry", ["room.js", "preview.js"])
def test_a_joined_module_imports_nothing_and_holds_each_module_once(entry: str):
    text = joined(STATIC / "exam" / entry)
    assert not re.search(r"^\s*(import|export)\b", text, re.MULTILINE)
    assert text.count("function renderQuestion(") == 1
    assert len(text) < 0.9 * sum(path.stat().st_size for path in MODULES)


def test_text_over_several_lines_would_lose_its_indentation_so_there_is_none():
    for path in MODULES:
        for line in path.read_text(encoding="utf-8").splitlines():
            assert line.count("`") % 2 == 0 or line.lstrip().startswith("//"), f"{path.name}: {line}"
