"""The exchange tree on disk: where its files lie, and how one is put there so that a power cut leaves old or new.

A file appears under its name only when all its bytes are on the disk. Names come from `exchange_paths`; links out of
the tree are not followed. Whether a file's content may be believed is decided in `app.domain`.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from app.domain.exchange_paths import check_path
from app.domain.protocol_refusals import refuse

STICK_FOLDER = "guyub"
PART = ".part"


def locate(root: Path, path: str) -> Path:
    """The place of a tree path under `root`; refuses `unsafe-path` for other names and for links out of the tree."""
    place = root.joinpath(*check_path(path).split("/"))
    if not place.resolve().is_relative_to(root.resolve()):
        raise refuse("unsafe-path", path=path)
    return place


def opener(root: Path) -> Callable[[str], BinaryIO]:
    """A function that opens tree paths for reading, as `package_opening.check_package` wants it."""

    def open_file(path: str) -> BinaryIO:
        return locate(root, path).open("rb")

    return open_file


def read(root: Path, path: str, limit: int) -> bytes:
    """A small file's bytes; refuses `not-found` and `too-large` (more than `limit` bytes)."""
    try:
        with locate(root, path).open("rb") as stream:
            data = stream.read(limit + 1)
    except FileNotFoundError as error:
        raise refuse("not-found", path=path) from error
    except OSError as error:
        raise refuse("storage", detail=error.strerror or str(error)) from error
    if len(data) > limit:
        raise refuse("too-large")
    return data


def write(root: Path, path: str, content: bytes | Iterable[bytes]) -> Path:
    """Put a file in the tree, durably; refuses `unsafe-path` and `storage`."""
    place = locate(root, path)
    write_durably(place, content)
    return place


def write_durably(place: Path, content: bytes | Iterable[bytes], mode: int = 0o644) -> None:
    """Write beside, flush to the disk, rename, flush the folder. What `content` raises leaves `place` as it was.

    Refuses `storage` when the disk refuses (full, read-only, pulled out).
    """
    beside = place.with_name(f".{place.name}.{secrets.token_hex(4)}.tmp")
    pieces = (content,) if isinstance(content, bytes) else content
    try:
        _make_folders(place.parent)
        try:
            with open(beside, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as stream:
                stream.writelines(pieces)
                stream.flush()
                os.fsync(stream.fileno())
            put_in_place(beside, place)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise refuse("storage", detail=error.strerror or str(error)) from error


def put_in_place(finished: Path, place: Path) -> None:
    """Rename a flushed file and flush its folder, so that the new name survives a power cut."""
    finished.replace(place)
    flush_folder(place.parent)


def flush_folder(folder: Path) -> None:
    """Flush a folder's names to the disk, where the system can (Windows cannot, and needs no telling)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        # FAT on some sticks has no such call; its names are written when the stick is unmounted
        return
    finally:
        os.close(handle)


def _make_folders(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folders(folder.parent)
    folder.mkdir(exist_ok=True)
    flush_folder(folder.parent)
