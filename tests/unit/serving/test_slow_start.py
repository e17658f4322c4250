"""A part that needs long to start is given the time: on a slow disk everything starts slowly, and at once."""

from __future__ import annotations

import pytest

from app.serving import children
from app.serving.children import Child
from app.serving.watchdog import Watchdog


def test_each_start_without_an_answer_is_given_twice_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(children.time, "monotonic", lambda: now[0])
    watchdog = Watchdog(lambda: False)
    child = Child("slow", ["sleep", "600"], watchdog=watchdog)
    given = []
    try:
        for _start in range(5):
            child.start()
            began = now[0]
            while not child.hangs():
                now[0] += 1
            given.append(now[0] - began)
            child.end_now()
        assert given == [21, 41, 81, 161, 161]
        watchdog.last_answer = now[0] = now[0] + 1
        child.start()
        assert child.start_s == children.START_S
    finally:
        child.end_now()
        child.end()
