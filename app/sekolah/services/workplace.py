"""The workplace of a school's long work (sync, release, upload): its folders and the centre's address besides."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from app.web import workplace


@dataclass(frozen=True)
class Workplace(workplace.Workplace):
    """`random` is only used for seeds and jitter, never for keys."""

    random: random.Random
    data_dir: Path
    keys_dir: Path
    open_dir: Path
    centre_url: str
