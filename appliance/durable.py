"""Writes files that a power cut finds whole: the old content or the new, never a half."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, content: bytes, mode: int = 0o600, *, group: int | None = None) -> None:
    """Replace `path` at once and durably. Its folder is made (0700) if it is not there."""
    make_folder(path.parent)
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)  # whatever the umask is
        if group is not None:
            os.fchown(descriptor, -1, group)
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    draft.replace(path)
    sync_folder(path.parent)


def make_folder(folder: Path, mode: int = 0o700) -> None:
    """The folder, with this mode if it is new."""
    folder.mkdir(parents=True, exist_ok=True, mode=mode)


def sync_folder(folder: Path) -> None:
    """Make new names in it durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
