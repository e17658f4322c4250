"""Secrets that a server makes for itself at first start, one file each (0600) in `<data>/keys` (0700).

No secret is ever part of an image, a setting or a log. A file is written whole or not at all: several processes may
start at once and must all end up with the same secret.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path


def keep_secret(keys_dir: Path, name: str, make: Callable[[], bytes]) -> bytes:
    """The secret called `name`, made by `make` the first time and read ever after."""
    path = keys_dir / name
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    keys_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = keys_dir / f".{name}.{os.getpid()}.{threading.get_ident()}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(make())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails if another process was first: theirs counts
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    sync_directory(keys_dir)
    return path.read_bytes()


def sync_directory(directory: Path) -> None:
    """Make the new name durable; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
