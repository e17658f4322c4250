"""The graph of a rehearsal: how long answers took, phase by phase, as places on a small sheet.

Time runs to the right within each phase, and each phase has a width of its own, so that short ones can be read. Upwards
each line is ten times slower than the one below. It draws nothing: the template does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 340, 190
LEFT, TOP, BOTTOM = 34, 18, 172
WIDTHS = {"login": 74, "start": 66, "save": 92, "finish": 74}
LINES = (0.01, 0.1, 1.0, 10.0)  # seconds
LEAST, MOST = 0.003, 40.0


@dataclass(frozen=True)
class Band:
    """One phase: its place, and the points of its two lines as SVG wants them."""

    phase: str
    x: float
    width: float
    usual: str
    slowest: str


@dataclass(frozen=True)
class Graph:
    """The whole sheet; `lines` are (seconds, height on the sheet)."""

    bands: list[Band]
    lines: list[tuple[float, float]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    top: int = TOP
    bottom: int = BOTTOM


def graph(phases: list[dict[str, Any]]) -> Graph | None:
    """The graph of a verdict's phases; None if there is nothing to draw."""
    if not any(phase["points"] for phase in phases):
        return None
    bands, x = [], float(LEFT)
    for phase in phases:
        width = WIDTHS[phase["phase"]]
        usual, slowest = (
            " ".join(f"{x + point[0] * width:.1f},{_y(point[place]):.1f}" for point in phase["points"])
            for place in (1, 2)
        )
        bands.append(Band(phase["phase"], x, width, usual, slowest))
        x += width
    return Graph(bands, [(seconds, _y(seconds)) for seconds in LINES])


def _y(seconds: float) -> float:
    share = math.log(min(MOST, max(LEAST, seconds)) / LEAST) / math.log(MOST / LEAST)
    return BOTTOM - share * (BOTTOM - TOP)
