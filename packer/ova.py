"""The appliance archive (OVA) that VirtualBox, VMware and others import: a stream-optimized disk and its description.

The description is OVF 1.0 (DSP0243) in the order importers expect: .ovf first, then the hashes, then the disk.
"""

from __future__ import annotations

import hashlib
import tarfile
from pathlib import Path
from string import Template

from packer import layout
from packer.running import Steps

FILES = Path(__file__).parent / "files"
MEMORY_MB = 4096
CORES = 2


def description(*, disk_name: str, disk_bytes: int, version: str) -> str:
    """The OVF text for a disk file of this name and size."""
    return Template((FILES / "guyub.ovf").read_text(encoding="utf-8")).substitute(
        disk_name=disk_name,
        disk_bytes=disk_bytes,
        capacity=layout.CAPACITY_GB * 1_000_000_000,
        memory_mb=MEMORY_MB,
        cores=CORES,
        version=version,
    )


def make_ova(steps: Steps, disk: Path, target: Path, version: str) -> None:
    """Pack the disk (any format qemu-img reads, already of its full capacity) as an OVA."""
    folder = target.parent
    name = target.name.removesuffix(".ova")
    vmdk, ovf, sums = folder / f"{name}-disk1.vmdk", folder / f"{name}.ovf", folder / f"{name}.mf"
    options = "subformat=streamOptimized,adapter_type=lsilogic"
    steps.run(["qemu-img", "convert", "-O", "vmdk", "-o", options, disk, vmdk], remedy="Is the disk full?")
    ovf.write_text(description(disk_name=vmdk.name, disk_bytes=vmdk.stat().st_size, version=version), encoding="utf-8")
    sums.write_text("".join(f"SHA256({path.name})= {sha256(path)}\n" for path in (ovf, vmdk)), encoding="utf-8")
    with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as archive:
        for path in (ovf, sums, vmdk):
            archive.add(path, path.name, filter=_owned_by_nobody)
            path.unlink()


def sha256(path: Path) -> str:
    """The file's SHA-256 in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _owned_by_nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    return member
