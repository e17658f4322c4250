"""Cuts a GIFT file into questions: comments out, blank lines between, and no unclosed brace may swallow the next one.

It reads no question; `gift` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_MARK = re.compile(r"\\.|[{}]", re.DOTALL)
_ID = re.compile(r"\[id:((?:\\.|[^\]\\]){1,200})\]")
_TAG = re.compile(r"\[tag:((?:\\.|[^\]\\<>`]){1,200})\]")


@dataclass
class Block:
    """The text of one question with the number of its first line (from 1)."""

    line: int
    lines: list[str] = field(default_factory=list)
    category: str = ""
    source_id: str = ""
    tags: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All lines, as written."""
        return "\n".join(self.lines)


class _Cutter:
    """Walks the lines once, keeping how deep in braces it is."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.block: Block | None = None
        self.depth = 0
        self.closed_at_end = False  # the answers are closed and nothing followed on that line
        self.category = ""
        self.source_id = ""
        self.tags: list[str] = []

    def finish(self) -> Iterator[Block]:
        if self.block is not None:
            yield self.block
        self.block = None
        self.depth = 0
        self.closed_at_end = False

    def comment(self, text: str) -> None:
        if match := _ID.search(text):
            self.source_id = match[1].replace("\\]", "]")
        self.tags.extend(tag.replace("\\]", "]") for tag in _TAG.findall(text))

    def closes_later(self, index: int) -> bool:
        """Whether the open brace is closed before another question seems to begin."""
        for line in self.lines[index : index + 400]:
            stripped = line.strip()
            if stripped.startswith(("::", "$CATEGORY")):
                return False
            if stripped.startswith("//"):
                continue
            for match in _MARK.finditer(line):
                if match[0] in "{}":
                    return match[0] == "}"
        return False

    def take(self, number: int, line: str) -> None:
        if self.block is None:
            self.block = Block(number, [], self.category, self.source_id, tuple(self.tags))
            self.source_id, self.tags = "", []
        self.block.lines.append(line)
        for match in _MARK.finditer(line):
            if match[0] == "{":
                self.depth += 1
            elif match[0] == "}" and self.depth:
                self.depth -= 1
                self.closed_at_end = self.depth == 0 and not line[match.end() :].strip()

    def begins_question(self, stripped: str) -> bool:
        """Whether this line starts a question although no blank line came before it."""
        if self.block is None:
            return False
        if self.depth:
            return stripped.startswith("::") and stripped.count("::") > 1
        if not self.closed_at_end:
            return False
        return stripped.startswith("::") or any(match[0] == "{" for match in _MARK.finditer(stripped))


def blocks(text: str) -> Iterator[Block]:
    """The questions of a GIFT file as blocks of lines. `text` has `\\n` line ends."""
    cutter = _Cutter(text.split("\n"))
    for number, line in enumerate(cutter.lines, 1):
        stripped = line.strip()
        if stripped.startswith("//"):
            cutter.comment(stripped)
        elif not stripped:
            if not cutter.depth or not cutter.closes_later(number):
                yield from cutter.finish()
        elif stripped.startswith("$CATEGORY:") and not cutter.depth:
            yield from cutter.finish()
            cutter.category = stripped.partition(":")[2].strip()
        else:
            if cutter.begins_question(stripped):
                yield from cutter.finish()
            cutter.take(number, line)
    yield from cutter.finish()
