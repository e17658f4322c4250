"""What `make image` left in `build/image/`, and a look into the disk that mounts and starts nothing."""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from packer import base_disk, layout

FOLDER = Path(os.environ.get("GUYUB_IMAGES") or Path(__file__).resolve().parents[2] / "build" / "image")
REMEDY = "Run `make image` first: it makes build/image/."


@dataclass(frozen=True)
class Images:
    """The artifacts of one build."""

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the build says of itself."""
        found: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        return found

    @property
    def made(self) -> set[str]:
        """Endings of what there is."""
        return {path.name.partition(f"{self.manifest['version']}.")[2] for path in self.folder.glob("*-[0-9]*")}

    def one(self, ending: str) -> Path:
        """The artifact with this ending."""
        path = self.folder / f"{self.manifest['product']}-{self.manifest['version']}{ending}"
        assert path.exists(), f"{path.name} is missing. {REMEDY}"
        return path

    def unpack_raw(self, target: Path) -> Path:
        """The raw disk as it is written onto hardware; empty parts stay holes.

        Where only the virtual disk was made (`make image ARGS="--only qcow2"`), that is what is unpacked.
        """
        if "qcow2" in self.made and "img.xz" not in self.made:
            line = ["qemu-img", "convert", "-O", "raw", str(self.one(".qcow2")), str(target)]
            subprocess.run(line, check=True)
            return target
        with lzma.open(self.one(".img.xz")) as packed, target.open("wb") as disk:
            while block := packed.read(layout.MIB):
                if block.strip(b"\0"):
                    disk.write(block)
                else:
                    disk.seek(len(block), 1)
            disk.truncate()
        return target


def find_images() -> Images:
    """The build's folder; fails with what to do where there is none."""
    assert (FOLDER / "manifest.json").exists(), REMEDY
    return Images(FOLDER)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def take_out_root(disk: Path, folder: Path) -> Path:
    """All files of the root file system of a raw disk, copied into a folder, with their owners and modes."""
    folder.mkdir(parents=True)
    place = f"{disk}?offset={layout.start_mib(layout.ROOT_A) * layout.MIB}"
    subprocess.run(["debugfs", "-R", f"rdump / {folder}", place], check=True, capture_output=True)
    assert (folder / "usr").is_dir(), "the root file system could not be read"
    return folder


def take_out_efi(disk: Path, folder: Path) -> Path:
    """All files of the EFI partition of a raw disk, copied into a folder."""
    folder.mkdir(parents=True)
    part = folder.with_suffix(".fat")
    base_disk.take_out(disk, layout.EFI, part)
    subprocess.run(["mcopy", "-s", "-n", "-i", str(part), "::*", str(folder)], check=True, capture_output=True)
    part.unlink()
    return folder
