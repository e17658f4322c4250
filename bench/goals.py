"""The goals of the product, each judged by what a run found: met, missed, or not measured in this run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Found = dict[str, Any]
# what, goal in words, figure from the run, whether it is good enough
GOALS: tuple[tuple[str, str, Callable[[Found], Any], Callable[[Any], bool]], ...] = (
    ("rush: all in, p99", "at most 1,000 ms", lambda f: f["rush"]["p99_ms"], lambda x: x <= 1000),
    ("rush: failures", "none", lambda f: sum(f["rush"]["failures"].values()), lambda x: x == 0),
    ("rush: saves of others, p99", "at most 100 ms", lambda f: beside(f)["p99_ms"], lambda x: x <= 100),
    ("rush: failures of these", "none", lambda f: sum(beside(f)["failures"].values()), lambda x: x == 0),
    ("start: paper on screen, slowest", "at most 5,000 ms", lambda f: f["start"]["max_ms"], lambda x: x <= 5000),
    ("start: failures", "none", lambda f: sum(f["start"]["failures"].values()), lambda x: x == 0),
    ("saturated saves, share of the bare handler's rate", "at least 0.6", lambda f: ratio(f), lambda x: x >= 0.6),
    ("saturated saves, p99", "at most 60 ms", lambda f: f["saturated"]["p99_ms"], lambda x: x <= 60),
    ("steady, 5,000 students: p99", "at most 50 ms", lambda f: f["steady"]["p99_ms"], lambda x: x <= 50),
    ("steady: failures", "none", lambda f: sum(f["steady"]["failures"].values()), lambda x: x == 0),
    ("steady: processors used", "at most 0.5", lambda f: f["steady"]["cores"], lambda x: x <= 0.5),
    ("finish: failures", "none", lambda f: sum(f["finish"]["failures"].values()), lambda x: x == 0),
    ("a whole exam, processor time", "at most 60 ms", lambda f: f["whole exam"]["cpu_ms_each"], lambda x: x <= 60),
    ("a whole exam, requests", "at most 60", lambda f: f["whole exam"]["requests"], lambda x: x <= 60),
    ("a whole exam, KB down", "at most 60", lambda f: f["whole exam"]["kb_down"], lambda x: x <= 60),
    ("with the page itself, empty browser cache: requests", "at most 60", lambda f: first(f)[0], lambda x: x <= 60),
    ("with the page itself, empty browser cache: KB down", "at most 60", lambda f: first(f)[1], lambda x: x <= 60),
    ("memory with all at work", "at most 400 MB", lambda f: f["memory"]["steady_mb"], lambda x: x <= 400),
    ("memory after eight hours, growth", "under 0.05", lambda f: f["hours"]["growth"]["all"], lambda x: x < 0.05),
    ("eight hours: failures", "none", lambda f: len(f["hours"]["failures"]), lambda x: x == 0),
    ("board: a change is seen, slowest", "within 2,000 ms", lambda f: f["board"]["seen_max_ms"], lambda x: x <= 2000),
    ("board: processor time of a refresh", "at most 2 ms", lambda f: f["board"]["cpu_ms_each"], lambda x: x <= 2),
    ("flush of 10 ms, 250 saves/s: p99", "at most 100 ms", lambda f: f["slow disk"]["p99_ms"], lambda x: x <= 100),
    ("cost of a save, largest school to smallest", "at most 1.3", lambda f: growth(f, "save"), lambda x: x <= 1.3),
    ("cost of a state, largest to smallest", "at most 1.3", lambda f: growth(f, "state"), lambda x: x <= 1.3),
    ("cost of a login, largest to smallest", "at most 1.3", lambda f: growth(f, "login"), lambda x: x <= 1.3),
    ("upload: saves of others meanwhile, p99", "at most 100 ms", lambda f: f["upload"]["p99_ms"], lambda x: x <= 100),
    ("upload: failures of these", "none", lambda f: sum(f["upload"]["failures"].values()), lambda x: x == 0),
    ("centre: slowest of 10,000 servers has its release", "within 300 s", lambda f: released(f), lambda x: x <= 300),
    ("centre: minutes for 10,000 uploads of 40 students", "at most 30", lambda f: minutes(f), lambda x: x <= 30),
    ("centre: failures", "none", lambda f: centre_failures(f), lambda x: x == 0),
    ("centre: everything stored", "yes", lambda f: largest(f)["stored"]["whole"], lambda x: x),
    ("centre: cost of an upload, most to fewest", "at most 1.3", lambda f: dearer(f, "fast"), lambda x: x <= 1.3),
    ("centre: cost of a release, most to fewest", "at most 1.3", lambda f: dearer(f, "fetch"), lambda x: x <= 1.3),
)  # fmt: skip


def beside(found: Found) -> Found:
    """The saves of those who worked during the rush."""
    saves: Found = found["rush"]["saves meanwhile"]
    return saves


def first(found: Found) -> tuple[int, float]:
    """Requests and KB down of an exam at a PC that has never been here."""
    exam = found["whole exam"]
    page = exam["first_visit"]
    return exam["requests"] + page["requests"], round(exam["kb_down"] + page["kb_down"], 1)


def ratio(found: Found) -> float:
    """Durable saves per answer of the handler that does nothing."""
    return round(found["saturated"]["per_second"] / found["bare handler"]["per_second"], 2)


def growth(found: Found, what: str) -> float:
    """Cost at the largest school in costs at the smallest."""
    sizes = sorted(found["cost"], key=int)
    return round(found["cost"][sizes[-1]][what] / found["cost"][sizes[0]][what], 2)


def largest(found: Found) -> Found:
    """The centre with the most servers."""
    sizes: dict[str, Found] = found["centre"]
    return sizes[max(sizes, key=int)]


def released(found: Found) -> float:
    """Seconds until the slowest of ten thousand has its release; KeyError if there were fewer."""
    return float(found["centre"]["10000"]["fetch"]["last_s"])


def minutes(found: Found) -> float:
    """What ten thousand uploads take at the rate that was reached."""
    return round(10_000 / largest(found)["fast"]["per_second"] / 60, 1)


def centre_failures(found: Found) -> int:
    """Whatever went wrong at any size."""
    runs = [size[part] for size in found["centre"].values() for part in ("fetch", "at rate", "fast")]
    return sum(sum(run["failures"].values()) for run in runs)


def dearer(found: Found, part: str) -> float:
    """Processor time for one server, with the most servers in that with the fewest; KeyError for one size only."""
    sizes = sorted(found["centre"], key=int)
    if len(sizes) < 2:
        raise KeyError(part)
    most, fewest = (found["centre"][size][part]["cpu_ms_each"]["all"] for size in (sizes[-1], sizes[0]))
    return round(most / fewest, 2)


def judge(found: Found, *, quick: bool) -> list[dict[str, Any]]:
    """Every goal with its figure. A quick run is too small to meet a goal, but can miss one."""
    judged = []
    for what, goal, figure, good in GOALS:
        try:
            value = figure(found)
        except KeyError:
            continue
        verdict = "met" if good(value) else "missed"
        judged.append({"what": what, "goal": goal, "figure": value, "verdict": verdict, "small": quick})
    return judged


def told(found: Found, goals: list[dict[str, Any]]) -> str:
    """For the console: ratios first, then each goal."""
    lines = ["", "ratios (same run, same clients, same machine)"]
    if "saturated" in found:
        exam, bare = found["saturated"], found["bare handler"]
        cpu, commits = exam["cpu_ms_each"] / bare["cpu_ms_each"], exam["per_second"] / found["disk"]["single_per_s"]
        lines.append(f"  durable saves to the bare handler, rate              {ratio(found):6.2f}")
        lines.append(f"  processor time of a save to the bare handler's       {cpu:6.2f}")
        lines.append(f"  durable saves to single commits on this disk         {commits:6.2f}")
    if "cost" in found:
        operations = next(iter(found["cost"].values()))
        lines += [
            f"  cost of a {what:6} at the largest school to the smallest  {growth(found, what):6.2f}"
            for what in operations
        ]
    lines += ["", "goals"]
    for goal in goals:
        lines.append(f"  {goal['verdict']:6} {goal['what']:52} {goal['figure']!s:>9}  ({goal['goal']})")
    return "\n".join(lines)
