"""Open-loop load: every arrival has its time from the start, and latency counts from that time, answered or not.

A server that falls behind is thus asked as often as before, and its delay shows in every later latency. Also here: the
same number of clients in a closed loop, for what saturates. Everything is bounded in number and time.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

LONGEST_TAIL_S = 60.0  # after the last arrival; whoever has no answer then never gets one

Act = Callable[[int], Awaitable[str]]  # the number of the arrival → "" if all went well, else what did not


@dataclass
class Run:
    """What one load brought. Latencies in seconds, from the time the request was due."""

    latencies: list[float] = field(default_factory=list)
    due: list[float] = field(default_factory=list)  # when each of these was due, in seconds from the beginning
    lags: list[float] = field(default_factory=list)  # how late the load program itself was
    failures: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile_ms(self, share: float) -> float:
        """Of the latencies."""
        return percentile_ms(self.latencies, share)

    def summary(self) -> dict[str, Any]:
        """For the report."""
        return {
            "answers": len(self.latencies),
            "per_second": round(self.rate, 1),
            "p50_ms": round(self.percentile_ms(0.5), 1),
            "p90_ms": round(self.percentile_ms(0.9), 1),
            "p99_ms": round(self.percentile_ms(0.99), 1),
            "max_ms": round(self.percentile_ms(1), 1),
            "generator_late_p99_ms": round(percentile_ms(self.lags, 0.99), 1),
            "failures": dict(self.failures),
            "curve": [round(self.percentile_ms(place / 50), 2) for place in range(51)],
        }


def percentile_ms(seconds: Sequence[float], share: float) -> float:
    """A percentile in milliseconds; 0 of nothing."""
    ordered = sorted(seconds)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


async def open_loop(due: Sequence[float], act: Act, run: Run | None = None) -> Run:
    """Let `act` happen at each time (seconds from now, rising), without waiting for earlier ones."""
    run = run or Run()
    began = time.perf_counter()

    async def one(number: int, at: float) -> None:
        run.lags.append(time.perf_counter() - began - at)
        failure = await act(number)
        if failure:
            run.failures[failure] += 1
        else:
            run.latencies.append(time.perf_counter() - began - at)
            run.due.append(at)

    tasks = []
    for number, at in enumerate(due):
        pause = began + at - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        elif number % 50 == 0:
            await asyncio.sleep(0)
        tasks.append(asyncio.create_task(one(number, at)))
    if tasks:
        done, late = await asyncio.wait(tasks, timeout=LONGEST_TAIL_S)
        for task in late:
            task.cancel()
        run.failures["unanswered"] += len(late)
        for task in done:
            task.result()
    run.failures = +run.failures
    run.seconds = time.perf_counter() - began
    return run


async def closed_loop(clients: int, seconds: float, act: Callable[[int, int], Awaitable[str]]) -> Run:
    """So many clients, each sending the next as soon as it has its answer; `act` gets client and turn."""
    run = Run()
    began = time.perf_counter()

    async def client(number: int) -> None:
        turn = 0
        while (sent := time.perf_counter()) < began + seconds:
            failure = await act(number, turn)
            turn += 1
            if failure:
                run.failures[failure] += 1
            else:
                run.latencies.append(time.perf_counter() - sent)

    await asyncio.gather(*(client(number) for number in range(clients)))
    run.seconds = time.perf_counter() - began
    return run


def evenly(number: int, seconds: float) -> list[float]:
    """So many arrivals spread over so many seconds."""
    return [seconds * place / number for place in range(number)]
