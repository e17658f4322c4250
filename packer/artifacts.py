"""What leaves the build, each made from the one raw disk that Packer finished."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from packer import base_disk, boxes, layout, ova
from packer.running import Steps

FULL = "Is there room where the repository lies?"


@dataclass(frozen=True, slots=True)
class Source:
    """The finished disk, a folder for scratch, and what names and signs the artifacts."""

    disk: Path
    scratch: Path
    version: str
    key: Path
    certificate: Path

    def name(self, ending: str) -> str:
        """File name of an artifact."""
        return f"guyub-sekolah-{self.version}{ending}"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of artifact: what is told while it is made, and how it is."""

    words: str
    make: Callable[[Steps, Source, Path], None]


def _of_full_capacity(steps: Steps, disk: Path, scratch: Path) -> Path:
    """A disk of the capacity that virtual machines get, over the raw one, without copying it."""
    overlay = scratch / f"{disk.stem}.capacity.qcow2"
    overlay.unlink(missing_ok=True)
    size = f"{layout.CAPACITY_GB * 1_000_000_000}"
    steps.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", disk, overlay, size], remedy=FULL)
    return overlay


def _make_qcow2(steps: Steps, source: Source, folder: Path) -> None:
    overlay = _of_full_capacity(steps, source.disk, source.scratch)
    target = folder / source.name(".qcow2")
    steps.run(["qemu-img", "convert", "-c", "-O", "qcow2", "-o", "compression_type=zlib", overlay, target], remedy=FULL)


def _make_raw(steps: Steps, source: Source, folder: Path) -> None:
    target = folder / source.name(".img")
    steps.run(["cp", "--sparse=always", source.disk, target], remedy=FULL)
    steps.run(["xz", "-T0", "-2", target], remedy=FULL)


def _make_ova(steps: Steps, source: Source, folder: Path) -> None:
    overlay = _of_full_capacity(steps, source.disk, source.scratch)
    ova.make_ova(steps, overlay, folder / source.name(".ova"), source.version)


def _make_boxes(steps: Steps, source: Source, folder: Path) -> None:
    disk, key = source.scratch / "box.raw", source.scratch / "box.key"
    steps.run(["cp", "--sparse=always", source.disk, disk], remedy=FULL)
    boxes.open_for_vagrant(steps, disk, boxes.make_key(steps, key))
    overlay = _of_full_capacity(steps, disk, source.scratch)
    for provider in boxes.PROVIDERS:
        boxes.make_box(steps, provider, overlay, key, folder / source.name(f"-{provider}.box"), source.version)
    disk.unlink()


def _make_update(steps: Steps, source: Source, folder: Path) -> None:
    content = source.scratch / "update"
    shutil.rmtree(content, ignore_errors=True)
    content.mkdir()
    base_disk.take_out(source.disk, layout.ROOT_A, content / "root.ext4")
    (content / "manifest.raucm").write_text(
        f"[update]\ncompatible=guyub-sekolah\nversion={source.version}\n\n"
        "[bundle]\nformat=verity\n\n[image.rootfs]\nfilename=root.ext4\n",
        encoding="utf-8",
    )
    target = folder / source.name(".raucb")
    signer = [f"--cert={source.certificate}", f"--key={source.key}", f"--keyring={source.certificate}"]
    pack = "--mksquashfs-args=-comp zstd -Xcompression-level 9"
    steps.run(["rauc", "bundle", pack, *signer, content, target], remedy="Does the certificate allow signing?")
    shutil.rmtree(content)


KINDS = {
    "box": Kind("Vagrant boxes for VirtualBox and libvirt", _make_boxes),
    "img": Kind("Raw disk for server hardware (.img.xz)", _make_raw),
    "ova": Kind("Appliance for VirtualBox and VMware (.ova)", _make_ova),
    "qcow2": Kind("Disk for KVM (.qcow2)", _make_qcow2),
    "update": Kind("Signed update (.raucb)", _make_update),
}
