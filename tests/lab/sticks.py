"""A real file system in a file, plugged into a booted box as a stick is."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.container import Container
from tests.lab.roots import check


@contextmanager
def plugged_in(box: Container, folder: Path) -> Iterator[str]:
    """Its UUID. No udev runs in a container: its own look at the disk is written down where it would write it."""
    image = folder / "stick.img"
    with image.open("wb") as file:
        file.truncate(200_000_000)
    check(["/sbin/mkfs.ext4", "-q", "-F", "-L", "SEKOLAH", str(image)])
    loop = check(["losetup", "--find", "--show", str(image)]).strip()
    number = Path(loop).stat().st_rdev
    noted = f"/run/udev/data/b{os.major(number)}:{os.minor(number)}"
    try:
        box.says("mknod", loop, "b", str(os.major(number)), str(os.minor(number)))
        told = box.says("udevadm", "test-builtin", "blkid", f"/sys/class/block/{Path(loop).name}")
        known = dict(line.split("=", 1) for line in told.splitlines() if line.startswith("ID_FS_"))
        lines = "".join(f"E:{name}={value}\n" for name, value in known.items())
        box.says("sh", "-c", 'mkdir -p "${0%/*}" && printf %s "$1" >"$0"', noted, f"I:1\n{lines}V:1\n")
        yield known["ID_FS_UUID"]
    finally:
        box.run("rm", "-f", loop, noted)
        subprocess.run(["losetup", "--detach", loop], check=True)
