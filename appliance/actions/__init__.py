"""The side of root: one function per action of `app/domain/box_actions.py`, found through one map.

A room that does actions has `ACTIONS`, a map from the action's class to a function `(action, tell) -> dict`: the
result as JSON. It tells its progress with source texts without values, and raises Refusal for what it expects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from app.domain.box_actions import Action


class Tell(Protocol):
    """Says how far an action is: source text, parts done of all (0 of 0: not known)."""

    def __call__(self, text: str, done: int = 0, of: int = 0) -> None: ...


Do = Callable[[Any, Tell], dict[str, Any]]
Actions = Mapping[type[Action], Do]
