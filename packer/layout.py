"""How the disk of the image is laid out: sizes, names and the partition numbers that GRUB's menu and the roles rely on.

Only what the image holds stands here. The second root and the data partition are made at first boot by systemd-repart
(role `seal`), because their sizes follow the disk.
"""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20
SECTOR = 512
START_MIB = 1


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition. `kind` is sgdisk's type code; `identity` its GUID, the same in every image and no secret."""

    number: int
    name: str
    kind: str
    size_mib: int
    identity: str


BIOS = Partition(1, "guyub-bios", "ef02", 1, "6755da54-0001-4b1e-8000-677579756201")
EFI = Partition(2, "guyub-efi", "ef00", 64, "6755da54-0002-4b1e-8000-677579756202")
ROOT_A = Partition(3, "guyub-a", "8304", 1500, "6755da54-000a-4b1e-8000-67757975620a")
PARTITIONS = (BIOS, EFI, ROOT_A)
CAPACITY_GB = 32  # what a virtual machine's disk may grow to; a file of the image holds only what is written


def start_mib(wanted: Partition) -> int:
    """Where a partition begins, in MiB from the start of the disk."""
    place = START_MIB
    for partition in PARTITIONS:
        if partition is wanted:
            return place
        place += partition.size_mib
    raise ValueError(wanted)


def disk_mib() -> int:
    """The size of the disk file: all partitions, and room for both partition tables."""
    return START_MIB + sum(partition.size_mib for partition in PARTITIONS) + 1
