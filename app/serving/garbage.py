"""Keeps the collector of unused objects short in processes that serve.

What was loaded stays until the process ends. Looking through all of it again and again stopped every thread for 60 ms
(180 ms on a busy machine), and everybody who was saving waited.
"""

from __future__ import annotations

import gc

NEW_BEFORE_A_LOOK = 10_000  # objects; the default of 700 is a look many times a second


def keep_what_is_loaded() -> None:
    """Call once, when the applications are loaded: later looks pass over everything that is there by now."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_BEFORE_A_LOOK, 10, 10)
