"""A box is asked how it is as often as it can answer, and no more: whoever hurries a slow one stops it."""

from __future__ import annotations

from typing import Any

from app.sekolah.services.box_look import FRESH_S, BoxLook
from tests.functional.sekolah.machine.root_side import GLANCE, RootSide


def test_a_box_that_needs_long_is_left_alone_as_long(root_side: RootSide) -> None:
    now, needs = [0.0], [40.0]

    def answer(_action: Any, _tell: Any) -> dict[str, Any]:
        now[0] += needs[0]
        return dict(GLANCE)

    root_side.answers["glance"] = answer
    look = BoxLook(lambda: now[0])
    asked = []
    for passed in (0.0, FRESH_S + 1, 30.0):  # 46 seconds after the first answer it has had its rest
        now[0] += passed
        assert look.glance()["version"] == GLANCE["version"]
        asked.append(len(root_side.asked))
    assert asked == [1, 1, 2]
    needs[0] = 0.1
    now[0] += 41
    look.glance()
    now[0] += FRESH_S + 1
    look.glance()
    assert len(root_side.asked) == 4
