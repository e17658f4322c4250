"""Counters that Prometheus reads at `/metrics`: requests by pattern and status, and how long they took.

No label ever holds a name, a number or an address: patterns only.
"""

from __future__ import annotations

import time

from flask import Flask, g, request
from flask.wrappers import Response
from prometheus_client import Counter, Histogram

REQUESTS = Counter("guyub_requests", "Requests answered", ["method", "pattern", "status"])
SECONDS = Histogram(
    "guyub_request_seconds",
    "Time to answer",
    ["pattern"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)


def init_metrics(app: Flask) -> None:
    """Count every request."""
    app.before_request(_start)
    app.after_request(_count)


def pattern() -> str:
    """The address of the request as its rule is written, never as it came."""
    return request.url_rule.rule if request.url_rule else "unknown"


def elapsed_s() -> float:
    """Seconds since the request came in."""
    began: float = g.get("request_began", time.perf_counter())
    return time.perf_counter() - began


def _start() -> None:
    g.request_began = time.perf_counter()


def _count(response: Response) -> Response:
    REQUESTS.labels(request.method, pattern(), str(response.status_code)).inc()
    SECONDS.labels(pattern()).observe(elapsed_s())
    return response
