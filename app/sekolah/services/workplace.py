"""The workplace of a school's long work (sync, release, upload): its folders, and what its settings say of the way."""

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
    centre_key: str = ""  # pinned: the only centre to be believed
    server_id: str = ""  # the only one to be activated as
    proxy: str = ""
    sync_windows: str = ""
    sync_kbps: int = 0
    usb_path: str = ""
    time_zone: str = "Asia/Jakarta"
