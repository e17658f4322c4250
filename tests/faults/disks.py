"""Small disks of our own in files: ext4 under a loop device, to be copied as it is, frozen or filled. Needs root."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


def run(*line: str | Path) -> None:
    done = subprocess.run([str(part) for part in line], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, line))}: {done.stderr.strip()}")


@contextmanager
def made(folder: Path, megabytes: int, *more: str) -> Iterator[tuple[Path, Path]]:
    """A fresh ext4 file system in a file; gives the file and where it is mounted. `more` is for who makes it."""
    if os.geteuid() != 0:
        pytest.fail("this test mounts disks of its own: run it as root")
    folder.mkdir(parents=True, exist_ok=True)
    image = folder / "disk.img"
    with image.open("wb") as file:
        file.truncate(megabytes * 1_000_000)
    run("/sbin/mkfs.ext4", "-q", "-F", "-m", "0", *more, image)
    with mounted(image, folder / "disk") as place:
        yield image, place


@contextmanager
def mounted(image: Path, place: Path) -> Iterator[Path]:
    """An image mounted for the time of a block."""
    place.mkdir(exist_ok=True)
    run("mount", "-o", "loop", image, place)
    try:
        yield place
    finally:
        run("umount", "-l", place)


@contextmanager
def frozen(place: Path) -> Iterator[None]:
    """Nothing reaches this disk meanwhile, and nobody is told so: as a disk that is stuck."""
    run("/sbin/fsfreeze", "--freeze", place)
    try:
        yield
    finally:
        run("/sbin/fsfreeze", "--unfreeze", place)


def take_all(place: Path) -> Path:
    """Take what room there is now, all at once: what is freed a moment later is left."""
    filler = place / "filler"
    with filler.open("wb") as file, suppress(OSError):  # what it could take it keeps
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(place).free)
    return filler


def fill(place: Path) -> Path:
    """Take what room there is; gives the file that holds it."""
    filler = place / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in (1_000_000, 4096, 512):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return filler
