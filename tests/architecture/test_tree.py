"""The shape of the tree: names, sizes and what may not be in it."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc"}
LONGEST_MODULE = 400
VENDORED = {  # what was published; a local edit of a vendored file must not go unseen
    "bootstrap/bootstrap.min.css": "06395d93f5adbc0593ed84544eb043fa32ab8619c6b7195e803e119f5b9f3672",
    "htmx/htmx.min.js": "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
}


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name and (ROOT / name).exists()]


def test_no_module_is_a_drawer():
    assert [path for path in tracked("*.py", "*.js") if path.stem in DRAWERS] == []


def test_every_module_says_why_it_exists():
    silent = [
        path
        for path in tracked("app/*.py", "bench/*.py", "appliance/*.py")
        if "migrations/versions" not in str(path)
        and path.read_text(encoding="utf-8").strip()
        and not path.read_text(encoding="utf-8").lstrip().startswith(('"""', 'r"""', "#!"))
    ]
    assert silent == []


def test_no_module_grows_beyond_reading():
    long = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in tracked("app/*.py")
        if "migrations/versions" not in str(path)
    }
    assert {name: lines for name, lines in long.items() if lines > LONGEST_MODULE} == {}


@pytest.mark.parametrize("name", VENDORED)
def test_vendored_files_are_as_published(name: str):
    content = (ROOT / "app" / "static" / "vendor" / name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == VENDORED[name]


def test_templates_load_nothing_from_outside():
    for path in tracked("app/templates/*.html", "app/static/css/*.css", "app/static/exam/*"):
        if path.suffix not in {".html", ".css", ".js"}:
            continue
        text = path.read_text(encoding="utf-8")
        for sign in ('src="http', "src='http", 'href="http', "url(http", "@import"):
            assert sign not in text, f"{path} loads something from outside"
        if path.suffix == ".html":
            assert "<script>" not in text, f"{path} has a script in the page"
            assert " onclick=" not in text, f"{path} has a script in the page"


def test_the_direction_of_imports_holds():
    linted = subprocess.run([ROOT / ".venv/bin/lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout


def test_no_two_test_files_share_a_name():
    """pytest imports them by name; the second would stop the whole run."""
    names = [path.name for path in tracked("tests/*.py") if path.name not in {"__init__.py", "conftest.py"}]
    assert sorted({name for name in names if names.count(name) > 1}) == []
