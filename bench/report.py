"""The report of a run as one HTML file that needs nothing else: goals, figures, and a curve for each scenario."""

from __future__ import annotations

import math
from html import escape
from pathlib import Path
from typing import Any

WIDTH, HEIGHT, LEFT, BELOW = 620, 240, 56, 34
COLOURS = ("#0b5", "#06c", "#c50", "#a0a", "#555", "#b80", "#088", "#c06")
STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "table{border-collapse:collapse}td,th{padding:.2rem .8rem;border-bottom:1px solid #ddd;text-align:left}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}.missed{color:#b00;font-weight:600}.met{color:#070}"
    "pre{background:#f6f6f6;padding:1rem;overflow:auto}text{font:11px system-ui,sans-serif}"
)


def write_report(path: Path, about: dict[str, Any], goals: list[dict[str, Any]], found: dict[str, Any]) -> None:
    """Write it."""
    curves = {name: run["curve"] for name, run in found.items() if isinstance(run, dict) and "curve" in run}
    for servers, run in found.get("centre", {}).items():
        curves[f"release, {servers} servers"] = run["fetch"]["curve"]
        curves[f"upload, {servers} servers"] = run["at rate"]["curve"]
    if "rush" in found:
        curves["saves during the rush"] = found["rush"]["saves meanwhile"]["curve"]
    parts = [
        f"<!doctype html><meta charset=utf-8><title>Guyub: load</title><style>{STYLE}</style>",
        "<h1>What an exam day costs</h1>",
        "<p>" + escape(", ".join(f"{name}: {value}" for name, value in about.items())) + "</p>",
        "<h2>Goals</h2>",
        _goals(goals),
        "<h2>Latency by share of answers</h2>",
        "<p>Counted from the moment a request was due. Read: at 0.9, nine of ten answers came within so many ms.</p>",
        _curves(curves),
    ]
    if "cost" in found:
        parts += ["<h2>Processor time of one operation by size of the school</h2>", _costs(found["cost"])]
    rows = "\n".join(f"{name}: {value}" for name, value in _plain(found).items() if isinstance(value, dict))
    parts += ["<h2>All figures</h2>", f"<pre>{escape(rows)}</pre>"]
    path.write_text("\n".join(parts), encoding="utf-8")


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    """Without what is drawn."""
    return {
        name: _plain(value) if isinstance(value, dict) else value
        for name, value in found.items()
        if name not in {"curve", "saves meanwhile"}
    }


def _goals(goals: list[dict[str, Any]]) -> str:
    rows = [
        f"<tr><td class={goal['verdict']}>{goal['verdict']}<td>{escape(goal['what'])}<td class=n>{goal['figure']}"
        f"<td>{escape(goal['goal'])}"
        for goal in goals
    ]
    return "<table><tr><th><th>what<th>figure<th>goal" + "".join(rows) + "</table>"


def _curves(curves: dict[str, list[float]]) -> str:
    """Latency (logarithmic, ms) over the share of answers."""
    highest = max([1.0, *(max(curve) for curve in curves.values())])
    top = math.ceil(math.log10(highest))

    def y(value: float) -> float:
        return HEIGHT - BELOW - (HEIGHT - BELOW - 10) * max(0.0, math.log10(max(value, 0.1)) + 1) / (top + 1)

    lines = [
        f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y(10**power):.1f}" y2="{y(10**power):.1f}" stroke="#ddd"/>'
        f'<text x="4" y="{y(10**power) + 4:.1f}">{10**power:g} ms</text>'
        for power in range(-1, top + 1)
    ]
    for place, (name, curve) in enumerate(curves.items()):
        points = " ".join(f"{_x(share):.1f},{y(value):.1f}" for share, value in zip(_shares(curve), curve, strict=True))
        colour = COLOURS[place % len(COLOURS)]
        lines.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>')
        lines.append(f'<text x="{LEFT + 8}" y="{20 + 14 * place}" fill="{colour}">{escape(name)}</text>')
    lines += [f'<text x="{_x(share) - 8:.1f}" y="{HEIGHT - 14}">{share:g}</text>' for share in (0, 0.25, 0.5, 0.75, 1)]
    return _drawing(lines)


def _costs(costs: dict[str, dict[str, float]]) -> str:
    """A group of bars per operation, one bar per size."""
    operations = list(next(iter(costs.values())))
    highest = max(max(cost.values()) for cost in costs.values())
    lines, step = [], (WIDTH - LEFT) / len(operations)
    for group, operation in enumerate(operations):
        for place, (students, cost) in enumerate(costs.items()):
            tall = (HEIGHT - BELOW - 30) * cost[operation] / highest
            x = LEFT + group * step + place * step / 4
            lines.append(
                f'<rect x="{x:.0f}" y="{HEIGHT - BELOW - tall:.1f}" width="{step / 5:.0f}" height="{tall:.1f}" '
                f'fill="{COLOURS[place]}"><title>{students} students</title></rect>'
                f'<text x="{x:.0f}" y="{HEIGHT - BELOW - tall - 4:.1f}">{cost[operation]:.2f} ms</text>'
            )
        lines.append(f'<text x="{LEFT + group * step:.0f}" y="{HEIGHT - 14}">{operation} ({", ".join(costs)})</text>')
    return _drawing(lines)


def _drawing(lines: list[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" role="img">{"".join(lines)}</svg>'


def _shares(curve: list[float]) -> list[float]:
    return [place / (len(curve) - 1) for place in range(len(curve))]


def _x(share: float) -> float:
    return LEFT + (WIDTH - LEFT - 10) * share
