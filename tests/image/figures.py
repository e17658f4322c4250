"""What was measured on the booted image: kept in `build/image-test.json` and told at the end of a run."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

KEPT = Path(__file__).resolve().parents[2] / "build" / "image-test.json"


@dataclass
class Figures:
    """Figures by name, each with its unit, in the order in which they came."""

    found: dict[str, tuple[float | str, str]] = field(default_factory=dict)

    def note(self, name: str, value: float | str, unit: str = "s") -> None:
        """Keep one."""
        self.found[name] = (round(value, 1) if isinstance(value, float) else value, unit)

    @contextmanager
    def seconds(self, name: str) -> Iterator[None]:
        """How long a block takes."""
        began = time.monotonic()
        yield
        self.note(name, time.monotonic() - began)

    def keep(self) -> None:
        """Write them down; a figure of an earlier run stays until it is measured again."""
        kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
        kept |= {name: {"value": value, "unit": unit} for name, (value, unit) in self.found.items()}
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(json.dumps(kept, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    def lines(self) -> list[str]:
        """For people."""
        return [f"{value!s:>10} {unit:<4} {name}" for name, (value, unit) in self.found.items()]
