"""Every code that a user may read out over the telephone stands in the guides' list, and the list names no other."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "docs" / "guides" / "kode.md"
CODE = re.compile(r"\b[SPWDNFB]-\d{3}\b")


def test_the_list_holds_exactly_the_codes_of_the_program() -> None:
    rooms = (ROOT / "app", ROOT / "appliance")
    texts = [path for room in rooms for kind in ("*.py", "*.conf") for path in room.rglob(kind)]
    spoken = {code for path in texts for code in CODE.findall(path.read_text(encoding="utf-8"))}
    rows = [line for line in LIST.read_text(encoding="utf-8").splitlines() if CODE.match(line.removeprefix("| "))]
    assert sorted(line[2:7] for line in rows) == sorted(spoken), "run docs/guides/write_codes.py"


def test_the_list_says_what_the_program_says() -> None:
    assert LIST.read_text(encoding="utf-8") == writer().page(), "run docs/guides/write_codes.py"


def test_no_code_is_without_cause_and_next_step() -> None:
    assert [code for code, words in writer().said().items() if not all(words)] == []


def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_codes", LIST.with_name("write_codes.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
