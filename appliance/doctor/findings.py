"""What a check says, as the same data on console, page and command.

A check judges what was measured and measures nothing itself; so every judgement can be tested without the machine.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

State = Literal["good", "warn", "bad"]
_WORST_FIRST = {"bad": 0, "warn": 1, "good": 2}


@dataclass(frozen=True)
class Finding:
    """One line: `text` and `remedy` are source texts for `values`. `remedy` is empty when all is well."""

    name: str
    state: State
    text: str
    remedy: str = ""
    values: dict[str, object] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As it travels."""
        return asdict(self)


def worst_first(found: list[Finding]) -> list[Finding]:
    """Red, then yellow, then green; in each the order of the checks."""
    return sorted(found, key=lambda finding: _WORST_FIRST[finding.state])
