"""What of the journal may leave the school: a line is kept only as far as the program itself could have written it.

Of our own lines the known keys stay, with values that are codes, numbers under a known name, or words that stand in the
program's source. Of a trace the places and the kind of error stay, never what the error says. Anything else goes:
names, numbers of participants, answers and questions cannot be told from other words, so they are not looked for.
"""

from __future__ import annotations

import ast
import builtins
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import app
import appliance

TEXT_KEYS = frozenset({
    "action", "check", "code", "event", "kind", "level", "logger", "method", "part", "pattern", "refusal", "step",
})  # fmt: skip
NUMBER_KEYS = frozenset({
    "attempts", "bytes", "count", "freed_bytes", "ms", "pid", "requests", "rows", "seconds", "size", "status",
    "took_ms",
})  # fmt: skip
CODE = re.compile(r"[A-Z]-\d{3}")
FRAME = re.compile(r'^\s*File "(?P<file>[^"]*)", line (?P<line>\d+), in (?P<name>[\w<>]+)$')
ERROR = re.compile(r"^(?P<kind>[A-Za-z_][\w.]*(Error|Exception|Refusal|Warning|Interrupt|Exit|Timeout))(:|$)")
PLACEHOLDER = re.compile(r"<[a-z_:]+>")
LEFT_OUT = "(…)"
NAMED_BY_UNIT = {"chrony.service": "chrony", "systemd-networkd.service": "network", "nftables.service": "firewall"}
UNTOUCHED = ("kernel", "systemd", *NAMED_BY_UNIT.values())  # who never meets a participant
WITHOUT_PEOPLE = ("demo", "rehearsal", "translations")  # rooms of the source whose words are made-up people and texts


def sieve(entries: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Journal entries (as `journalctl -o json` gives them), each with time, unit, priority and what may be told."""
    for entry in entries:
        kept = {name: entry[key] for name, key in _HEADS if isinstance(entry.get(key), str)}
        yield {**kept, "said": _said(entry)}


_HEADS = (("at", "__REALTIME_TIMESTAMP"), ("unit", "_SYSTEMD_UNIT"), ("priority", "PRIORITY"), ("boot", "_BOOT_ID"))


def _said(entry: dict[str, Any]) -> Any:
    message = entry.get("MESSAGE")
    if not isinstance(message, str):
        return LEFT_OUT
    if _writer(entry) in UNTOUCHED:
        return message
    try:
        known = json.loads(message)
    except ValueError:
        return trace(message)
    if not isinstance(known, dict):
        return LEFT_OUT
    return {key: told for key, value in known.items() if (told := _told(key, value)) is not None}


def _writer(entry: dict[str, Any]) -> str:
    """Who wrote it, by the fields that only journald itself can set."""
    if entry.get("_TRANSPORT") == "kernel":
        return "kernel"
    if entry.get("_PID") == "1":
        return "systemd"
    return NAMED_BY_UNIT.get(str(entry.get("_SYSTEMD_UNIT")), "")


def _told(key: str, value: object) -> object:
    if key == "timestamp" and isinstance(value, str) and re.fullmatch(r"[0-9T:.+Z-]{10,40}", value):
        return value
    if key in NUMBER_KEYS and isinstance(value, int | float):
        return value
    if key == "exception" and isinstance(value, str):
        return trace(value)
    if key in TEXT_KEYS and isinstance(value, str):
        return value if is_ours(value) else LEFT_OUT
    return None


def trace(text: str) -> str:
    """The places and kinds of error of a trace; what stands between them is left out."""
    kept = []
    for line in text.splitlines():
        frame, error = FRAME.match(line), ERROR.match(line)
        if frame:
            kept.append(f"{Path(frame['file']).name}:{frame['line']} {frame['name']}")
        elif error and is_ours(error["kind"].rpartition(".")[2]):
            kept.append(error["kind"].rpartition(".")[2])
    return " < ".join(reversed(kept)) or LEFT_OUT


def is_ours(text: str) -> bool:
    """Whether the program's own source has this text, or each part of this path."""
    words = vocabulary()
    if text in words or CODE.fullmatch(text):
        return True
    parts = [part for part in text.split("/") if part]
    return text.startswith("/") and all(PLACEHOLDER.fullmatch(part) or part in words for part in parts)


@cache
def vocabulary() -> frozenset[str]:
    """Constants and names of our sources, and the names of errors of Python and the database."""
    import sqlalchemy.exc

    words = {name for module in (builtins, sqlalchemy.exc) for name in dir(module)}
    words |= {"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "info", "warning", "error", "critical", "debug"}
    for root in (Path(app.__file__).parent, Path(appliance.__file__).parent):
        for path in root.rglob("*.py"):
            if not set(path.relative_to(root).parts) & set(WITHOUT_PEOPLE):
                words.update(_words_of(path))
    return frozenset(words)


def _words_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
            if node.value.startswith("/"):
                yield from node.value.split("/")
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
